// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where the columns of a query come from, as its bound plan says.

#include <string>
#include <vector>

#include "engine/names.h"

namespace tarn::engine {

/// A column of a table of the lake.
struct ColumnName {
  TableName table;
  std::string column;

  auto operator<=>(const ColumnName&) const = default;
};

struct ColumnLineage {
  std::string name;
  std::string sql_type;  ///< e.g. "DECIMAL(9,2)"
  std::vector<ColumnName>
      from;  ///< columns whose values its values are made of, each once, sorted; none: a constant or a count
};

struct QueryLineage {
  std::vector<ColumnLineage> columns;  ///< of the result, in order
  /// Columns that decide which rows there are and how they are grouped and ordered (conditions, keys of joins and
  /// groups), each once, sorted.
  std::vector<ColumnName> shaped_by;
};

}  // namespace tarn::engine
