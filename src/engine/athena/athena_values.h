// SPDX-License-Identifier: Apache-2.0
#pragma once
// Columns and values of Athena's answers as those of tables (lake.md §6.3). Values come as texts; exact: what does not
// fit is an error, never another value. Pure functions.

#include <string_view>

#include "codec/json.h"
#include "table/batch.h"
#include "table/types.h"

namespace tarn::engine {

/// Of the `ColumnInfo` array. kInvalidArgument names a column whose type no table of ours has a place for, or whose
/// texts do not say all; kInternal: not what the protocol says.
Result<table::Schema> AthenaColumns(const codec::Json& columns);

/// Appends one value of the builder's type. kInternal: not what the protocol says; kInvalidArgument: a time finer than
/// microseconds, or in a zone by name.
Status AppendAthenaValue(std::string_view text, table::ColumnBuilder& out);

}  // namespace tarn::engine
