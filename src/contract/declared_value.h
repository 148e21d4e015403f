// SPDX-License-Identifier: Apache-2.0
#pragma once
// A JSON value into a table column, by the rule of the contract's column it belongs to (http-api.md §4.6). Scalars,
// json and array; nested_column.h has the others.

#include "contract/conversion.h"
#include "table/batch.h"

namespace tarn::contract {

/// Appends a value to a column of the type that `column` is stored in. Nothing is appended when it does not fit.
Misfit AppendDeclared(const Column& column, const JsonValue& value, Scratch& scratch, table::ColumnBuilder& out);

/// The same for a table column of another type, which was widened or made by others.
Misfit AppendWidened(const Column& column, const JsonValue& value, Scratch& scratch, table::ColumnBuilder& out);

}  // namespace tarn::contract
