// SPDX-License-Identifier: Apache-2.0
#pragma once
// What DuckDB reports about a Parquet file it wrote, as a DataFile. Stateless.

#include "engine/duckdb/parquet_parts.h"
#include "engine/query_engine.h"
#include "store/object_store.h"
#include "table/snapshot.h"

namespace tarn::engine {

/// The finished part as a data file of a table with `schema`.
table::DataFile ToDataFile(const ParquetPart& part, const table::Schema& schema);

/// The files of a write that succeeded, those it held with their bodies. Files without rows are left out.
PreparedParquet TakeParts(ParquetParts& parts, const table::Schema& schema);

/// After a write that failed: what it put is nobody's. What cannot be deleted now is collected as an orphan.
void DiscardParts(const ParquetParts& parts, store::ObjectStore& store);

}  // namespace tarn::engine
