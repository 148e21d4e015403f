// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads Delta logs: finds the newest complete checkpoint and the entries behind it (by the _last_checkpoint hint and a
// listing), or goes on from a known version by probing the next number (durability.md §1.2). Thread-compatible: made
// per call.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "table/delta/actions.h"
#include "table/delta/log_replay.h"
#include "table/format.h"
#include "table/parquet_codec.h"

namespace tarn::table::delta {

/// The objects that make one version.
struct LogSegment {
  int64_t version = -1;
  int64_t checkpoint_version = -1;
  std::vector<std::string> checkpoint_keys;  ///< one (which may name sidecars), or all parts
};

class LogLoader {
 public:
  /// `parquet` may be null: then only logs whose entries are all there can be read.
  LogLoader(store::ObjectStore& store, std::string location, ParquetCodec* parquet)
      : store_(store), location_(std::move(location)), parquet_(parquet) {}

  /// As TableFormat::Load.
  Result<SnapshotPtr> Load(const SnapshotPtr& known);

  /// As TableFormat::LoadVersion.
  Result<SnapshotPtr> LoadVersion(int64_t version);

  /// All actions that hold at `version`, tombstones included.
  Result<ReplayedLog> ReplayTo(int64_t version);

  /// Version of the checkpoint that _last_checkpoint names, -1 without a readable hint.
  Result<int64_t> HintedCheckpoint();

 private:
  Result<std::optional<SnapshotPtr>> LoadOnwards(const SnapshotPtr& known);
  Result<std::optional<LogSegment>> FindSegment(std::optional<int64_t> version);
  Result<std::optional<LogSegment>> ListSegment(int64_t from, std::optional<int64_t> version, size_t limit = 0);
  Result<SnapshotPtr> LoadSegment(const LogSegment& segment);
  Result<ReplayedLog> Replay(const LogSegment& segment, std::optional<CommitInfo>& newest);
  Result<ActionSet> ReadEntry(int64_t version);
  Result<ActionSet> ReadCheckpoint(const LogSegment& segment);
  Status ReadCheckpointFile(const std::string& key, ActionSet& actions);
  Status ReadJsonCheckpoint(const std::string& key, ActionSet& actions);
  Result<SnapshotPtr> Finish(const SnapshotPtr& base, ReplayedLog log, int64_t version,
                             const std::optional<CommitInfo>& newest, int64_t checkpoint_version);
  std::string KeyOf(const std::string& name) const { return location_ + "/" + name; }
  std::string table_root() const { return store_.root_of(location_) + "/" + location_; }

  store::ObjectStore& store_;
  const std::string location_;
  ParquetCodec* const parquet_;
};

}  // namespace tarn::table::delta
