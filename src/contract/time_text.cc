// SPDX-License-Identifier: Apache-2.0
#include "contract/time_text.h"

#include <chrono>

namespace tarn::contract {
namespace {

constexpr int64_t kFirstMicros = -62'135'596'800'000'000;       // 0001-01-01T00:00:00Z
constexpr int64_t kBehindLastMicros = 253'402'300'800'000'000;  // 10000-01-01T00:00:00Z

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// Reads from front to back; every step says whether the text was as expected.
class Reader {
 public:
  explicit Reader(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool AtEnd() const { return at_ == end_; }
  char Peek() const { return at_ < end_ ? *at_ : '\0'; }
  bool Take(char c) {
    if (Peek() != c) return false;
    ++at_;
    return true;
  }
  bool TwoDigits(int& value) {
    if (end_ - at_ < 2 || !IsDigit(at_[0]) || !IsDigit(at_[1])) return false;
    value = (at_[0] - '0') * 10 + (at_[1] - '0');
    at_ += 2;
    return true;
  }
  /// Digits behind the point, as microseconds; `zero` when there is none but zeros.
  bool Fraction(int64_t& micros, bool& zero) {
    if (!IsDigit(Peek())) return false;
    int64_t unit = 100'000;
    for (; IsDigit(Peek()); ++at_, unit /= 10) {
      micros += (*at_ - '0') * unit;
      if (*at_ != '0') zero = false;
    }
    return true;
  }

 private:
  const char* at_;
  const char* end_;
};

bool ReadDate(Reader& reader, TimeText& time) {
  int century = 0, year = 0, month = 0, day = 0;
  if (!reader.TwoDigits(century) || !reader.TwoDigits(year) || !reader.Take('-') || !reader.TwoDigits(month) ||
      !reader.Take('-') || !reader.TwoDigits(day)) {
    return false;
  }
  const std::chrono::year_month_day date{std::chrono::year{century * 100 + year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || date.year() == std::chrono::year{0}) return false;
  time.days = static_cast<int32_t>(std::chrono::sys_days{date}.time_since_epoch().count());
  return true;
}

bool ReadZone(Reader& reader, TimeText& time) {
  if (reader.AtEnd() || reader.Take('Z')) return true;
  const bool west = reader.Peek() == '-';
  if (!reader.Take('-') && !reader.Take('+')) return false;
  int hours = 0, minutes = 0;
  if (!reader.TwoDigits(hours)) return false;
  reader.Take(':');
  if (!reader.TwoDigits(minutes) || hours > 23 || minutes > 59) return false;
  time.offset_minutes = (west ? -1 : 1) * (hours * 60 + minutes);
  return true;
}

bool ReadTime(Reader& reader, TimeText& time) {
  int hours = 0, minutes = 0, seconds = 0;
  int64_t micros = 0;
  bool fraction_is_zero = true;
  if (!reader.TwoDigits(hours) || !reader.Take(':') || !reader.TwoDigits(minutes)) return false;
  if (reader.Take(':')) {
    time.has_seconds = true;
    if (!reader.TwoDigits(seconds)) return false;
    if (reader.Take('.') && !reader.Fraction(micros, fraction_is_zero)) return false;
  }
  if (hours > 23 || minutes > 59 || seconds > 59) return false;
  time.has_time = true;
  time.micros_of_day = (hours * 3600LL + minutes * 60 + seconds) * 1'000'000 + micros;
  time.is_midnight = hours == 0 && minutes == 0 && seconds == 0 && fraction_is_zero;
  return ReadZone(reader, time);
}

}  // namespace

std::optional<TimeText> ReadTimeText(std::string_view text) {
  TimeText time;
  Reader reader(text);
  if (!ReadDate(reader, time)) return std::nullopt;
  if (reader.AtEnd()) return time;
  if (!reader.Take('T') && !reader.Take(' ')) return std::nullopt;
  if (!ReadTime(reader, time) || !reader.AtEnd()) return std::nullopt;
  if (time.micros() < kFirstMicros || time.micros() >= kBehindLastMicros) return std::nullopt;
  return time;
}

}  // namespace tarn::contract
