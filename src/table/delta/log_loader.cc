// SPDX-License-Identifier: Apache-2.0
#include "table/delta/log_loader.h"

#include <algorithm>
#include <map>
#include <utility>

#include "codec/json.h"
#include "table/delta/action_json.h"
#include "table/delta/checkpoint_rows.h"
#include "table/delta/delta_state.h"
#include "table/delta/log_names.h"

namespace tarn::table::delta {
namespace {

/// How far before a version its checkpoint is looked for first: two intervals of our own checkpoints, and some more
/// objects than lie there.
constexpr int64_t kNearby = 20;
constexpr size_t kNearbyObjects = 100;

/// What a listing of the log folder shows.
struct Listing {
  int64_t first_entry = -1;
  int64_t last_entry = -1;
  std::map<int64_t, std::vector<std::string>> whole;                         ///< one file each, by version
  std::map<std::pair<int64_t, int64_t>, std::vector<std::string>> in_parts;  ///< by version and number of parts

  void Add(const LogFile& file, const std::string& key) {
    switch (file.kind) {
      case LogFileKind::kEntry:
        if (first_entry < 0) first_entry = file.version;
        last_entry = std::max(last_entry, file.version);
        break;
      case LogFileKind::kClassicCheckpoint:
        whole[file.version] = {key};
        break;
      case LogFileKind::kCheckpointPart:
        in_parts[{file.version, file.parts}].push_back(key);
        break;
      case LogFileKind::kUuidCheckpoint:
        whole.try_emplace(file.version, std::vector<std::string>{key});
        break;
    }
  }

  bool has_checkpoints() const { return !whole.empty() || !in_parts.empty(); }

  /// Puts the newest complete checkpoint into the segment.
  void ChooseCheckpoint(LogSegment& segment) const {
    for (const auto& [id, keys] : in_parts) {
      if (static_cast<int64_t>(keys.size()) != id.second || id.first <= segment.checkpoint_version) continue;
      segment.checkpoint_version = id.first;
      segment.checkpoint_keys = keys;
    }
    if (whole.empty() || whole.rbegin()->first < segment.checkpoint_version) return;
    segment.checkpoint_version = whole.rbegin()->first;
    segment.checkpoint_keys = whole.rbegin()->second;
  }
};

}  // namespace

Result<SnapshotPtr> LogLoader::Load(const SnapshotPtr& known) {
  if (known != nullptr && known->exists()) {
    TARN_ASSIGN(auto newer, LoadOnwards(known));
    return newer ? *newer : known;
  }
  TARN_ASSIGN(const auto segment, FindSegment(std::nullopt));
  if (!segment) return SnapshotPtr(std::make_shared<Snapshot>());
  return LoadSegment(*segment);
}

Result<SnapshotPtr> LogLoader::LoadVersion(int64_t version) {
  const auto missing = [&] {
    return Fail(ErrorCode::kNotFound, "the table has no version " + std::to_string(version) + ": " + location_);
  };
  if (version < 0) return missing();
  TARN_ASSIGN(const auto segment, FindSegment(version));
  if (!segment || segment->version != version) return missing();
  return LoadSegment(*segment);
}

Result<ReplayedLog> LogLoader::ReplayTo(int64_t version) {
  TARN_ASSIGN(const auto segment, FindSegment(version));
  if (!segment || segment->version != version) {
    return Fail(ErrorCode::kNotFound, "the table has no version " + std::to_string(version) + ": " + location_);
  }
  std::optional<CommitInfo> newest;
  return Replay(*segment, newest);
}

/// The snapshot after the entries behind `known`, nullopt when there are none.
Result<std::optional<SnapshotPtr>> LogLoader::LoadOnwards(const SnapshotPtr& known) {
  std::vector<ActionSet> entries;
  for (int64_t version = known->version + 1;; ++version) {
    auto entry = ReadEntry(version);
    if (!entry && entry.error().code == ErrorCode::kNotFound) break;
    if (!entry) return Fail(std::move(entry).error());
    entries.push_back(*std::move(entry));
  }
  if (entries.empty()) return std::optional<SnapshotPtr>();
  const std::optional<CommitInfo> newest = entries.back().commit_info;
  const auto version = known->version + static_cast<int64_t>(entries.size());
  LogReplay replay(table_root());
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) TARN_TRY(replay.Feed(std::move(*entry)));
  TARN_ASSIGN(SnapshotPtr snapshot,
              Finish(known, std::move(replay).Finish(), version, newest, StateOf(*known).checkpoint_version));
  return std::optional(std::move(snapshot));
}

Result<int64_t> LogLoader::HintedCheckpoint() {
  const auto body = store_.Get(KeyOf(LastCheckpointName()));
  if (!body && body.error().code == ErrorCode::kNotFound) return -1;
  if (!body) return Fail(body.error());
  const auto hint = codec::ParseJson(*body);
  if (!hint || !hint->is_object() || !hint->contains("version")) return -1;
  const codec::Json& version = (*hint)["version"];
  return version.is_number_integer() ? std::max<int64_t>(version.get<int64_t>(), -1) : -1;
}

/// The newest version, or the newest up to `version`; nullopt when there is none.
Result<std::optional<LogSegment>> LogLoader::FindSegment(std::optional<int64_t> version) {
  int64_t from = -1;
  if (parquet_ != nullptr) {
    TARN_ASSIGN(from, HintedCheckpoint());
    if (version && from > *version) {
      // What came later, a day's entries perhaps, is not listed for a version with a checkpoint close by.
      TARN_ASSIGN(auto nearby, ListSegment(std::max<int64_t>(*version - kNearby, 0), version, kNearbyObjects));
      if (nearby && nearby->version == *version) return nearby;
      from = -1;
    }
  }
  TARN_ASSIGN(auto segment, ListSegment(from, version));
  // A hint that leads nowhere is only a hint.
  if (from >= 0 && (!segment || segment->checkpoint_version < from)) return ListSegment(-1, version);
  return segment;
}

Result<std::optional<LogSegment>> LogLoader::ListSegment(int64_t from, std::optional<int64_t> version, size_t limit) {
  const std::string prefix = KeyOf(std::string(kLogFolder));
  TARN_ASSIGN(const auto objects, store_.List(prefix, from < 0 ? "" : KeyOf(VersionPrefix(from)), limit));
  Listing listing;
  for (const store::ObjectInfo& object : objects) {
    const auto file = ParseLogFileName(std::string_view(object.key).substr(prefix.size()));
    if (file && (!version || file->version <= *version)) listing.Add(*file, object.key);
  }
  LogSegment segment;
  if (parquet_ != nullptr) listing.ChooseCheckpoint(segment);
  segment.version = std::max(listing.last_entry, segment.checkpoint_version);
  if (segment.version < 0 && !listing.has_checkpoints()) return std::optional<LogSegment>();
  if (segment.checkpoint_version < 0 && listing.first_entry != 0) {
    if (from >= 0) return std::optional<LogSegment>();
    if (listing.has_checkpoints()) {
      return Fail(ErrorCode::kUnsupported, "Delta logs that start with a checkpoint, without a Parquet codec");
    }
    if (version) return std::optional<LogSegment>();
    return Fail(ErrorCode::kCorrupt, "the Delta log has neither its first entry nor a checkpoint: " + location_);
  }
  return std::optional(std::move(segment));
}

Result<SnapshotPtr> LogLoader::LoadSegment(const LogSegment& segment) {
  std::optional<CommitInfo> newest;
  TARN_ASSIGN(ReplayedLog log, Replay(segment, newest));
  return Finish(nullptr, std::move(log), segment.version, newest, segment.checkpoint_version);
}

Result<ReplayedLog> LogLoader::Replay(const LogSegment& segment, std::optional<CommitInfo>& newest) {
  LogReplay replay(table_root());
  for (int64_t version = segment.version; version > segment.checkpoint_version; --version) {
    auto entry = ReadEntry(version);
    if (!entry && entry.error().code == ErrorCode::kNotFound) {
      return Fail(ErrorCode::kCorrupt, "a Delta log entry is missing: " + KeyOf(LogEntryName(version)));
    }
    if (!entry) return Fail(std::move(entry).error());
    if (version == segment.version) newest = entry->commit_info;
    TARN_TRY(replay.Feed(*std::move(entry)));
  }
  if (segment.checkpoint_version < 0) return std::move(replay).Finish();

  TARN_ASSIGN(ActionSet checkpoint, ReadCheckpoint(segment));
  TARN_TRY(replay.Feed(std::move(checkpoint)));
  if (segment.version == segment.checkpoint_version) {
    // Checkpoints hold no provenance; their own entry may be gone.
    auto entry = ReadEntry(segment.version);
    if (entry) newest = entry->commit_info;
    if (!entry && entry.error().code != ErrorCode::kNotFound) return Fail(std::move(entry).error());
  }
  return std::move(replay).Finish();
}

Result<ActionSet> LogLoader::ReadEntry(int64_t version) {
  const std::string key = KeyOf(LogEntryName(version));
  TARN_ASSIGN(const std::string body, store_.Get(key));
  auto entry = DecodeLogEntry(body);
  if (!entry) return Fail(std::move(entry).error().In(key));
  return entry;
}

Result<ActionSet> LogLoader::ReadCheckpoint(const LogSegment& segment) {
  ActionSet actions;
  for (const std::string& key : segment.checkpoint_keys) TARN_TRY(ReadCheckpointFile(key, actions));
  for (const std::string& sidecar : std::exchange(actions.sidecars, {})) {
    // A bare name lies in the folder of sidecars, anything else is relative to the table or absolute.
    const bool bare = sidecar.find('/') == std::string::npos;
    TARN_ASSIGN(const std::string path, DecodePath(sidecar, table_root()));
    TARN_TRY(ReadCheckpointFile(KeyOf(bare ? std::string(kSidecarFolder) + path : path), actions));
  }
  return actions;
}

Status LogLoader::ReadCheckpointFile(const std::string& key, ActionSet& actions) {
  auto read = key.ends_with(".json")
                  ? ReadJsonCheckpoint(key, actions)
                  : parquet_->Read(store_, key, CheckpointColumns(), [&](const Schema& schema, const BatchView& batch) {
                      return DecodeCheckpointRows(schema, batch, actions);
                    });
  if (!read && read.error().code == ErrorCode::kNotFound) {
    return Fail(ErrorCode::kCorrupt, "a file of a Delta checkpoint is missing: " + key);
  }
  if (!read) return Fail(std::move(read).error().In(key));
  return {};
}

Status LogLoader::ReadJsonCheckpoint(const std::string& key, ActionSet& actions) {
  TARN_ASSIGN(const std::string body, store_.Get(key));
  TARN_ASSIGN(actions, DecodeLogEntry(body));
  return {};
}

/// Makes the version durable, which this process may not have put itself, and then the snapshot of it.
Result<SnapshotPtr> LogLoader::Finish(const SnapshotPtr& base, ReplayedLog log, int64_t version,
                                      const std::optional<CommitInfo>& newest, int64_t checkpoint_version) {
  VersionMark mark = MarkOf(version, newest);
  const std::string key = KeyOf(version == checkpoint_version ? CheckpointName(version) : LogEntryName(version));
  if (version != checkpoint_version) TARN_TRY(store_.MakeDurable(key));
  if (mark.committed_at.micros == 0) {
    const auto info = store_.Head(key);
    if (info) mark.committed_at = info->modified;
    if (!info && info.error().code != ErrorCode::kNotFound) return Fail(info.error());
  }
  auto snapshot = MakeSnapshot(base, std::move(log), std::move(mark),
                               {.checkpoint_version = checkpoint_version, .table_root = table_root()});
  if (!snapshot) return Fail(std::move(snapshot).error().In(location_));
  return snapshot;
}

}  // namespace tarn::table::delta
