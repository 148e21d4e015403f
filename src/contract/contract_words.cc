// SPDX-License-Identifier: Apache-2.0
#include "contract/contract_words.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <utility>

namespace tarn::contract {
namespace {

constexpr std::array<std::pair<std::string_view, Mode>, 3> kModes{
    {{"manual", Mode::kManual}, {"auto_inference", Mode::kAutoInference}, {"single_column", Mode::kSingleColumn}}};

constexpr std::array<std::pair<std::string_view, UnknownFields>, 4> kUnknownFields{
    {{"evolve", UnknownFields::kEvolve},
     {"rescue", UnknownFields::kRescue},
     {"quarantine", UnknownFields::kQuarantine},
     {"ignore", UnknownFields::kIgnore}}};

constexpr std::array<std::pair<std::string_view, ColumnType>, 18> kTypes{{{"string", ColumnType::kString},
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
                                                                          {"int", ColumnType::kInteger},
                                                                          {"long", ColumnType::kBigint},
                                                                          {"bool", ColumnType::kBoolean},
                                                                          {"text", ColumnType::kString},
                                                                          {"datetime", ColumnType::kTimestamp},
                                                                          {"numeric", ColumnType::kDecimal}}};

std::string LowerWithoutBlanks(std::string_view text) {
  std::string lower;
  for (const char c : text) {
    if (c != ' ') lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return lower;
}

template <class T, size_t n>
std::optional<T> Find(const std::array<std::pair<std::string_view, T>, n>& words, std::string_view text) {
  const auto word = LowerWithoutBlanks(text);
  for (const auto& [name, value] : words) {
    if (name == word) return value;
  }
  return std::nullopt;
}

template <class T, size_t n>
std::string_view NameOf(const std::array<std::pair<std::string_view, T>, n>& words, T value) {
  for (const auto& [name, meaning] : words) {
    if (meaning == value) return name;
  }
  return words.front().first;
}

/// Reads "p,s)"; false unless 1 ≤ p ≤ 38 and 0 ≤ s ≤ p.
bool ReadPrecision(std::string_view text, Column& column) {
  constexpr int kMaxPrecision = 38;
  int precision = 0, scale = 0;
  const auto* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, precision);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != ',') return false;
  const auto second = std::from_chars(first.ptr + 1, end, scale);
  if (second.ec != std::errc() || second.ptr + 1 != end || *second.ptr != ')') return false;
  if (precision < 1 || precision > kMaxPrecision || scale < 0 || scale > precision) return false;
  column.precision = static_cast<uint8_t>(precision);
  column.scale = static_cast<uint8_t>(scale);
  return true;
}

}  // namespace

std::string_view ModeWord(Mode mode) { return NameOf(kModes, mode); }
std::optional<Mode> ReadMode(std::string_view word) { return Find(kModes, word); }

std::string_view UnknownFieldsWord(UnknownFields rule) { return NameOf(kUnknownFields, rule); }
std::optional<UnknownFields> ReadUnknownFields(std::string_view word) { return Find(kUnknownFields, word); }

bool ReadTypeWord(std::string_view text, Column& column) {
  const auto word = LowerWithoutBlanks(text);
  for (const std::string_view prefix : {"decimal(", "numeric("}) {
    if (!word.starts_with(prefix)) continue;
    column.type = ColumnType::kDecimal;
    column.plain_decimal = false;
    return ReadPrecision(std::string_view(word).substr(prefix.size()), column);
  }
  const auto type = Find(kTypes, word);
  if (!type) return false;
  column.type = *type;
  return true;
}

}  // namespace tarn::contract
