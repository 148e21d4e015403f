// SPDX-License-Identifier: Apache-2.0
#pragma once
// Files for the log: preallocated ahead, recycled when their frames are landed (durability.md §3.2, §3.5).
// Thread-safe; owned by the NodeLog, outlived by the disk.

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "ingest/segment.h"
#include "store/disk.h"

namespace tarn::ingest {

class SegmentPool {
 public:
  struct Limits {
    uint64_t segment_bytes = 64ULL << 20;
    size_t spare_files = 4;  ///< kept ready after a rush; more are given back to the disk
  };

  SegmentPool(store::Disk& disk, std::string folder, Limits limits);

  /// Finds the spare files an earlier process left; removes half-made ones.
  Status Open();

  /// A new durable segment with the given header (size_bytes as in the header). kResourceExhausted: the disk is full,
  /// nothing happened, worth another try later. Any other error: the disk cannot be trusted any more.
  Result<std::shared_ptr<Segment>> Create(SegmentHeader header);

  /// Takes back a segment nobody else holds: it becomes a spare or is removed, durably.
  Status Recycle(std::shared_ptr<Segment> segment);

  /// Removes the spare files, which hold what was landed from them; until KeepSpares, segments are removed instead of
  /// becoming spares. Errors as Create.
  Status DropSpares();
  void KeepSpares();

  /// Prepares one spare when none is there; slow. Errors as Create.
  Status Prepare();
  bool needs_spare() const;

 private:
  struct Spare {
    std::string path;
    std::unique_ptr<store::DiskFile> file;
  };
  Result<Spare> Allocate(uint64_t size_bytes);
  Result<Spare> TakeOrAllocate(uint64_t size_bytes);
  std::string NextSparePath();

  store::Disk& disk_;
  const std::string folder_;
  const Limits limits_;
  mutable std::mutex mutex_;
  std::condition_variable prepared_;
  std::vector<Spare> spares_;
  bool preparing_ = false;
  bool keeps_ = true;
  uint64_t next_spare_ = 1;
};

}  // namespace tarn::ingest
