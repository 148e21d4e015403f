// SPDX-License-Identifier: Apache-2.0
#pragma once
// What DuckDB reports about a Parquet file it wrote, as a DataFile. Stateless.

#include "base/result.h"
#include "engine/duckdb/duckdb_headers.h"
#include "table/snapshot.h"

namespace tarn::engine {

/// Row `row` of a COPY … RETURN_STATS; the path is left empty.
Result<table::DataFile> ReadWrittenFile(const duckdb::MaterializedQueryResult& result, size_t row,
                                        const table::Schema& schema);

}  // namespace tarn::engine
