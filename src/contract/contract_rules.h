// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a contract's columns must satisfy (http-api.md §3.1), whoever asks: request bodies, the registry, stored
// documents. Pure functions.

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "contract/contract.h"
#include "table/value.h"

namespace tarn::contract {

/// One broken rule.
struct ColumnIssue {
  std::optional<size_t> column;  ///< none: the rule is about sequence_by or the list as a whole
  std::string member;            ///< "name", "type", "default", "sequence_by", "columns"
  std::string type;              ///< word of the 422 entry: "value_error", "too_long"
  std::string message;
};

/// Names, their count and uniqueness, key types, defaults, sequence_by.
std::vector<ColumnIssue> CheckColumns(const std::vector<Column>& columns,
                                      const std::optional<std::string>& sequence_by);

/// The column's default as a value of its type; NULL when it has none. kInvalidArgument when it cannot be cast.
Result<table::Value> CastDefault(const Column& column);

/// Whether both have the same key: same columns in the same order with the same stored types.
bool HasSameKey(const Contract& a, const Contract& b);

}  // namespace tarn::contract
