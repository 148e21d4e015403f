// SPDX-License-Identifier: Apache-2.0
#pragma once
// One record sorted into the columns of a contract (http-api.md §4.5): exact keys win over snake_case forms, of
// duplicates the last wins. Reused from record to record; thread-compatible.

#include <cstdint>
#include <memory>
#include <vector>

#include "contract/compiled_contract.h"
#include "contract/json_scanner.h"
#include "contract/key_book.h"

namespace tarn::contract {

class RecordFields {
 public:
  explicit RecordFields(std::shared_ptr<const CompiledContract> contract);

  /// Reads the object the scanner stands at, inside `depth` open brackets. False: see the scanner's fault.
  bool Read(JsonScanner& scanner, int depth, JsonValue& object);

  /// Value of a column in the record read last; nullptr when absent.
  const JsonValue* Column(size_t i) const { return slots_[i].record == record_ ? &slots_[i].value : nullptr; }
  /// The record's `_op`; nullptr when absent.
  const JsonValue* Operation() const { return operation_.record == record_ ? &operation_.value : nullptr; }

  const CompiledContract& contract() const { return *contract_; }

 private:
  enum class Meaning : uint8_t { kNothing, kOperation, kExactColumn, kSnakeColumn };
  struct KeyMeaning {
    Meaning meaning = Meaning::kNothing;
    uint32_t column = 0;
  };
  struct Slot {
    JsonValue value;
    bool exact = false;
    uint64_t record = 0;  ///< number of the record that filled it
  };

  KeyMeaning Resolve(std::string_view key) const;

  std::shared_ptr<const CompiledContract> contract_;
  bool single_column_ = false;
  KeyBook<KeyMeaning> keys_;
  std::vector<Slot> slots_;
  Slot operation_;
  uint64_t record_ = 0;
};

}  // namespace tarn::contract
