// SPDX-License-Identifier: Apache-2.0
#pragma once
// Takes everything out of a fresh DuckDB instance that users' SQL must not reach, then locks its configuration
// (docs/adr/0007). The gate in statement_gate.h stands before it; either alone would not be enough.

#include "engine/duckdb/duckdb_headers.h"

namespace tarn::engine {

struct EngineConfig;

/// The function whose copy scans pinned tables; to be taken before LockDown removes it.
duckdb::TableFunction CaptureParquetScan(duckdb::Connection& admin);

/// The function that writes Parquet.
duckdb::CopyFunction CaptureParquetCopy(duckdb::Connection& admin);

/// Makes `function` the COPY of a format of its name.
void RegisterCopy(duckdb::Connection& admin, duckdb::CopyFunction function);

/// `keeps_files`: what was read of files stays in memory, for as long as the limit allows. Throws when a step fails.
void LockDown(duckdb::DuckDB& database, duckdb::Connection& admin, const EngineConfig& config, bool keeps_files);

}  // namespace tarn::engine
