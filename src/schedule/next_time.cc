// SPDX-License-Identifier: Apache-2.0
#include "schedule/next_time.h"

#include <chrono>

namespace tarn::schedule {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr int kFirstYear = 1970;
constexpr int kLastYear = 2199;

using Minutes = std::chrono::sys_time<minutes>;

/// The first whole minute behind `after`.
Minutes MinuteBehind(Timestamp after) {
  const std::chrono::sys_time<std::chrono::microseconds> at{std::chrono::microseconds(after.micros)};
  return std::chrono::floor<minutes>(at) + minutes(1);
}

Timestamp ToTimestamp(Minutes at) {
  return {std::chrono::duration_cast<std::chrono::microseconds>(at.time_since_epoch()).count()};
}

/// A day that both fields restrict fires when one of them says so, as cron has it.
bool FiresOn(const Cron& cron, sys_days day) {
  const year_month_day date(day);
  const auto year = static_cast<int>(date.year());
  if (year < kFirstYear || year > kLastYear || !cron.years.test(static_cast<size_t>(year - kFirstYear))) return false;
  if (!cron.months.test(static_cast<unsigned>(date.month()))) return false;
  const bool by_date = cron.days_of_month.test(static_cast<unsigned>(date.day()));
  const bool by_weekday = cron.days_of_week.test(std::chrono::weekday(day).c_encoding());
  if (cron.any_day_of_month) return by_weekday;
  return cron.any_day_of_week ? by_date : by_date || by_weekday;
}

/// The first minute of `day` at or behind `from` minutes into it.
std::optional<minutes> MinuteOfDay(const Cron& cron, minutes from) {
  const auto first_hour = std::chrono::floor<hours>(from);
  for (auto hour = first_hour; hour < hours(24); ++hour) {
    if (!cron.hours.test(static_cast<size_t>(hour.count()))) continue;
    const auto first = hour == first_hour ? from - hour : minutes(0);
    for (auto minute = first; minute < minutes(60); ++minute) {
      if (cron.minutes.test(static_cast<size_t>(minute.count()))) return hour + minute;
    }
  }
  return std::nullopt;
}

/// The first day at or behind `day` whose month and year may fire: whole months are skipped at once.
std::optional<sys_days> MonthThatFires(const Cron& cron, sys_days day) {
  for (year_month_day date(day); static_cast<int>(date.year()) <= kLastYear;) {
    const auto year = static_cast<int>(date.year());
    const bool in_year = year >= kFirstYear && cron.years.test(static_cast<size_t>(year - kFirstYear));
    if (in_year && cron.months.test(static_cast<unsigned>(date.month()))) return sys_days(date);
    const auto next = std::chrono::year_month(date.year(), date.month()) + std::chrono::months(1);
    date = next / std::chrono::day(1);
  }
  return std::nullopt;
}

std::optional<Timestamp> Next(const Cron& cron, Timestamp after) {
  const auto earliest = MinuteBehind(after);
  auto day = std::chrono::floor<days>(earliest);
  auto from = earliest - day;
  for (;;) {
    const auto fires = MonthThatFires(cron, day);
    if (!fires) return std::nullopt;
    if (*fires != day) from = minutes(0);
    day = *fires;
    if (FiresOn(cron, day)) {
      if (const auto minute = MinuteOfDay(cron, std::chrono::duration_cast<minutes>(from))) {
        return ToTimestamp(day + *minute);
      }
    }
    day += days(1);
    from = minutes(0);
  }
}

std::optional<Timestamp> Next(const Rate& rate, Timestamp after) {
  const auto period = std::chrono::duration_cast<std::chrono::microseconds>(rate.period).count();
  const auto whole = after.micros >= 0 ? after.micros / period : (after.micros - period + 1) / period;
  return Timestamp{(whole + 1) * period};
}

}  // namespace

std::optional<Timestamp> NextTime(const Schedule& schedule, Timestamp after) {
  return std::visit([&](const auto& one) { return Next(one, after); }, schedule);
}

}  // namespace tarn::schedule
