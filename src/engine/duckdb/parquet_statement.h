// SPDX-License-Identifier: Apache-2.0
#pragma once
// The COPY statement that writes a data file in the shape every reader of open tables understands. Pure.

#include <string>

#include "base/result.h"
#include "engine/duckdb/duckdb_headers.h"
#include "engine/query_engine.h"

namespace tarn::engine {

/// Of files that compaction soon writes once more: about twice as fast as DuckDB's own.
inline constexpr int kMergeZstdLevel = 1;

/// How the rows are packed.
struct ParquetShape {
  int zstd_level = 3;                 ///< DuckDB's own default, as the other
  uint64_t row_group_rows = 122'880;  ///< which a reader can skip at once, and one thread packs
};

/// For those files: in as many row groups for each of `threads`, unless they were very small. `rows`: at most so many,
/// 0 = unknown.
ParquetShape ShapeForMerge(uint64_t rows, size_t threads);

/// COPY of `select`, which is the request's, parsed, into what the session's ParquetParts name. No rows make no file.
/// kInvalidArgument when it is no SELECT; kUnsupported when a nested column has a name of its own in files.
Result<duckdb::unique_ptr<duckdb::SQLStatement>> ParquetCopyStatement(const WriteRequest& request,
                                                                      duckdb::unique_ptr<duckdb::SQLStatement> select,
                                                                      const ParquetShape& shape);

/// What files call a column of the table.
const std::string& StoredName(const table::Field& field);

/// The type values have in files: JSON is text there (lake.md §6.3).
table::DataType StoredType(table::DataType type);

}  // namespace tarn::engine
