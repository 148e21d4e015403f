// SPDX-License-Identifier: Apache-2.0
#include "ingest/log_writer.h"

#include <algorithm>
#include <utility>

#include "base/crash_point.h"
#include "base/log.h"
#include "base/this_thread.h"

namespace tarn::ingest {
namespace {

/// Segments go whole: with fewer in the bound, landed bytes would count against it for too long.
constexpr uint64_t kSegmentsInBound = 4;
constexpr uint64_t kMinSegmentBytes = 256 << 10;

}  // namespace

struct LogWriter::Metrics {
  explicit Metrics(MetricRegistry& registry)
      : groups(registry.GetCounter("tarn_log_groups_total", "Groups written and synced.")),
        frames(registry.GetCounter("tarn_log_frames_total", "Frames made durable.")),
        bytes(registry.GetCounter("tarn_log_bytes_total", "Bytes written to the log, padding included.")),
        refused(
            registry.GetCounter("tarn_log_refused_total", "Frames refused at a bound, a full disk or while closing.")),
        held(registry.GetGauge("tarn_log_held_bytes", "Bytes from the oldest segment on that holds un-landed frames.")),
        unlanded(registry.GetGauge("tarn_log_unlanded_bytes", "Bytes of frames not landed in bronze yet.")),
        write(registry.GetHistogram("tarn_log_write_seconds", "Write and sync of one group.")) {}

  Counter& groups;
  Counter& frames;
  Counter& bytes;
  Counter& refused;
  Gauge& held;
  Gauge& unlanded;
  Histogram& write;
};

LogLimits Fitting(LogLimits limits) {
  const auto quarter = limits.unlanded_bytes / kSegmentsInBound / kBlockBytes * kBlockBytes;
  limits.segment_bytes = std::clamp(quarter, std::min(kMinSegmentBytes, limits.segment_bytes), limits.segment_bytes);
  limits.unlanded_bytes = std::max(limits.unlanded_bytes, kSegmentsInBound * limits.segment_bytes);
  return limits;
}

LogWriter::LogWriter(Dependencies dependencies, LogLimits limits, Start start)
    : dependencies_(std::move(dependencies)),
      limits_(limits),
      lake_id_(std::move(start.lake_id)),
      incarnation_(start.incarnation),
      metrics_(std::make_unique<Metrics>(dependencies_.metrics)),
      end_(start.end),
      next_segment_(start.next_segment),
      active_number_(start.next_segment),
      last_insert_date_(start.last_insert_date) {}

LogWriter::~LogWriter() { Close(); }

Status LogWriter::Open() {
  auto begun = Roll(0);
  if (begun || begun.error().code != ErrorCode::kResourceExhausted) return begun;
  // What is in the log can be read and landed all the same; the first request tries again.
  LogWarning("the log has no space for a segment", {{"error", begun.error().message}});
  return {};
}

void LogWriter::Run() {
  thread_ = std::thread([this] {
    NameThisThread("tarn-log");
    Loop();
  });
}

int64_t LogWriter::SteadyMillis() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(dependencies_.clock.Steady().time_since_epoch()).count();
}

std::optional<Error> LogWriter::Refusal(uint64_t frame_bytes) const {
  if (failed_) return Error{ErrorCode::kUnavailable, "the log has failed", {}};
  if (closing_) return Error{ErrorCode::kUnavailable, "the server is shutting down", {}};
  if (frame_bytes > limits_.frame_bytes)
    return Error{ErrorCode::kInvalidArgument, "the request is too large to store", {}};
  if (unsynced_bytes_ + frame_bytes > limits_.unsynced_bytes) {
    return Error{ErrorCode::kResourceExhausted, "too many bytes wait for the disk", {}};
  }
  if (dependencies_.tail.held_bytes() + unsynced_bytes_ + frame_bytes > limits_.unlanded_bytes) {
    return Error{ErrorCode::kResourceExhausted, "too many bytes wait to be landed", {}};
  }
  const auto full_until = full_until_.load(std::memory_order_relaxed);
  if (full_until != 0 && SteadyMillis() < full_until) {
    return Error{ErrorCode::kResourceExhausted, "the disk of the log is full", {}};
  }
  return std::nullopt;
}

void LogWriter::Append(FrameBuilder& frame, uint32_t endpoint, Appended appended) {
  const auto now = dependencies_.clock.Now();
  std::optional<Error> refusal;
  {
    const std::lock_guard lock(mutex_);
    refusal = Refusal(frame.size_bytes());
    if (!refusal) {
      last_insert_date_ = std::max(now, Timestamp{last_insert_date_.micros + 1});
      frame.Stamp(next_sequence_, last_insert_date_);
      unsynced_bytes_ += frame.size_bytes();
      const bool alone = frame.size_bytes() > limits_.own_group_bytes;
      if (alone || open_.bytes.size() >= limits_.group_bytes) SealOpenGroup();
      AddFrame(open_, frame, endpoint, std::move(appended));
      next_sequence_ += frame.record_count();
      if (alone) SealOpenGroup();
      if (idle_) {
        idle_ = false;
        wake_.notify_one();
      }
      return;
    }
  }
  metrics_->refused.Add();
  appended(Fail(*std::move(refusal)));
}

void LogWriter::AddFrame(Group& group, FrameBuilder& frame, uint32_t endpoint, Appended appended) {
  if (group.bytes.empty()) {
    group.bytes.swap(spare_buffer_);
    group.bytes.assign(kGroupHeaderBytes, '\0');
    group.first_sequence = next_sequence_;
  }
  FrameRef ref;
  ref.file_offset = static_cast<uint32_t>(group.bytes.size());  // within the group until it has a place
  ref.size_bytes = static_cast<uint32_t>(frame.size_bytes());
  ref.first = {incarnation_, next_sequence_};
  ref.record_count = frame.record_count();
  ref.generation = frame.generation();
  ref.contract_version = frame.contract_version();
  ref.insert_date = last_insert_date_;
  group.bytes.append(frame.head());
  group.bytes.append(frame.body());
  group.frames.push_back({{endpoint, ref}, std::move(appended)});
}

void LogWriter::SealOpenGroup() {
  if (open_.frames.empty()) return;
  sealed_.push_back(std::exchange(open_, Group()));
}

bool LogWriter::TakeGroup(Group& group) {
  if (!sealed_.empty()) {
    group = std::move(sealed_.front());
    sealed_.pop_front();
    return true;
  }
  if (open_.frames.empty()) return false;
  std::swap(group, open_);  // the old group's vectors keep their memory
  return true;
}

void LogWriter::Loop() {
  Group group;
  for (;;) {
    std::vector<std::promise<Result<uint64_t>>> rolls;
    bool taken = false;
    {
      std::unique_lock lock(mutex_);
      while (!failed_ && !(taken = TakeGroup(group)) && rolls_.empty()) {
        if (closing_) return;
        idle_ = true;
        wake_.wait(lock, [this] { return !idle_ || closing_; });
      }
      if (failed_) return;
      if (!taken) rolls.swap(rolls_);
    }
    if (taken) {
      Write(group);
    } else {
      RollFor(std::move(rolls));
    }
  }
}

Result<uint64_t> LogWriter::RollNow() {
  if (!thread_.joinable()) {
    TARN_TRY(Roll(0));
    return active_->number();
  }
  std::future<Result<uint64_t>> rolled;
  {
    const std::lock_guard lock(mutex_);
    if (closing_ || failed_) return Fail(ErrorCode::kUnavailable, "the log is closing");
    rolled = rolls_.emplace_back().get_future();
    idle_ = false;
    wake_.notify_one();
  }
  return rolled.get();
}

void LogWriter::RollFor(std::vector<std::promise<Result<uint64_t>>> waiting) {
  const auto rolled = Roll(0);
  for (auto& one : waiting) {
    one.set_value(rolled ? Result<uint64_t>(active_->number()) : Result<uint64_t>(Fail(rolled.error())));
  }
  if (!rolled && rolled.error().code != ErrorCode::kResourceExhausted) EndFatally(rolled.error());
}

void LogWriter::WriteGroups() {
  for (Group group;;) {
    {
      const std::lock_guard lock(mutex_);
      if (failed_ || !TakeGroup(group)) return;
    }
    Write(group);
  }
}

void LogWriter::Write(Group& group) {
  if (auto room = EnsureRoom(RoundUpToBlock(group.bytes.size())); !room) {
    if (room.error().code == ErrorCode::kResourceExhausted) {
      FailEverything(group, room.error());
    } else {
      EndFatally(room.error());
    }
    return;
  }
  if (auto synced = Sync(group, GroupKind::kData); !synced) {
    EndFatally(synced.error());
    return;
  }
  Complete(group);
}

Status LogWriter::EnsureRoom(uint64_t bytes) {
  if (active_ != nullptr && write_offset_ + bytes <= active_->size_bytes()) return {};
  return Roll(bytes);
}

Status LogWriter::Roll(uint64_t bytes) {
  SegmentHeader header;
  header.lake_id = lake_id_;
  header.incarnation = incarnation_;
  header.segment = next_segment_;
  header.previous = end_;
  header.size_bytes = limits_.segment_bytes;
  if (bytes > limits_.segment_bytes / 2) header.size_bytes = kBlockBytes + bytes;
  if (bytes == 0 && dependencies_.pool.needs_spare()) {
    header.size_bytes = std::min(limits_.segment_bytes, limits_.first_segment_bytes);
  }
  {
    const std::lock_guard lock(mutex_);
    header.last_insert_date = last_insert_date_;
  }
  TARN_ASSIGN(active_, dependencies_.pool.Create(std::move(header)));
  ++next_segment_;
  seed_ = GroupSeed(active_->header());
  write_offset_ = kBlockBytes;
  dependencies_.tail.AddSegment(active_);
  active_number_.store(active_->number(), std::memory_order_release);
  half_full_ = false;
  NotePressure();
  return {};
}

Status LogWriter::Sync(Group& group, GroupKind kind) {
  GroupHeader header;
  header.kind = kind;
  header.frame_count = static_cast<uint32_t>(group.frames.size());
  header.segment = active_->number();
  header.group = end_.group + 1;
  header.payload_bytes = group.bytes.size() - kGroupHeaderBytes;
  SealGroup(header, seed_, group.bytes);
  group.bytes.resize(header.total_bytes(), '\0');
  const auto started = dependencies_.clock.Steady();
  TARN_CRASH_POINT("log.before_write");
  TARN_TRY(active_->file().WriteAt(write_offset_, group.bytes));
  TARN_CRASH_POINT("log.after_write");
  TARN_TRY(active_->file().Sync());
  TARN_CRASH_POINT("log.after_sync");
  const auto finished = dependencies_.clock.Steady();
  metrics_->write.Observe(std::chrono::duration<double>(finished - started).count());
  metrics_->groups.Add();
  metrics_->frames.Add(header.frame_count);
  metrics_->bytes.Add(header.total_bytes());
  end_ = {incarnation_, active_->number(), header.group};
  synced_.clear();
  for (auto& [frame, appended] : group.frames) {
    frame.ref.segment = active_->number();
    frame.ref.file_offset += static_cast<uint32_t>(write_offset_);
    synced_.push_back(frame);
  }
  write_offset_ += header.total_bytes();
  dependencies_.tail.NoteGroup(active_->number(), write_offset_);
  dependencies_.tail.AddSynced(synced_, finished);
  NoteHalfFull();
  return {};
}

void LogWriter::NoteHalfFull() {
  // Not earlier: a node that takes little never fills a second segment.
  if (half_full_ || write_offset_ < active_->size_bytes() / 2) return;
  half_full_ = true;
  if (dependencies_.on_half_full) dependencies_.on_half_full();
}

void LogWriter::Complete(Group& group) {
  dependencies_.tail.Announce(synced_);
  uint64_t bytes = 0;
  for (const auto& pending : group.frames) bytes += pending.frame.ref.size_bytes;
  {
    const std::lock_guard lock(mutex_);
    unsynced_bytes_ -= bytes;
  }
  for (auto& pending : group.frames) pending.appended(pending.frame.ref);
  group.frames.clear();
  group.bytes.clear();
  metrics_->held.Set(static_cast<int64_t>(dependencies_.tail.held_bytes()));
  metrics_->unlanded.Set(static_cast<int64_t>(dependencies_.tail.unlanded_bytes()));
  if (dependencies_.tail.held_bytes() > limits_.unlanded_bytes / 2) {
    if (!std::exchange(pressed_, true)) NotePressure();
  } else {
    pressed_ = false;
  }
  if (group.bytes.capacity() > 2 * limits_.group_bytes) std::string().swap(group.bytes);
  const std::lock_guard lock(mutex_);
  if (spare_buffer_.capacity() < group.bytes.capacity()) spare_buffer_.swap(group.bytes);
}

void LogWriter::NotePressure() {
  if (dependencies_.tail.held_bytes() > limits_.unlanded_bytes / 2) dependencies_.tail.AnnouncePressure();
}

void LogWriter::FailEverything(Group& group, const Error& error) {
  // Nothing of these frames was written, so their offsets are given again.
  std::vector<Pending> failed = std::move(group.frames);
  {
    const std::lock_guard lock(mutex_);
    SealOpenGroup();
    for (auto& sealed : sealed_) {
      for (auto& pending : sealed.frames) failed.push_back(std::move(pending));
    }
    sealed_.clear();
    next_sequence_ = group.first_sequence;
    unsynced_bytes_ = 0;
    full_until_.store(SteadyMillis() + limits_.full_disk_retry.count(), std::memory_order_relaxed);
  }
  group = Group();
  metrics_->refused.Add(failed.size());
  LogWarning("no space for a log segment", {{"error", error.message}, {"refused_frames", failed.size()}});
  for (auto& pending : failed) pending.appended(Fail(error));
}

void LogWriter::EndFatally(const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    failed_ = true;
  }
  LogError("writing the log failed", {{"error", error.ToString()}});
  dependencies_.on_fatal(error);
}

bool LogWriter::has_failed() const {
  const std::lock_guard lock(mutex_);
  return failed_;
}

void LogWriter::Close() {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    closed_ = true;
    closing_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
  WriteGroups();
  if (has_failed() || active_ == nullptr || write_offset_ + kBlockBytes > active_->size_bytes()) return;
  Group closing;
  closing.bytes.assign(kGroupHeaderBytes, '\0');
  if (const auto written = Sync(closing, GroupKind::kClosing); !written) {
    LogWarning("the log was closed without its closing group", {{"error", written.error().ToString()}});
  }
}

}  // namespace tarn::ingest
