// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a contract must satisfy (http-api.md §3.1), whoever asks: request bodies, the registry, stored
// documents. Pure functions.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "contract/contract.h"
#include "table/value.h"

namespace tarn::contract {

/// One broken rule.
struct ContractIssue {
  std::optional<size_t> column;  ///< none: the rule is about another member or the list as a whole
  std::string member;            ///< "name", "type", "default"; "sequence_by", "columns", "merge_mode", "history", …
  std::string type;              ///< word of the 422 entry: "value_error", "too_long"
  std::string message;
};

/// Names, their count and uniqueness, key types, defaults, sequence_by, options that need a key or exclude each other.
std::vector<ContractIssue> CheckContract(const Contract& contract);

/// Why the endpoint's records cannot truncate its table; empty = they can.
std::string_view WhyNoTruncate(const Contract& contract);

/// The column's default as a value of its type; NULL when it has none. kInvalidArgument when it cannot be cast.
Result<table::Value> CastDefault(const Column& column);

/// Whether both have the same key: same columns in the same order with the same stored types.
bool HasSameKey(const Contract& a, const Contract& b);

}  // namespace tarn::contract
