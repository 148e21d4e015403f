// SPDX-License-Identifier: Apache-2.0
#pragma once
// The texts a schedule may have (http-api.md §8.1): presets, 5-field cron, AWS 6-field cron, rate(). Checks and parses
// them; pure values, no clock.

#include <bitset>
#include <chrono>
#include <string_view>
#include <variant>

#include "base/result.h"

namespace tarn::schedule {

/// Minutes, hours, days … at which a cron schedule fires, UTC.
struct Cron {
  std::bitset<60> minutes;
  std::bitset<24> hours;
  std::bitset<32> days_of_month;  ///< 1–31
  std::bitset<13> months;         ///< 1–12
  std::bitset<7> days_of_week;    ///< 0 = Sunday
  std::bitset<230> years;         ///< offset 1970; all set without a year field
  bool any_day_of_month = true;   ///< `*` or `?`: then days_of_week decides alone
  bool any_day_of_week = true;
};

/// Every `period`, on multiples of it since 1970-01-01T00:00:00Z.
struct Rate {
  std::chrono::minutes period{1};
};

using Schedule = std::variant<Cron, Rate>;

/// kInvalidArgument says which field is wrong.
Result<Schedule> ParseSchedule(std::string_view text);

}  // namespace tarn::schedule
