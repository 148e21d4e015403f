// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which nodes a command works on: --select and --exclude with dbt's methods and graph operators. Pure function;
// thread-safe (lake.md §6.7).

#include <set>
#include <string>
#include <vector>

#include "dbt/graph.h"

namespace tarn::dbt {

struct Selection {
  std::vector<std::string> select;  ///< words; several are a union, commas in a word an intersection; empty: everything
  std::vector<std::string> exclude;
};

/// Ids of the nodes that the words name, tests of named nodes among them. kInvalidArgument: a word that cannot be read;
/// kUnsupported: a method that is not known here.
Result<std::set<std::string>> SelectNodes(const Project& project, const Graph& graph, const Selection& selection);

}  // namespace tarn::dbt
