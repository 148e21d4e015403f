// SPDX-License-Identifier: Apache-2.0
#pragma once
// Scan of a pinned table: a copy of DuckDB's parquet_scan whose files, columns and statistics come from the snapshot.
// Columns map by name; what a file lacks is NULL, what it holds in a narrower type is cast.

#include "engine/duckdb/duckdb_headers.h"
#include "engine/duckdb/scan_target.h"

namespace tarn::engine {

/// The scan of `target` and its bind data. `parquet_scan` is the function as captured before the engine was locked.
duckdb::TableFunction MakePinnedScan(const duckdb::TableFunction& parquet_scan, ScanTargetPtr target,
                                     duckdb::TableCatalogEntry& entry, duckdb::ClientContext& context,
                                     duckdb::unique_ptr<duckdb::FunctionData>& bind_data);

}  // namespace tarn::engine
