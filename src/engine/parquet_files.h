// SPDX-License-Identifier: Apache-2.0
#pragma once
// Parquet files that others wrote, row by row: the port by which dropped files are read (lake.md §3.4). Implemented by
// engine/duckdb over one object store. Thread-safe; what it opens belongs to one thread.

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "engine/row_source.h"
#include "table/types.h"

namespace tarn::engine {

class ParquetFiles {
 public:
  virtual ~ParquetFiles() = default;

  /// A file being read. Batches hold its columns in its order.
  struct OpenedFile {
    table::Schema schema;  ///< names and types as results have them (ResultColumn::type)
    std::unique_ptr<RowReader> rows;
  };

  /// Rows of the file at `key` in their order, from row `first_row` (0 = all) on; a row group is the least that is read
  /// to get there. Memory is bounded by pages, not by the file. Opening and reading: kNotFound when there is no such
  /// object, kInvalidArgument when it is no Parquet file or cannot be read on, kResourceExhausted when its pages do not
  /// fit in memory, else errors of the store.
  virtual Result<OpenedFile> Open(const std::string& key, uint64_t first_row) = 0;
};

}  // namespace tarn::engine
