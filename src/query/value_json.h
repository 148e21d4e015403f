// SPDX-License-Identifier: Apache-2.0
#pragma once
// One result value as JSON (http-api.md §7.3) and as CSV text. Free functions; thread-safe.

#include <string>

#include "table/batch.h"

namespace tarn::query {

/// Appends row `row` of the column as a JSON value; NULL, NaN and infinities become null, JSON columns stay nested.
void AppendJsonValue(std::string& out, const table::ColumnView& column, size_t row);

/// Appends the value as unquoted CSV text; nothing for NULL. Nested values are JSON text.
void AppendPlainText(std::string& out, const table::ColumnView& column, size_t row);

}  // namespace tarn::query
