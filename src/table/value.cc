// SPDX-License-Identifier: Apache-2.0
#include "table/value.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/assert.h"

namespace tarn::table {
namespace {

using UInt128 = unsigned __int128;

constexpr int kMaxDigits = 38;

constexpr Int128 PowerOfTen(int exponent) {
  Int128 power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

std::strong_ordering CompareDoubles(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) <=> std::isnan(b);
  if (a < b) return std::strong_ordering::less;
  return a > b ? std::strong_ordering::greater : std::strong_ordering::equal;
}

// Whole and fractional parts apart: aligning the scales of the whole number could overflow.
std::strong_ordering CompareDecimals(const DecimalValue& a, const DecimalValue& b) {
  if (a.scale == b.scale) return a.unscaled <=> b.unscaled;
  const Int128 unit_a = PowerOfTen(a.scale);
  const Int128 unit_b = PowerOfTen(b.scale);
  const auto whole = a.unscaled / unit_a <=> b.unscaled / unit_b;
  if (whole != std::strong_ordering::equal) return whole;
  const int scale = std::max(a.scale, b.scale);
  return (a.unscaled % unit_a) * PowerOfTen(scale - a.scale) <=> (b.unscaled % unit_b) * PowerOfTen(scale - b.scale);
}

std::strong_ordering CompareBytes(const std::string& a, const std::string& b) { return a.compare(b) <=> 0; }

std::unexpected<Error> NotDecimal(std::string_view text) {
  return Fail(ErrorCode::kInvalidArgument, "not a decimal number: " + std::string(text.substr(0, 64)));
}

/// Sign, digits without the point and the power of ten of the last digit.
struct DecimalText {
  bool negative = false;
  std::string digits;
  int exponent = 0;
};

Result<DecimalText> SplitDecimal(std::string_view text) {
  DecimalText parts;
  std::string_view rest = text;
  if (rest.starts_with('-')) {
    parts.negative = true;
    rest.remove_prefix(1);
  }
  const auto take_digits = [&] {
    const size_t count = std::min(rest.find_first_not_of("0123456789"), rest.size());
    parts.digits += rest.substr(0, count);
    rest.remove_prefix(count);
    return count;
  };
  if (take_digits() == 0) return NotDecimal(text);
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    const size_t fraction = take_digits();
    if (fraction == 0 || fraction > 100'000) return NotDecimal(text);
    parts.exponent = -static_cast<int>(fraction);
  }
  if (rest.starts_with('e') || rest.starts_with('E')) {
    rest.remove_prefix(1);
    if (rest.starts_with('+')) rest.remove_prefix(1);
    int exponent = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), exponent);
    if (error != std::errc() || std::abs(exponent) > 100'000) return NotDecimal(text);
    rest.remove_prefix(static_cast<size_t>(end - rest.data()));
    parts.exponent += exponent;
  }
  if (!rest.empty()) return NotDecimal(text);
  parts.digits.erase(0, std::min(parts.digits.find_first_not_of('0'), parts.digits.size()));
  return parts;
}

}  // namespace

std::strong_ordering Compare(const Value& a, const Value& b) {
  if (a.index() != b.index()) {
    const auto as_double = [](const Value& value) {
      if (const auto* integer = std::get_if<int64_t>(&value)) return static_cast<double>(*integer);
      const auto* number = std::get_if<double>(&value);
      TARN_ASSERT(number != nullptr);
      return *number;
    };
    return CompareDoubles(as_double(a), as_double(b));
  }
  switch (a.index()) {
    case 1:
      return std::get<bool>(a) <=> std::get<bool>(b);
    case 2:
      return std::get<int64_t>(a) <=> std::get<int64_t>(b);
    case 3:
      return CompareDoubles(std::get<double>(a), std::get<double>(b));
    case 4:
      return CompareDecimals(std::get<DecimalValue>(a), std::get<DecimalValue>(b));
    case 5:
      return CompareBytes(std::get<std::string>(a), std::get<std::string>(b));
    case 6:
      return std::get<DateValue>(a) <=> std::get<DateValue>(b);
    case 7:
      return std::get<TimestampValue>(a).micros <=> std::get<TimestampValue>(b).micros;
    default:
      break;
  }
  return std::strong_ordering::equal;
}

std::string FormatDecimal(Int128 unscaled, uint8_t scale) {
  const bool negative = unscaled < 0;
  UInt128 rest = negative ? UInt128{0} - static_cast<UInt128>(unscaled) : static_cast<UInt128>(unscaled);
  std::string digits;
  do {
    digits += static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  } while (rest != 0);
  while (digits.size() <= scale) digits += '0';
  if (negative) digits += '-';
  std::ranges::reverse(digits);
  if (scale > 0) digits.insert(digits.size() - scale, 1, '.');
  return digits;
}

Result<Int128> ParseDecimal(std::string_view text, uint8_t precision, uint8_t scale) {
  TARN_ASSIGN(DecimalText parts, SplitDecimal(text));
  while (!parts.digits.empty() && parts.digits.back() == '0') {
    parts.digits.pop_back();
    ++parts.exponent;
  }
  if (parts.digits.empty()) return Int128{0};
  const int zeros = parts.exponent + scale;
  const auto length = static_cast<int64_t>(parts.digits.size()) + zeros;
  if (zeros < 0 || length > std::min<int64_t>(precision, kMaxDigits)) {
    return Fail(ErrorCode::kInvalidArgument, "does not fit decimal(" + std::to_string(precision) + "," +
                                                 std::to_string(scale) + "): " + std::string(text.substr(0, 64)));
  }
  Int128 unscaled = 0;
  for (const char c : parts.digits) unscaled = unscaled * 10 + (c - '0');
  unscaled *= PowerOfTen(zeros);
  return parts.negative ? -unscaled : unscaled;
}

}  // namespace tarn::table
