// SPDX-License-Identifier: Apache-2.0
#pragma once
// The node's log as one thing: replay on open, then the writer, with the tail both share (durability.md §3). One thread
// writes and syncs groups, one prepares and recycles segments. Thread-safe; owned by app, outlived by disk, clock and
// metrics.

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/metrics.h"
#include "base/result.h"
#include "base/time.h"
#include "ingest/log_writer.h"
#include "ingest/replay.h"
#include "ingest/segment_pool.h"
#include "ingest/tail.h"
#include "store/disk.h"

namespace tarn::ingest {

enum class LogThreads { kOwn, kNone };

class NodeLog {
 public:
  struct Dependencies {
    store::Disk& disk;
    Clock& clock;
    MetricRegistry& metrics;
  };

  struct Request {
    std::string data_dir;  ///< locked by the seat
    std::string lake_id;
    uint64_t incarnation = 0;  ///< of the seat just taken
    LogLimits limits;          ///< made Fitting
    LandedOf landed;
    /// Every keyed frame found, also landed ones, oldest first; may be empty.
    std::function<void(const FrameView& frame, uint64_t segment)> on_keyed;
    /// Makes durable elsewhere what only this segment holds besides landed frames (idempotency records), before the
    /// segment is recycled; may be empty.
    std::function<Status(uint64_t segment)> before_recycle;
    /// A write or sync failed: the process must exit with kLogFailureExitCode and answer nobody any more. Called once,
    /// on the log's thread.
    std::function<void(const Error&)> on_fatal;
    LogThreads threads = LogThreads::kOwn;  ///< kNone: the caller drives WriteGroups and RunUpkeep
  };

  /// Replays what is there and begins this incarnation's first segment. kCorrupt names file and offset of damage.
  static Result<std::unique_ptr<NodeLog>> Open(Dependencies dependencies, Request request);
  ~NodeLog();

  Tail& tail() { return tail_; }
  LogWriter& writer() { return *writer_; }
  const ReplayReport& replay_report() const { return report_; }

  /// Leaves nothing of what was appended before on the log's disk: begins another segment, has everything landed, and
  /// removes the files that held it. kUnavailable: something did not land within `patience`; worth another try. One at
  /// a time.
  Status Scrub(std::chrono::milliseconds patience);

  /// Refuses new frames, finishes accepted ones, writes the closing group, stops the threads. Idempotent.
  void Close();

  void WriteGroups() { writer_->WriteGroups(); }
  /// One round: recycles what is landed, prepares the next segment.
  void RunUpkeep();

 private:
  NodeLog(Dependencies dependencies, Request request);
  Status Start();
  void Recycle();
  Status RemoveBefore(uint64_t segment, std::chrono::milliseconds patience);
  void Prepare();
  void WantSpare();
  void WakeUpkeep();
  void UpkeepLoop();

  const Dependencies dependencies_;
  const Request request_;
  const LogLimits limits_;
  Tail tail_;
  SegmentPool pool_;
  ReplayReport report_;
  std::unique_ptr<LogWriter> writer_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> spare_wanted_{false};
  bool work_ = false;
  bool stopping_ = false;
  std::thread upkeep_;
};

}  // namespace tarn::ingest
