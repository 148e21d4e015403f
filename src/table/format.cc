// SPDX-License-Identifier: Apache-2.0
#include "table/format.h"

namespace tarn::table {

/// By halves: times ascend with versions, and reading what one did may be reading an object.
Result<std::optional<int64_t>> TableFormat::VersionAt(store::ObjectStore& store, const std::string& location,
                                                      const SnapshotPtr& newest, Timestamp at) {
  TARN_ASSIGN(const std::vector<int64_t> versions, History(store, location, newest));
  size_t low = 0;  // versions before it are not later than `at`
  size_t high = versions.size();
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    TARN_ASSIGN(const VersionChange change, LoadChange(store, location, newest, versions[middle]));
    if (change.committed_at.micros <= at.micros) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == 0) return std::nullopt;
  return versions[low - 1];
}

void TableFormat::OnCommitted(store::ObjectStore&, const std::string&, const SnapshotPtr&) {}

Result<std::optional<std::set<std::string>>> TableFormat::MetadataInUse(store::ObjectStore&, const std::string&,
                                                                        const SnapshotPtr&) {
  return std::nullopt;
}

}  // namespace tarn::table
