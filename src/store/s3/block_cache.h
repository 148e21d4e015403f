// SPDX-License-Identifier: Apache-2.0
#pragma once
// Blocks of immutable objects on the local disk, so that the same bytes are not fetched twice. One unnamed file of a
// bounded size: it is gone with the process, whatever ends it. The blocks used least recently make room. A disk that
// is full or broken makes the cache useless, never an error. Thread-safe.

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/metrics.h"
#include "base/result.h"

namespace tarn::store {

/// An object as the cache knows it. A key that is written anew gets another id.
struct CachedObject {
  uint64_t id = 0;
  uint64_t size_bytes = 0;
  std::string entity_tag;
};

class BlockCache {
 public:
  static constexpr uint64_t kBlockBytes = 512 << 10;

  struct Options {
    std::string folder;  ///< created when absent
    uint64_t limit_bytes = 0;
  };

  /// kUnavailable when no file can be made there.
  static Result<std::unique_ptr<BlockCache>> Open(const Options& options, MetricRegistry& metrics);
  ~BlockCache();
  BlockCache(const BlockCache&) = delete;
  BlockCache& operator=(const BlockCache&) = delete;

  std::optional<CachedObject> Find(const std::string& key);
  /// Starts to know an object; of two with one key the same entity tag keeps its blocks.
  CachedObject Add(const std::string& key, uint64_t size_bytes, const std::string& entity_tag);
  void Forget(const std::string& key);

  /// Copies the part of block `number` from `offset` (in the block) into `out`; false when the block is not here.
  bool Read(const CachedObject& object, uint64_t number, uint64_t offset, std::span<char> out);
  /// Keeps a whole block (the last of an object may be short).
  void Write(const CachedObject& object, uint64_t number, std::string_view block);

  uint64_t blocks() const;

 private:
  struct Name {
    uint64_t object;
    uint64_t number;
    bool operator==(const Name&) const = default;
  };
  struct NameHash {
    size_t operator()(const Name& name) const { return name.object * 0x9E3779B97F4A7C15ULL + name.number; }
  };
  struct Block {
    Name name;
    uint64_t slot;
    int readers = 0;
  };
  using Blocks = std::list<Block>;  ///< the last used first

  BlockCache(int file, uint64_t slots, MetricRegistry& metrics);
  std::optional<uint64_t> TakeSlot();

  const int file_;
  Counter& hits_;
  Counter& misses_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, CachedObject> objects_;
  uint64_t next_id_ = 1;
  Blocks blocks_;
  std::unordered_map<Name, Blocks::iterator, NameHash> index_;
  std::vector<uint64_t> free_slots_;
};

}  // namespace tarn::store
