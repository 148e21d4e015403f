// SPDX-License-Identifier: Apache-2.0
#pragma once
// Works on selected nodes in the order they need each other: seeds, models, tests; what needs a node that failed is
// skipped. Thread-compatible (lake.md §6.6, §6.7).

#include <functional>
#include <set>
#include <string>

#include "dbt/compiler.h"
#include "dbt/graph.h"
#include "dbt/node_result.h"
#include "dbt/project_files.h"
#include "dbt/run_report.h"

namespace tarn::dbt {

class ProjectRun {
 public:
  struct Needs {
    const Project& project;
    const MacroLibrary& macros;
    const Settings& settings;
    const ProjectFiles& files;
    Clock& clock;
    Warehouse* warehouse;  ///< null: only compile
  };

  explicit ProjectRun(Needs needs);

  /// Runs the nodes; lines go to settings.say. `order` decides what waits for what.
  RunOutcome Run(const std::set<std::string>& ids, const Graph& order);
  /// Only makes the SQL of models and tests.
  RunOutcome Compile(const std::set<std::string>& ids, const Graph& order);

 private:
  NodeResult RunOne(const Node& node);
  Status Work(const Node& node, NodeResult& result);
  Status WorkOnSeed(const Node& node, NodeResult& result);
  Status WorkOnModel(const Node& node, const Compiled& compiled, NodeResult& result);
  Status WorkOnTest(const Compiled& compiled, NodeResult& result);

  Needs needs_;
  Compiler compiler_;
};

/// The node's table as a publication.
Result<Materialization> MaterializationOf(const Node& node, const Compiled& compiled);

}  // namespace tarn::dbt
