// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/deleted_rows.h"

#include <algorithm>

#include "engine/duckdb/equality_deletes.h"
#include "table/deleted_rows.h"

namespace tarn::engine {

namespace {

/// Names what decides the result. Numbers are in front of texts of any content, so that no two references meet.
std::string KeyOf(const ScanTarget& target, const table::DataFile& file) {
  std::string key;
  const auto add = [&key](const std::string& text) { key += std::to_string(text.size()) + ":" + text; };
  add(target.pinned().location);
  add(file.path);
  for (const auto& deletes : file.deletes) {
    add(deletes->path);
    add(deletes->inline_blob);
    key += std::to_string(deletes->offset_bytes) + "+" + std::to_string(deletes->size_bytes) + ";";
    for (const int32_t id : deletes->equality_ids) key += std::to_string(id) + ",";
  }
  return key;
}

bool IsEquality(const table::DeleteFilePtr& deletes) { return deletes->content == table::DeleteContent::kEquality; }

}  // namespace

Result<DeletedRowsPtr> DeletedRows::Of(duckdb::ClientContext& asking, const ScanTarget& target,
                                       const table::DataFile& file) {
  const auto key = KeyOf(target, file);
  if (auto known = Find(key)) return known;
  TARN_ASSIGN(auto rows, table::LoadDeletedRows(store_, &parquet_, target.pinned().location, file, &position_deletes_));
  if (std::ranges::any_of(file.deletes, IsEquality)) {
    TARN_ASSIGN(const auto equal, FindEqualityDeletes(database_, asking, target, file));
    rows |= equal;
  }
  auto shared = std::make_shared<const codec::Bitmap64>(std::move(rows));
  Remember(key, shared);
  return DeletedRowsPtr(std::move(shared));
}

DeletedRowsPtr DeletedRows::Find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->rows;
}

void DeletedRows::Remember(const std::string& key, const DeletedRowsPtr& rows) {
  const auto count = rows->Cardinality();
  const std::lock_guard lock(mutex_);
  if (by_key_.contains(key)) return;  // another scan was quicker
  entries_.push_front(Entry{key, rows, count});
  by_key_[key] = entries_.begin();
  rows_ += count;
  while (entries_.size() > 1 && (entries_.size() > kMaxFiles || rows_ > kMaxRows)) {
    rows_ -= entries_.back().count;
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
}

}  // namespace tarn::engine
