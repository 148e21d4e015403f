// SPDX-License-Identifier: Apache-2.0
#pragma once
// A contract prepared for speed: columns by name, key, required set, defaults cast once. Immutable, shared by threads.

#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "contract/contract.h"
#include "table/value.h"

namespace tarn::contract {

class CompiledContract : public std::enable_shared_from_this<CompiledContract> {
 public:
  /// kInvalidArgument when a default cannot be cast or a name clashes.
  static Result<std::shared_ptr<const CompiledContract>> Compile(Contract contract);

  const Contract& contract() const { return contract_; }

  /// Column filled by a payload key: the exact name, else the snake_case form (http-api.md §4.5); -1 = unknown key.
  /// `exact` tells which.
  int ColumnOf(std::string_view key, bool& exact) const;

  /// Default of a column, cast; NULL when it has none.
  const table::Value& DefaultOf(size_t column) const { return defaults_[column]; }

  bool has_key() const { return has_key_; }
  /// Index of the sequence_by column.
  std::optional<size_t> sequence_column() const { return sequence_column_; }

 private:
  CompiledContract() = default;

  Contract contract_;
  std::unordered_map<std::string_view, int> by_name_;  ///< views into contract_
  std::vector<table::Value> defaults_;
  bool has_key_ = false;
  std::optional<size_t> sequence_column_;
};

/// Whether the name is one of the server's own members (http-api.md §4.4); `_op` is not.
bool IsReservedMember(std::string_view name);

inline constexpr std::string_view kOperationMember = "_op";

}  // namespace tarn::contract
