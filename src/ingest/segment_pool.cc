// SPDX-License-Identifier: Apache-2.0
#include "ingest/segment_pool.h"

#include <charconv>
#include <utility>

#include "base/crash_point.h"

namespace tarn::ingest {
namespace {

constexpr std::string_view kSparePrefix = "spare-";

/// kResourceExhausted means "nothing happened" to callers; after this step that is no longer true.
Status NoWayBack(Status status) {
  if (!status && status.error().code == ErrorCode::kResourceExhausted) status.error().code = ErrorCode::kUnavailable;
  return status;
}

}  // namespace

SegmentPool::SegmentPool(store::Disk& disk, std::string folder, Limits limits)
    : disk_(disk), folder_(std::move(folder)), limits_(limits) {}

Status SegmentPool::Open() {
  TARN_TRY(disk_.MakeDirectories(folder_));
  TARN_ASSIGN(const auto names, disk_.List(folder_));
  const std::lock_guard lock(mutex_);
  for (const auto& name : names) {
    if (!name.starts_with(kSparePrefix)) continue;
    uint64_t number = 0;
    std::from_chars(name.data() + kSparePrefix.size(), name.data() + name.size(), number);
    next_spare_ = std::max(next_spare_, number + 1);
    const auto path = folder_ + "/" + name;
    TARN_ASSIGN(auto file, disk_.Open(path, store::OpenMode::kWrite));
    TARN_ASSIGN(const auto size, file->Size());
    if (size == limits_.segment_bytes && spares_.size() < limits_.spare_files) {
      spares_.push_back({path, std::move(file)});
    } else {
      TARN_TRY(disk_.Remove(path));
    }
  }
  return {};
}

std::string SegmentPool::NextSparePath() {
  const std::lock_guard lock(mutex_);
  return folder_ + "/" + std::string(kSparePrefix) + std::to_string(next_spare_++);
}

Result<SegmentPool::Spare> SegmentPool::Allocate(uint64_t size_bytes) {
  Spare spare{NextSparePath(), nullptr};
  auto file = disk_.Open(spare.path, store::OpenMode::kCreateNew);
  if (!file) return Fail(file.error());
  spare.file = *std::move(file);
  auto allocated = spare.file->Preallocate(size_bytes);
  if (!allocated) {
    // The first error decides; a half-made file that cannot be removed is removed at the next start.
    spare.file.reset();
    static_cast<void>(disk_.Remove(spare.path));
    return Fail(std::move(allocated).error());
  }
  TARN_TRY(NoWayBack(spare.file->Sync()));
  return spare;
}

Result<SegmentPool::Spare> SegmentPool::TakeOrAllocate(uint64_t size_bytes) {
  if (size_bytes == limits_.segment_bytes) {
    std::unique_lock lock(mutex_);
    prepared_.wait(lock, [&] { return !spares_.empty() || !preparing_; });
    if (!spares_.empty()) {
      auto spare = std::move(spares_.back());
      spares_.pop_back();
      return spare;
    }
  }
  return Allocate(size_bytes);
}

Result<std::shared_ptr<Segment>> SegmentPool::Create(SegmentHeader header) {
  TARN_ASSIGN(auto spare, TakeOrAllocate(header.size_bytes));
  // The header is durable before the file has a segment's name: whatever has that name has a header.
  auto written = spare.file->WriteAt(0, EncodeSegmentHeader(header));
  if (!written) {
    if (written.error().code == ErrorCode::kResourceExhausted) static_cast<void>(disk_.Remove(spare.path));
    return Fail(std::move(written).error());
  }
  TARN_TRY(NoWayBack(spare.file->Sync()));
  TARN_CRASH_POINT("log.segment_header_synced");
  const auto path = folder_ + "/" + SegmentFileName(header.segment);
  TARN_TRY(NoWayBack(disk_.Rename(spare.path, path)));
  TARN_TRY(NoWayBack(disk_.SyncDirectory(folder_)));
  TARN_CRASH_POINT("log.segment_created");
  return std::make_shared<Segment>(std::move(header), path, std::move(spare.file));
}

Status SegmentPool::Recycle(std::shared_ptr<Segment> segment) {
  bool keep = false;
  {
    const std::lock_guard lock(mutex_);
    keep = keeps_ && segment->size_bytes() == limits_.segment_bytes && spares_.size() < limits_.spare_files;
  }
  // Each name is gone for good before the next one goes or its file is written again, so that a crash never leaves a
  // hole between segments or a segment with another one's header.
  const auto path = NextSparePath();
  TARN_TRY(keep ? disk_.Rename(segment->path(), path) : disk_.Remove(segment->path()));
  TARN_CRASH_POINT("log.before_segment_gone");
  TARN_TRY(disk_.SyncDirectory(folder_));
  TARN_CRASH_POINT("log.segment_recycled");
  if (!keep) return {};
  const std::lock_guard lock(mutex_);
  spares_.push_back({path, segment->TakeFile()});
  prepared_.notify_all();
  return {};
}

Status SegmentPool::DropSpares() {
  std::vector<Spare> spares;
  {
    const std::lock_guard lock(mutex_);
    keeps_ = false;
    spares.swap(spares_);
  }
  for (const auto& spare : spares) TARN_TRY(disk_.Remove(spare.path));
  return spares.empty() ? Status() : disk_.SyncDirectory(folder_);
}

void SegmentPool::KeepSpares() {
  const std::lock_guard lock(mutex_);
  keeps_ = true;
}

bool SegmentPool::needs_spare() const {
  const std::lock_guard lock(mutex_);
  return spares_.empty() && !preparing_ && limits_.spare_files > 0;
}

Status SegmentPool::Prepare() {
  {
    const std::lock_guard lock(mutex_);
    if (!spares_.empty() || preparing_) return {};
    preparing_ = true;
  }
  auto spare = Allocate(limits_.segment_bytes);
  const std::lock_guard lock(mutex_);
  preparing_ = false;
  prepared_.notify_all();
  if (!spare) return Fail(std::move(spare).error());
  spares_.push_back(*std::move(spare));
  return {};
}

}  // namespace tarn::ingest
