// SPDX-License-Identifier: Apache-2.0
#include "ingest/node_log.h"

#include <chrono>
#include <thread>
#include <utility>

#include "base/log.h"
#include "base/this_thread.h"

namespace tarn::ingest {
namespace {

/// A segment that could not be prepared or recycled (pinned, full disk, store away) is looked at again after this.
constexpr auto kUpkeepRetry = std::chrono::seconds(1);

}  // namespace

NodeLog::NodeLog(Dependencies dependencies, Request request)
    : dependencies_(dependencies),
      request_(std::move(request)),
      limits_(Fitting(request_.limits)),
      pool_(dependencies.disk, LogFolder(request_.data_dir), {.segment_bytes = limits_.segment_bytes}) {}

NodeLog::~NodeLog() { Close(); }

Result<std::unique_ptr<NodeLog>> NodeLog::Open(Dependencies dependencies, Request request) {
  std::unique_ptr<NodeLog> log(new NodeLog(dependencies, std::move(request)));
  TARN_TRY(log->Start());
  return log;
}

Status NodeLog::Start() {
  TARN_TRY(pool_.Open());
  const ReplayRequest replay{dependencies_.disk, dependencies_.clock, request_.data_dir,
                             request_.lake_id,   request_.landed,     request_.on_keyed};
  const auto started = dependencies_.clock.Steady();
  TARN_ASSIGN(report_, Replay(replay, tail_));
  const auto took = std::chrono::duration<double>(dependencies_.clock.Steady() - started).count();
  LogInfo("log replayed", {{"segments", report_.segments},
                           {"bytes", report_.bytes},
                           {"frames", report_.frames},
                           {"unlanded_frames", report_.unlanded_frames},
                           {"seconds", took}});
  writer_ =
      std::make_unique<LogWriter>(LogWriter::Dependencies{tail_, pool_, dependencies_.clock, dependencies_.metrics,
                                                          request_.on_fatal, [this] { WantSpare(); }},
                                  limits_,
                                  LogWriter::Start{request_.lake_id, request_.incarnation, report_.end,
                                                   report_.next_segment, report_.last_insert_date});
  TARN_TRY(writer_->Open());
  tail_.OnRelease([this] { WakeUpkeep(); });
  if (request_.threads == LogThreads::kOwn) {
    work_ = true;  // what landed before the restart is recycled
    writer_->Run();
    upkeep_ = std::thread([this] {
      NameThisThread("tarn-log-upkeep");
      UpkeepLoop();
    });
  }
  return {};
}

void NodeLog::WantSpare() {
  spare_wanted_ = true;
  WakeUpkeep();
}

void NodeLog::WakeUpkeep() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(work_, true)) return;
  wake_.notify_one();
}

void NodeLog::UpkeepLoop() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      const bool waiting = spare_wanted_ || tail_.Retirable(writer_->active_segment()).has_value();
      const auto woken = [this] { return work_ || stopping_; };
      // Only what failed is looked at again by time: an idle log sleeps.
      if (waiting) {
        wake_.wait_for(lock, kUpkeepRetry, woken);
      } else {
        wake_.wait(lock, woken);
      }
      if (stopping_) return;
      work_ = false;
    }
    RunUpkeep();
  }
}

void NodeLog::RunUpkeep() {
  Recycle();
  Prepare();
}

void NodeLog::Recycle() {
  while (const auto number = tail_.Retirable(writer_->active_segment())) {
    if (request_.before_recycle) {
      if (const auto kept = request_.before_recycle(*number); !kept) {
        LogWarning("a log segment stays: its idempotency records cannot be kept",
                   {{"segment", *number}, {"error", kept.error().ToString()}});
        return;
      }
    }
    auto segment = tail_.TakeRetired(*number);
    if (segment == nullptr) return;
    const auto path = segment->path();
    if (const auto recycled = pool_.Recycle(std::move(segment)); !recycled) {
      LogError("recycling a log segment failed", {{"file", path}, {"error", recycled.error().ToString()}});
      request_.on_fatal(recycled.error());
      return;
    }
    writer_->NoteSpaceFreed();
  }
}

Status NodeLog::RemoveBefore(uint64_t segment, std::chrono::milliseconds patience) {
  constexpr std::chrono::milliseconds kLook{20};
  const auto until = std::chrono::steady_clock::now() + patience;
  while (tail_.OldestSegment() < segment) {
    if (std::chrono::steady_clock::now() > until) {
      return Fail(ErrorCode::kUnavailable, "the node's log still holds what has not landed");
    }
    tail_.AnnouncePressure();
    if (upkeep_.joinable()) {
      WakeUpkeep();
      std::this_thread::sleep_for(kLook);
    } else {
      RunUpkeep();
    }
  }
  return {};
}

Status NodeLog::Scrub(std::chrono::milliseconds patience) {
  auto done = pool_.DropSpares();
  if (done) {
    const auto segment = writer_->RollNow();
    done = segment ? RemoveBefore(*segment, patience) : Status(Fail(segment.error()));
  }
  pool_.KeepSpares();
  return done;
}

void NodeLog::Prepare() {
  if (!spare_wanted_) return;
  const auto prepared = pool_.Prepare();
  if (prepared) {
    spare_wanted_ = false;
    return;
  }
  LogWarning("no log segment could be prepared", {{"error", prepared.error().ToString()}});
  // A full disk is met again, and answered, when the segment is needed; any other error is the log's own.
  if (prepared.error().code != ErrorCode::kResourceExhausted) request_.on_fatal(prepared.error());
}

void NodeLog::Close() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopping_, true)) return;
    wake_.notify_one();
  }
  if (upkeep_.joinable()) upkeep_.join();
  if (writer_) writer_->Close();
}

}  // namespace tarn::ingest
