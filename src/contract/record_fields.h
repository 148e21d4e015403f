// SPDX-License-Identifier: Apache-2.0
#pragma once
// One record sorted into the columns of a contract (http-api.md §4.5): exact keys win over snake_case forms; of
// duplicates the last wins; of several spellings of one column the first. Where records are change events, their rows
// are sorted. Reused from record to record; thread-compatible.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "contract/change_event.h"
#include "contract/compiled_contract.h"
#include "contract/json_scanner.h"
#include "contract/key_book.h"

namespace tarn::contract {

/// What is kept of a record.
enum class FieldScope {
  kColumns,  ///< the contract's columns and `_op`
  kAll,      ///< the other fields as well
};

class RecordFields {
 public:
  RecordFields(std::shared_ptr<const CompiledContract> contract, FieldScope scope);

  /// What the user of a key found out about it; kept from record to record.
  static constexpr int32_t kNewKey = -1;

  /// A field that fills no column. `tag` is its user's, kNewKey at first.
  struct Other {
    JsonValue key;
    JsonValue value;
    int32_t* tag = nullptr;
  };

  /// Reads the object the scanner stands at, inside `depth` open brackets. False: see the scanner's fault.
  bool Read(JsonScanner& scanner, int depth, JsonValue& object);

  /// Takes an object whose members are known, in their order. Only of contracts for which TakesMembers() holds.
  void Take(std::span<const JsonMember> members);
  /// Whether nothing but the members of a record need be known: no event is around it, no part of it is a column.
  static bool TakesMembers(const Contract& contract);

  /// Value of a column in the record read last; nullptr when absent.
  const JsonValue* Column(size_t i) const { return slots_[i].record == record_ ? &slots_[i].value : nullptr; }
  /// The event around the record's row; nullptr when records are rows.
  const ChangeEvent* Event() const { return takes_events_ ? &event_ : nullptr; }
  /// The record's `_op`; nullptr when absent.
  const JsonValue* Operation() const { return operation_.record == record_ ? &operation_.value : nullptr; }
  /// Fields without a column, each key once, reserved members included; empty unless FieldScope::kAll.
  std::span<const Other> Others() const { return others_; }
  /// Whether there were such fields, in any scope.
  bool has_others() const { return has_others_; }

  const CompiledContract& contract() const { return *contract_; }

 private:
  enum class Role : uint8_t { kOther, kOperation, kExactColumn, kSnakeColumn };
  struct KeyMeaning {
    Role role = Role::kOther;
    uint32_t column = 0;
    int32_t tag = kNewKey;
    uint32_t other = 0;         ///< index into others_ …
    uint64_t other_record = 0;  ///< … in the record of this number
  };
  struct Slot {
    JsonValue value;
    JsonValue key;
    KeyMeaning* by = nullptr;  ///< the key that filled it …
    uint64_t record = 0;       ///< … in the record of this number
  };

  /// A column that comes from the event's `source`, when the row does not bring it.
  struct SourceColumn {
    std::string_view field;
    size_t column = 0;
  };

  KeyMeaning Resolve(std::string_view key) const;
  bool ReadRow(JsonScanner& scanner, int depth, JsonValue& object);
  bool ReadEvent(JsonScanner& scanner, int depth, JsonValue& object);
  void PlaceSource(std::string_view field, const JsonValue& value);
  void Place(KeyMeaning& meaning, const JsonValue& key, const JsonValue& value);
  void AddOther(KeyMeaning& meaning, const JsonValue& key, const JsonValue& value);

  std::shared_ptr<const CompiledContract> contract_;
  FieldScope scope_;
  bool single_column_ = false;
  bool takes_events_ = false;
  ChangeEvent event_;
  std::vector<SourceColumn> source_columns_;
  KeyMeaning source_meaning_;
  std::string scratch_;
  KeyBook<KeyMeaning> keys_;
  std::vector<Slot> slots_;
  Slot operation_;
  std::vector<Other> others_;
  bool has_others_ = false;
  uint64_t record_ = 0;
};

}  // namespace tarn::contract
