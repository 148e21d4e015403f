// SPDX-License-Identifier: Apache-2.0
#pragma once
// One command of dbt over one project: which nodes it works on, the work, the artifacts it leaves in the project. What
// `tarn dbt` and pipelines share. Free functions; thread-safe, but one at a time in a project's folder.

#include <set>
#include <string>

#include "base/random.h"
#include "dbt/graph.h"
#include "dbt/node_result.h"
#include "dbt/project_files.h"
#include "dbt/project_loader.h"
#include "dbt/selector.h"
#include "dbt/settings.h"
#include "dbt/warehouse.h"

namespace tarn::app {

struct DbtInvocation {
  std::string folder;  ///< of the project
  dbt::Settings settings;
  dbt::Selection selection;
};

/// A project with what an invocation chose from it.
struct ChosenNodes {
  dbt::ProjectFiles files;
  dbt::LoadedProject loaded;
  dbt::Graph graph;
  std::set<std::string> ids;
};

/// Settings of a command that begins now.
dbt::Settings BeginDbt(std::string command, Clock& clock, Randomness& randomness);

/// Reads the project, which fills in what the settings leave to it. Errors are of its files and of the selection.
Result<ChosenNodes> ChooseNodes(DbtInvocation& invocation);

/// Works on what was chosen and writes the artifacts; what became of the nodes is in the answer. `warehouse`: null only
/// to compile.
Result<dbt::RunOutcome> WorkOn(const DbtInvocation& invocation, const ChosenNodes& chosen, dbt::Warehouse* warehouse,
                               Clock& clock);

}  // namespace tarn::app
