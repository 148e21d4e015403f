// SPDX-License-Identifier: Apache-2.0
#pragma once
// Scan of a pinned table: a copy of DuckDB's parquet_scan whose files, columns and statistics come from the snapshot.
// What a file lacks is a default, what it holds in a narrower type is cast, deleted rows are passed over.

#include "engine/duckdb/catalog_services.h"
#include "engine/duckdb/duckdb_headers.h"
#include "engine/duckdb/scan_target.h"

namespace tarn::engine {

/// The scan of `target` and its bind data. `services` outlives it.
duckdb::TableFunction MakePinnedScan(const CatalogServices& services, ScanTargetPtr target,
                                     duckdb::TableCatalogEntry& entry, duckdb::ClientContext& context,
                                     duckdb::unique_ptr<duckdb::FunctionData>& bind_data);

}  // namespace tarn::engine
