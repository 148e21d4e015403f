// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a command says on the terminal, in the form that users of dbt know: one line when a node starts, one when it
// ends, a summary. Pure functions; thread-safe.

#include <string>
#include <vector>

#include "dbt/node_result.h"

namespace tarn::dbt {

struct Progress {
  size_t number = 0;  ///< of the node, from 1
  size_t total = 0;
};

std::string StartLine(const Node& node, Progress progress);
std::string EndLine(const Node& node, const NodeResult& result, Progress progress);

/// Counts by kind, what failed with its message, and the last line: Done. PASS=… WARN=… ERROR=… SKIP=… TOTAL=…
std::vector<std::string> SummaryLines(const Project& project, const RunOutcome& outcome);

}  // namespace tarn::dbt
