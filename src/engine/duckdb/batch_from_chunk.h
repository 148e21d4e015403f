// SPDX-License-Identifier: Apache-2.0
#pragma once
// DuckDB chunks as our batches. Where the layouts agree a batch points at the chunk's memory; what differs (decimals,
// strings, odd types) is converted into buffers of this object. One thread at a time.

#include <memory>
#include <string_view>
#include <vector>

#include "engine/duckdb/duckdb_headers.h"
#include "table/batch.h"

namespace tarn::engine {

class ChunkView {
 public:
  explicit ChunkView(const duckdb::vector<duckdb::LogicalType>& types);
  ~ChunkView();
  ChunkView(const ChunkView&) = delete;
  ChunkView& operator=(const ChunkView&) = delete;

  const table::DataType& type(size_t column) const;

  /// Points `batch` at `chunk`, which it may flatten. Valid until the next call or until the chunk is gone.
  void View(duckdb::DataChunk& chunk, table::BatchView& batch);

 private:
  class Column;
  std::vector<std::unique_ptr<Column>> columns_;
};

}  // namespace tarn::engine
