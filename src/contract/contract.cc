// SPDX-License-Identifier: Apache-2.0
#include "contract/contract.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace tarn::contract {
namespace {

using table::TypeKind;

template <class Value, size_t n>
using Words = std::array<std::pair<std::string_view, Value>, n>;

constexpr Words<ColumnType, 18> kTypeWords{{{"string", ColumnType::kString},
                                            {"varchar", ColumnType::kVarchar},
                                            {"integer", ColumnType::kInteger},
                                            {"bigint", ColumnType::kBigint},
                                            {"float", ColumnType::kFloat},
                                            {"double", ColumnType::kDouble},
                                            {"boolean", ColumnType::kBoolean},
                                            {"timestamp", ColumnType::kTimestamp},
                                            {"date", ColumnType::kDate},
                                            {"json", ColumnType::kJson},
                                            {"array", ColumnType::kArray},
                                            {"decimal", ColumnType::kDecimal},
                                            // Aliases: behind the words that are answered.
                                            {"int", ColumnType::kBigint},
                                            {"long", ColumnType::kBigint},
                                            {"bool", ColumnType::kBoolean},
                                            {"text", ColumnType::kString},
                                            {"datetime", ColumnType::kTimestamp},
                                            {"numeric", ColumnType::kDecimal}}};

constexpr Words<Mode, 3> kModeWords{
    {{"manual", Mode::kManual}, {"auto_inference", Mode::kAutoInference}, {"single_column", Mode::kSingleColumn}}};

constexpr Words<UnknownFields, 4> kUnknownFieldsWords{{{"evolve", UnknownFields::kEvolve},
                                                       {"rescue", UnknownFields::kRescue},
                                                       {"quarantine", UnknownFields::kQuarantine},
                                                       {"ignore", UnknownFields::kIgnore}}};

constexpr Words<MergeMode, 2> kMergeModeWords{{{"replace", MergeMode::kReplace}, {"patch", MergeMode::kPatch}}};
constexpr Words<History, 2> kHistoryWords{{{"none", History::kNone}, {"scd2", History::kScd2}}};

constexpr Words<Envelope, 2> kEnvelopeWords{{{"none", Envelope::kNone}, {"debezium", Envelope::kDebezium}}};

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (auto& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

template <class Value, size_t n>
std::string_view WordOf(const Words<Value, n>& words, Value value) {
  return std::ranges::find(words, value, &std::pair<std::string_view, Value>::second)->first;
}

template <class Value, size_t n>
std::optional<Value> ValueOf(const Words<Value, n>& words, std::string_view word) {
  if (word.empty()) return std::nullopt;
  const auto found = std::ranges::find(words, Lower(word), &std::pair<std::string_view, Value>::first);
  return found == words.end() ? std::nullopt : std::optional(found->second);
}

std::string_view Trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

bool ReadSmallNumber(std::string_view text, uint8_t& number) {
  text = Trimmed(text);
  if (text.empty()) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

/// The "(p,s)" behind decimal.
bool ReadPrecisionAndScale(std::string_view text, Column& column) {
  text = Trimmed(text);
  if (!text.starts_with('(') || !text.ends_with(')')) return false;
  text = text.substr(1, text.size() - 2);
  const auto comma = text.find(',');
  uint8_t precision = 0, scale = 0;
  if (comma == std::string_view::npos || !ReadSmallNumber(text.substr(0, comma), precision) ||
      !ReadSmallNumber(text.substr(comma + 1), scale) || precision < 1 || precision > 38 || scale > precision) {
    return false;
  }
  column.precision = precision;
  column.scale = scale;
  column.plain_decimal = false;
  return true;
}

}  // namespace

std::string TypeWord(const Column& column) {
  std::string word(WordOf(kTypeWords, column.type));
  if (column.type == ColumnType::kDecimal && !column.plain_decimal) {
    word += "(" + std::to_string(column.precision) + "," + std::to_string(column.scale) + ")";
  }
  return word;
}

bool ReadTypeWord(std::string_view word, Column& column) {
  const auto bracket = std::min(word.find('('), word.size());
  const auto type = ValueOf(kTypeWords, Trimmed(word.substr(0, bracket)));
  if (!type) return false;
  Column read;
  if (bracket < word.size() && (*type != ColumnType::kDecimal || !ReadPrecisionAndScale(word.substr(bracket), read))) {
    return false;
  }
  column.type = *type;
  column.precision = read.precision;
  column.scale = read.scale;
  column.plain_decimal = read.plain_decimal;
  return true;
}

std::string_view ModeWord(Mode mode) { return WordOf(kModeWords, mode); }
std::optional<Mode> ReadMode(std::string_view word) { return ValueOf(kModeWords, word); }

std::string_view UnknownFieldsWord(UnknownFields unknown_fields) { return WordOf(kUnknownFieldsWords, unknown_fields); }
std::optional<UnknownFields> ReadUnknownFields(std::string_view word) { return ValueOf(kUnknownFieldsWords, word); }

std::string_view MergeModeWord(MergeMode merge_mode) { return WordOf(kMergeModeWords, merge_mode); }
std::optional<MergeMode> ReadMergeMode(std::string_view word) { return ValueOf(kMergeModeWords, word); }

std::string_view HistoryWord(History history) { return WordOf(kHistoryWords, history); }
std::optional<History> ReadHistory(std::string_view word) { return ValueOf(kHistoryWords, word); }

std::string_view EnvelopeWord(Envelope envelope) { return WordOf(kEnvelopeWords, envelope); }
std::optional<Envelope> ReadEnvelope(std::string_view word) { return ValueOf(kEnvelopeWords, word); }

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
