// SPDX-License-Identifier: Apache-2.0
#pragma once
// When a number of failing rows matters: `warn_if` and `error_if` of a data test (http-api.md §8.3). Immutable value.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tarn::quality {

struct Threshold {
  enum class Comparison : uint8_t { kLess, kLessOrEqual, kEqual, kNotEqual, kGreaterOrEqual, kGreater };

  Comparison comparison = Comparison::kNotEqual;
  int64_t count = 0;

  bool operator==(const Threshold&) const = default;
  bool Holds(int64_t failures) const;
  /// "!=0", ">10".
  std::string ToString() const;
};

/// Reads "> 10", ">=5", "!= 0", "<> 0", "= 3", "== 3", "<1". kInvalidArgument otherwise.
Result<Threshold> ParseThreshold(std::string_view text);

}  // namespace tarn::quality
