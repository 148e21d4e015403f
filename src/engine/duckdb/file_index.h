// SPDX-License-Identifier: Apache-2.0
#pragma once
// What planning needs of all files of one snapshot, laid out for quick passes: row counts, and statistics by column,
// made when a query first asks for the column. Shared by the queries on a snapshot, so that a plan costs a scan of
// memory even with a hundred thousand files. Thread-safe.

#include <deque>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "engine/duckdb/duckdb_headers.h"
#include "table/pinned_table.h"

namespace tarn::engine {

class FileIndex {
 public:
  explicit FileIndex(std::vector<table::DataFilePtr> files);

  struct Column {
    std::vector<duckdb::BaseStatistics> by_file;     ///< empty when nothing is known of any file
    duckdb::unique_ptr<duckdb::BaseStatistics> all;  ///< true of every row of the table
  };

  /// Statistics of `field`; they stay where they are.
  Column& Of(const table::Field& field);

  /// Estimated when a writer did not count.
  int64_t rows(size_t file) const { return rows_[file]; }
  int64_t all_rows() const { return all_rows_; }
  /// Rows before deletes: never fewer than a scan gives, when counted at all.
  bool knows_rows() const { return knows_rows_; }
  size_t size() const { return files_.size(); }

 private:
  const std::vector<table::DataFilePtr> files_;
  std::vector<int64_t> rows_;
  int64_t all_rows_ = 0;
  bool knows_rows_ = true;
  std::mutex mutex_;
  std::deque<std::pair<table::Field, Column>> columns_;  // guarded by mutex_; elements do not move
};

using FileIndexPtr = std::shared_ptr<FileIndex>;

/// The indexes of the tables that were queried last. Thread-safe.
class FileIndexes {
 public:
  /// The index of a pinned table; its own when it holds other files than its snapshot.
  FileIndexPtr Of(const table::PinnedTable& pinned);

  static constexpr size_t kMaxTables = 256;
  static constexpr size_t kMaxFiles = 200'000;  ///< remembered in all; one table may have more

 private:
  struct Entry {
    std::string location;         ///< one version of a table is remembered
    table::SnapshotPtr snapshot;  ///< kept, so that its address stays its own
    FileIndexPtr index;
  };

  FileIndexPtr Find(const table::PinnedTable& pinned);
  void Remember(Entry entry);

  std::mutex mutex_;
  std::list<Entry> entries_;  // the last used first; guarded by mutex_
};

}  // namespace tarn::engine
