// SPDX-License-Identifier: Apache-2.0
#include "contract/record_fields.h"

#include <algorithm>

namespace tarn::contract {
namespace {

/// A declared column of this prefix takes a field of the event's `source`.
constexpr std::string_view kSourcePrefix = "source_";
constexpr std::string_view kTimestampField = "ts_ms";

}  // namespace

RecordFields::RecordFields(std::shared_ptr<const CompiledContract> contract, FieldScope scope)
    : contract_(std::move(contract)),
      scope_(scope),
      single_column_(contract_->contract().mode == Mode::kSingleColumn),
      takes_events_(contract_->contract().envelope == Envelope::kDebezium),
      slots_(contract_->contract().columns.size()) {
  if (!takes_events_) return;
  const auto& columns = contract_->contract().columns;
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string_view name = columns[i].name;
    if (name.starts_with(kSourcePrefix)) source_columns_.push_back({name.substr(kSourcePrefix.size()), i});
  }
}

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
  has_others_ = false;
  if (single_column_) return scanner.ReadObject(object, depth, [](size_t, const JsonValue&, const JsonValue&) {});
  keys_.StartRecord();
  return takes_events_ ? ReadEvent(scanner, depth, object) : ReadRow(scanner, depth, object);
}

bool RecordFields::TakesMembers(const Contract& contract) {
  return contract.mode != Mode::kSingleColumn && contract.envelope == Envelope::kNone &&
         std::ranges::none_of(contract.columns, &Column::is_nested);
}

void RecordFields::Take(std::span<const JsonMember> members) {
  ++record_;
  others_.clear();
  has_others_ = false;
  keys_.StartRecord();
  for (size_t position = 0; position < members.size(); ++position) {
    const auto& [key, value] = members[position];
    Place(keys_.Find(position, key, [&](std::string_view text) { return Resolve(text); }), key, value);
  }
}

bool RecordFields::ReadEvent(JsonScanner& scanner, int depth, JsonValue& object) {
  if (!event_.Read(scanner, depth, object)) return false;
  if (event_.fault()) return true;
  const auto end = scanner.mark();
  JsonValue part;
  if (const auto* row = event_.row()) {
    scanner.Rewind(row->mark);
    if (!ReadRow(scanner, row->depth, part)) return false;
  }
  if (const auto* source = event_.source(); source != nullptr && !source_columns_.empty()) {
    scanner.Rewind(source->mark);
    const auto place = [&](size_t, const JsonValue& key, const JsonValue& value) {
      PlaceSource(StringOf(key, scratch_), value);
    };
    if (!scanner.ReadObject(part, source->depth, place)) return false;
  }
  if (event_.ts_ms() != nullptr) PlaceSource(kTimestampField, *event_.ts_ms());
  scanner.Rewind(end);
  return true;
}

void RecordFields::PlaceSource(std::string_view field, const JsonValue& value) {
  for (const auto& [name, column] : source_columns_) {
    Slot& slot = slots_[column];
    if (name == field && slot.record != record_) slot = {value, {}, &source_meaning_, record_};
  }
}

bool RecordFields::ReadRow(JsonScanner& scanner, int depth, JsonValue& object) {
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
  has_others_ = true;
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
