// SPDX-License-Identifier: Apache-2.0
#pragma once
// What DuckDB reports about a Parquet file it wrote, as a DataFile. Stateless.

#include "engine/duckdb/parquet_parts.h"
#include "table/snapshot.h"

namespace tarn::engine {

/// The finished part as a data file of a table with `schema`.
table::DataFile ToDataFile(const ParquetPart& part, const table::Schema& schema);

}  // namespace tarn::engine
