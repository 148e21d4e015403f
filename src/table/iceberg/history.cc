// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/history.h"

#include <algorithm>
#include <charconv>
#include <unordered_set>
#include <utility>

#include "table/foreign_values.h"
#include "table/iceberg/manifest_avro.h"
#include "table/iceberg/named_objects.h"
#include "table/iceberg/table_properties.h"

namespace tarn::table::iceberg {
namespace {

constexpr int64_t kMicrosPerMilli = 1000;

/// Audit of a staged write: the snapshot was never main's unless the log says so.
constexpr const char* kStagedMember = "wap.id";

bool HasOtherBranches(const TableMetadata& metadata) {
  return std::ranges::any_of(metadata.refs,
                             [](const auto& ref) { return ref.second.type == "branch" && ref.first != kMainBranch; });
}

std::optional<int64_t> Figure(const StringMap& summary, const char* name) {
  const auto found = summary.find(name);
  if (found == summary.end()) return std::nullopt;
  int64_t number = 0;
  const std::string& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Members of the summary that are absent count nothing, as the spec has it.
void Describe(const StringMap& summary, VersionChange& change) {
  for (const char* name : {"operation", kOperationMember}) {
    if (const auto found = summary.find(name); found != summary.end()) change.operation = found->second;
  }
  const auto count = [&](const char* name) { return Figure(summary, name).value_or(0); };
  if (!Figure(summary, "total-records")) return;
  change.files_added = count("added-data-files");
  change.files_removed = count("deleted-data-files");
  // Deletes that go with their file, or are taken up by a newer vector, were counted before.
  const int64_t removed =
      count("deleted-records") + count("added-position-deletes") - count("removed-position-deletes");
  change.rows_removed = std::max<int64_t>(removed, 0);
  change.rows_added = count("added-records") + std::max<int64_t>(-removed, 0);
}

/// Reads what new manifests of a snapshot name.
class AddedFiles {
 public:
  explicit AddedFiles(NamedObjects& objects) : objects_(objects) {}

  /// `all`: files that were in other manifests before, too.
  Status Read(const ManifestFile& manifest, bool all) {
    TARN_ASSIGN(const std::string body, objects_.Get(manifest.path));
    auto reader = ManifestReader::Open(body, manifest, {.deleted_too = false, .metrics = false});
    if (!reader) return Fail(std::move(reader).error().In(manifest.path));
    ManifestEntry entry;
    while (true) {
      TARN_ASSIGN(const bool more, reader->Next(entry));
      if (!more) return {};
      if (!all && entry.status != EntryStatus::kAdded) continue;
      TARN_ASSIGN(std::string path, objects_.location().PathOf(entry.file.path));
      paths_.push_back(std::move(path));
    }
  }

  /// Vectors of one object are one path.
  std::vector<std::string> Paths() && {
    std::ranges::sort(paths_);
    const auto repeated = std::ranges::unique(paths_);
    paths_.erase(repeated.begin(), repeated.end());
    return std::move(paths_);
  }

 private:
  NamedObjects& objects_;
  std::vector<std::string> paths_;
};

}  // namespace

Error NoSuchSnapshot(int64_t snapshot_id) {
  return {ErrorCode::kNotFound, "the table has no snapshot, or no more: " + std::to_string(snapshot_id), {}};
}

std::optional<int64_t> VersionOf(const SnapshotRecord& snapshot) {
  const auto found = snapshot.summary.find(kVersionMember);
  if (found == snapshot.summary.end()) return std::nullopt;
  int64_t version = 0;
  const std::string& text = found->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (error != std::errc() || end != text.data() + text.size() || version < 0) return std::nullopt;
  return version;
}

std::vector<SnapshotRecordPtr> SnapshotsInOrder(const TableMetadata& metadata) {
  std::vector<SnapshotRecordPtr> snapshots = metadata.snapshots;
  std::ranges::stable_sort(
      snapshots, {}, [](const SnapshotRecordPtr& one) { return std::pair(one->sequence_number, one->timestamp_ms); });
  return snapshots;
}

std::vector<int64_t> SnapshotIds(const TableMetadata& metadata) {
  std::vector<int64_t> ids;
  for (const SnapshotRecordPtr& snapshot : SnapshotsInOrder(metadata)) ids.push_back(snapshot->snapshot_id);
  return ids;
}

std::optional<int64_t> SnapshotAt(const TableMetadata& metadata, Timestamp at) {
  const auto is_later = [&](int64_t millis) { return millis > at.micros / kMicrosPerMilli; };
  for (auto entry = metadata.snapshot_log.rbegin(); entry != metadata.snapshot_log.rend(); ++entry) {
    if (is_later(entry->timestamp_ms)) continue;
    if (metadata.FindSnapshot(entry->snapshot_id) != nullptr) return entry->snapshot_id;
  }
  const bool only_main = !HasOtherBranches(metadata);
  std::optional<int64_t> found;
  int64_t found_ms = 0;
  for (const SnapshotRecordPtr& snapshot : SnapshotsInOrder(metadata)) {
    const bool on_main = VersionOf(*snapshot) || (only_main && !snapshot->summary.contains(kStagedMember));
    if (!on_main || is_later(snapshot->timestamp_ms) || (found && snapshot->timestamp_ms < found_ms)) continue;
    found = snapshot->snapshot_id;
    found_ms = snapshot->timestamp_ms;
  }
  return found;
}

StringMap PositionsAt(const TableMetadata& metadata, const SnapshotRecord& snapshot) {
  StringMap positions;
  const SnapshotRecord* at = &snapshot;
  SnapshotRecordPtr holder;
  for (size_t steps = 0; at != nullptr && steps <= metadata.snapshots.size(); ++steps) {
    for (const auto& [name, value] : at->summary) {
      if (IsTransactionProperty(name)) positions.emplace(name, value);
    }
    // A summary of ours has them all.
    if (VersionOf(*at) || !at->parent_id) break;
    holder = metadata.FindSnapshot(*at->parent_id);
    at = holder.get();
  }
  return positions;
}

TableMetadata MetadataAt(const TableMetadata& metadata, const SnapshotRecord& snapshot) {
  TableMetadata then = metadata;
  then.current_snapshot_id = snapshot.snapshot_id;
  then.last_updated_ms = snapshot.timestamp_ms;
  if (snapshot.schema_id && metadata.FindSchema(*snapshot.schema_id) != nullptr) {
    then.current_schema_id = *snapshot.schema_id;
  }
  std::erase_if(then.properties, [](const auto& property) { return IsTransactionProperty(property.first); });
  then.properties.merge(PositionsAt(metadata, snapshot));
  return then;
}

Result<VersionChange> LoadChange(store::ObjectStore& store, const std::string& location, const IcebergState& newest,
                                 int64_t snapshot_id) {
  const TableMetadata& metadata = *newest.metadata;
  const SnapshotRecordPtr snapshot = metadata.FindSnapshot(snapshot_id);
  if (snapshot == nullptr) return Fail(NoSuchSnapshot(snapshot_id));
  VersionChange change;
  change.version = snapshot_id;
  change.committed_at = ClampedFromMillis(snapshot->timestamp_ms);
  TARN_ASSIGN(change.transactions, TransactionsOf(snapshot->summary, location));
  Describe(snapshot->summary, change);

  NamedObjects objects(store, location, newest.uri);
  std::unordered_set<std::string> before;
  const SnapshotRecordPtr parent = snapshot->parent_id ? metadata.FindSnapshot(*snapshot->parent_id) : nullptr;
  if (parent != nullptr) {
    change.parent = parent->snapshot_id;
    TARN_ASSIGN(const auto manifests, objects.ListManifests(*parent));
    for (const ManifestFile& manifest : manifests) before.insert(manifest.path);
  }
  AddedFiles added(objects);
  TARN_ASSIGN(const auto manifests, objects.ListManifests(*snapshot));
  for (const ManifestFile& manifest : manifests) {
    if (before.contains(manifest.path)) continue;
    // A manifest of the snapshot's own names again what was there; one that comes back names what was not.
    const bool is_own = parent != nullptr && manifest.added_snapshot_id == snapshot_id;
    TARN_TRY(added.Read(manifest, !is_own));
  }
  change.added = std::move(added).Paths();
  return change;
}

}  // namespace tarn::table::iceberg
