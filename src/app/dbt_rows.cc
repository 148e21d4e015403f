// SPDX-License-Identifier: Apache-2.0
#include "app/dbt_rows.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "app/result_table.h"

namespace tarn::app {
namespace {

using dbt::jinja::Value;

constexpr std::array<std::string_view, 9> kWhole{"TINYINT",   "SMALLINT", "INTEGER", "BIGINT", "UTINYINT",
                                                 "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT"};

template <class Number>
Value NumberOr(const std::string& text) {
  Number number{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return Value(text);
  return Value(number);
}

Value CellValue(const std::optional<std::string>& cell, const std::string& type) {
  if (!cell) return Value();
  if (type == "BOOLEAN") return Value(*cell == "true");
  if (std::ranges::find(kWhole, type) != kWhole.end()) return NumberOr<int64_t>(*cell);
  if (type == "DOUBLE" || type == "FLOAT") return NumberOr<double>(*cell);
  if (type.starts_with("DECIMAL")) {
    return type.ends_with(",0)") ? NumberOr<int64_t>(*cell) : NumberOr<double>(*cell);
  }
  return Value(*cell);
}

}  // namespace

Result<dbt::QueryRows> DbtRowsOf(std::string_view json) {
  TARN_ASSIGN(const auto table, ReadResultTable(json));
  if (table.truncated) {
    return Fail(ErrorCode::kResourceExhausted,
                "a query of a template gives too many rows; a template is no place for data");
  }
  dbt::QueryRows rows;
  for (const auto& column : table.columns) rows.columns.push_back(column.name);
  for (const auto& cells : table.rows) {
    std::vector<Value> row;
    for (size_t i = 0; i < cells.size(); ++i) row.push_back(CellValue(cells[i], table.columns[i].type));
    rows.rows.push_back(std::move(row));
  }
  return rows;
}

Result<std::vector<dbt::ColumnInfo>> DbtColumnsOf(std::string_view json) {
  TARN_ASSIGN(const auto table, ReadResultTable(json));
  std::vector<dbt::ColumnInfo> columns;
  for (const auto& column : table.columns) columns.push_back({column.name, column.type});
  return columns;
}

}  // namespace tarn::app
