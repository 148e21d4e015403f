// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which column of a data file is which column of the table: by name or by field id, as the snapshot says, nested ones
// included. DuckDB's mapper then meets one rule only: a column's identifier is its place among its siblings in the
// table's schema. Stateless.

#include "engine/duckdb/duckdb_headers.h"
#include "table/snapshot.h"

namespace tarn::engine {

using ColumnDefinitions = duckdb::vector<duckdb::MultiFileColumnDefinition>;

/// The table's columns as the mapper wants them. `defaults`, by field id, is what they hold where a file lacks them.
ColumnDefinitions DefineColumns(const std::vector<table::Field>& fields,
                                const std::map<int32_t, table::Value>& defaults);

/// Gives the columns of one file (with the ids the file has, if any) the identifiers of the table's columns; columns
/// the table does not know get identifiers nobody has. JSON columns are declared to be JSON.
void IdentifyColumns(ColumnDefinitions& file_columns, const std::vector<table::Field>& fields,
                     table::ColumnMatch match);

}  // namespace tarn::engine
