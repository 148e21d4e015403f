// SPDX-License-Identifier: Apache-2.0
#include "contract/record_fields.h"

namespace tarn::contract {

RecordFields::RecordFields(std::shared_ptr<const CompiledContract> contract, FieldScope scope)
    : contract_(std::move(contract)),
      scope_(scope),
      single_column_(contract_->contract().mode == Mode::kSingleColumn),
      slots_(contract_->contract().columns.size()) {}

RecordFields::KeyMeaning RecordFields::Resolve(std::string_view key) const {
  KeyMeaning meaning;
  if (key == kOperationMember) {
    meaning.role = Role::kOperation;
    return meaning;
  }
  bool exact = false;
  const int column = contract_->ColumnOf(key, exact);
  if (column >= 0) {
    meaning.role = exact ? Role::kExactColumn : Role::kSnakeColumn;
    meaning.column = static_cast<uint32_t>(column);
  }
  return meaning;
}

bool RecordFields::Read(JsonScanner& scanner, int depth, JsonValue& object) {
  ++record_;
  others_.clear();
  if (single_column_) return scanner.ReadObject(object, depth, [](size_t, const JsonValue&, const JsonValue&) {});
  keys_.StartRecord();
  return scanner.ReadObject(object, depth, [&](size_t position, const JsonValue& key, const JsonValue& value) {
    Place(keys_.Find(position, key, [&](std::string_view text) { return Resolve(text); }), key, value);
  });
}

void RecordFields::Place(KeyMeaning& meaning, const JsonValue& key, const JsonValue& value) {
  if (meaning.role == Role::kOther) return AddOther(meaning, key, value);
  if (meaning.role == Role::kOperation) {
    operation_ = {value, key, &meaning, record_};
    return;
  }
  Slot& slot = slots_[meaning.column];
  if (slot.record == record_ && slot.by != &meaning) {
    if (meaning.role == Role::kSnakeColumn) return AddOther(meaning, key, value);
    AddOther(*slot.by, slot.key, slot.value);
  }
  slot = {value, key, &meaning, record_};
}

void RecordFields::AddOther(KeyMeaning& meaning, const JsonValue& key, const JsonValue& value) {
  if (scope_ == FieldScope::kColumns) return;
  if (meaning.other_record == record_) {
    others_[meaning.other].value = value;
    return;
  }
  meaning.other_record = record_;
  meaning.other = static_cast<uint32_t>(others_.size());
  others_.push_back({key, value, &meaning.tag});
}

}  // namespace tarn::contract
