// SPDX-License-Identifier: Apache-2.0
#pragma once
// Equality deletes (Iceberg) as positions: the engine itself joins a data file with the values that are deleted. Which
// of them apply to the file, sequence numbers and partitions considered, the format has decided. Stateless.

#include "codec/bitmap64.h"
#include "engine/duckdb/duckdb_headers.h"
#include "engine/duckdb/scan_target.h"

namespace tarn::engine {

/// Positions in `file` of the rows that its equality deletes name (NULL equals NULL). Runs a statement of its own,
/// which ends when `asking` is interrupted: kCancelled. kUnsupported when a delete names a column that is not a
/// top-level column of the snapshot.
Result<codec::Bitmap64> FindEqualityDeletes(duckdb::DuckDB& database, duckdb::ClientContext& asking,
                                            const ScanTarget& target, const table::DataFile& file);

}  // namespace tarn::engine
