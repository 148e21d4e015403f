// SPDX-License-Identifier: Apache-2.0
#pragma once
// Number texts into exact values: the arithmetic behind the conversions of http-api.md §4.6. Pure functions.

#include <cstdint>
#include <string_view>

#include "table/value.h"

namespace tarn::contract {

/// A number taken apart; views point into the text.
struct NumberParts {
  bool negative = false;
  std::string_view whole;     ///< digits before the point
  std::string_view fraction;  ///< digits behind it
  int64_t exponent = 0;       ///< clamped far outside any type's range
};

/// Reads [+-]digits[.digits][e[+-]digits]; digits may be missing on one side of the point. False for other texts.
bool SplitNumber(std::string_view text, NumberParts& parts);

enum class Fit : uint8_t { kExact, kFraction, kTooLarge };

/// The int64 a number is equal to: kFraction when it is no integer, kTooLarge outside int64.
Fit ToInt64(const NumberParts& parts, int64_t& value);

/// Rounds half to even at `scale` digits; kTooLarge when the result has more than precision digits.
/// kFraction: it fits, but digits were rounded away.
Fit ToDecimal128(const NumberParts& parts, uint8_t precision, uint8_t scale, table::Int128& unscaled);

/// The nearest double of a text that SplitNumber reads; kTooLarge beyond the finite ones.
Fit ToDoubleNearest(std::string_view text, const NumberParts& parts, double& value);

}  // namespace tarn::contract
