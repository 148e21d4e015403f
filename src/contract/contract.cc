// SPDX-License-Identifier: Apache-2.0
#include "contract/contract.h"

#include <algorithm>

#include "base/words.h"

namespace tarn::contract {
namespace {

using table::TypeKind;

constexpr Words<Mode, 3> kModeWords{
    {{"manual", Mode::kManual}, {"auto_inference", Mode::kAutoInference}, {"single_column", Mode::kSingleColumn}}};

constexpr Words<UnknownFields, 4> kUnknownFieldsWords{{{"evolve", UnknownFields::kEvolve},
                                                       {"rescue", UnknownFields::kRescue},
                                                       {"quarantine", UnknownFields::kQuarantine},
                                                       {"ignore", UnknownFields::kIgnore}}};

constexpr Words<MergeMode, 2> kMergeModeWords{{{"replace", MergeMode::kReplace}, {"patch", MergeMode::kPatch}}};
constexpr Words<History, 2> kHistoryWords{{{"none", History::kNone}, {"scd2", History::kScd2}}};

constexpr Words<Envelope, 2> kEnvelopeWords{{{"none", Envelope::kNone}, {"debezium", Envelope::kDebezium}}};

table::DataType NestedStorageType(const Column& column) {
  auto type = table::Scalar(column.type == ColumnType::kList ? TypeKind::kList : TypeKind::kStruct);
  for (const auto& child : column.children) type.children.push_back({0, child.name, StorageType(child), true});
  return type;
}

}  // namespace

std::string_view ModeWord(Mode mode) { return WordOf(kModeWords, mode); }
std::optional<Mode> ReadMode(std::string_view word) { return ValueInAnyCase(kModeWords, word); }

std::string_view UnknownFieldsWord(UnknownFields unknown_fields) { return WordOf(kUnknownFieldsWords, unknown_fields); }
std::optional<UnknownFields> ReadUnknownFields(std::string_view word) {
  return ValueInAnyCase(kUnknownFieldsWords, word);
}

std::string_view MergeModeWord(MergeMode merge_mode) { return WordOf(kMergeModeWords, merge_mode); }
std::optional<MergeMode> ReadMergeMode(std::string_view word) { return ValueInAnyCase(kMergeModeWords, word); }

std::string_view HistoryWord(History history) { return WordOf(kHistoryWords, history); }
std::optional<History> ReadHistory(std::string_view word) { return ValueInAnyCase(kHistoryWords, word); }

std::string_view EnvelopeWord(Envelope envelope) { return WordOf(kEnvelopeWords, envelope); }
std::optional<Envelope> ReadEnvelope(std::string_view word) { return ValueInAnyCase(kEnvelopeWords, word); }

table::DataType StorageType(const Column& column) {
  switch (column.type) {
    case ColumnType::kString:
    case ColumnType::kVarchar:
      return table::Scalar(TypeKind::kString);
    case ColumnType::kInteger:
    case ColumnType::kBigint:
      return table::Scalar(TypeKind::kInt64);
    case ColumnType::kFloat:
    case ColumnType::kDouble:
      return table::Scalar(TypeKind::kDouble);
    case ColumnType::kBoolean:
      return table::Scalar(TypeKind::kBoolean);
    case ColumnType::kTimestamp:
      return table::Scalar(TypeKind::kTimestamp);
    case ColumnType::kDate:
      return table::Scalar(TypeKind::kDate);
    case ColumnType::kJson:
    case ColumnType::kArray:
      return table::Scalar(TypeKind::kJson);
    case ColumnType::kDecimal:
      return table::Decimal(column.precision, column.scale);
    case ColumnType::kList:
    case ColumnType::kStruct:
      return NestedStorageType(column);
  }
  return table::Scalar(TypeKind::kString);
}

std::vector<const Column*> Contract::key_columns() const {
  std::vector<const Column*> keys;
  for (const auto& column : columns) {
    if (column.primary_key) keys.push_back(&column);
  }
  return keys;
}

bool Contract::has_key() const {
  return std::ranges::any_of(columns, [](const Column& column) { return column.primary_key; });
}

bool Contract::checks_columns() const { return mode != Mode::kSingleColumn && !columns.empty(); }

UnknownFields Contract::unknown_fields_in_force() const {
  const bool fixed = mode != Mode::kAutoInference || columns_fixed;
  return fixed && checks_columns() ? unknown_fields : UnknownFields::kEvolve;
}

}  // namespace tarn::contract
