// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a record does to its table (http-api.md §4, §5). Plain value with the words that clients, bronze lines and
// quarantine entries use.

#include <cstdint>
#include <optional>
#include <string_view>

namespace tarn::contract {

enum class Operation : uint8_t {
  kUpsert,
  kDelete,   ///< of one key
  kTruncate  ///< of every row that is before it in the order of records
};

/// "upsert", "delete", "truncate".
constexpr std::string_view OperationWord(Operation operation) {
  switch (operation) {
    case Operation::kDelete:
      return "delete";
    case Operation::kTruncate:
      return "truncate";
    case Operation::kUpsert:
      break;
  }
  return "upsert";
}

/// nullopt for any other text.
constexpr std::optional<Operation> ReadOperation(std::string_view word) {
  for (const auto operation : {Operation::kUpsert, Operation::kDelete, Operation::kTruncate}) {
    if (word == OperationWord(operation)) return operation;
  }
  return std::nullopt;
}

}  // namespace tarn::contract
