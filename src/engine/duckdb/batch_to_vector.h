// SPDX-License-Identifier: Apache-2.0
#pragma once
// Our columns as DuckDB vectors. Where the layouts agree the vector points at the batch's memory, which must stay valid
// as long as the vector is used. Stateless.

#include "engine/duckdb/duckdb_headers.h"
#include "table/batch.h"

namespace tarn::engine {

/// Fills `target` (of the type ToLogicalType(*column.type)) with `rows` rows of `column`.
void FillVector(const table::ColumnView& column, size_t rows, duckdb::Vector& target);

}  // namespace tarn::engine
