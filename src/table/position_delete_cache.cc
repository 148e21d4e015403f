// SPDX-License-Identifier: Apache-2.0
#include "table/position_delete_cache.h"

#include "table/deleted_rows.h"

namespace tarn::table {

Result<PositionDeleteCache::RowsByFilePtr> PositionDeleteCache::Load(store::ObjectStore& store, ParquetCodec& parquet,
                                                                     const std::string& location,
                                                                     const DeleteFile& deletes) {
  auto key = location + "/" + deletes.path;
  if (auto known = Find(key)) return known;
  TARN_ASSIGN(auto rows, LoadPositionDeletes(store, parquet, location, deletes));
  uint64_t count = 0;
  for (const auto& [file, positions] : rows) count += positions.Cardinality();
  auto shared = std::make_shared<const RowsByFile>(std::move(rows));
  Remember({std::move(key), shared, count});
  return shared;
}

PositionDeleteCache::RowsByFilePtr PositionDeleteCache::Find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->rows;
}

void PositionDeleteCache::Remember(Entry entry) {
  const std::lock_guard lock(mutex_);
  if (by_key_.contains(entry.key)) return;  // another reader was quicker
  rows_ += entry.count;
  entries_.push_front(std::move(entry));
  by_key_.emplace(entries_.front().key, entries_.begin());
  while (entries_.size() > 1 && (entries_.size() > kMaxFiles || rows_ > kMaxRows)) {
    rows_ -= entries_.back().count;
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
}

}  // namespace tarn::table
