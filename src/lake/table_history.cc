// SPDX-License-Identifier: Apache-2.0
#include "lake/table_history.h"

#include <utility>

#include "lake/expired_versions.h"

namespace tarn::lake {

Result<std::vector<table::VersionChange>> ReadHistory(table::Table& table, size_t limit) {
  TARN_ASSIGN(const std::vector<int64_t> versions, table.History());
  ExpiredVersions expired(table);
  std::vector<table::VersionChange> changes;
  for (auto version = versions.rbegin(); version != versions.rend() && changes.size() < limit; ++version) {
    TARN_ASSIGN(const bool gone, expired.Has(*version));
    if (gone) continue;
    auto change = table.LoadChange(*version);
    // Maintenance may let a version go while the list is read.
    if (!change && change.error().code == ErrorCode::kNotFound) continue;
    if (!change) return Fail(std::move(change).error());
    changes.push_back(*std::move(change));
  }
  return changes;
}

bool KeepsRows(const table::VersionChange& change) {
  return change.operation == "OPTIMIZE" || change.operation == "EXPIRE" || change.operation == "RETIRE" ||
         change.operation == "replace";
}

}  // namespace tarn::lake
