// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a snapshot of a Delta table keeps for planning the next version (Snapshot::format_state), and how snapshots are
// made from replayed actions: one way for what was loaded and for what was just committed. Values are immutable.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "table/delta/actions.h"
#include "table/delta/log_replay.h"
#include "table/snapshot.h"

namespace tarn::table::delta {

/// Configuration key that keeps ids of dropped columns from being given out again.
inline constexpr const char* kLastFieldId = "tarn.lastFieldId";

struct DeltaState {
  Protocol protocol;
  std::shared_ptr<const Metadata> metadata;
  std::optional<std::string> write_obstacle;  ///< what keeps us from writing the table
  int64_t checkpoint_version = -1;            ///< the checkpoint it was loaded from
  std::string table_root;                     ///< as LogReplay's
};

/// The state of a snapshot that exists and was made by this folder.
const DeltaState& StateOf(const Snapshot& snapshot);

/// Which version is made, and what its log entry says about itself.
struct VersionMark {
  int64_t version = 0;
  Timestamp committed_at;
  std::string commit_id;
};

VersionMark MarkOf(int64_t version, const std::optional<CommitInfo>& info);

/// What the snapshot keeps of where it came from; members as in DeltaState.
struct Origin {
  int64_t checkpoint_version = -1;
  std::string table_root;
};

/// The snapshot that `log` makes of `base` (null: the log is complete from the start). kUnsupported, kCorrupt as
/// TableFormat::Load.
Result<SnapshotPtr> MakeSnapshot(const SnapshotPtr& base, ReplayedLog log, VersionMark mark, Origin origin);

}  // namespace tarn::table::delta
