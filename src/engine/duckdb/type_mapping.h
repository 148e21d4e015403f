// SPDX-License-Identifier: Apache-2.0
#pragma once
// Types and scalar values of tables as DuckDB's, and back. Stateless.

#include "base/result.h"
#include "engine/duckdb/duckdb_headers.h"
#include "table/types.h"
#include "table/value.h"

namespace tarn::engine {

duckdb::LogicalType ToLogicalType(const table::DataType& type);

/// How a column of `type` is laid out in result batches (batch.h): HUGEINT is decimal(39,0), what has no layout of its
/// own is a string.
table::DataType ToBatchType(const duckdb::LogicalType& type);

/// How a table can store a column of `type` (lake.md §6.3): HUGEINT is decimal(38,0). Field ids are 0.
table::DataType ToStorableType(const duckdb::LogicalType& type);

/// `value` as a constant of the column type `type`.
duckdb::Value ToDuckDbValue(const table::Value& value, const duckdb::LogicalType& type);

/// `value` as a query parameter: its own type decides.
duckdb::Value ToParameter(const table::Value& value);

table::Int128 ToInt128(duckdb::hugeint_t value);
duckdb::hugeint_t ToHugeint(table::Int128 value);

}  // namespace tarn::engine
