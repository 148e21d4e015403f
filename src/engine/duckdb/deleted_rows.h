// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which rows of a data file are deleted, as positions: deletion vectors and position deletes as they are, equality
// deletes after looking for their values in the file. Kept for the next scans: objects never change. Thread-safe.

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "codec/bitmap64.h"
#include "engine/duckdb/duckdb_headers.h"
#include "engine/duckdb/parquet_codec.h"
#include "engine/duckdb/scan_target.h"
#include "store/object_store.h"
#include "table/position_delete_cache.h"

namespace tarn::engine {

using DeletedRowsPtr = std::shared_ptr<const codec::Bitmap64>;

class DeletedRows {
 public:
  /// Both outlive this.
  DeletedRows(duckdb::DuckDB& database, store::ObjectStore& store) : database_(database), store_(store) {}

  /// For `file` of the table; `asking` is the statement that waits for it and may be interrupted.
  Result<DeletedRowsPtr> Of(duckdb::ClientContext& asking, const ScanTarget& target, const table::DataFile& file);

  static constexpr size_t kMaxFiles = 20'000;               ///< remembered
  static constexpr uint64_t kMaxRows = uint64_t{32} << 20;  ///< remembered in all; 2 bytes each, less in runs

 private:
  struct Entry {
    std::string key;
    DeletedRowsPtr rows;
    uint64_t count;
  };
  using Entries = std::list<Entry>;

  DeletedRowsPtr Find(const std::string& key);
  void Remember(const std::string& key, const DeletedRowsPtr& rows);

  duckdb::DuckDB& database_;
  store::ObjectStore& store_;
  DuckDbParquetCodec parquet_;
  table::PositionDeleteCache position_deletes_;
  std::mutex mutex_;
  Entries entries_;  // the last used first; guarded by mutex_, as what follows
  std::unordered_map<std::string, Entries::iterator> by_key_;
  uint64_t rows_ = 0;
};

}  // namespace tarn::engine
