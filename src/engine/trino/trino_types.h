// SPDX-License-Identifier: Apache-2.0
#pragma once
// Columns of an answer of Trino as types of tables (lake.md §6.3). Pure function.

#include "codec/json.h"
#include "table/types.h"

namespace tarn::engine {

/// Of the `columns` array. kInvalidArgument names a column whose type no table of ours has a place for; kInternal: not
/// what the protocol says.
Result<table::Schema> TrinoColumns(const codec::Json& columns);

}  // namespace tarn::engine
