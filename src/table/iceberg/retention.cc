// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/retention.h"

#include <algorithm>
#include <unordered_set>
#include <vector>

#include "table/foreign_values.h"

namespace tarn::table::iceberg {
namespace {

void Drop(TableMetadata& metadata, const std::unordered_set<int64_t>& gone) {
  const auto is_gone = [&](int64_t id) { return gone.contains(id); };
  std::erase_if(metadata.snapshots, [&](const SnapshotRecordPtr& one) { return is_gone(one->snapshot_id); });
  std::erase_if(metadata.statistics, [&](const StatisticsFile& one) { return is_gone(one.snapshot_id); });
  std::erase_if(metadata.partition_statistics, [&](const StatisticsFile& one) { return is_gone(one.snapshot_id); });
  // The log must not say that another snapshot was current while the one that left was (spec, "snapshot-log").
  auto& log = metadata.snapshot_log;
  const auto last =
      std::find_if(log.rbegin(), log.rend(), [&](const SnapshotLogEntry& one) { return is_gone(one.snapshot_id); });
  log.erase(log.begin(), last.base());
}

}  // namespace

bool MayExpire(const TableMetadata& metadata) {
  const auto property = metadata.properties.find(kExpireProperty);
  return property != metadata.properties.end() && property->second == "true";
}

std::set<int64_t> PinnedSnapshots(const TableMetadata& metadata) {
  std::set<int64_t> pinned;
  if (metadata.current_snapshot_id) pinned.insert(*metadata.current_snapshot_id);
  for (const auto& [name, ref] : metadata.refs) {
    SnapshotRecordPtr at = metadata.FindSnapshot(ref.snapshot_id);
    int64_t wanted = ref.type == "branch" ? ref.min_snapshots_to_keep.value_or(1) : 1;
    for (; at != nullptr && wanted > 0; --wanted) {
      pinned.insert(at->snapshot_id);
      at = at->parent_id ? metadata.FindSnapshot(*at->parent_id) : nullptr;
    }
  }
  return pinned;
}

Status DropSnapshots(TableMetadata& metadata, std::span<const int64_t> snapshot_ids) {
  const std::set<int64_t> pinned = PinnedSnapshots(metadata);
  std::unordered_set<int64_t> gone;
  for (const int64_t id : snapshot_ids) {
    if (pinned.contains(id)) {
      return Fail(ErrorCode::kConflict,
                  "a snapshot to expire is current or named by a branch or tag: " + std::to_string(id));
    }
    gone.insert(id);
  }
  Drop(metadata, gone);
  return {};
}

void BoundSnapshots(TableMetadata& metadata, const RetentionRule& rule, Timestamp now) {
  if (!MayExpire(metadata) || metadata.snapshots.size() <= rule.last + kSpareSnapshots) return;
  std::vector<VersionChange> history;
  for (const SnapshotRecordPtr& snapshot : metadata.snapshots) {
    VersionChange change;
    change.version = snapshot->snapshot_id;
    change.committed_at = ClampedFromMillis(snapshot->timestamp_ms);
    history.push_back(std::move(change));
  }
  std::set<int64_t> kept = KeptVersions(history, rule, now);
  kept.merge(PinnedSnapshots(metadata));
  std::unordered_set<int64_t> gone;
  for (const VersionChange& change : history) {
    if (!kept.contains(change.version)) gone.insert(change.version);
  }
  if (gone.size() > kSpareSnapshots) Drop(metadata, gone);
}

}  // namespace tarn::table::iceberg
