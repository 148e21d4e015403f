// SPDX-License-Identifier: Apache-2.0
#pragma once
// Position delete files that were read before, by where they lie: one names rows of many data files, each of which asks
// for it, and it never changes. Bounded; thread-safe.

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/result.h"
#include "codec/bitmap64.h"
#include "store/object_store.h"
#include "table/delete_file.h"
#include "table/parquet_codec.h"

namespace tarn::table {

class PositionDeleteCache {
 public:
  static constexpr size_t kMaxFiles = 4096;                 ///< remembered
  static constexpr uint64_t kMaxRows = uint64_t{16} << 20;  ///< remembered in all; 2 bytes each, less in runs

  using RowsByFile = std::map<std::string, codec::Bitmap64>;
  using RowsByFilePtr = std::shared_ptr<const RowsByFile>;

  /// All of one file, as LoadPositionDeletes.
  Result<RowsByFilePtr> Load(store::ObjectStore& store, ParquetCodec& parquet, const std::string& location,
                             const DeleteFile& deletes);

 private:
  struct Entry {
    std::string key;
    RowsByFilePtr rows;
    uint64_t count = 0;
  };
  RowsByFilePtr Find(const std::string& key);
  void Remember(Entry entry);

  std::mutex mutex_;
  std::list<Entry> entries_;  ///< guarded by mutex_, as what follows; the one used last comes first
  std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
  uint64_t rows_ = 0;
};

}  // namespace tarn::table
