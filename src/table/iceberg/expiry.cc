// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/expiry.h"

#include <optional>
#include <utility>
#include <vector>

#include "table/iceberg/history.h"
#include "table/iceberg/json_members.h"
#include "table/iceberg/metadata_names.h"
#include "table/iceberg/named_objects.h"
#include "table/iceberg/retention.h"
#include "table/iceberg/superseded_metadata.h"

namespace tarn::table::iceberg {
namespace {

/// Stands for metadata that was superseded: no document of a table, so that nobody takes it for one.
constexpr const char* kStub = R"({"tarn":"superseded"})";

/// URIs of the metadata objects that snapshots name: manifest lists, manifests, statistics.
class MetadataNames {
 public:
  MetadataNames(NamedObjects& objects, ListedManifests& listed) : objects_(objects), listed_(listed) {}

  Status Add(const SnapshotRecord& snapshot) {
    if (!snapshot.manifest_list.empty()) uris_.insert(snapshot.manifest_list);
    TARN_ASSIGN(const auto manifests, listed_.Of(objects_, snapshot));
    uris_.insert(manifests->begin(), manifests->end());
    return {};
  }

  Status AddStatistics(const std::vector<StatisticsFile>& files, const std::set<int64_t>& snapshot_ids) {
    for (const StatisticsFile& file : files) {
      if (!snapshot_ids.contains(file.snapshot_id)) continue;
      TARN_ASSIGN(std::string uri, TextMember(file.json, "statistics-path"));
      uris_.insert(std::move(uri));
    }
    return {};
  }

  const std::set<std::string>& uris() const { return uris_; }

 private:
  NamedObjects& objects_;
  ListedManifests& listed_;
  std::set<std::string> uris_;
};

Result<std::set<std::string>> NamesOf(NamedObjects& objects, ListedManifests& listed, const TableMetadata& metadata,
                                      const std::set<int64_t>& snapshot_ids) {
  MetadataNames names(objects, listed);
  for (const int64_t id : snapshot_ids) {
    const SnapshotRecordPtr snapshot = metadata.FindSnapshot(id);
    TARN_TRY(names.Add(*snapshot));
  }
  TARN_TRY(names.AddStatistics(metadata.statistics, snapshot_ids));
  TARN_TRY(names.AddStatistics(metadata.partition_statistics, snapshot_ids));
  return names.uris();
}

/// The snapshot whose summary says the positions that `snapshot` inherits; nullptr when it has its own or nobody does.
SnapshotRecordPtr PositionHolder(const TableMetadata& metadata, const SnapshotRecord& snapshot) {
  const SnapshotRecord* at = &snapshot;
  SnapshotRecordPtr holder;
  for (size_t steps = 0; steps <= metadata.snapshots.size(); ++steps) {
    if (VersionOf(*at)) return holder;
    if (!at->parent_id) return nullptr;
    holder = metadata.FindSnapshot(*at->parent_id);
    if (holder == nullptr) return nullptr;
    at = holder.get();
  }
  return nullptr;
}

/// Those of `expired` that can go.
std::set<int64_t> Leaving(const TableMetadata& metadata, const std::set<int64_t>& expired) {
  const std::set<int64_t> pinned = PinnedSnapshots(metadata);
  std::set<int64_t> leaving;
  for (const SnapshotRecordPtr& snapshot : metadata.snapshots) {
    const int64_t id = snapshot->snapshot_id;
    if (expired.contains(id) && !pinned.contains(id)) leaving.insert(id);
  }
  for (const SnapshotRecordPtr& snapshot : metadata.snapshots) {
    if (leaving.contains(snapshot->snapshot_id)) continue;
    if (const SnapshotRecordPtr holder = PositionHolder(metadata, *snapshot)) leaving.erase(holder->snapshot_id);
  }
  return leaving;
}

}  // namespace

Result<ExpiryPlan> PrepareExpiry(store::ObjectStore& store, const std::string& location, const Snapshot& newest,
                                 const std::set<int64_t>& expired, ListedManifests& listed) {
  const IcebergState& state = StateOf(newest);
  const TableMetadata& metadata = *state.metadata;
  ExpiryPlan plan;
  if (!MayExpire(metadata) || state.write_obstacle) return plan;
  const std::set<int64_t> leaving = Leaving(metadata, expired);
  if (leaving.empty()) return plan;
  std::set<int64_t> staying;
  for (const SnapshotRecordPtr& snapshot : metadata.snapshots) {
    if (!leaving.contains(snapshot->snapshot_id)) staying.insert(snapshot->snapshot_id);
  }
  NamedObjects objects(store, location, state.uri);
  TARN_ASSIGN(const auto gone, NamesOf(objects, listed, metadata, leaving));
  TARN_ASSIGN(const auto used, NamesOf(objects, listed, metadata, staying));
  for (const std::string& uri : gone) {
    if (used.contains(uri)) continue;
    TARN_ASSIGN(std::string path, objects.location().PathOf(uri));
    plan.objects.push_back(std::move(path));
  }
  plan.versions.assign(leaving.begin(), leaving.end());
  plan.by_commit = true;
  TARN_ASSIGN(plan.numbers, SupersededMetadata(store, location, newest, leaving));
  plan.number_stub = kStub;
  return plan;
}

Result<std::set<std::string>> MetadataInUse(store::ObjectStore& store, const std::string& location,
                                            const IcebergState& newest, ListedManifests& listed) {
  const TableMetadata& metadata = *newest.metadata;
  std::set<int64_t> all;
  for (const SnapshotRecordPtr& snapshot : metadata.snapshots) all.insert(snapshot->snapshot_id);
  NamedObjects objects(store, location, newest.uri);
  TARN_ASSIGN(std::set<std::string> uris, NamesOf(objects, listed, metadata, all));
  uris.insert(newest.metadata_uri);
  for (const MetadataLogEntry& entry : metadata.metadata_log) uris.insert(entry.metadata_file);
  std::set<std::string> paths{VersionHintName()};
  for (const std::string& uri : uris) {
    TARN_ASSIGN(std::string path, objects.location().PathOf(uri));
    paths.insert(std::move(path));
  }
  return paths;
}

}  // namespace tarn::table::iceberg
