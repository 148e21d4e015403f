// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a start finds in the node's log (durability.md §3.4): un-landed frames go into the tail, a torn tail is set
// aside, damage is named and refused. Also how a log is checked (fsck) and how an abandoned one is opened to be landed
// (recover).

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "ingest/tail.h"
#include "store/disk.h"

namespace tarn::ingest {

/// Folder of the log in a data directory.
std::string LogFolder(const std::string& data_dir);

/// Last offset of the log's node in an endpoint's bronze log; nullopt when it has none there.
using LandedOf = std::function<Result<std::optional<lake::Offset>>(const EndpointKey& endpoint)>;

/// The last group, whose sync nobody waited for.
struct TornTail {
  std::string file;
  uint64_t offset = 0;
  uint64_t bytes = 0;
  std::string set_aside;  ///< file with a copy of the bytes; empty when there was no room for it
};

struct LogDamage {
  std::string file;
  uint64_t offset = 0;
  std::string what;

  std::string ToString() const { return what + ": " + file + " at byte " + std::to_string(offset); }
};

struct ReplayReport {
  uint64_t segments = 0;
  uint64_t groups = 0;
  uint64_t frames = 0;
  uint64_t unlanded_frames = 0;
  uint64_t bytes = 0;  ///< of groups read
  bool clean_stop = false;
  std::optional<TornTail> torn;
  LogEnd end;  ///< last good group
  Timestamp last_insert_date;
  uint64_t next_segment = 1;
};

struct ReplayRequest {
  store::Disk& disk;
  Clock& clock;
  std::string data_dir;
  std::string lake_id;
  LandedOf landed;
  /// Every keyed frame, also landed ones, oldest first; may be empty.
  std::function<void(const FrameView& frame, uint64_t segment)> on_keyed;
};

/// Reads the whole log into `tail` and makes its end durable. kCorrupt names file and offset of damage,
/// kFailedPrecondition a log of another lake.
Result<ReplayReport> Replay(const ReplayRequest& request, Tail& tail);

/// Every damage in the log, by file and offset; reads only. A torn tail is no damage.
Result<std::vector<LogDamage>> CheckLog(store::Disk& disk, const std::string& data_dir);

/// The tail of a data directory nobody serves, for landing under another node's seat. Writes nothing but the repair of
/// the log's end. The caller holds the directory's lock.
Result<std::unique_ptr<Tail>> OpenAbandonedLog(const ReplayRequest& request);

}  // namespace tarn::ingest
