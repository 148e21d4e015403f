// SPDX-License-Identifier: Apache-2.0
#pragma once
// One Parquet file written by DuckDB's copy function without a statement around it, on the calling thread: for few
// rows, for which parsing, planning and scheduling a COPY would cost more than writing them. Thread-compatible.

#include <optional>
#include <string>

#include "duckdb/execution/execution_context.hpp"
#include "duckdb/parallel/thread_context.hpp"
#include "engine/duckdb/duckdb_headers.h"
#include "table/batch.h"

namespace tarn::engine {

class ParquetFileWriter {
 public:
  struct Target {
    const duckdb::CopyFunction& parquet;  ///< DuckDB's own copy function
    std::string path;
    const char* compression = "snappy";
    /// Set: gets what the file holds, by column.
    duckdb::CopyFunctionFileStatistics* statistics = nullptr;
    std::optional<int> compression_level{};  ///< unset: the compression's own
  };

  /// `context` is in a transaction. The file's columns are the fields of `schema` under the names and types they have
  /// in files, with the ids of those that have one (their members' ids are not written). Throws DuckDB's exceptions, as
  /// everything here.
  ParquetFileWriter(duckdb::ClientContext& context, const Target& target, const table::Schema& schema);

  /// At most STANDARD_VECTOR_SIZE rows of the schema's columns.
  void Append(const table::BatchView& batch);
  void Finish();

 private:
  duckdb::ClientContext& context_;
  const duckdb::CopyFunction& parquet_;
  duckdb::ThreadContext thread_;
  duckdb::ExecutionContext execution_;
  duckdb::vector<duckdb::LogicalType> types_;
  duckdb::unique_ptr<duckdb::FunctionData> bind_data_;
  duckdb::unique_ptr<duckdb::GlobalFunctionData> global_;
  duckdb::unique_ptr<duckdb::LocalFunctionData> local_;
  duckdb::DataChunk chunk_;
};

}  // namespace tarn::engine
