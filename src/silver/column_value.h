// SPDX-License-Identifier: Apache-2.0
#pragma once
// One element of a column: as a value, or on its way into another column. Pure.

#include "table/batch.h"
#include "table/value.h"

namespace tarn::silver {

/// NULL for NULLs and for kinds that no Value holds (nested ones, binary).
table::Value ValueAt(const table::ColumnView& column, size_t row);

/// Appends the element to a column of its type, which is not nested.
void AppendFrom(const table::ColumnView& column, size_t row, table::ColumnBuilder& out);

}  // namespace tarn::silver
