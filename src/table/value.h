// SPDX-License-Identifier: Apache-2.0
#pragma once
// One scalar value, as file statistics and query parameters hold it. Plain value.

#include <compare>
#include <cstdint>
#include <string>
#include <variant>

#include "table/types.h"

namespace tarn::table {

using Int128 = __int128;

/// Unscaled decimal; the scale is the type's.
struct DecimalValue {
  Int128 unscaled = 0;
  uint8_t precision = 38;
  uint8_t scale = 0;
  bool operator==(const DecimalValue&) const = default;
};

struct DateValue {
  int32_t days = 0;
  auto operator<=>(const DateValue&) const = default;
};

struct TimestampValue {
  int64_t micros = 0;
  bool utc = true;  ///< false: naive
  bool operator==(const TimestampValue&) const = default;
};

/// monostate = NULL. int64_t serves kInt32 and kInt64, double serves kFloat and kDouble.
using Value = std::variant<std::monostate, bool, int64_t, double, DecimalValue, std::string, DateValue, TimestampValue>;

inline bool IsNull(const Value& value) { return std::holds_alternative<std::monostate>(value); }

/// Total order of two non-null values of one column (strings by bytes, doubles with NaN greatest).
std::strong_ordering Compare(const Value& a, const Value& b);

/// Exact decimal text, e.g. "-12.340000000".
std::string FormatDecimal(Int128 unscaled, uint8_t scale);

/// Reads a decimal text, with an exponent or without, exactly; kInvalidArgument when it does not fit precision and
/// scale.
Result<Int128> ParseDecimal(std::string_view text, uint8_t precision, uint8_t scale);

}  // namespace tarn::table
