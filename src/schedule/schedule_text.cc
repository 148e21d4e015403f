// SPDX-License-Identifier: Apache-2.0
#include "schedule/schedule_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <string>
#include <vector>

#include "base/ascii.h"

namespace tarn::schedule {
namespace {

constexpr int kFirstYear = 1970;
constexpr int kLastYear = 2199;
constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                   "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kDays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

/// What one field may hold.
struct FieldRule {
  std::string_view name;
  int lowest = 0;
  int highest = 0;
  int first_name_value = 0;  ///< number of names[0]
  const std::string_view* names = nullptr;
  size_t name_count = 0;
};

std::vector<std::string> SplitOn(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(separator, at), text.size());
    parts.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

std::vector<std::string> SplitOnBlanks(std::string_view text) {
  auto parts = SplitOn(text, ' ');
  std::erase(parts, "");
  return parts;
}

std::unexpected<Error> BadField(const FieldRule& rule, std::string_view text) {
  return Fail(ErrorCode::kInvalidArgument, "bad " + std::string(rule.name) + " in the schedule: " + std::string(text));
}

Result<int> ReadNumber(const FieldRule& rule, std::string_view text) {
  for (size_t i = 0; i < rule.name_count; ++i) {
    if (rule.names[i] == text) return rule.first_name_value + static_cast<int>(i);
  }
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < rule.lowest || value > rule.highest) {
    return BadField(rule, text);
  }
  return value;
}

/// "*", "a", "a-b", each with "/step"; calls `mark` for every number.
template <class Mark>
Status ReadRange(const FieldRule& rule, const std::string& text, const Mark& mark) {
  const auto slash = text.find('/');
  const auto range = text.substr(0, slash);
  int step = 1;
  if (slash != std::string::npos) {
    const FieldRule step_rule{rule.name, 1, rule.highest};
    TARN_ASSIGN(step, ReadNumber(step_rule, text.substr(slash + 1)));
  }
  int first = rule.lowest;
  int last = rule.highest;
  if (range != "*") {
    const auto dash = range.find('-');
    TARN_ASSIGN(first, ReadNumber(rule, range.substr(0, dash)));
    if (dash != std::string::npos) {
      TARN_ASSIGN(last, ReadNumber(rule, range.substr(dash + 1)));
    } else if (slash == std::string::npos) {
      last = first;
    }
  }
  if (last < first) return BadField(rule, text);
  for (int value = first; value <= last; value += step) mark(value);
  return {};
}

template <class Mark>
Status ReadField(const FieldRule& rule, const std::string& text, const Mark& mark) {
  for (const auto& part : SplitOn(text, ',')) TARN_TRY(ReadRange(rule, part, mark));
  return {};
}

struct Fields {
  std::string minute, hour, day_of_month, month, day_of_week, year;
  bool aws = false;  ///< day of week 1 = Sunday, `?` allowed
};

Result<Schedule> ParseCron(const Fields& fields) {
  Cron cron;
  const bool any_dom = fields.day_of_month == "*" || (fields.aws && fields.day_of_month == "?");
  const bool any_dow = fields.day_of_week == "*" || (fields.aws && fields.day_of_week == "?");
  if (fields.aws && fields.day_of_month == "?" && fields.day_of_week == "?") {
    return Fail(ErrorCode::kInvalidArgument, "bad schedule: day of month and day of week are both ?");
  }
  cron.any_day_of_month = any_dom;
  cron.any_day_of_week = any_dow;
  const FieldRule minute{"minute", 0, 59};
  const FieldRule hour{"hour", 0, 23};
  const FieldRule day{"day of month", 1, 31};
  const FieldRule month{"month", 1, 12, 1, kMonths.data(), kMonths.size()};
  const FieldRule weekday{"day of week", fields.aws ? 1 : 0, 7, fields.aws ? 1 : 0, kDays.data(), kDays.size()};
  const FieldRule year{"year", kFirstYear, kLastYear};
  TARN_TRY(ReadField(minute, fields.minute, [&](int v) { cron.minutes.set(static_cast<size_t>(v)); }));
  TARN_TRY(ReadField(hour, fields.hour, [&](int v) { cron.hours.set(static_cast<size_t>(v)); }));
  TARN_TRY(ReadField(day, any_dom ? "*" : fields.day_of_month,
                     [&](int v) { cron.days_of_month.set(static_cast<size_t>(v)); }));
  TARN_TRY(ReadField(month, fields.month, [&](int v) { cron.months.set(static_cast<size_t>(v)); }));
  const int sunday = fields.aws ? 1 : 0;
  TARN_TRY(ReadField(weekday, any_dow ? "*" : fields.day_of_week,
                     [&](int v) { cron.days_of_week.set(static_cast<size_t>((v - sunday) % 7)); }));
  TARN_TRY(ReadField(year, fields.year, [&](int v) { cron.years.set(static_cast<size_t>(v - kFirstYear)); }));
  return Schedule(cron);
}

Result<Schedule> ParseCronText(std::string_view text, bool aws_only) {
  const auto parts = SplitOnBlanks(text);
  if (parts.size() == 6) return ParseCron({parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], true});
  if (parts.size() == 5 && !aws_only) return ParseCron({parts[0], parts[1], parts[2], parts[3], parts[4], "*", false});
  return Fail(ErrorCode::kInvalidArgument, "not a schedule: " + std::string(text));
}

Result<Schedule> ParseRate(std::string_view text) {
  const auto parts = SplitOnBlanks(text);
  int64_t count = 0;
  if (parts.size() == 2) {
    const auto [end, error] = std::from_chars(parts[0].data(), parts[0].data() + parts[0].size(), count);
    if (error != std::errc() || end != parts[0].data() + parts[0].size()) count = 0;
  }
  static const std::map<std::string_view, int64_t> kUnits{{"minute", 1}, {"minutes", 1}, {"hour", 60},
                                                          {"hours", 60}, {"day", 1440},  {"days", 1440}};
  const auto unit = parts.size() == 2 ? kUnits.find(parts[1]) : kUnits.end();
  constexpr int64_t kMaxCount = 100'000;
  if (count < 1 || count > kMaxCount || unit == kUnits.end()) {
    return Fail(ErrorCode::kInvalidArgument, "not a rate such as rate(15 minutes): rate(" + std::string(text) + ")");
  }
  return Schedule(Rate{std::chrono::minutes(count * unit->second)});
}

}  // namespace

Result<Schedule> ParseSchedule(std::string_view raw) {
  const auto text = Lower(raw);
  static const std::map<std::string_view, std::string_view> kPresets{
      {"hour", "0 * * * *"},    {"hourly", "0 * * * *"}, {"@hourly", "0 * * * *"}, {"day", "0 2 * * *"},
      {"daily", "0 2 * * *"},   {"@daily", "0 2 * * *"}, {"week", "0 2 * * 0"},    {"weekly", "0 2 * * 0"},
      {"@weekly", "0 2 * * 0"}, {"month", "0 3 1 * *"},  {"monthly", "0 3 1 * *"}, {"@monthly", "0 3 1 * *"}};
  if (const auto preset = kPresets.find(text); preset != kPresets.end()) return ParseCronText(preset->second, false);
  if (text.starts_with("rate(") && text.ends_with(')'))
    return ParseRate(std::string_view(text).substr(5, text.size() - 6));
  if (text.starts_with("cron(") && text.ends_with(')')) {
    return ParseCronText(std::string_view(text).substr(5, text.size() - 6), true);
  }
  return ParseCronText(text, false);
}

}  // namespace tarn::schedule
