// SPDX-License-Identifier: Apache-2.0
#pragma once
// The files a command leaves below target/ in dbt's shape, so that what reads them there reads them here: manifest.json
// (schema v12), run_results.json (v6) and compiled SQL. Pure functions; thread-safe.

#include <map>
#include <string>

#include "dbt/graph.h"
#include "dbt/macro_library.h"
#include "dbt/node_result.h"
#include "dbt/settings.h"

namespace tarn::dbt {

struct ArtifactSource {
  const Project& project;
  const MacroLibrary& macros;
  const Graph& graph;
  const Settings& settings;
  Timestamp now;
};

std::string ManifestJson(const ArtifactSource& source, const RunOutcome& outcome);
std::string RunResultsJson(const ArtifactSource& source, const RunOutcome& outcome);

/// Where a node's compiled SQL lies: target/compiled/{project}/{path}; generic tests below their property file's name.
std::string CompiledPath(const Project& project, const Node& node);

/// Texts of all of them by path from the project's root.
std::map<std::string, std::string> Artifacts(const ArtifactSource& source, const RunOutcome& outcome);

}  // namespace tarn::dbt
