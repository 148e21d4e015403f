// SPDX-License-Identifier: Apache-2.0
#include "base/time.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace tarn {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

/// Reads exactly `width` digits at `at`; false when there are fewer or other characters.
bool ReadDigits(std::string_view text, size_t at, size_t width, int& value) {
  if (at + width > text.size()) return false;
  const auto* begin = text.data() + at;
  const auto [end, error] = std::from_chars(begin, begin + width, value);
  return error == std::errc() && end == begin + width && *begin != '-';
}

std::unexpected<Error> NotATimestamp(std::string_view text) {
  return Fail(ErrorCode::kInvalidArgument, "not an RFC 3339 time stamp: " + std::string(text));
}

struct Unit {
  std::string_view suffix;
  int64_t millis;
};
constexpr std::array<Unit, 5> kUnits{{{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr int64_t kMaxDurationMillis = 100LL * 366 * 86'400'000;

}  // namespace

std::string FormatTimestamp(Timestamp at) {
  const std::chrono::sys_time<std::chrono::microseconds> instant{std::chrono::microseconds{at.micros}};
  const auto day = std::chrono::floor<days>(instant);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{instant - day};
  auto text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                          static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                          time.minutes().count(), time.seconds().count());
  if (time.subseconds().count() != 0) text += fmt::format(".{:06}", time.subseconds().count());
  return text + "Z";
}

Result<Timestamp> ParseTimestamp(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  const bool shaped = text.size() >= 20 && ReadDigits(text, 0, 4, year) && text[4] == '-' &&
                      ReadDigits(text, 5, 2, month) && text[7] == '-' && ReadDigits(text, 8, 2, day) &&
                      (text[10] == 'T' || text[10] == ' ') && ReadDigits(text, 11, 2, hour) && text[13] == ':' &&
                      ReadDigits(text, 14, 2, minute) && text[16] == ':' && ReadDigits(text, 17, 2, second);
  if (!shaped || hour > 23 || minute > 59 || second > 59) return NotATimestamp(text);
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return NotATimestamp(text);
  size_t at = 19;
  int64_t micros = 0;
  if (text[at] == '.') {
    int64_t scale = 100'000;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10)
      micros += (text[at] - '0') * scale;
  }
  int64_t offset_minutes = 0;
  if (at + 6 == text.size() && (text[at] == '+' || text[at] == '-') && text[at + 3] == ':') {
    int zone_hour = 0, zone_minute = 0;
    if (!ReadDigits(text, at + 1, 2, zone_hour) || !ReadDigits(text, at + 4, 2, zone_minute))
      return NotATimestamp(text);
    offset_minutes = (text[at] == '-' ? -1 : 1) * (zone_hour * 60 + zone_minute);
  } else if (at + 1 != text.size() || text[at] != 'Z') {
    return NotATimestamp(text);
  }
  const int64_t seconds = sys_days{date}.time_since_epoch().count() * 86'400LL + hour * 3600 + minute * 60 + second;
  return Timestamp{(seconds - offset_minutes * 60) * 1'000'000 + micros};
}

Result<std::chrono::milliseconds> ParseDuration(std::string_view text) {
  int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view suffix(end, static_cast<size_t>(text.data() + text.size() - end));
  for (const auto& unit : kUnits) {
    if (error == std::errc() && suffix == unit.suffix && count >= 0 && count <= kMaxDurationMillis / unit.millis) {
      return std::chrono::milliseconds(count * unit.millis);
    }
  }
  return Fail(ErrorCode::kInvalidArgument, "not a duration such as 500ms, 10s, 15m, 24h or 90d: " + std::string(text));
}

std::string FormatDuration(std::chrono::milliseconds duration) {
  for (const auto& unit : kUnits) {
    if (duration.count() % unit.millis == 0 && duration.count() >= unit.millis) {
      return fmt::format("{}{}", duration.count() / unit.millis, unit.suffix);
    }
  }
  return "0s";
}

Timestamp SystemClock::Now() {
  return {std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
              .count()};
}

std::chrono::steady_clock::time_point SystemClock::Steady() { return std::chrono::steady_clock::now(); }

}  // namespace tarn
