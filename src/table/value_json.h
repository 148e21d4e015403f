// SPDX-License-Identifier: Apache-2.0
#pragma once
// One value of a batch as JSON and as plain text: of results (http-api.md §7.3), of rows that become records (lake.md
// §3.4). Free functions; thread-safe.

#include <string>

#include "table/batch.h"

namespace tarn::table {

/// What the two uses differ in.
enum class JsonUse {
  kAnswer,  ///< NaN and infinities become null, naive timestamps have no zone
  kRecord   ///< NaN and Infinity stay, which no JSON reader takes: such a record is refused; naive timestamps are UTC
};

/// Appends row `row` of the column as a JSON value; JSON columns stay nested.
void AppendJsonValue(std::string& out, const ColumnView& column, size_t row, JsonUse use = JsonUse::kAnswer);

/// Appends the value as unquoted CSV text; nothing for NULL. Nested values are JSON text.
void AppendPlainText(std::string& out, const ColumnView& column, size_t row);

}  // namespace tarn::table
