// SPDX-License-Identifier: Apache-2.0
#include "table/delta/delta_state.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "base/assert.h"
#include "table/delta/features.h"
#include "table/delta/log_names.h"
#include "table/delta/schema_json.h"
#include "table/delta/stats_json.h"

namespace tarn::table::delta {
namespace {

constexpr int64_t kMicrosPerMilli = 1000;

/// Foreign logs may hold any number.
Timestamp FromMillis(int64_t millis) {
  constexpr int64_t kLimit = std::numeric_limits<int64_t>::max() / kMicrosPerMilli;
  return Timestamp{std::clamp(millis, -kLimit, kLimit) * kMicrosPerMilli};
}

int32_t LastFieldIdOf(const Metadata& metadata) {
  const auto found = metadata.configuration.find(kLastFieldId);
  if (found == metadata.configuration.end()) return 0;
  const std::string& text = found->second;
  int32_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  return error == std::errc() && end == text.data() + text.size() ? std::max(id, 0) : 0;
}

/// Schema and properties out of a metaData action.
Status ApplyMetadata(const Metadata& metadata, Snapshot& snapshot) {
  TARN_ASSIGN(snapshot.schema, DecodeSchema(metadata.schema_string));
  snapshot.last_field_id = AssignFieldIds(snapshot.schema, LastFieldIdOf(metadata));
  snapshot.properties = metadata.configuration;
  snapshot.properties.erase(kLastFieldId);
  return {};
}

void CarryOver(const Snapshot& base, const ReplayedLog& log, Snapshot& snapshot, DeltaState& state) {
  const DeltaState& before = StateOf(base);
  state.foreign_uris = before.foreign_uris;
  snapshot.transactions = base.transactions;
  snapshot.files.reserve(base.files.size() + log.files.size());
  if (log.decided.empty()) {
    snapshot.files = base.files;
    return;
  }
  for (const DataFilePtr& file : base.files) {
    if (!log.decided.contains(file->path)) snapshot.files.push_back(file);
  }
  for (const std::string& path : log.decided) state.foreign_uris.erase(path);
}

void AddFiles(std::vector<LiveFile> files, Snapshot& snapshot, DeltaState& state) {
  const StatsDecoder decoder(snapshot.schema);
  for (LiveFile& live : files) {
    auto file = std::make_shared<DataFile>();
    file->path = std::move(live.path);
    file->size_bytes = live.add.size_bytes;
    file->modified = FromMillis(live.add.modification_time_ms);
    decoder.Decode(live.add.stats, *file);
    if (EncodePath(file->path) != live.add.path) state.foreign_uris[file->path] = std::move(live.add.path);
    snapshot.files.push_back(std::move(file));
  }
}

}  // namespace

const DeltaState& StateOf(const Snapshot& snapshot) {
  TARN_ASSERT(snapshot.format_state != nullptr);
  return *static_cast<const DeltaState*>(snapshot.format_state.get());
}

VersionMark MarkOf(int64_t version, const std::optional<CommitInfo>& info) {
  VersionMark mark{.version = version, .committed_at = {}, .commit_id = {}};
  if (!info) return mark;
  mark.committed_at = FromMillis(info->timestamp_ms.value_or(0));
  mark.commit_id = info->txn_id;
  return mark;
}

Result<SnapshotPtr> MakeSnapshot(const SnapshotPtr& base, ReplayedLog log, VersionMark mark,
                                 int64_t checkpoint_version) {
  const bool goes_on = base != nullptr && base->exists();
  if (!goes_on && (!log.protocol || !log.metadata)) {
    return Fail(ErrorCode::kCorrupt, "the Delta log has no protocol or no metaData action");
  }
  auto snapshot = std::make_shared<Snapshot>();
  auto state = std::make_shared<DeltaState>();
  snapshot->version = mark.version;
  snapshot->committed_at = mark.committed_at;
  snapshot->commit_id = std::move(mark.commit_id);
  state->checkpoint_version = checkpoint_version;
  state->protocol = log.protocol ? *log.protocol : StateOf(*base).protocol;
  state->metadata = log.metadata ? std::make_shared<const Metadata>(*std::move(log.metadata)) : StateOf(*base).metadata;

  if (!goes_on || log.protocol || state->metadata != StateOf(*base).metadata) {
    TARN_TRY(CheckReadable(state->protocol, *state->metadata));
    TARN_TRY(ApplyMetadata(*state->metadata, *snapshot));
    TARN_ASSIGN(state->write_obstacle, FindWriteObstacle(state->protocol, *state->metadata));
  } else {
    snapshot->schema = base->schema;
    snapshot->last_field_id = base->last_field_id;
    snapshot->properties = base->properties;
    state->write_obstacle = StateOf(*base).write_obstacle;
  }
  if (goes_on) CarryOver(*base, log, *snapshot, *state);
  AddFiles(std::move(log.files), *snapshot, *state);
  for (const auto& [app_id, txn] : log.txns) snapshot->transactions[app_id] = txn.version;
  snapshot->format_state = std::move(state);
  return SnapshotPtr(std::move(snapshot));
}

}  // namespace tarn::table::delta
