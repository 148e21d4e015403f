// SPDX-License-Identifier: Apache-2.0
#pragma once
// Random reads of one object in a bucket: out of its tail, the local cache, or parallel ranges. Thread-safe; the store
// outlives it.

#include "store/s3/s3_store.h"

namespace tarn::store {

class S3Reader final : public ObjectReader {
 public:
  /// `tail` are the object's bytes from `tail_offset` to its end, as far as they are known.
  S3Reader(S3Store& store, std::string key, CachedObject object, uint64_t tail_offset = 0, std::string tail = {})
      : store_(store),
        key_(std::move(key)),
        object_(std::move(object)),
        tail_offset_(tail_offset),
        tail_(std::move(tail)) {}

  uint64_t size_bytes() const override { return object_.size_bytes; }
  Status ReadAt(uint64_t offset, std::span<char> out) override;

 private:
  /// Bytes of the object.
  struct Range {
    uint64_t begin;
    uint64_t end;
  };

  Status ReadThroughCache(uint64_t offset, std::span<char> out);
  Status ReadPlain(uint64_t offset, std::span<char> out);
  Status FetchBlocks(Range blocks, uint64_t offset, std::span<char> out);
  std::vector<Range> MissingBlocks(uint64_t offset, std::span<char> out);

  S3Store& store_;
  const std::string key_;
  const CachedObject object_;
  const uint64_t tail_offset_;
  const std::string tail_;
};

}  // namespace tarn::store
