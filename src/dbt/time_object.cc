// SPDX-License-Identifier: Apache-2.0
#include "dbt/time_object.h"

#include <fmt/format.h>

#include <chrono>

#include "dbt/jinja/loop_object.h"

namespace tarn::dbt {
namespace {

using jinja::Value;

constexpr const char* kDays[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
constexpr const char* kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                                   "July",    "August",   "September", "October", "November", "December"};

struct Parts {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  unsigned weekday = 0;
  int64_t day_of_year = 0;
  int64_t hour = 0;
  int64_t minute = 0;
  int64_t second = 0;
  int64_t micros = 0;
};

Parts PartsOf(Timestamp at) {
  using namespace std::chrono;
  const sys_time<microseconds> time{microseconds{at.micros}};
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  Parts parts;
  parts.year = static_cast<int>(date.year());
  parts.month = static_cast<unsigned>(date.month());
  parts.day = static_cast<unsigned>(date.day());
  parts.weekday = weekday{day}.c_encoding();
  parts.day_of_year = (day - sys_days{date.year() / January / 1}).count() + 1;
  parts.hour = clock.hours().count();
  parts.minute = clock.minutes().count();
  parts.second = clock.seconds().count();
  parts.micros = clock.subseconds().count();
  return parts;
}

std::string Piece(const Parts& p, Timestamp at, char letter) {
  switch (letter) {
    case 'Y':
      return fmt::format("{:04}", p.year);
    case 'y':
      return fmt::format("{:02}", p.year % 100);
    case 'm':
      return fmt::format("{:02}", p.month);
    case 'd':
      return fmt::format("{:02}", p.day);
    case 'H':
      return fmt::format("{:02}", p.hour);
    case 'I':
      return fmt::format("{:02}", p.hour % 12 == 0 ? 12 : p.hour % 12);
    case 'M':
      return fmt::format("{:02}", p.minute);
    case 'S':
      return fmt::format("{:02}", p.second);
    case 'f':
      return fmt::format("{:06}", p.micros);
    case 'j':
      return fmt::format("{:03}", p.day_of_year);
    case 'a':
      return std::string(kDays[p.weekday]).substr(0, 3);
    case 'A':
      return kDays[p.weekday];
    case 'b':
      return std::string(kMonths[p.month - 1]).substr(0, 3);
    case 'B':
      return kMonths[p.month - 1];
    case 'p':
      return p.hour < 12 ? "AM" : "PM";
    case 'Z':
      return "UTC";
    case 'z':
      return "+0000";
    case 'F':
      return fmt::format("{:04}-{:02}-{:02}", p.year, p.month, p.day);
    case 'T':
      return fmt::format("{:02}:{:02}:{:02}", p.hour, p.minute, p.second);
    case 's':
      return std::to_string(at.micros / 1'000'000);
    case '%':
      return "%";
    default:
      return {};
  }
}

}  // namespace

Result<std::string> FormatTime(Timestamp at, const std::string& pattern) {
  const auto parts = PartsOf(at);
  std::string out;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%' || i + 1 == pattern.size()) {
      out += pattern[i];
      continue;
    }
    const auto piece = Piece(parts, at, pattern[++i]);
    if (piece.empty()) return Fail(ErrorCode::kUnsupported, "not supported: strftime %" + std::string(1, pattern[i]));
    out += piece;
  }
  return out;
}

std::string TimeObject::Text() const {
  return FormatTime(at_, at_.micros % 1'000'000 == 0 ? "%F %T+00:00" : "%F %T.%f+00:00").value_or("");
}

Result<Value> TimeObject::Attribute(const std::string& name) {
  const auto parts = PartsOf(at_);
  const auto at = at_;
  if (name == "year") return Value(int64_t{parts.year});
  if (name == "month") return Value(int64_t{parts.month});
  if (name == "day") return Value(int64_t{parts.day});
  if (name == "hour") return Value(parts.hour);
  if (name == "minute") return Value(parts.minute);
  if (name == "second") return Value(parts.second);
  if (name == "strftime") {
    return jinja::Function("strftime", [at](jinja::Interpreter&, const jinja::Arguments& arguments) -> Result<Value> {
      const auto* pattern = arguments.Find(0, "format");
      if (pattern == nullptr || !pattern->is_string()) {
        return Fail(ErrorCode::kInvalidArgument, "strftime needs a pattern");
      }
      TARN_ASSIGN(auto text, FormatTime(at, pattern->as_string()));
      return Value(std::move(text));
    });
  }
  if (name == "isoformat" || name == "date") {
    const std::string pattern = name == "date" ? "%F" : at.micros % 1'000'000 == 0 ? "%FT%T+00:00" : "%FT%T.%f+00:00";
    return jinja::Function(name, [at, pattern](jinja::Interpreter&, const jinja::Arguments&) -> Result<Value> {
      TARN_ASSIGN(auto text, FormatTime(at, pattern));
      return Value(std::move(text));
    });
  }
  if (name == "timestamp") {
    return jinja::Function(name, [at](jinja::Interpreter&, const jinja::Arguments&) -> Result<Value> {
      return Value(static_cast<double>(at.micros) / 1e6);
    });
  }
  return Fail(ErrorCode::kUnsupported, "not supported: run_started_at." + name);
}

}  // namespace tarn::dbt
