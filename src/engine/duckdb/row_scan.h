// SPDX-License-Identifier: Apache-2.0
#pragma once
// Scan of a RowSource: a table function whose threads take one unit after the other, read only the columns the query
// names and apply its filters before anything is copied.

#include "engine/duckdb/duckdb_headers.h"
#include "engine/duckdb/scan_target.h"

namespace tarn::engine {

duckdb::TableFunction MakeRowScan(ScanTargetPtr target, duckdb::TableCatalogEntry& entry,
                                  duckdb::unique_ptr<duckdb::FunctionData>& bind_data);

}  // namespace tarn::engine
