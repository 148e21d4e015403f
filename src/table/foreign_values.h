// SPDX-License-Identifier: Apache-2.0
#pragma once
// What metadata of foreign writers may hold, read the one way every format needs. Pure functions.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string_view>

#include "base/time.h"

namespace tarn::table {

/// A time in milliseconds since 1970; metadata may hold any number, so it is held within what microseconds can say.
inline Timestamp ClampedFromMillis(int64_t millis) {
  constexpr int64_t kMicrosPerMilli = 1000;
  constexpr int64_t kLimit = std::numeric_limits<int64_t>::max() / kMicrosPerMilli;
  return Timestamp{std::clamp(millis, -kLimit, kLimit) * kMicrosPerMilli};
}

/// Whether a relative path has a segment "..".
inline bool LeavesFolder(std::string_view path) {
  while (!path.empty()) {
    const std::string_view segment = path.substr(0, path.find('/'));
    if (segment == "..") return true;
    path.remove_prefix(std::min(segment.size() + 1, path.size()));
  }
  return false;
}

}  // namespace tarn::table
