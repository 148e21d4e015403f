// SPDX-License-Identifier: Apache-2.0
#include "table/delta/delta_state.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <unordered_set>
#include <utility>

#include "base/assert.h"
#include "table/foreign_values.h"
#include "table/delta/column_mapping.h"
#include "table/delta/deletion_vector.h"
#include "table/delta/features.h"
#include "table/delta/logged_file.h"
#include "table/delta/partition_values.h"
#include "table/delta/log_names.h"
#include "table/delta/schema_json.h"
#include "table/delta/stats_json.h"

namespace tarn::table::delta {
namespace {

int32_t IntegerOf(const Metadata& metadata, const char* key) {
  const auto found = metadata.configuration.find(key);
  if (found == metadata.configuration.end()) return 0;
  const std::string& text = found->second;
  int32_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  return error == std::errc() && end == text.data() + text.size() ? std::max(id, 0) : 0;
}

/// Elements, keys and values have no id of Delta's to be found by.
Status CheckMappedById(const Schema& schema) {
  for (const Field& field : schema.fields) {
    if (field.type.is_nested()) {
      return Fail(ErrorCode::kUnsupported, "Delta column mapping by id with a nested column: " + field.name);
    }
  }
  return {};
}

/// Schema and properties out of a metaData action.
Status ApplyMetadata(const Protocol& protocol, const Metadata& metadata, Snapshot& snapshot) {
  TARN_ASSIGN(const MappingMode mapping, MappingModeOf(protocol, metadata));
  TARN_ASSIGN(snapshot.schema, DecodeSchema(metadata.schema_string, mapping));
  snapshot.column_match = mapping == MappingMode::kId ? ColumnMatch::kFieldId : ColumnMatch::kName;
  if (mapping == MappingMode::kId) TARN_TRY(CheckMappedById(snapshot.schema));
  snapshot.last_field_id =
      AssignFieldIds(snapshot.schema, std::max(IntegerOf(metadata, kLastFieldId), IntegerOf(metadata, kMaxColumnId)));
  snapshot.properties = metadata.configuration;
  snapshot.properties.erase(kLastFieldId);
  return {};
}

std::optional<DeletionVector> VectorOf(const DataFile& file) { return DetailsOf(file).deletion_vector; }

bool IsDecided(const DataFile& file, const ReplayedLog& log) {
  if (file.deletes.empty()) return log.decided.contains(file.path);
  return log.decided.contains(FileKey(file.path, VectorOf(file)));
}

void CarryOver(const Snapshot& base, const ReplayedLog& log, Snapshot& snapshot) {
  snapshot.transactions = base.transactions;
  snapshot.files.reserve(base.files.size() + log.files.size());
  if (log.decided.empty()) {
    snapshot.files = base.files;
    return;
  }
  for (const DataFilePtr& file : base.files) {
    if (!IsDecided(*file, log)) snapshot.files.push_back(file);
  }
}

/// What the neutral model has no place for; null for nothing.
std::shared_ptr<const FileDetails> DetailsIn(Add& add) {
  const bool plain = add.partition_values.empty() && add.tags.empty() && !add.deletion_vector && !add.base_row_id &&
                     !add.default_row_commit_version && !add.clustering_provider;
  if (plain) return nullptr;
  return std::make_shared<const FileDetails>(FileDetails{.partition_values = std::move(add.partition_values),
                                                         .tags = std::move(add.tags),
                                                         .deletion_vector = std::move(add.deletion_vector),
                                                         .base_row_id = add.base_row_id,
                                                         .default_row_commit_version = add.default_row_commit_version,
                                                         .clustering_provider = std::move(add.clustering_provider)});
}

Status AddDeletes(const DeletionVector& vector, const std::string& table_root, DataFile& file) {
  auto deletes = ToDeleteFile(vector, table_root);
  if (!deletes) return Fail(std::move(deletes).error().In(file.path));
  file.deletes = {std::make_shared<const DeleteFile>(*std::move(deletes))};
  for (auto& [id, stats] : file.stats) stats.exact = false;
  return {};
}

Status AddFiles(std::vector<LiveFile> files, const PartitionColumns& partitions, Snapshot& snapshot,
                const DeltaState& state) {
  const StatsDecoder decoder(snapshot.schema);
  for (LiveFile& live : files) {
    auto file = std::make_shared<LoggedFile>();
    file->path = std::move(live.path);
    file->size_bytes = live.add.size_bytes;
    file->modified = ClampedFromMillis(live.add.modification_time_ms);
    decoder.Decode(live.add.stats, *file);
    if (live.add.deletion_vector) TARN_TRY(AddDeletes(*live.add.deletion_vector, state.table_root, *file));
    TARN_TRY(partitions.Decode(live.add.partition_values, *file));
    if (EncodePath(file->path) != live.add.path) file->uri = std::move(live.add.path);
    file->details = DetailsIn(live.add);
    snapshot.files.push_back(std::move(file));
  }
  return {};
}

/// One data file must not be live twice, with two deletion vectors: its rows would be, too.
Status CheckUnique(const Snapshot& snapshot, const ReplayedLog& log) {
  const bool has_vectors =
      std::ranges::any_of(log.decided, [](const std::string& key) { return key.find('\0') != std::string::npos; });
  if (!has_vectors) return {};
  std::unordered_set<std::string_view> paths;
  for (const DataFilePtr& file : snapshot.files) {
    if (!paths.insert(file->path).second) {
      return Fail(ErrorCode::kCorrupt, "a data file is in the Delta log twice: " + file->path);
    }
  }
  return {};
}

}  // namespace

const DeltaState& StateOf(const Snapshot& snapshot) {
  TARN_ASSERT(snapshot.format_state != nullptr);
  return *static_cast<const DeltaState*>(snapshot.format_state.get());
}

VersionMark MarkOf(int64_t version, const std::optional<CommitInfo>& info) {
  VersionMark mark{.version = version, .committed_at = {}, .commit_id = {}};
  if (!info) return mark;
  mark.committed_at = ClampedFromMillis(info->in_commit_timestamp_ms.value_or(info->timestamp_ms.value_or(0)));
  mark.commit_id = info->txn_id;
  return mark;
}

Result<SnapshotPtr> MakeSnapshot(const SnapshotPtr& base, ReplayedLog log, VersionMark mark, Origin origin) {
  const bool goes_on = base != nullptr && base->exists();
  if (!goes_on && (!log.protocol || !log.metadata)) {
    return Fail(ErrorCode::kCorrupt, "the Delta log has no protocol or no metaData action");
  }
  auto snapshot = std::make_shared<Snapshot>();
  auto state = std::make_shared<DeltaState>();
  snapshot->version = mark.version;
  snapshot->snapshot_id = mark.version;
  snapshot->format = "delta";
  snapshot->committed_at = mark.committed_at;
  snapshot->commit_id = std::move(mark.commit_id);
  state->checkpoint_version = origin.checkpoint_version;
  state->table_root = std::move(origin.table_root);
  state->protocol = log.protocol ? *log.protocol : StateOf(*base).protocol;
  state->metadata = log.metadata ? std::make_shared<const Metadata>(*std::move(log.metadata)) : StateOf(*base).metadata;

  if (!goes_on || log.protocol || state->metadata != StateOf(*base).metadata) {
    TARN_TRY(CheckReadable(state->protocol, *state->metadata));
    TARN_TRY(ApplyMetadata(state->protocol, *state->metadata, *snapshot));
    TARN_ASSIGN(state->write_obstacle, FindWriteObstacle(state->protocol, *state->metadata));
  } else {
    snapshot->schema = base->schema;
    snapshot->last_field_id = base->last_field_id;
    snapshot->properties = base->properties;
    snapshot->column_match = base->column_match;
    state->write_obstacle = StateOf(*base).write_obstacle;
  }
  if (goes_on) CarryOver(*base, log, *snapshot);
  TARN_ASSIGN(const auto partitions, PartitionColumns::Of(*state->metadata, snapshot->schema));
  TARN_TRY(AddFiles(std::move(log.files), partitions, *snapshot, *state));
  TARN_TRY(CheckUnique(*snapshot, log));
  for (const auto& [app_id, txn] : log.txns) snapshot->transactions[app_id] = txn.version;
  snapshot->format_state = std::move(state);
  return SnapshotPtr(std::move(snapshot));
}

}  // namespace tarn::table::delta
