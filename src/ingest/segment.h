// SPDX-License-Identifier: Apache-2.0
#pragma once
// One file of the node's log, open, and the pins that keep it from being recycled (durability.md §3.2, §3.5).
// Shared by the log's writer and the tail; thread-safe.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "ingest/log_layout.h"
#include "store/disk.h"

namespace tarn::ingest {

class Segment {
 public:
  Segment(SegmentHeader header, std::string path, std::unique_ptr<store::DiskFile> file)
      : header_(std::move(header)), path_(std::move(path)), file_(std::move(file)) {}

  const SegmentHeader& header() const { return header_; }
  uint64_t number() const { return header_.segment; }
  uint64_t size_bytes() const { return header_.size_bytes; }
  const std::string& path() const { return path_; }
  /// Reading and writing at different places at the same time is fine.
  store::DiskFile& file() const { return *file_; }
  /// The open file, to give the segment another life. Nobody else may hold the segment.
  std::unique_ptr<store::DiskFile> TakeFile() { return std::move(file_); }

  void AddPin() { pins_.fetch_add(1, std::memory_order_relaxed); }
  void DropPin() { pins_.fetch_sub(1, std::memory_order_release); }
  bool pinned() const { return pins_.load(std::memory_order_acquire) != 0; }

  /// Frames not landed yet; guarded by the tail's lock.
  uint64_t unlanded_frames = 0;
  /// End of the last group; guarded by the tail's lock.
  uint64_t used_bytes = kBlockBytes;

 private:
  const SegmentHeader header_;
  const std::string path_;
  std::unique_ptr<store::DiskFile> file_;
  std::atomic<uint32_t> pins_{0};
};

/// Keeps a segment as long as it lives. Movable.
class SegmentPin {
 public:
  SegmentPin() = default;
  explicit SegmentPin(std::shared_ptr<Segment> segment) : segment_(std::move(segment)) { segment_->AddPin(); }
  SegmentPin(SegmentPin&& other) noexcept : segment_(std::move(other.segment_)) {}
  SegmentPin& operator=(SegmentPin&& other) noexcept {
    std::swap(segment_, other.segment_);
    return *this;
  }
  ~SegmentPin() {
    if (segment_) segment_->DropPin();
  }

  const Segment& operator*() const { return *segment_; }
  const Segment* operator->() const { return segment_.get(); }

 private:
  std::shared_ptr<Segment> segment_;
};

}  // namespace tarn::ingest
