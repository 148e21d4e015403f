// SPDX-License-Identifier: Apache-2.0
#pragma once
// A query's JSON answer (http-api.md §7) as cells whose text is exactly what the server sent, and as aligned columns
// for a terminal. Plain values and pure functions.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tarn::app {

struct ResultTable {
  struct Column {
    std::string name;
    std::string type;  ///< SQL name
  };
  std::vector<Column> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;  ///< nullopt = NULL
  bool truncated = false;

  /// Index of a column; kNotFound.
  Result<size_t> IndexOf(std::string_view name) const;
};

/// kCorrupt for any other text.
Result<ResultTable> ReadResultTable(std::string_view json);

struct TableStyle {
  std::string indent;
  size_t max_rows = SIZE_MAX;    ///< further rows are left out
  size_t max_cell_columns = 64;  ///< wider cells are cut
  std::string header_on;         ///< terminal sequences around header words; may be empty
  std::string header_off;
};

/// Lines with header; numbers to the right, control characters as escapes.
std::string FormatTable(const ResultTable& table, const TableStyle& style);

/// Columns a text takes on a terminal: wide characters two, combining ones none.
size_t DisplayWidth(std::string_view utf8);

}  // namespace tarn::app
