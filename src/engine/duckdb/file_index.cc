// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/file_index.h"

#include <algorithm>

#include "engine/duckdb/file_statistics.h"
#include "engine/duckdb/type_mapping.h"

namespace tarn::engine {

namespace {

// For files whose writer did not count rows; only join orders depend on it.
constexpr int64_t kGuessedBytesPerRow = 64;

int64_t EstimatedRows(const table::DataFile& file) {
  if (const auto live = file.LiveRecordCount(); live >= 0) return live;
  return file.record_count >= 0 ? file.record_count : file.size_bytes / kGuessedBytesPerRow;
}

FileIndex::Column MakeColumn(const std::vector<table::DataFilePtr>& files, const table::Field& field) {
  FileIndex::Column column;
  const bool known = std::ranges::any_of(files, [&](const table::DataFilePtr& file) {
    return file->stats.contains(field.id) || file->constants.contains(field.id);
  });
  if (!known) {
    column.all = duckdb::BaseStatistics::CreateUnknown(ToLogicalType(field.type)).ToUnique();
    return column;
  }
  column.by_file.reserve(files.size());
  for (const auto& file : files) {
    auto statistics = PruningStatistics(*file, field);
    if (column.all == nullptr) {
      column.all = statistics->ToUnique();
    } else {
      column.all->Merge(*statistics);
    }
    column.by_file.push_back(std::move(*statistics));
  }
  // The join order optimizer looks a column with a distinct count up by position, where hidden ones are not.
  column.all->SetDistinctCount(0);
  return column;
}

}  // namespace

FileIndex::FileIndex(std::vector<table::DataFilePtr> files) : files_(std::move(files)) {
  rows_.reserve(files_.size());
  for (const auto& file : files_) {
    rows_.push_back(EstimatedRows(*file));
    all_rows_ += rows_.back();
    knows_rows_ = knows_rows_ && file->LiveRecordCount() >= 0;
  }
}

FileIndex::Column& FileIndex::Of(const table::Field& field) {
  const std::lock_guard lock(mutex_);
  for (auto& [known, column] : columns_) {
    if (known.id == field.id && known.type == field.type) return column;
  }
  return columns_.emplace_back(field, MakeColumn(files_, field)).second;
}

FileIndexPtr FileIndexes::Of(const table::PinnedTable& pinned) {
  const auto& snapshot = pinned.snapshot;
  const bool is_whole = snapshot != nullptr && std::ranges::equal(snapshot->files, pinned.files);
  if (!is_whole) return std::make_shared<FileIndex>(pinned.files);
  if (auto known = Find(pinned)) return known;
  auto index = std::make_shared<FileIndex>(pinned.files);
  Remember(Entry{pinned.location, snapshot, index});
  return index;
}

FileIndexPtr FileIndexes::Find(const table::PinnedTable& pinned) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(entries_, pinned.snapshot, &Entry::snapshot);
  if (found == entries_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found);
  return found->index;
}

void FileIndexes::Remember(Entry entry) {
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&](const Entry& known) { return known.location == entry.location; });
  entries_.push_front(std::move(entry));
  size_t files = 0;
  size_t tables = 0;
  for (auto known = entries_.begin(); known != entries_.end();) {
    files += known->index->size();
    const bool keep = ++tables == 1 || (tables <= kMaxTables && files <= kMaxFiles);
    known = keep ? std::next(known) : entries_.erase(known);
  }
}

}  // namespace tarn::engine
