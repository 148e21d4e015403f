// SPDX-License-Identifier: Apache-2.0
#pragma once
// What became of one node in one command. Plain value.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "dbt/node.h"

namespace tarn::dbt {

enum class NodeStatus { kSuccess, kPass, kWarn, kFail, kError, kSkipped };

/// "success", "pass", "warn", "fail", "error", "skipped", as in run_results.json.
std::string NodeStatusName(NodeStatus status);

struct NodeResult {
  std::string unique_id;
  NodeStatus status = NodeStatus::kSkipped;
  std::string message;
  std::optional<uint64_t> failures;  ///< of tests
  std::optional<uint64_t> rows;      ///< of models and seeds
  std::optional<std::string> compiled_code;
  std::string compiled_path;  ///< from the project's root; empty: not compiled
  Timestamp started_at;
  Timestamp compiled_at;
  Timestamp completed_at;

  double seconds() const { return static_cast<double>(completed_at.micros - started_at.micros) / 1e6; }
  bool stops_others() const {
    return status == NodeStatus::kFail || status == NodeStatus::kError || status == NodeStatus::kSkipped;
  }
};

struct RunOutcome {
  std::vector<NodeResult> results;  ///< in the order of their end
  double seconds = 0;

  size_t Count(NodeStatus status) const;
  /// Nothing failed.
  bool ok() const { return Count(NodeStatus::kFail) + Count(NodeStatus::kError) == 0; }
};

}  // namespace tarn::dbt
