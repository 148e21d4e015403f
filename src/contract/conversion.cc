// SPDX-License-Identifier: Apache-2.0
#include "contract/conversion.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/ascii.h"
#include "contract/number_text.h"
#include "contract/time_text.h"

namespace tarn::contract {
namespace {

struct MisfitText {
  std::string_view type;
  std::string_view message;
};

constexpr std::array<MisfitText, 23> kMisfits{{
    {"", ""},
    {"string_type", "Input should be a valid string"},
    {"int_type", "Input should be a valid integer"},
    {"int_parsing", "Input should be a valid integer, but the text is none"},
    {"int_from_float", "Input should be a valid integer, got a number with a fractional part"},
    {"int_parsing_size", "Input should be a valid integer within 64 bits"},
    {"float_type", "Input should be a valid number"},
    {"float_parsing", "Input should be a valid number, but the text is none"},
    {"finite_number", "Input should be a finite number"},
    {"decimal_type", "Input should be a valid decimal: a number or its text"},
    {"decimal_parsing", "Input should be a valid decimal, but the text is none"},
    {"decimal_whole_digits", "Input should be a valid decimal with fewer digits before the point"},
    {"bool_type", "Input should be a valid boolean"},
    {"bool_parsing", "Input should be a valid boolean, but the value means neither true nor false"},
    {"datetime_parsing", "Input should be a valid datetime"},
    {"date_parsing", "Input should be a valid date in the form YYYY-MM-DD"},
    {"date_from_datetime_inexact", "Input should be a valid date: its time part is not zero"},
    {"dict_type", "Input should be a valid dictionary"},
    {"list_type", "Input should be a valid list"},
    {"missing", "Field required"},
    {"enum", "Input should be 'upsert', 'delete' or 'truncate'"},
    {"extra_forbidden", "Extra inputs are not permitted"},
    {"json_invalid", "Invalid JSON"},
}};

bool IsBlank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

template <size_t n>
bool IsOneOf(std::string_view text, const std::array<std::string_view, n>& words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return EqualIgnoringCase(text, word); });
}

constexpr std::array<std::string_view, 6> kTrueWords{"1", "t", "true", "y", "yes", "on"};
constexpr std::array<std::string_view, 6> kFalseWords{"0", "f", "false", "n", "no", "off"};
constexpr std::array<std::string_view, 3> kNotFiniteWords{"nan", "inf", "infinity"};

bool IsNotFiniteWord(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return IsOneOf(text, kNotFiniteWords);
}

bool IsNested(const JsonValue& value) { return value.kind == JsonKind::kObject || value.kind == JsonKind::kArray; }

Misfit IntegerOfNumber(const JsonValue& value, int64_t& out) {
  if (value.integer) {
    const auto [end, error] = std::from_chars(value.data, value.data + value.size, out);
    return error == std::errc() ? Misfit::kNone : Misfit::kIntParsingSize;
  }
  NumberParts parts;
  SplitNumber(value.text(), parts);
  switch (ToInt64(parts, out)) {
    case Fit::kExact:
      return Misfit::kNone;
    case Fit::kFraction:
      return Misfit::kIntFromFloat;
    case Fit::kTooLarge:
      break;
  }
  return Misfit::kIntParsingSize;
}

/// Digits with single underscores between them, copied without these.
bool ReadIntegerDigits(std::string_view& text, std::string& digits) {
  if (text.empty() || !IsDigit(text.front())) return false;
  size_t at = 0;
  for (; at < text.size(); ++at) {
    if (IsDigit(text[at])) {
      digits += text[at];
    } else if (text[at] != '_' || at + 1 >= text.size() || !IsDigit(text[at + 1])) {
      break;
    }
  }
  text.remove_prefix(at);
  return true;
}

/// Optional sign, digits with underscores, a tail of ".0".
Misfit IntegerOfText(std::string_view text, int64_t& out) {
  text = Trimmed(text);
  const auto [read, fault] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (fault == std::errc() && read == text.data() + text.size()) return Misfit::kNone;
  const bool negative = text.starts_with('-');
  std::string digits(negative ? "-" : "");
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (!ReadIntegerDigits(text, digits)) return Misfit::kIntParsing;
  if (!text.empty()) {
    const bool zero_tail =
        text.size() >= 2 && text[0] == '.' && text.find_first_not_of('0', 1) == std::string_view::npos;
    if (!zero_tail) return Misfit::kIntParsing;
  }
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  return error == std::errc() ? Misfit::kNone : Misfit::kIntParsingSize;
}

/// Takes a number or a numeric string apart. `parsing` is the misfit of other strings.
Misfit Split(std::string_view text, Misfit parsing, NumberParts& parts) {
  if (SplitNumber(text, parts)) return Misfit::kNone;
  return IsNotFiniteWord(text) ? Misfit::kFiniteNumber : parsing;
}

/// Digits at first and nothing that from_chars does not take, which is what most texts of numbers are.
bool ReadPlainDouble(std::string_view text, double& out) {
  const auto digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (digits.empty() || !IsDigit(digits.front())) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

std::string_view NumberTextOf(const JsonValue& value, Scratch& scratch) {
  return value.kind == JsonKind::kString ? Trimmed(StringOf(value, scratch)) : value.text();
}

/// Digits, with a point among them at most, and too few of them for any number that a double cannot come near to.
bool IsPlainNumber(const JsonValue& value) {
  constexpr size_t kMostDigits = 300;
  if (value.escaped || (value.kind != JsonKind::kString && value.kind != JsonKind::kNumber)) return false;
  auto text = value.kind == JsonKind::kString ? value.inner() : value.text();
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.empty() || text.size() > kMostDigits || !IsDigit(text.front())) return false;
  size_t points = 0;
  for (const char c : text) {
    if (c == '.') {
      ++points;
    } else if (!IsDigit(c)) {
      return false;
    }
  }
  return points <= 1;
}

}  // namespace

std::string_view MisfitType(Misfit misfit) { return kMisfits[static_cast<size_t>(misfit)].type; }
std::string_view MisfitMessage(Misfit misfit) { return kMisfits[static_cast<size_t>(misfit)].message; }

Misfit NullMisfit(ColumnType type) {
  switch (type) {
    case ColumnType::kInteger:
    case ColumnType::kBigint:
      return Misfit::kIntType;
    case ColumnType::kFloat:
    case ColumnType::kDouble:
      return Misfit::kFloatType;
    case ColumnType::kDecimal:
      return Misfit::kDecimalType;
    case ColumnType::kBoolean:
      return Misfit::kBoolType;
    case ColumnType::kJson:
    case ColumnType::kStruct:
      return Misfit::kDictType;
    case ColumnType::kArray:
    case ColumnType::kList:
      return Misfit::kListType;
    case ColumnType::kString:
    case ColumnType::kVarchar:
    case ColumnType::kTimestamp:
    case ColumnType::kDate:
      break;
  }
  return Misfit::kStringType;
}

Misfit ToBoolean(const JsonValue& value, Scratch& scratch, bool& out) {
  if (value.kind == JsonKind::kBoolean) {
    out = value.is_true();
    return Misfit::kNone;
  }
  if (value.kind == JsonKind::kString) {
    const auto text = StringOf(value, scratch);
    out = IsOneOf(text, kTrueWords);
    return out || IsOneOf(text, kFalseWords) ? Misfit::kNone : Misfit::kBoolParsing;
  }
  if (value.kind != JsonKind::kNumber) return Misfit::kBoolType;
  int64_t number = 0;
  const auto misfit = IntegerOfNumber(value, number);
  if (misfit == Misfit::kIntFromFloat) return Misfit::kBoolType;
  out = number == 1;
  return misfit == Misfit::kNone && (number == 0 || number == 1) ? Misfit::kNone : Misfit::kBoolParsing;
}

Misfit ToInteger(const JsonValue& value, Scratch& scratch, int64_t& out) {
  switch (value.kind) {
    case JsonKind::kNumber:
      return IntegerOfNumber(value, out);
    case JsonKind::kBoolean:
      out = value.is_true() ? 1 : 0;
      return Misfit::kNone;
    case JsonKind::kString:
      return IntegerOfText(StringOf(value, scratch), out);
    default:
      return Misfit::kIntType;
  }
}

Misfit ToDouble(const JsonValue& value, Scratch& scratch, double& out) {
  if (value.kind == JsonKind::kBoolean) {
    out = value.is_true() ? 1.0 : 0.0;
    return Misfit::kNone;
  }
  if (value.kind == JsonKind::kNumber) {
    const auto [end, error] = std::from_chars(value.data, value.data + value.size, out);
    if (error == std::errc()) return Misfit::kNone;
  }
  if (IsNested(value) || value.kind == JsonKind::kNull) return Misfit::kFloatType;
  const auto text = NumberTextOf(value, scratch);
  if (ReadPlainDouble(text, out)) return Misfit::kNone;
  NumberParts parts;
  const auto misfit = Split(text, Misfit::kFloatParsing, parts);
  if (misfit != Misfit::kNone) return misfit;
  return ToDoubleNearest(text, parts, out) == Fit::kTooLarge ? Misfit::kFiniteNumber : Misfit::kNone;
}

Misfit ToDecimal(const JsonValue& value, Scratch& scratch, DecimalShape shape, table::Int128& unscaled) {
  if (IsNested(value) || value.kind == JsonKind::kNull) return Misfit::kDecimalType;
  NumberParts parts;
  if (value.kind == JsonKind::kBoolean) {
    SplitNumber(value.is_true() ? "1" : "0", parts);
  } else {
    const auto misfit = Split(NumberTextOf(value, scratch), Misfit::kDecimalParsing, parts);
    if (misfit != Misfit::kNone) return misfit;
  }
  const auto fit = ToDecimal128(parts, shape.precision, shape.scale, unscaled);
  return fit == Fit::kTooLarge ? Misfit::kDecimalWholeDigits : Misfit::kNone;
}

Misfit ToTimestamp(const JsonValue& value, Scratch& scratch, int64_t& micros) {
  if (value.kind != JsonKind::kString) return Misfit::kStringType;
  const auto time = ReadTimeText(StringOf(value, scratch));
  if (!time) return Misfit::kDatetimeParsing;
  micros = time->micros();
  return Misfit::kNone;
}

Misfit ToDate(const JsonValue& value, Scratch& scratch, int32_t& days) {
  if (value.kind != JsonKind::kString) return Misfit::kStringType;
  const auto time = ReadTimeText(StringOf(value, scratch));
  if (!time) return Misfit::kDateParsing;
  if (!time->is_midnight) return Misfit::kDateInexact;
  days = time->days;
  return Misfit::kNone;
}

Misfit CheckValue(const Column& column, const JsonValue& value, Scratch& scratch) {
  switch (column.type) {
    case ColumnType::kString:
    case ColumnType::kVarchar:
      return value.kind == JsonKind::kString ? Misfit::kNone : Misfit::kStringType;
    case ColumnType::kInteger:
    case ColumnType::kBigint: {
      int64_t out = 0;
      return ToInteger(value, scratch, out);
    }
    case ColumnType::kFloat:
    case ColumnType::kDouble: {
      if (IsPlainNumber(value)) return Misfit::kNone;
      double out = 0;
      return ToDouble(value, scratch, out);
    }
    case ColumnType::kDecimal: {
      table::Int128 out = 0;
      return ToDecimal(value, scratch, {column.precision, column.scale}, out);
    }
    case ColumnType::kBoolean: {
      bool out = false;
      return ToBoolean(value, scratch, out);
    }
    case ColumnType::kTimestamp: {
      int64_t out = 0;
      return ToTimestamp(value, scratch, out);
    }
    case ColumnType::kDate: {
      int32_t out = 0;
      return ToDate(value, scratch, out);
    }
    case ColumnType::kJson:
    case ColumnType::kStruct:
      return value.kind == JsonKind::kObject ? Misfit::kNone : Misfit::kDictType;
    case ColumnType::kArray:
    case ColumnType::kList:
      return value.kind == JsonKind::kArray ? Misfit::kNone : Misfit::kListType;
  }
  return Misfit::kNone;
}

}  // namespace tarn::contract
