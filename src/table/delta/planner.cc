// SPDX-License-Identifier: Apache-2.0
#include "table/delta/planner.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "table/delta/column_mapping.h"
#include "table/delta/deletion_vector.h"
#include "table/delta/delta_state.h"
#include "table/delta/features.h"
#include "table/delta/log_names.h"
#include "table/delta/logged_file.h"
#include "table/delta/partition_values.h"
#include "table/delta/schema_json.h"
#include "table/delta/stats_json.h"

namespace tarn::table::delta {
namespace {

int64_t MillisOf(Timestamp at) {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::microseconds(at.micros)).count();
}

/// What the table will be after the commit.
struct TablePlan {
  Protocol protocol;
  Metadata metadata;
  Schema schema;  ///< with stored names
};

CommitInfo DescribeCommit(const Snapshot& base, const CommitIntent& intent, const std::string& engine_info) {
  CommitInfo info;
  info.timestamp_ms = MillisOf(intent.now);
  info.operation = intent.operation;
  info.isolation_level = "Serializable";
  info.is_blind_append =
      intent.operation == "WRITE" && intent.remove.empty() && intent.deletes.empty() && intent.restore == nullptr;
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
  if (!intent.deletes.empty()) {
    info.operation_metrics["numDeletionVectorsAdded"] = std::to_string(intent.deletes.size());
  }
  for (const auto& [name, value] : intent.metrics) info.operation_metrics[name] = value;
  return info;
}

/// Commits of such tables are ordered by a time stamp of their own.
void StampCommit(const Snapshot& base, const TablePlan& table, CommitInfo& info) {
  if (!HasInCommitTimestamps(table.protocol, table.metadata)) return;
  const int64_t now_ms = info.timestamp_ms.value_or(0);
  info.in_commit_timestamp_ms = base.exists() ? std::max(now_ms, MillisOf(base.committed_at) + 1) : now_ms;
}

// Protocol and metadata --------------------------------------------------------------------------------------------

/// Configuration that would turn a feature on: only what a commit needs turns features on.
Status CheckProperties(const Snapshot& base, const CommitIntent& intent) {
  for (const char* key : {kMappingMode, kMaxColumnId, "delta.enableInCommitTimestamps", "delta.enableRowTracking",
                          "delta.enableTypeWidening", "delta.enableChangeDataFeed", "delta.checkpointPolicy"}) {
    const auto wanted = intent.properties.find(key);
    if (wanted == intent.properties.end()) continue;
    const auto there = base.properties.find(key);
    if (there != base.properties.end() && there->second == wanted->second) continue;
    return Fail(ErrorCode::kUnsupported, "changing the Delta property " + std::string(key));
  }
  return {};
}

NeededFeatures NeedsOf(const Snapshot& base, const CommitIntent& intent) {
  NeededFeatures needed;
  needed.deletion_vectors = !intent.deletes.empty();
  if (intent.restore != nullptr) {
    needed.deletion_vectors =
        std::ranges::any_of(intent.restore->files, [](const auto& f) { return !f->deletes.empty(); });
  }
  if (!intent.schema) return needed;
  needed.naive_timestamps = HasNaiveTimestamp(*intent.schema);
  needed.column_mapping = base.exists() && RenamesColumns(base.schema, *intent.schema);
  return needed;
}

Protocol PlanProtocol(const Snapshot& base, NeededFeatures needed) {
  if (base.exists()) return Raised(StateOf(base).protocol, needed);
  // A new table names no more than what it needs.
  Protocol oldest;
  oldest.min_writer_version = 1;
  const Protocol raised = Raised(oldest, needed);
  return raised == oldest ? Protocol() : raised;
}

Status CheckTypes(const Protocol& protocol, const Schema& before, const Schema& after) {
  if (!SupportsTypeWidening(protocol)) return {};
  for (const Field& field : after.fields) {
    const auto same_id = [&](const Field& old) { return old.id == field.id; };
    const auto old = std::ranges::find_if(before.fields, same_id);
    if (old != before.fields.end() && !(old->type == field.type)) {
      return Fail(ErrorCode::kUnsupported,
                  "changing a column's type in a Delta table with type widening: " + field.name);
    }
  }
  return {};
}

/// Column mapping as it is, or turned on by name when the commit renames a column.
Result<MappingMode> PlanMapping(const TablePlan& plan, NeededFeatures needed) {
  TARN_ASSIGN(const MappingMode mapping, MappingModeOf(plan.protocol, plan.metadata));
  return mapping == MappingMode::kNone && needed.column_mapping ? MappingMode::kName : mapping;
}

/// Schema and configuration of the version; false when both stay as they are.
Result<bool> PlanMetadata(const Snapshot& base, const CommitIntent& intent, NeededFeatures needed, TablePlan& plan) {
  Metadata& metadata = plan.metadata;
  const Metadata before = metadata;
  TARN_ASSIGN(const MappingMode mapping, PlanMapping(plan, needed));
  plan.schema = intent.schema ? *intent.schema : base.schema;
  if (mapping != MappingMode::kNone) plan.schema = WithStoredNames(base.schema, plan.schema, intent.commit_id);
  if (!base.exists() || !(plan.schema == base.schema)) {
    TARN_TRY(CheckTypes(plan.protocol, base.schema, plan.schema));
    TARN_ASSIGN(metadata.schema_string, EncodeSchema(plan.schema, metadata.schema_string, mapping));
  }
  for (const auto& [name, value] : intent.properties) metadata.configuration[name] = value;
  if (needed.deletion_vectors) {
    const auto [enabled, is_new] = metadata.configuration.try_emplace(kEnableDeletionVectors, "true");
    if (enabled->second != "true") {
      return Fail(ErrorCode::kUnsupported, "deletion vectors are off in the Delta table: " +
                                               std::string(kEnableDeletionVectors) + "=" + enabled->second);
    }
  }
  const int32_t last_id = std::max(base.last_field_id, plan.schema.MaxFieldId());
  if (mapping == MappingMode::kName && needed.column_mapping) metadata.configuration[kMappingMode] = "name";
  if (mapping != MappingMode::kNone && metadata.schema_string != before.schema_string) {
    metadata.configuration[kMaxColumnId] = std::to_string(last_id);
  }
  if (base.exists() && metadata == before) return false;
  metadata.configuration[kLastFieldId] = std::to_string(last_id);
  return true;
}

/// What cannot be written is refused here.
Result<TablePlan> PlanTable(const Snapshot& base, const CommitIntent& intent, ActionSet& actions) {
  if (!base.exists() && !intent.schema) {
    return Fail(ErrorCode::kFailedPrecondition, "the table does not exist and no schema was given");
  }
  if (base.exists() && StateOf(base).write_obstacle) {
    return Fail(ErrorCode::kUnsupported, "writing a table with " + *StateOf(base).write_obstacle);
  }
  TARN_TRY(CheckProperties(base, intent));
  const NeededFeatures needed = NeedsOf(base, intent);
  TablePlan plan{.protocol = PlanProtocol(base, needed), .metadata = {}, .schema = {}};
  if (base.exists()) {
    plan.metadata = *StateOf(base).metadata;
  } else {
    plan.metadata.id = intent.commit_id;
    plan.metadata.created_time_ms = MillisOf(intent.now);
  }
  if (!base.exists() || !(plan.protocol == StateOf(base).protocol)) actions.protocol = plan.protocol;
  TARN_ASSIGN(const bool changed, PlanMetadata(base, intent, needed, plan));
  if (changed) actions.metadata = plan.metadata;

  TARN_TRY(CheckReadable(plan.protocol, plan.metadata));
  if (changed) {
    TARN_ASSIGN(const auto obstacle, FindWriteObstacle(plan.protocol, plan.metadata));
    if (obstacle) return Fail(ErrorCode::kUnsupported, "writing a table with " + *obstacle);
  }
  TARN_TRY(CheckChange(plan.protocol, plan.metadata,
                       {.adds = !intent.add.empty() || !intent.deletes.empty() || intent.restore != nullptr,
                        .removes = !intent.remove.empty() || !intent.deletes.empty() || intent.restore != nullptr,
                        .data_change = intent.data_change}));
  return plan;
}

// Files ------------------------------------------------------------------------------------------------------------

std::string UriOf(const DataFile& file) { return file.uri.empty() ? EncodePath(file.path) : file.uri; }

Remove PlanRemove(const DataFile& file, const CommitIntent& intent) {
  const FileDetails& details = DetailsOf(file);
  return {.path = UriOf(file),
          .deletion_timestamp_ms = MillisOf(intent.now),
          .data_change = intent.data_change,
          .extended_file_metadata = true,
          .partition_values = details.partition_values,
          .size_bytes = file.size_bytes,
          .deletion_vector = details.deletion_vector,
          .base_row_id = details.base_row_id,
          .default_row_commit_version = details.default_row_commit_version};
}

Status PlanRemoves(const Snapshot& base, const CommitIntent& intent, ActionSet& actions) {
  std::unordered_set<std::string_view> wanted(intent.remove.begin(), intent.remove.end());
  if (wanted.empty()) return {};
  for (const DataFilePtr& file : base.files) {
    if (wanted.erase(file->path) != 0) actions.removes.push_back(PlanRemove(*file, intent));
  }
  if (wanted.empty()) return {};
  return Fail(ErrorCode::kConflict, "a file to remove is not in the snapshot: " + std::string(*wanted.begin()));
}

/// The file once more, with another deletion vector.
Result<Add> PlanVector(const DataFile& file, const FileDeletes& deletes, const TablePlan& table,
                       const CommitIntent& intent) {
  if (deletes.file.content != DeleteContent::kDeletionVector) {
    return Fail(ErrorCode::kUnsupported, "Delta deletes rows by deletion vectors only");
  }
  if (!file.deletes.empty() && !deletes.replaces) {
    return Fail(ErrorCode::kInvalidArgument, "a Delta file has one deletion vector: " + file.path);
  }
  if (file.record_count < 0) {
    return Fail(ErrorCode::kUnsupported, "deletion vector for a Delta file without numRecords: " + file.path);
  }
  TARN_ASSIGN(DeletionVector vector, ToDescriptor(deletes.file));
  DataFile changed = file;
  changed.deletes = {std::make_shared<const DeleteFile>(deletes.file)};
  const FileDetails& details = DetailsOf(file);
  return Add{.path = UriOf(file),
             .partition_values = details.partition_values,
             .size_bytes = file.size_bytes,
             .modification_time_ms = MillisOf(file.modified),
             .data_change = intent.data_change,
             .stats = EncodeStats(changed, table.schema),
             .tags = details.tags,
             .deletion_vector = std::move(vector),
             .base_row_id = details.base_row_id,
             .default_row_commit_version = details.default_row_commit_version,
             .clustering_provider = details.clustering_provider};
}

/// Its deletes come with the file.
bool IsAdded(const CommitIntent& intent, const std::string& path) {
  return std::ranges::any_of(intent.add, [&](const DataFile& file) { return file.path == path; });
}

Status PlanDeletes(const Snapshot& base, const CommitIntent& intent, const TablePlan& table, ActionSet& actions) {
  if (intent.deletes.empty()) return {};
  std::unordered_map<std::string_view, const FileDeletes*> wanted;
  for (const FileDeletes& deletes : intent.deletes) {
    if (IsAdded(intent, deletes.path)) continue;
    if (!wanted.emplace(deletes.path, &deletes).second || std::ranges::count(intent.remove, deletes.path) != 0) {
      return Fail(ErrorCode::kInvalidArgument, "a file is removed, or its rows are deleted, twice: " + deletes.path);
    }
  }
  for (const DataFilePtr& file : base.files) {
    const auto found = wanted.find(file->path);
    if (found == wanted.end()) continue;
    TARN_ASSIGN(Add add, PlanVector(*file, *found->second, table, intent));
    actions.removes.push_back(PlanRemove(*file, intent));
    // A file without a row left is gone.
    if (found->second->file.record_count < file->record_count) actions.adds.push_back(std::move(add));
    wanted.erase(found);
  }
  if (wanted.empty()) return {};
  return Fail(ErrorCode::kConflict,
              "a file to delete rows of is not in the snapshot: " + std::string(wanted.begin()->first));
}

/// A file of an earlier snapshot once more, as the log had it then.
Add PlanReturn(const DataFile& file, const TablePlan& table, const CommitIntent& intent) {
  const FileDetails& details = DetailsOf(file);
  return {.path = UriOf(file),
          .partition_values = details.partition_values,
          .size_bytes = file.size_bytes,
          .modification_time_ms = MillisOf(file.modified),
          .data_change = intent.data_change,
          .stats = EncodeStats(file, table.schema),
          .tags = details.tags,
          .deletion_vector = details.deletion_vector,
          .base_row_id = details.base_row_id,
          .default_row_commit_version = details.default_row_commit_version,
          .clustering_provider = details.clustering_provider};
}

/// Live rows of the files that a restore brings back or keeps.
std::unordered_map<std::string_view, int64_t> RestoredRows(const CommitIntent& intent) {
  std::unordered_map<std::string_view, int64_t> rows;
  if (intent.restore == nullptr) return rows;
  for (const DataFilePtr& file : intent.restore->files) rows.emplace(file->path, file->LiveRecordCount());
  return rows;
}

/// Only what differs from the snapshot is named.
Status PlanRestore(const Snapshot& base, const CommitIntent& intent, const TablePlan& table, ActionSet& actions) {
  if (intent.restore == nullptr) return {};
  if (!intent.add.empty() || !intent.remove.empty() || !intent.deletes.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "a commit that restores files changes no others");
  }
  std::unordered_map<std::string_view, const DataFile*> now;
  for (const DataFilePtr& file : base.files) now.emplace(file->path, file.get());
  for (const DataFilePtr& file : intent.restore->files) {
    const auto found = now.find(file->path);
    if (found != now.end() && found->second->SameRows(*file)) {
      now.erase(found);
    } else {
      actions.adds.push_back(PlanReturn(*file, table, intent));
    }
  }
  for (const DataFilePtr& file : base.files) {
    if (now.contains(file->path)) actions.removes.push_back(PlanRemove(*file, intent));
  }
  return {};
}

/// Figures that follow from the plan: rows that leave with their files or by deletion vectors, and what a restore
/// moves.
void CountChanges(const Snapshot& base, const CommitIntent& intent, const ActionSet& actions, CommitInfo& info) {
  std::unordered_map<std::string_view, int64_t> after;  // live rows of files that were there before or come back
  for (const FileDeletes& deletes : intent.deletes) after[deletes.path] = -deletes.file.record_count;
  const std::unordered_set<std::string_view> removed(intent.remove.begin(), intent.remove.end());
  const auto restored = RestoredRows(intent);
  int64_t rows_removed = 0;
  int64_t rows_added = 0;
  bool known = true;
  for (const DataFilePtr& file : base.files) {
    const int64_t live = file->LiveRecordCount();
    int64_t left = live;
    if (removed.contains(file->path)) left = 0;
    if (const auto deletes = after.find(file->path); deletes != after.end())
      left = file->record_count + deletes->second;
    if (intent.restore != nullptr) {
      const auto found = restored.find(file->path);
      left = found == restored.end() ? 0 : found->second;
    }
    known = known && live >= 0 && left >= 0;
    rows_removed += std::max<int64_t>(live - left, 0);
    rows_added += std::max<int64_t>(left - live, 0);
  }
  if (known && rows_removed > 0) info.operation_metrics["numDeletedRows"] = std::to_string(rows_removed);
  if (intent.restore == nullptr) return;
  std::unordered_set<std::string_view> present;
  for (const DataFilePtr& file : base.files) present.insert(file->path);
  for (const auto& [path, live] : restored) {
    if (!present.contains(path)) rows_added += std::max<int64_t>(live, 0);
  }
  info.operation_metrics["numFiles"] = std::to_string(actions.adds.size());
  info.operation_metrics["numRemovedFiles"] = std::to_string(actions.removes.size());
  info.operation_metrics["numOutputRows"] = std::to_string(rows_added);
}

/// Rows of a file that are deleted by the commit that adds it.
Status AddVector(const DataFile& file, const CommitIntent& intent, const TablePlan& table, Add& add) {
  const auto found = std::ranges::find(intent.deletes, file.path, &FileDeletes::path);
  if (found == intent.deletes.end()) return {};
  if (found->file.content != DeleteContent::kDeletionVector) {
    return Fail(ErrorCode::kUnsupported, "Delta deletes rows by deletion vectors only");
  }
  TARN_ASSIGN(add.deletion_vector, ToDescriptor(found->file));
  DataFile changed = file;
  changed.deletes = {std::make_shared<const DeleteFile>(found->file)};
  add.stats = EncodeStats(changed, table.schema);
  return {};
}

Status PlanAdds(const CommitIntent& intent, const TablePlan& table, ActionSet& actions) {
  if (intent.add.empty()) return {};
  if (const std::string mapped = FirstMappedColumn(table.schema); !mapped.empty()) {
    return Fail(ErrorCode::kUnsupported, "adding files to a Delta table with a renamed column: " + mapped);
  }
  TARN_ASSIGN(const auto partitions, PartitionColumns::Of(table.metadata, table.schema));
  for (const DataFile& file : intent.add) {
    TARN_ASSIGN(PartitionValues values, partitions.Encode(file));
    const Timestamp modified = file.modified.micros == 0 ? intent.now : file.modified;
    actions.adds.push_back({.path = EncodePath(file.path),
                            .partition_values = std::move(values),
                            .size_bytes = file.size_bytes,
                            .modification_time_ms = MillisOf(modified),
                            .data_change = intent.data_change,
                            .stats = EncodeStats(file, table.schema),
                            .tags = {}});
    TARN_TRY(AddVector(file, intent, table, actions.adds.back()));
  }
  return {};
}

}  // namespace

Result<ActionSet> PlanActions(const Snapshot& base, const CommitIntent& intent, const std::string& engine_info) {
  ActionSet actions;
  if (!intent.expire.empty()) return Fail(ErrorCode::kInvalidArgument, "Delta versions do not expire by a commit");
  TARN_ASSIGN(const TablePlan table, PlanTable(base, intent, actions));
  CommitInfo& info = actions.commit_info.emplace(DescribeCommit(base, intent, engine_info));
  StampCommit(base, table, info);
  for (const auto& [app_id, version] : intent.transactions) {
    actions.txns.push_back({.app_id = app_id, .version = version, .last_updated_ms = std::nullopt});
  }
  TARN_TRY(PlanRemoves(base, intent, actions));
  TARN_TRY(PlanDeletes(base, intent, table, actions));
  TARN_TRY(PlanAdds(intent, table, actions));
  TARN_TRY(PlanRestore(base, intent, table, actions));
  CountChanges(base, intent, actions, *actions.commit_info);
  return actions;
}

}  // namespace tarn::table::delta
