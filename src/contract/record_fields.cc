// SPDX-License-Identifier: Apache-2.0
#include "contract/record_fields.h"

namespace tarn::contract {

RecordFields::RecordFields(std::shared_ptr<const CompiledContract> contract)
    : contract_(std::move(contract)),
      single_column_(contract_->contract().mode == Mode::kSingleColumn),
      slots_(contract_->contract().columns.size()) {}

RecordFields::KeyMeaning RecordFields::Resolve(std::string_view key) const {
  if (key == kOperationMember) return {Meaning::kOperation, 0};
  bool exact = false;
  const int column = contract_->ColumnOf(key, exact);
  if (column < 0) return {};
  return {exact ? Meaning::kExactColumn : Meaning::kSnakeColumn, static_cast<uint32_t>(column)};
}

bool RecordFields::Read(JsonScanner& scanner, int depth, JsonValue& object) {
  ++record_;
  if (single_column_) return scanner.ReadObject(object, depth, [](size_t, const JsonValue&, const JsonValue&) {});
  keys_.StartRecord();
  return scanner.ReadObject(object, depth, [&](size_t position, const JsonValue& key, const JsonValue& value) {
    const auto meaning = keys_.Find(position, key, [&](std::string_view text) { return Resolve(text); });
    if (meaning.meaning == Meaning::kNothing) return;
    if (meaning.meaning == Meaning::kOperation) {
      operation_ = {value, true, record_};
      return;
    }
    Slot& slot = slots_[meaning.column];
    const bool exact = meaning.meaning == Meaning::kExactColumn;
    if (!exact && slot.record == record_ && slot.exact) return;
    slot = {value, exact, record_};
  });
}

}  // namespace tarn::contract
