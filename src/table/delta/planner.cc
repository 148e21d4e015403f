// SPDX-License-Identifier: Apache-2.0
#include "table/delta/planner.h"

#include <algorithm>
#include <optional>
#include <unordered_set>
#include <utility>

#include "table/delta/delta_state.h"
#include "table/delta/features.h"
#include "table/delta/log_names.h"
#include "table/delta/schema_json.h"
#include "table/delta/stats_json.h"

namespace tarn::table::delta {
namespace {

int64_t MillisOf(Timestamp at) {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::microseconds(at.micros)).count();
}

CommitInfo DescribeCommit(const Snapshot& base, const CommitIntent& intent, const std::string& engine_info) {
  CommitInfo info;
  info.timestamp_ms = MillisOf(intent.now);
  info.operation = intent.operation;
  info.isolation_level = "Serializable";
  info.is_blind_append = intent.operation == "WRITE" && intent.remove.empty();
  info.engine_info = engine_info;
  info.txn_id = intent.commit_id;
  if (base.exists()) info.read_version = base.version;
  int64_t rows = 0;
  int64_t bytes = 0;
  for (const DataFile& file : intent.add) {
    rows += std::max<int64_t>(file.record_count, 0);
    bytes += file.size_bytes;
  }
  info.operation_metrics = {{"numFiles", std::to_string(intent.add.size())},
                            {"numOutputBytes", std::to_string(bytes)},
                            {"numOutputRows", std::to_string(rows)},
                            {"numRemovedFiles", std::to_string(intent.remove.size())}};
  for (const auto& [name, value] : intent.metrics) info.operation_metrics[name] = value;
  return info;
}

/// The metaData action when the table is new or its schema or properties change.
Result<std::optional<Metadata>> PlanMetadata(const Snapshot& base, const CommitIntent& intent) {
  using MaybeMetadata = std::optional<Metadata>;
  Metadata metadata;
  if (base.exists()) {
    metadata = *StateOf(base).metadata;
  } else {
    metadata.id = intent.commit_id;
    metadata.created_time_ms = MillisOf(intent.now);
  }
  const Schema& schema = intent.schema ? *intent.schema : base.schema;
  const bool changes_schema = !base.exists() || !(schema == base.schema);
  if (changes_schema) {
    TARN_ASSIGN(metadata.schema_string, EncodeSchema(schema, metadata.schema_string));
  }
  for (const auto& [name, value] : intent.properties) metadata.configuration[name] = value;
  if (base.exists() && metadata == *StateOf(base).metadata) return MaybeMetadata();
  metadata.configuration[kLastFieldId] = std::to_string(std::max(base.last_field_id, schema.MaxFieldId()));
  return MaybeMetadata(std::move(metadata));
}

Result<std::vector<Remove>> PlanRemoves(const Snapshot& base, const CommitIntent& intent) {
  std::unordered_set<std::string_view> wanted(intent.remove.begin(), intent.remove.end());
  std::vector<Remove> removes;
  if (wanted.empty()) return removes;
  for (const DataFilePtr& file : base.files) {
    if (wanted.erase(file->path) == 0) continue;
    const auto& foreign = StateOf(base).foreign_uris;
    const auto uri = foreign.find(file->path);
    removes.push_back({.path = uri != foreign.end() ? uri->second : EncodePath(file->path),
                       .deletion_timestamp_ms = MillisOf(intent.now),
                       .data_change = intent.data_change,
                       .extended_file_metadata = true,
                       .partition_values = {},
                       .size_bytes = file->size_bytes});
  }
  if (!wanted.empty()) {
    return Fail(ErrorCode::kConflict, "a file to remove is not in the snapshot: " + std::string(*wanted.begin()));
  }
  return removes;
}

Add PlanAdd(const DataFile& file, const Schema& schema, const CommitIntent& intent) {
  const Timestamp modified = file.modified.micros == 0 ? intent.now : file.modified;
  return {.path = EncodePath(file.path),
          .partition_values = {},
          .size_bytes = file.size_bytes,
          .modification_time_ms = MillisOf(modified),
          .data_change = intent.data_change,
          .stats = EncodeStats(file, schema),
          .tags = {},
          .has_deletion_vector = false};
}

/// Protocol and metadata the version will have; what cannot be written is refused here.
Status PlanTable(const Snapshot& base, const CommitIntent& intent, ActionSet& actions) {
  if (!base.exists()) {
    if (!intent.schema) return Fail(ErrorCode::kFailedPrecondition, "the table does not exist and no schema was given");
    actions.protocol = ProtocolFor(*intent.schema);
  } else if (const auto& obstacle = StateOf(base).write_obstacle) {
    return Fail(ErrorCode::kUnsupported, "writing a table with " + *obstacle);
  } else if (intent.schema) {
    TARN_ASSIGN(Protocol raised, UpgradeFor(StateOf(base).protocol, *intent.schema));
    if (!(raised == StateOf(base).protocol)) actions.protocol = std::move(raised);
  }
  TARN_ASSIGN(actions.metadata, PlanMetadata(base, intent));

  const Protocol& protocol = actions.protocol ? *actions.protocol : StateOf(base).protocol;
  const Metadata& metadata = actions.metadata ? *actions.metadata : *StateOf(base).metadata;
  TARN_TRY(CheckReadable(protocol, metadata));
  if (actions.metadata) {
    TARN_ASSIGN(const auto obstacle, FindWriteObstacle(protocol, metadata));
    if (obstacle) return Fail(ErrorCode::kUnsupported, "writing a table with " + *obstacle);
  }
  return CheckChange(
      protocol, metadata,
      {.adds = !intent.add.empty(), .removes = !intent.remove.empty(), .data_change = intent.data_change});
}

}  // namespace

Result<ActionSet> PlanActions(const Snapshot& base, const CommitIntent& intent, const std::string& engine_info) {
  if (!intent.deletes.empty()) return Fail(ErrorCode::kUnsupported, "writing Delta deletion vectors");
  ActionSet actions;
  if (!intent.expire.empty()) return Fail(ErrorCode::kInvalidArgument, "Delta versions do not expire by a commit");
  TARN_TRY(PlanTable(base, intent, actions));
  actions.commit_info = DescribeCommit(base, intent, engine_info);
  for (const auto& [app_id, version] : intent.transactions) {
    actions.txns.push_back({.app_id = app_id, .version = version, .last_updated_ms = std::nullopt});
  }
  TARN_ASSIGN(actions.removes, PlanRemoves(base, intent));
  const Schema& schema = intent.schema ? *intent.schema : base.schema;
  for (const DataFile& file : intent.add) actions.adds.push_back(PlanAdd(file, schema, intent));
  return actions;
}

}  // namespace tarn::table::delta
