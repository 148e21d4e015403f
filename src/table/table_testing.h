// SPDX-License-Identifier: Apache-2.0
#pragma once
// Builders for tests of tables that hold for every format. For *_test.cc files only.

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "table/table.h"

namespace tarn::table {

inline constexpr const char* kLocation = "silver/sales/orders";
inline constexpr Timestamp kNow{1'767'225'600'123'456};  // 2026-01-01T00:00:00.123456Z

inline Field FieldOf(int32_t id, std::string name, DataType type, bool nullable = true) {
  return {.id = id, .name = std::move(name), .type = std::move(type), .nullable = nullable};
}

inline CommitIntent IntentOf(std::string operation) {
  CommitIntent intent;
  intent.operation = std::move(operation);
  intent.now = kNow;
  return intent;
}

/// Plans the same on every state, each time as a commit of its own.
inline Table::Planner Always(CommitIntent intent) {
  intent.commit_id.clear();
  return [intent = std::move(intent)](const SnapshotPtr&) -> Result<std::optional<CommitIntent>> {
    return std::optional(intent);
  };
}

/// Sorted.
inline std::vector<std::string> PathsOf(const Snapshot& snapshot) {
  std::vector<std::string> paths;
  paths.reserve(snapshot.files.size());
  for (const DataFilePtr& file : snapshot.files) paths.push_back(file->path);
  std::ranges::sort(paths);
  return paths;
}

}  // namespace tarn::table
