// SPDX-License-Identifier: Apache-2.0
#include "store/s3/block_cache.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace tarn::store {
namespace {

/// Sizes and tags are small, but not to be kept for ever.
constexpr size_t kMaxObjects = 100'000;

std::string ReasonOf(int code) { return std::generic_category().message(code); }

/// A file without a name.
int OpenUnnamed(const std::string& folder) {
  const int file = open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) return file;
  auto path = folder + "/blocks-XXXXXX";
  const int named = mkostemp(path.data(), O_CLOEXEC);
  if (named >= 0) unlink(path.c_str());
  return named;
}

bool ReadAll(int file, std::span<char> out, uint64_t offset) {
  while (!out.empty()) {
    const ssize_t size = pread(file, out.data(), out.size(), static_cast<off_t>(offset));
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return false;
    out = out.subspan(static_cast<size_t>(size));
    offset += static_cast<uint64_t>(size);
  }
  return true;
}

bool WriteAll(int file, std::string_view data, uint64_t offset) {
  while (!data.empty()) {
    const ssize_t size = pwrite(file, data.data(), data.size(), static_cast<off_t>(offset));
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return false;
    data.remove_prefix(static_cast<size_t>(size));
    offset += static_cast<uint64_t>(size);
  }
  return true;
}

}  // namespace

Result<std::unique_ptr<BlockCache>> BlockCache::Open(const Options& options, MetricRegistry& metrics) {
  std::error_code error;
  std::filesystem::create_directories(options.folder, error);
  const int file = error ? -1 : OpenUnnamed(options.folder);
  if (file < 0) {
    return Fail(ErrorCode::kUnavailable,
                "cannot make a cache in " + options.folder + ": " + (error ? error.message() : ReasonOf(errno)));
  }
  const auto slots = std::max<uint64_t>(options.limit_bytes / kBlockBytes, 1);
  return std::unique_ptr<BlockCache>(new BlockCache(file, slots, metrics));
}

BlockCache::BlockCache(int file, uint64_t slots, MetricRegistry& metrics)
    : file_(file),
      hits_(metrics.GetCounter("tarn_s3_cache_hits_total", "blocks of objects read from the local cache")),
      misses_(metrics.GetCounter("tarn_s3_cache_misses_total", "blocks of objects that had to be fetched")) {
  for (uint64_t slot = slots; slot > 0; --slot) free_slots_.push_back(slot - 1);
}

BlockCache::~BlockCache() { close(file_); }

std::optional<CachedObject> BlockCache::Find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = objects_.find(key);
  return found == objects_.end() ? std::nullopt : std::optional(found->second);
}

CachedObject BlockCache::Add(const std::string& key, uint64_t size_bytes, const std::string& entity_tag) {
  const std::lock_guard lock(mutex_);
  const auto found = objects_.find(key);
  if (found != objects_.end() && found->second.entity_tag == entity_tag && found->second.size_bytes == size_bytes) {
    return found->second;
  }
  if (objects_.size() >= kMaxObjects) objects_.clear();  // their blocks age out
  return objects_.insert_or_assign(key, CachedObject{next_id_++, size_bytes, entity_tag}).first->second;
}

void BlockCache::Forget(const std::string& key) {
  const std::lock_guard lock(mutex_);
  objects_.erase(key);
}

bool BlockCache::Read(const CachedObject& object, uint64_t number, uint64_t offset, std::span<char> out) {
  Blocks::iterator block;
  {
    const std::lock_guard lock(mutex_);
    const auto found = index_.find({object.id, number});
    if (found == index_.end()) {
      misses_.Add();
      return false;
    }
    block = found->second;
    blocks_.splice(blocks_.begin(), blocks_, block);
    ++block->readers;  // its slot is not given away meanwhile
  }
  const bool is_read = ReadAll(file_, out, block->slot * kBlockBytes + offset);
  const std::lock_guard lock(mutex_);
  --block->readers;
  (is_read ? hits_ : misses_).Add();
  return is_read;
}

/// A slot nobody reads; from the block used least recently when none is free.
std::optional<uint64_t> BlockCache::TakeSlot() {
  const std::lock_guard lock(mutex_);
  if (!free_slots_.empty()) {
    const auto slot = free_slots_.back();
    free_slots_.pop_back();
    return slot;
  }
  const auto oldest = std::find_if(blocks_.rbegin(), blocks_.rend(), [](const Block& one) { return one.readers == 0; });
  if (oldest == blocks_.rend()) return std::nullopt;
  const auto slot = oldest->slot;
  index_.erase(oldest->name);
  blocks_.erase(std::next(oldest).base());
  return slot;
}

void BlockCache::Write(const CachedObject& object, uint64_t number, std::string_view block) {
  const auto slot = TakeSlot();
  if (!slot) return;
  const bool is_written = WriteAll(file_, block, *slot * kBlockBytes);
  const std::lock_guard lock(mutex_);
  if (!is_written || index_.contains({object.id, number})) {
    free_slots_.push_back(*slot);
    return;
  }
  blocks_.push_front({{object.id, number}, *slot});
  index_.emplace(Name{object.id, number}, blocks_.begin());
}

uint64_t BlockCache::blocks() const {
  const std::lock_guard lock(mutex_);
  return blocks_.size();
}

}  // namespace tarn::store
