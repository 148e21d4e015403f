// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>

#include "table/iceberg/single_value.h"

namespace tarn::table::iceberg {
namespace {

using codec::OrderedJson;

constexpr int64_t kNanosPerMicro = 1000;
constexpr int64_t kNanosPerSecond = 1'000'000'000;
constexpr int64_t kSecondsPerDay = 86'400;
constexpr size_t kUuidBytes = 16;

std::unexpected<Error> NotOfType(const PrimitiveType& type) {
  return Fail(ErrorCode::kInvalidArgument, "value is not of Iceberg type " + PrimitiveTypeName(type));
}

// Digits of `value` behind zeros.
std::string Padded(int64_t value, size_t width) {
  std::string digits = std::to_string(value);
  return digits.size() < width ? std::string(width - digits.size(), '0') + digits : digits;
}

std::string DateText(int64_t days) {
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
  const int year = static_cast<int>(date.year());
  return (year < 0 ? "-" : "") + Padded(std::abs(year), 4) + "-" + Padded(static_cast<unsigned>(date.month()), 2) +
         "-" + Padded(static_cast<unsigned>(date.day()), 2);
}

// Seconds of a day and the digits of the fraction.
std::string TimeText(int64_t seconds, int64_t fraction, size_t width) {
  return Padded(seconds / 3600, 2) + ":" + Padded(seconds / 60 % 60, 2) + ":" + Padded(seconds % 60, 2) + "." +
         Padded(fraction, width);
}

int64_t FloorDivide(int64_t value, int64_t by) { return value / by - (value % by < 0 ? 1 : 0); }

// `ticks` since 1970, `per_second` of them in a second.
std::string TimestampText(int64_t ticks, int64_t per_second) {
  const int64_t seconds = FloorDivide(ticks, per_second);
  const int64_t days = FloorDivide(seconds, kSecondsPerDay);
  return DateText(days) + "T" +
         TimeText(seconds - days * kSecondsPerDay, ticks - seconds * per_second, per_second == kNanosPerSecond ? 9 : 6);
}

std::optional<int64_t> TakeDigits(std::string_view& text, size_t least, size_t most) {
  size_t count = 0;
  int64_t value = 0;
  while (count < most && count < text.size() && text[count] >= '0' && text[count] <= '9') {
    value = value * 10 + (text[count++] - '0');
  }
  if (count < least) return std::nullopt;
  text.remove_prefix(count);
  return value;
}

bool Take(std::string_view& text, char expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(1);
  return true;
}

// Days since 1970 of YYYY-MM-DD.
std::optional<int64_t> TakeDate(std::string_view& text) {
  const bool negative = Take(text, '-');
  const auto year = TakeDigits(text, 4, 5);
  if (!year || !Take(text, '-')) return std::nullopt;
  const auto month = TakeDigits(text, 2, 2);
  if (!month || !Take(text, '-')) return std::nullopt;
  const auto day = TakeDigits(text, 2, 2);
  if (!day || *year > 32767) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(negative ? -*year : *year)),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

// Nanoseconds since midnight of HH:MM[:SS[.fraction]].
std::optional<int64_t> TakeTime(std::string_view& text) {
  const auto hour = TakeDigits(text, 2, 2);
  if (!hour || !Take(text, ':')) return std::nullopt;
  const auto minute = TakeDigits(text, 2, 2);
  if (!minute || *hour > 23 || *minute > 59) return std::nullopt;
  int64_t second = 0;
  int64_t fraction = 0;
  if (Take(text, ':')) {
    const auto seconds = TakeDigits(text, 2, 2);
    if (!seconds || *seconds > 59) return std::nullopt;
    second = *seconds;
    if (Take(text, '.')) {
      const size_t before = text.size();
      const auto digits = TakeDigits(text, 1, 9);
      if (!digits) return std::nullopt;
      fraction = *digits;
      for (size_t i = before - text.size(); i < 9; ++i) fraction *= 10;
    }
  }
  return ((*hour * 60 + *minute) * 60 + second) * kNanosPerSecond + fraction;
}

struct Instant {
  int64_t days = 0;
  int64_t nanos = 0;  ///< of the day
};

std::optional<Instant> InstantOf(std::string_view text, bool has_zone) {
  const auto days = TakeDate(text);
  if (!days || !Take(text, 'T')) return std::nullopt;
  const auto nanos = TakeTime(text);
  const bool ends = has_zone ? text == "Z" || text == "+00:00" || text == "-00:00" : text.empty();
  if (!nanos || !ends) return std::nullopt;
  return Instant{.days = *days, .nanos = *nanos};
}

std::optional<int64_t> MicrosOf(const Instant& at) {
  return at.days * kSecondsPerDay * 1'000'000 + at.nanos / kNanosPerMicro;
}

std::optional<int64_t> NanosOf(const Instant& at) {
  int64_t day = 0;
  int64_t nanos = 0;
  if (__builtin_mul_overflow(at.days, kSecondsPerDay * kNanosPerSecond, &day)) return std::nullopt;
  if (__builtin_add_overflow(day, at.nanos, &nanos)) return std::nullopt;
  return nanos;
}

std::string HexText(std::string_view bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text += kDigits[static_cast<uint8_t>(byte) >> 4];
    text += kDigits[static_cast<uint8_t>(byte) & 0xf];
  }
  return text;
}

std::optional<std::string> BytesOfHex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (size_t i = 0; i < text.size(); i += 2) {
    unsigned byte = 0;
    const auto [end, error] = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    if (error != std::errc{} || end != text.data() + i + 2) return std::nullopt;
    bytes.push_back(static_cast<char>(byte));
  }
  return bytes;
}

std::string UuidText(std::string_view bytes) {
  std::string text = HexText(bytes);
  for (const size_t at : {20, 16, 12, 8}) text.insert(at, 1, '-');
  return text;
}

std::optional<std::string> BytesOfUuid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::string digits;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (text[i] != '-') return std::nullopt;
    } else {
      digits += text[i];
    }
  }
  return BytesOfHex(digits);
}

std::optional<Value> WholeNumberOf(const OrderedJson& json, PrimitiveKind kind) {
  if (!json.is_number_integer()) return std::nullopt;
  if (json.is_number_unsigned() && json.get<uint64_t>() > std::numeric_limits<int64_t>::max()) return std::nullopt;
  const auto number = json.get<int64_t>();
  if (kind == PrimitiveKind::kInt && number != static_cast<int32_t>(number)) return std::nullopt;
  return Value(number);
}

template <class Wrapped>
std::optional<Value> Wrap(std::optional<Wrapped> value) {
  return value ? std::optional(Value(std::move(*value))) : std::nullopt;
}

std::optional<Value> TimestampOf(std::string_view text, const PrimitiveType& type) {
  const bool utc = type.kind == PrimitiveKind::kTimestampTz || type.kind == PrimitiveKind::kTimestampTzNs;
  const auto at = InstantOf(text, utc);
  if (!at) return std::nullopt;
  if (type.kind == PrimitiveKind::kTimestampNs || type.kind == PrimitiveKind::kTimestampTzNs) return Wrap(NanosOf(*at));
  return Value(TimestampValue{.micros = *MicrosOf(*at), .utc = utc});
}

std::optional<Value> ValueOfText(std::string_view text, const PrimitiveType& type) {
  switch (type.kind) {
    case PrimitiveKind::kDecimal: {
      const auto unscaled = ParseDecimal(text, type.precision, type.scale);
      if (!unscaled) return std::nullopt;
      return Value(DecimalValue{.unscaled = *unscaled, .precision = type.precision, .scale = type.scale});
    }
    case PrimitiveKind::kDate: {
      const auto days = TakeDate(text);
      if (!days || !text.empty()) return std::nullopt;
      return Value(DateValue{static_cast<int32_t>(*days)});
    }
    case PrimitiveKind::kTime: {
      const auto nanos = TakeTime(text);
      if (!nanos || !text.empty()) return std::nullopt;
      return Value(*nanos / kNanosPerMicro);
    }
    case PrimitiveKind::kTimestamp:
    case PrimitiveKind::kTimestampTz:
    case PrimitiveKind::kTimestampNs:
    case PrimitiveKind::kTimestampTzNs:
      return TimestampOf(text, type);
    case PrimitiveKind::kString:
      return Value(std::string(text));
    case PrimitiveKind::kUuid:
      return Wrap(BytesOfUuid(text));
    case PrimitiveKind::kFixed:
      if (text.size() != 2 * static_cast<size_t>(type.length_bytes)) return std::nullopt;
      return Wrap(BytesOfHex(text));
    case PrimitiveKind::kBinary:
      return Wrap(BytesOfHex(text));
    default:
      return std::nullopt;
  }
}

std::optional<Value> ValueOfJson(const OrderedJson& json, const PrimitiveType& type) {
  switch (type.kind) {
    case PrimitiveKind::kBoolean:
      return json.is_boolean() ? std::optional(Value(json.get<bool>())) : std::nullopt;
    case PrimitiveKind::kInt:
    case PrimitiveKind::kLong:
      return WholeNumberOf(json, type.kind);
    case PrimitiveKind::kFloat:
    case PrimitiveKind::kDouble:
      return json.is_number() ? std::optional(Value(json.get<double>())) : std::nullopt;
    default:
      break;
  }
  return json.is_string() ? ValueOfText(json.get_ref<const std::string&>(), type) : std::nullopt;
}

Result<OrderedJson> JsonOfNumber(int64_t number, const PrimitiveType& type) {
  switch (type.kind) {
    case PrimitiveKind::kDate:
      return DateText(number);
    case PrimitiveKind::kTime:
      return TimeText(number / 1'000'000, number % 1'000'000, 6);
    case PrimitiveKind::kTimestamp:
      return TimestampText(number, 1'000'000);
    case PrimitiveKind::kTimestampTz:
      return TimestampText(number, 1'000'000) + "+00:00";
    case PrimitiveKind::kTimestampNs:
      return TimestampText(number, kNanosPerSecond);
    case PrimitiveKind::kTimestampTzNs:
      return TimestampText(number, kNanosPerSecond) + "+00:00";
    default:
      return number;
  }
}

}  // namespace

Result<OrderedJson> EncodeJsonValue(const Value& value, const PrimitiveType& type) {
  if (IsNull(value)) return OrderedJson(nullptr);
  TARN_ASSIGN(const std::string bytes, EncodeSingleValue(value, type));  // the types agree
  switch (type.kind) {
    case PrimitiveKind::kBoolean:
      return std::get<bool>(value);
    case PrimitiveKind::kFloat:
    case PrimitiveKind::kDouble:
      if (!std::isfinite(std::get<double>(value))) return NotOfType(type);
      return std::get<double>(value);
    case PrimitiveKind::kDecimal:
      return FormatDecimal(std::get<DecimalValue>(value).unscaled, type.scale);
    case PrimitiveKind::kString:
      return bytes;
    case PrimitiveKind::kUuid:
      return UuidText(bytes);
    case PrimitiveKind::kFixed:
    case PrimitiveKind::kBinary:
      return HexText(bytes);
    default:
      break;
  }
  if (const auto* date = std::get_if<DateValue>(&value)) return JsonOfNumber(date->days, type);
  if (const auto* at = std::get_if<TimestampValue>(&value)) return JsonOfNumber(at->micros, type);
  return JsonOfNumber(std::get<int64_t>(value), type);
}

Result<Value> DecodeJsonValue(const OrderedJson& json, const PrimitiveType& type) {
  if (json.is_null()) return Value();
  auto value = ValueOfJson(json, type);
  if (!value) return Fail(ErrorCode::kCorrupt, "a default is no value of Iceberg type " + PrimitiveTypeName(type));
  return std::move(*value);
}

}  // namespace tarn::table::iceberg
