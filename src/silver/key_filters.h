// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which files a merge must look into, by their key filters. Keeps filters it has read in a bounded cache: they never
// change. A file without a readable filter is looked into. Owned by Merge; thread-safe.

#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "silver/key_filter.h"
#include "store/object_store.h"
#include "table/snapshot.h"

namespace tarn::silver {

/// Keys of a merge as HashKey gives them.
struct KeyHashes {
  /// With more keys nearly every filter would take one of them for its own.
  static constexpr size_t kMax = 1U << 16;

  uint64_t fingerprint = 0;
  std::vector<uint64_t> hashes;
};

class KeyFilters {
 public:
  static constexpr size_t kMaxCachedBytes = 64ULL << 20;
  static constexpr size_t kMaxCachedFilters = 1U << 16;
  static constexpr size_t kFilesAtOnce = 64;  ///< whose filters are held beside the cache

  /// Files of fewer than `min_rows` rows have no filter.
  KeyFilters(store::ObjectStore& store, int64_t min_rows) : store_(store), min_rows_(min_rows) {}

  /// Whether a file of so many rows gets a filter.
  bool Wants(int64_t rows) const { return rows >= min_rows_ && rows <= KeyFilter::kMaxRows; }

  /// Those of `files`, of the silver table at `location`, that may hold one of the keys.
  Result<std::vector<table::DataFilePtr>> FilesThatMayHold(const std::string& location,
                                                           std::vector<table::DataFilePtr> files,
                                                           const KeyHashes& keys);

 private:
  using FilterPtr = std::shared_ptr<const KeyFilter>;
  struct Cached {
    std::string key;
    FilterPtr filter;  ///< null: there is none
    size_t size_bytes() const { return filter == nullptr ? 0 : filter->keys.size_bytes(); }
  };

  /// One for each file, null where there is none that can be read.
  Result<std::vector<FilterPtr>> FiltersOf(const std::string& location, std::span<const table::DataFilePtr> files);
  std::optional<FilterPtr> Find(const std::string& key);
  Result<FilterPtr> Read(const std::string& key) const;
  void Remember(Cached cached);

  store::ObjectStore& store_;
  const int64_t min_rows_;
  std::mutex mutex_;
  std::list<Cached> cache_;  ///< guarded by mutex_; the one used last comes first
  std::unordered_map<std::string, std::list<Cached>::iterator> by_key_;
  size_t cached_bytes_ = 0;
};

}  // namespace tarn::silver
