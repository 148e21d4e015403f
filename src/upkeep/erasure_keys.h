// SPDX-License-Identifier: Apache-2.0
#pragma once
// The keys whose records an erasure takes away, and the SQL condition that finds their rows. Plain value and pure
// functions.

#include <string>
#include <vector>

#include "table/types.h"

namespace tarn::upkeep {

struct ErasureKeys {
  static constexpr size_t kMost = 1'000;  ///< of one request

  std::vector<std::string> columns;              ///< key columns of the contract, in its order
  std::vector<std::vector<std::string>> values;  ///< of each key, one text for each column

  bool operator==(const ErasureKeys&) const = default;
};

/// Whether the schema has every key column, by name.
bool HasKeyColumns(const ErasureKeys& keys, const table::Schema& schema);

/// True for rows that have one of the keys, else false, never NULL: values are read as the columns' types; what does
/// not fit a type equals nothing. The schema has the columns.
std::string KeyCondition(const ErasureKeys& keys, const table::Schema& schema);

}  // namespace tarn::upkeep
