// SPDX-License-Identifier: Apache-2.0
// Type words and their text: list<type> and struct<name:type,…> hold others (http-api.md §3.1, lake.md §2.1).
#include <charconv>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "base/words.h"
#include "contract/contract.h"

namespace tarn::contract {
namespace {

constexpr Words<ColumnType, 20> kTypeWords{{{"string", ColumnType::kString},
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
                                            {"list", ColumnType::kList},
                                            {"struct", ColumnType::kStruct},
                                            // Aliases: behind the words that are answered.
                                            {"int", ColumnType::kBigint},
                                            {"long", ColumnType::kBigint},
                                            {"bool", ColumnType::kBoolean},
                                            {"text", ColumnType::kString},
                                            {"datetime", ColumnType::kTimestamp},
                                            {"numeric", ColumnType::kDecimal}}};

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Reads a type's text from front to back.
class TypeReader {
 public:
  explicit TypeReader(std::string_view text) : rest_(text) {}

  bool ReadWhole(Column& column) { return ReadType(column, 0) && (SkipBlanks(), rest_.empty()); }

 private:
  /// Inside `depth` lists and structs.
  bool ReadType(Column& column, size_t depth) {
    SkipBlanks();
    size_t letters = 0;
    while (letters < rest_.size() && IsLetter(rest_[letters])) ++letters;
    const auto type = ValueInAnyCase(kTypeWords, rest_.substr(0, letters));
    if (!type) return false;
    rest_.remove_prefix(letters);
    column.type = *type;
    if (*type == ColumnType::kDecimal) return ReadPrecisionAndScale(column);
    if (!column.is_nested()) return true;
    if (depth >= kMaxTypeDepth || !Take('<')) return false;
    return (*type == ColumnType::kList ? ReadElement(column, depth + 1) : ReadFields(column, depth + 1)) && Take('>');
  }

  bool ReadElement(Column& column, size_t depth) {
    auto& element = column.children.emplace_back();
    element.name = "element";
    return ReadType(element, depth);
  }

  bool ReadFields(Column& column, size_t depth) {
    do {
      const auto colon = rest_.find_first_of(":<>,");
      if (colon == std::string_view::npos || rest_[colon] != ':') return false;
      auto& field = column.children.emplace_back();
      field.name = Trimmed(rest_.substr(0, colon));
      rest_.remove_prefix(colon + 1);
      if (!ReadType(field, depth)) return false;
    } while (Take(','));
    return true;
  }

  /// The "(p,s)" behind decimal, if it is there.
  bool ReadPrecisionAndScale(Column& column) {
    if (!Take('(')) return true;
    column.plain_decimal = false;
    return ReadSmallNumber(column.precision) && Take(',') && ReadSmallNumber(column.scale) && Take(')') &&
           column.precision >= 1 && column.precision <= 38 && column.scale <= column.precision;
  }

  bool ReadSmallNumber(uint8_t& number) {
    SkipBlanks();
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
    if (error != std::errc()) return false;
    rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
    return true;
  }

  bool Take(char c) {
    SkipBlanks();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void SkipBlanks() {
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
  }

  static std::string_view Trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
  }

  std::string_view rest_;
};

}  // namespace

std::string TypeWord(const Column& column) {
  std::string word(WordOf(kTypeWords, column.type));
  if (column.type == ColumnType::kDecimal && !column.plain_decimal) {
    word += "(" + std::to_string(column.precision) + "," + std::to_string(column.scale) + ")";
  }
  if (!column.is_nested()) return word;
  word += '<';
  for (const auto& child : column.children) {
    if (&child != &column.children.front()) word += ',';
    if (column.type == ColumnType::kStruct) word += child.name + ':';
    word += TypeWord(child);
  }
  return word + '>';
}

bool ReadTypeWord(std::string_view word, Column& column) {
  Column read;
  if (!TypeReader(word).ReadWhole(read)) return false;
  column.type = read.type;
  column.precision = read.precision;
  column.scale = read.scale;
  column.plain_decimal = read.plain_decimal;
  column.children = std::move(read.children);
  return true;
}

}  // namespace tarn::contract
