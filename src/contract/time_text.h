// SPDX-License-Identifier: Apache-2.0
#pragma once
// Date and time texts of payloads (http-api.md §4.6, rows timestamp and date). Pure functions.

#include <cstdint>
#include <optional>
#include <string_view>

namespace tarn::contract {

/// What a date or time text says, before it is made an instant or a day.
struct TimeText {
  int32_t days = 0;            ///< since 1970-01-01, as written
  int64_t micros_of_day = 0;   ///< as written, further digits cut
  int32_t offset_minutes = 0;  ///< of the zone; UTC when none is given
  bool has_time = false;
  bool has_seconds = false;
  bool is_midnight = true;  ///< nothing but zeros in the time part

  /// UTC instant.
  int64_t micros() const {
    return int64_t{days} * 86'400'000'000 + micros_of_day - int64_t{offset_minutes} * 60'000'000;
  }
};

/// YYYY-MM-DD, optionally followed by T or a blank, HH:MM[:SS[.f…]] and Z, ±HH:MM or ±HHMM. Years 0001 to 9999.
std::optional<TimeText> ReadTimeText(std::string_view text);

}  // namespace tarn::contract
