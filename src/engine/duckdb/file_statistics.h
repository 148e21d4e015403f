// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a snapshot knows about a column of a file, as DuckDB's statistics. Stateless.

#include "engine/duckdb/duckdb_headers.h"
#include "table/snapshot.h"

namespace tarn::engine {

/// Statistics that may be used to skip the file: true of every row, not necessarily tight.
duckdb::unique_ptr<duckdb::BaseStatistics> PruningStatistics(const table::DataFile& file, const table::Field& field);

/// Bounds that are values of the column, to answer min and max from; null when the file has none.
duckdb::unique_ptr<duckdb::BaseStatistics> ExactStatistics(const table::DataFile& file, const table::Field& field);

}  // namespace tarn::engine
