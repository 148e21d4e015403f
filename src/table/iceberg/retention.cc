// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/retention.h"

#include <unordered_set>
#include <vector>

#include "table/foreign_values.h"
#include "table/history.h"

namespace tarn::table::iceberg {

void ExpireSnapshots(TableMetadata& metadata, Timestamp now) {
  const auto property = metadata.properties.find(kExpireProperty);
  if (property == metadata.properties.end() || property->second != "true") return;
  if (metadata.last_sequence_number % kCommitsPerExpiry != 0) return;
  std::vector<VersionChange> history;
  for (size_t i = 0; i < metadata.snapshots.size(); ++i) {
    VersionChange change;
    change.version = static_cast<int64_t>(i);
    change.committed_at = ClampedFromMillis(metadata.snapshots[i]->timestamp_ms);
    history.push_back(std::move(change));
  }
  std::unordered_set<int64_t> kept;
  for (const int64_t index : KeptVersions(history, RetentionRule(), now)) {
    kept.insert(metadata.snapshots[static_cast<size_t>(index)]->snapshot_id);
  }
  if (metadata.current_snapshot_id) kept.insert(*metadata.current_snapshot_id);
  for (const auto& [name, ref] : metadata.refs) kept.insert(ref.snapshot_id);
  const auto is_gone = [&](int64_t id) { return !kept.contains(id); };
  std::erase_if(metadata.snapshots, [&](const SnapshotRecordPtr& one) { return is_gone(one->snapshot_id); });
  std::erase_if(metadata.snapshot_log, [&](const SnapshotLogEntry& one) { return is_gone(one.snapshot_id); });
  std::erase_if(metadata.statistics, [&](const StatisticsFile& one) { return is_gone(one.snapshot_id); });
  std::erase_if(metadata.partition_statistics, [&](const StatisticsFile& one) { return is_gone(one.snapshot_id); });
}

}  // namespace tarn::table::iceberg
