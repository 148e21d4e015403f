// SPDX-License-Identifier: Apache-2.0
#include "store/s3/s3_reader.h"

#include <algorithm>
#include <cstring>

#include "base/parallel.h"

namespace tarn::store {
namespace {

constexpr uint64_t kBlock = BlockCache::kBlockBytes;

}  // namespace

Status S3Reader::ReadAt(uint64_t offset, std::span<char> out) {
  if (offset > object_.size_bytes || out.size() > object_.size_bytes - offset) {
    return Fail(ErrorCode::kInvalidArgument, "range ends behind the object: " + key_);
  }
  if (out.empty()) return {};
  if (!tail_.empty() && offset >= tail_offset_) {
    std::memcpy(out.data(), tail_.data() + (offset - tail_offset_), out.size());
    return {};
  }
  return store_.cache_ != nullptr ? ReadThroughCache(offset, out) : ReadPlain(offset, out);
}

Status S3Reader::ReadPlain(uint64_t offset, std::span<char> out) {
  const size_t request_bytes = store_.request_bytes_;
  const size_t requests = (out.size() + request_bytes - 1) / request_bytes;
  return RunParallel(store_.pool_, requests, store_.threads_, [&](size_t i) {
    const auto begin = i * request_bytes;
    const auto size = std::min(request_bytes, out.size() - begin);
    return store_.ReadRange(key_, object_, offset + begin, out.subspan(begin, size));
  });
}

/// Copies what the cache has; answers the rest as runs of blocks, none above a request's size.
std::vector<S3Reader::Range> S3Reader::MissingBlocks(uint64_t offset, std::span<char> out) {
  std::vector<Range> missing;
  const uint64_t end = offset + out.size();
  for (uint64_t number = offset / kBlock; number * kBlock < end; ++number) {
    const auto from = std::max(offset, number * kBlock);
    const auto to = std::min(end, (number + 1) * kBlock);
    if (store_.cache_->Read(object_, number, from - number * kBlock, out.subspan(from - offset, to - from))) continue;
    const bool goes_on = !missing.empty() && missing.back().end == number &&
                         (number - missing.back().begin) * kBlock < store_.request_bytes_;
    if (goes_on) {
      ++missing.back().end;
    } else {
      missing.push_back({number, number + 1});
    }
  }
  return missing;
}

Status S3Reader::FetchBlocks(Range blocks, uint64_t offset, std::span<char> out) {
  const auto begin = blocks.begin * kBlock;
  const auto end = std::min(blocks.end * kBlock, object_.size_bytes);
  std::string bytes(end - begin, '\0');
  TARN_TRY(store_.ReadRange(key_, object_, begin, bytes));
  const auto from = std::max(begin, offset);
  const auto to = std::min(end, offset + out.size());
  std::memcpy(out.data() + (from - offset), bytes.data() + (from - begin), to - from);
  for (auto number = blocks.begin; number < blocks.end; ++number) {
    store_.cache_->Write(object_, number, std::string_view(bytes).substr((number - blocks.begin) * kBlock, kBlock));
  }
  return {};
}

Status S3Reader::ReadThroughCache(uint64_t offset, std::span<char> out) {
  const auto missing = MissingBlocks(offset, out);
  return RunParallel(store_.pool_, missing.size(), store_.threads_,
                     [&](size_t i) { return FetchBlocks(missing[i], offset, out); });
}

}  // namespace tarn::store
