// SPDX-License-Identifier: Apache-2.0
#pragma once
// A query's JSON answer (http-api.md §7) as rows that templates and tests of dbt projects read. Pure functions.

#include <string_view>

#include "dbt/warehouse.h"

namespace tarn::app {

/// Whole numbers, floats, booleans by their SQL type; decimals as floats, others as text. kResourceExhausted when the
/// answer was cut off, kCorrupt when it is no answer.
Result<dbt::QueryRows> DbtRowsOf(std::string_view json);

/// Names and SQL types of an answer's columns.
Result<std::vector<dbt::ColumnInfo>> DbtColumnsOf(std::string_view json);

}  // namespace tarn::app
