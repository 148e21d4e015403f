// SPDX-License-Identifier: Apache-2.0
#include "engine/trino/trino_values.h"

#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "codec/base64.h"

namespace tarn::engine {
namespace {

using codec::Json;
using table::ColumnBuilder;
using table::TypeKind;

constexpr size_t kMicroDigits = 6;
constexpr int64_t kMicrosPerSecond = 1'000'000;

std::unexpected<Error> Unexpected(const Json& value, const table::DataType& type) {
  return Fail(ErrorCode::kInternal, "trino: not a value of " + table::SqlTypeName(type) + ": " + codec::Dump(value));
}

std::unexpected<Error> NoTime(std::string_view text) {
  return Fail(ErrorCode::kInternal, "trino: not a date or a time: " + std::string(text));
}

/// Takes digits off the front.
std::optional<int> TakeNumber(std::string_view& text, size_t least_digits, size_t most_digits) {
  size_t digits = 0;
  while (digits < text.size() && digits < most_digits && text[digits] >= '0' && text[digits] <= '9') ++digits;
  if (digits < least_digits) return std::nullopt;
  int value = 0;
  std::from_chars(text.data(), text.data() + digits, value);
  text.remove_prefix(digits);
  return value;
}

bool Take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

/// Takes a date off the front; years may have a sign and more than four digits.
std::optional<int32_t> TakeDate(std::string_view& text) {
  const bool is_negative = Take(text, '-');
  if (!is_negative) Take(text, '+');
  const auto year = TakeNumber(text, 4, 6);
  if (!year || !Take(text, '-')) return std::nullopt;
  const auto month = TakeNumber(text, 2, 2);
  if (!month || !Take(text, '-')) return std::nullopt;
  const auto day = TakeNumber(text, 2, 2);
  // The calendar's own year type ends at 32767.
  if (!day || *year > 32'767) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(is_negative ? -*year : *year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return static_cast<int32_t>(std::chrono::sys_days(date).time_since_epoch().count());
}

/// Microseconds of the fraction, the point included; none is 0.
std::optional<int64_t> TakeFraction(std::string_view& text) {
  if (!Take(text, '.')) return 0;
  const auto before = text.size();
  const auto number = TakeNumber(text, 1, kMicroDigits);
  if (!number) return std::nullopt;
  int64_t micros = *number;
  for (auto digits = before - text.size(); digits < kMicroDigits; ++digits) micros *= 10;
  return micros;
}

/// Seconds that a zone is ahead of UTC.
Result<int64_t> OffsetOf(std::string_view zone, std::string_view whole) {
  if (zone.empty() || zone == "UTC" || zone == "Z") return 0;
  auto rest = zone;
  const bool is_behind = rest.front() == '-';
  if (Take(rest, '-') || Take(rest, '+')) {
    const auto hours = TakeNumber(rest, 2, 2);
    const bool has_colon = Take(rest, ':');
    const auto minutes = TakeNumber(rest, 2, 2);
    if (!hours || !has_colon || !minutes || !rest.empty()) return NoTime(whole);
    const int64_t seconds = *hours * 3600LL + *minutes * 60LL;
    return is_behind ? -seconds : seconds;
  }
  return Fail(ErrorCode::kInvalidArgument,
              "a time of the result is in a zone by name; write AT TIME ZONE 'UTC' behind it: " + std::string(whole));
}

Status AppendInteger(const Json& value, ColumnBuilder& out) {
  const bool is_small = out.type().kind == TypeKind::kInt32;
  const bool too_great = value.is_number_unsigned() && value.get<uint64_t>() > INT64_MAX;
  if (!value.is_number_integer() || too_great) return Unexpected(value, out.type());
  const auto number = value.get<int64_t>();
  if (!is_small) {
    out.AppendInt64(number);
    return {};
  }
  if (number < INT32_MIN || number > INT32_MAX) return Unexpected(value, out.type());
  out.AppendInt32(static_cast<int32_t>(number));
  return {};
}

std::optional<double> DoubleOf(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

Status AppendFloating(const Json& value, ColumnBuilder& out) {
  const auto number = DoubleOf(value);
  if (!number) return Unexpected(value, out.type());
  if (out.type().kind == TypeKind::kDouble) {
    out.AppendDouble(*number);
  } else {
    out.AppendFloat(static_cast<float>(*number));
  }
  return {};
}

/// Keys of maps are members of an object: always text.
Status AppendKey(const std::string& text, ColumnBuilder& out) {
  switch (out.type().kind) {
    case TypeKind::kBoolean:
    case TypeKind::kInt32:
    case TypeKind::kInt64:
    case TypeKind::kFloat:
    case TypeKind::kDouble: {
      const auto number = codec::ParseJson(text);
      return AppendTrinoValue(number ? *number : Json(text), out);
    }
    default:
      return AppendTrinoValue(Json(text), out);
  }
}

Status AppendNested(const Json& value, ColumnBuilder& out) {
  const auto kind = out.type().kind;
  if (kind == TypeKind::kMap) {
    if (!value.is_object()) return Unexpected(value, out.type());
    for (const auto& [key, element] : value.items()) {
      TARN_TRY(AppendKey(key, out.child(0)));
      TARN_TRY(AppendTrinoValue(element, out.child(1)));
    }
    out.AppendEntry();
    return {};
  }
  if (!value.is_array()) return Unexpected(value, out.type());
  if (kind == TypeKind::kList) {
    for (const auto& element : value) TARN_TRY(AppendTrinoValue(element, out.child(0)));
    out.AppendEntry();
    return {};
  }
  if (value.size() != out.type().children.size()) return Unexpected(value, out.type());
  out.AppendStruct();
  for (size_t i = 0; i < value.size(); ++i) TARN_TRY(AppendTrinoValue(value[i], out.child(i)));
  return {};
}

}  // namespace

Result<int32_t> ParseTrinoDate(std::string_view text) {
  auto rest = text;
  const auto days = TakeDate(rest);
  if (!days || !rest.empty()) return NoTime(text);
  return *days;
}

Result<int64_t> ParseTrinoTime(std::string_view text) {
  auto rest = text;
  const auto days = TakeDate(rest);
  if (!days || !Take(rest, ' ')) return NoTime(text);
  const auto hour = TakeNumber(rest, 2, 2);
  if (!hour || !Take(rest, ':')) return NoTime(text);
  const auto minute = TakeNumber(rest, 2, 2);
  if (!minute || !Take(rest, ':')) return NoTime(text);
  const auto second = TakeNumber(rest, 2, 2);
  const auto fraction = second ? TakeFraction(rest) : std::nullopt;
  const bool has_zone = fraction && Take(rest, ' ');
  if (!fraction || has_zone == rest.empty()) return NoTime(text);
  TARN_ASSIGN(const auto ahead, OffsetOf(rest, text));
  const int64_t seconds = *days * 86'400LL + *hour * 3600LL + *minute * 60LL + *second - ahead;
  return seconds * kMicrosPerSecond + *fraction;
}

Status AppendTrinoText(std::string_view text, ColumnBuilder& out) {
  const auto& type = out.type();
  switch (type.kind) {
    case TypeKind::kDecimal: {
      TARN_ASSIGN(const auto number, table::ParseDecimal(text, type.precision, type.scale));
      out.AppendDecimal(number);
      return {};
    }
    case TypeKind::kBinary: {
      TARN_ASSIGN(const auto bytes, codec::Base64Decode(text));
      out.AppendString(bytes);
      return {};
    }
    case TypeKind::kDate: {
      TARN_ASSIGN(const auto days, ParseTrinoDate(text));
      out.AppendInt32(days);
      return {};
    }
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNaive: {
      TARN_ASSIGN(const auto micros, ParseTrinoTime(text));
      out.AppendInt64(micros);
      return {};
    }
    default:
      out.AppendString(text);
      return {};
  }
}

Status AppendTrinoValue(const Json& value, ColumnBuilder& out) {
  if (value.is_null()) {
    out.AppendNull();
    return {};
  }
  if (out.type().is_nested()) return AppendNested(value, out);
  switch (out.type().kind) {
    case TypeKind::kBoolean:
      if (!value.is_boolean()) return Unexpected(value, out.type());
      out.AppendBool(value.get<bool>());
      return {};
    case TypeKind::kInt32:
    case TypeKind::kInt64:
      return AppendInteger(value, out);
    case TypeKind::kFloat:
    case TypeKind::kDouble:
      return AppendFloating(value, out);
    default:
      if (!value.is_string()) return Unexpected(value, out.type());
      return AppendTrinoText(value.get_ref<const std::string&>(), out);
  }
}

}  // namespace tarn::engine
