// SPDX-License-Identifier: Apache-2.0
#pragma once
// Frames into groups, groups onto the disk, one write and one sync each (durability.md §3.2, §3.3, §3.6). Requests
// append under a short lock while the log thread writes the group before; no timer. Thread-safe; owned by the NodeLog.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/metrics.h"
#include "base/result.h"
#include "base/time.h"
#include "ingest/frame.h"
#include "ingest/segment_pool.h"
#include "ingest/tail.h"

namespace tarn::ingest {

/// Exit code of a serving process whose log write or sync failed; its parent starts it again and replay decides.
inline constexpr int kLogFailureExitCode = 74;

struct LogLimits {
  uint64_t segment_bytes = 64ULL << 20;
  uint64_t first_segment_bytes = 4ULL << 20;  ///< of an incarnation that finds no spare file: starting must be quick
  uint64_t group_bytes = 8ULL << 20;          ///< a group that has as much takes no further frame
  uint64_t own_group_bytes = 1ULL << 20;      ///< a frame above is a group of its own
  uint64_t frame_bytes = 64ULL << 20;
  uint64_t unsynced_bytes = 128ULL << 20;
  uint64_t unlanded_bytes = 1ULL << 30;             ///< groups from the oldest un-landed segment on
  std::chrono::milliseconds full_disk_retry{1000};  ///< how long a full disk is believed to stay full
};

/// With segments no larger than a quarter of the bound on un-landed bytes.
LogLimits Fitting(LogLimits limits);

class LogWriter {
 public:
  /// Gets the frame's place once it is durable and visible, or why nothing of it was stored (kResourceExhausted: a
  /// bound or a full disk; kUnavailable: closing). Never called after a fatal failure for frames it may concern.
  using Appended = std::move_only_function<void(Result<FrameRef>)>;

  struct Dependencies {
    Tail& tail;
    SegmentPool& pool;
    Clock& clock;
    MetricRegistry& metrics;
    std::function<void(const Error&)> on_fatal;
    std::function<void()> on_half_full;  ///< time to prepare the next segment; must return at once
  };

  struct Start {
    std::string lake_id;
    uint64_t incarnation = 0;
    LogEnd end;  ///< of what replay found
    uint64_t next_segment = 1;
    Timestamp last_insert_date;
  };

  LogWriter(Dependencies dependencies, LogLimits limits, Start start);
  ~LogWriter();

  /// Makes the first segment of this incarnation.
  Status Open();

  /// Starts the log thread.
  void Run();

  /// Copies the finished frame into the open group, giving it its offset and insert date. `endpoint` is Tail::IdOf.
  /// `appended` is called exactly once, on this thread when refused, else on the log's.
  void Append(FrameBuilder& frame, uint32_t endpoint, Appended appended);

  /// Makes the log thread begin another segment, behind what is queued, and waits for it; returns its number.
  /// kResourceExhausted: no room for one; kUnavailable: closing.
  Result<uint64_t> RollNow();

  /// Refuses new frames, writes what is queued and the closing group, stops the thread. Idempotent.
  void Close();

  /// Without a thread: writes all queued groups.
  void WriteGroups();

  uint64_t active_segment() const { return active_number_.load(std::memory_order_acquire); }
  void NoteSpaceFreed() { full_until_.store(0, std::memory_order_relaxed); }

 private:
  struct Pending {
    Tail::SyncedFrame frame;
    Appended appended;
  };
  struct Group {
    std::string bytes;
    std::vector<Pending> frames;
    uint64_t first_sequence = 0;
  };
  struct Metrics;

  std::optional<Error> Refusal(uint64_t frame_bytes) const;
  void AddFrame(Group& group, FrameBuilder& frame, uint32_t endpoint, Appended appended);
  void SealOpenGroup();
  bool TakeGroup(Group& group);
  void Loop();
  void RollFor(std::vector<std::promise<Result<uint64_t>>> waiting);
  void Write(Group& group);
  Status EnsureRoom(uint64_t bytes);
  Status Roll(uint64_t bytes);
  Status Sync(Group& group, GroupKind kind);
  void Complete(Group& group);
  void FailEverything(Group& group, const Error& error);
  void EndFatally(const Error& error);
  void NoteHalfFull();
  void NotePressure();
  bool has_failed() const;
  int64_t SteadyMillis() const;

  const Dependencies dependencies_;
  const LogLimits limits_;
  const std::string lake_id_;
  const uint64_t incarnation_;
  std::unique_ptr<Metrics> metrics_;

  // The log thread's own.
  std::shared_ptr<Segment> active_;
  uint32_t seed_ = 0;
  uint64_t write_offset_ = 0;
  bool half_full_ = false;
  LogEnd end_;
  uint64_t next_segment_ = 1;
  bool pressed_ = false;
  std::vector<Tail::SyncedFrame> synced_;

  std::atomic<uint64_t> active_number_{0};
  std::atomic<int64_t> full_until_{0};  ///< steady milliseconds

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  Group open_;
  std::deque<Group> sealed_;
  std::string spare_buffer_;
  uint64_t next_sequence_ = 1;
  Timestamp last_insert_date_;
  uint64_t unsynced_bytes_ = 0;
  bool idle_ = false;
  std::vector<std::promise<Result<uint64_t>>> rolls_;  ///< that wait for the log thread
  bool closing_ = false;
  bool closed_ = false;
  bool failed_ = false;

  std::thread thread_;
};

}  // namespace tarn::ingest
