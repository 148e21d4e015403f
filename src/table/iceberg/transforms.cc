// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/transforms.h"

#include <array>
#include <charconv>
#include <chrono>
#include <limits>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "base/words.h"
#include "codec/byte_codec.h"
#include "codec/murmur3.h"
#include "table/iceberg/decimal_bytes.h"

namespace tarn::table::iceberg {
namespace {

constexpr int64_t kMicrosPerHour = 3'600'000'000;
constexpr int64_t kNanosPerMicro = 1000;

constexpr auto kNames = std::to_array<std::pair<std::string_view, TransformKind>>({
    {"identity", TransformKind::kIdentity},
    {"year", TransformKind::kYear},
    {"month", TransformKind::kMonth},
    {"day", TransformKind::kDay},
    {"hour", TransformKind::kHour},
    {"void", TransformKind::kVoid},
    {"bucket", TransformKind::kBucket},
    {"truncate", TransformKind::kTruncate},
});

bool HasWidth(TransformKind kind) { return kind == TransformKind::kBucket || kind == TransformKind::kTruncate; }

std::unexpected<Error> NotApplicable(const Transform& transform, const PrimitiveType& source) {
  return Fail(ErrorCode::kInvalidArgument, "partition transform " + TransformName(transform) +
                                               " does not go with Iceberg type " + PrimitiveTypeName(source));
}

bool IsTimestamp(PrimitiveKind kind) {
  return kind == PrimitiveKind::kTimestamp || kind == PrimitiveKind::kTimestampTz ||
         kind == PrimitiveKind::kTimestampNs || kind == PrimitiveKind::kTimestampTzNs;
}
bool IsNanos(PrimitiveKind kind) {
  return kind == PrimitiveKind::kTimestampNs || kind == PrimitiveKind::kTimestampTzNs;
}

bool IsBucketable(PrimitiveKind kind) {
  switch (kind) {
    case PrimitiveKind::kInt:
    case PrimitiveKind::kLong:
    case PrimitiveKind::kDecimal:
    case PrimitiveKind::kDate:
    case PrimitiveKind::kTime:
    case PrimitiveKind::kString:
    case PrimitiveKind::kUuid:
    case PrimitiveKind::kFixed:
    case PrimitiveKind::kBinary:
      return true;
    default:
      return IsTimestamp(kind);
  }
}

bool IsTruncatable(PrimitiveKind kind) {
  return kind == PrimitiveKind::kInt || kind == PrimitiveKind::kLong || kind == PrimitiveKind::kDecimal ||
         kind == PrimitiveKind::kString || kind == PrimitiveKind::kBinary;
}

PrimitiveType Plain(PrimitiveKind kind) {
  PrimitiveType type;
  type.kind = kind;
  return type;
}

template <class Number>
Number FloorDivide(Number value, Number by) {
  return static_cast<Number>(value / by - (value % by < 0 ? 1 : 0));
}

std::optional<int64_t> WholeNumber(const Value& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) return *number;
  if (const auto* date = std::get_if<DateValue>(&value)) return date->days;
  if (const auto* at = std::get_if<TimestampValue>(&value)) return at->micros;
  return std::nullopt;
}

// Characters are counted, not bytes.
std::string FirstCharacters(const std::string& text, size_t count) {
  size_t end = 0;
  for (size_t i = 0; i < count && end < text.size(); ++i) {
    ++end;
    while (end < text.size() && (static_cast<uint8_t>(text[end]) & 0xC0) == 0x80) ++end;
  }
  return text.substr(0, end);
}

Result<Value> Truncate(const Transform& transform, const PrimitiveType& source, const Value& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) {
    int64_t truncated = 0;
    if (__builtin_mul_overflow(FloorDivide<int64_t>(*number, transform.width), int64_t{transform.width}, &truncated)) {
      return NotApplicable(transform, source);
    }
    return Value(truncated);
  }
  if (const auto* decimal = std::get_if<DecimalValue>(&value)) {
    DecimalValue truncated = *decimal;
    const Int128 steps = FloorDivide<Int128>(decimal->unscaled, transform.width);
    if (__builtin_mul_overflow(steps, Int128{transform.width}, &truncated.unscaled)) {
      return NotApplicable(transform, source);
    }
    return Value(truncated);
  }
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return NotApplicable(transform, source);
  const auto width = static_cast<size_t>(transform.width);
  return Value(source.kind == PrimitiveKind::kString ? FirstCharacters(*text, width) : text->substr(0, width));
}

// year, month, day or hour since 1970.
Result<Value> PartOfTime(const Transform& transform, const PrimitiveType& source, const Value& value) {
  const auto number = WholeNumber(value);
  if (!number) return NotApplicable(transform, source);
  const int64_t micros = IsNanos(source.kind) ? FloorDivide(*number, kNanosPerMicro) : *number;
  if (transform.kind == TransformKind::kHour) return Value(FloorDivide(micros, kMicrosPerHour));
  const int64_t days = source.kind == PrimitiveKind::kDate ? *number : FloorDivide(micros, 24 * kMicrosPerHour);
  if (transform.kind == TransformKind::kDay) return Value(DateValue{static_cast<int32_t>(days)});
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
  const int64_t years = static_cast<int>(date.year()) - 1970;
  if (transform.kind == TransformKind::kYear) return Value(years);
  return Value(years * 12 + static_cast<int64_t>(static_cast<unsigned>(date.month())) - 1);
}

}  // namespace

Transform ParseTransform(std::string_view text) {
  const auto word = Lower(text);
  Transform transform{.kind = TransformKind::kUnknown, .width = 0, .text = std::string(text)};
  const size_t bracket = word.find('[');
  const std::string_view name = std::string_view(word).substr(0, bracket);
  const auto kind = ValueOf(kNames, name);
  if (!kind || HasWidth(*kind) != (bracket != std::string::npos)) return transform;
  if (HasWidth(*kind)) {
    const char* begin = word.data() + bracket + 1;
    const char* end = word.data() + word.size();
    const auto [stop, error] = std::from_chars(begin, end, transform.width);
    if (error != std::errc{} || transform.width <= 0 || std::string_view(stop, end) != "]") {
      transform.width = 0;
      return transform;
    }
  }
  transform.kind = *kind;
  transform.text.clear();
  return transform;
}

std::string TransformName(const Transform& transform) {
  if (transform.kind == TransformKind::kUnknown) return transform.text;
  std::string name(WordOf(kNames, transform.kind));
  return HasWidth(transform.kind) ? name + "[" + std::to_string(transform.width) + "]" : name;
}

Result<PrimitiveType> TransformResultType(const Transform& transform, const PrimitiveType& source) {
  switch (transform.kind) {
    case TransformKind::kIdentity:
    case TransformKind::kVoid:
      return source;
    case TransformKind::kBucket:
      if (IsBucketable(source.kind)) return Plain(PrimitiveKind::kInt);
      break;
    case TransformKind::kTruncate:
      if (IsTruncatable(source.kind)) return source;
      break;
    case TransformKind::kYear:
    case TransformKind::kMonth:
      if (source.kind == PrimitiveKind::kDate || IsTimestamp(source.kind)) return Plain(PrimitiveKind::kInt);
      break;
    case TransformKind::kDay:
      if (source.kind == PrimitiveKind::kDate || IsTimestamp(source.kind)) return Plain(PrimitiveKind::kDate);
      break;
    case TransformKind::kHour:
      if (IsTimestamp(source.kind)) return Plain(PrimitiveKind::kInt);
      break;
    case TransformKind::kUnknown:
      return Fail(ErrorCode::kUnsupported, "unknown partition transform: " + transform.text.substr(0, 64));
  }
  return NotApplicable(transform, source);
}

Result<int32_t> BucketHash(const PrimitiveType& source, const Value& value) {
  const Transform bucket{.kind = TransformKind::kBucket, .width = 1, .text = {}};
  if (!IsBucketable(source.kind)) return NotApplicable(bucket, source);
  const auto hash = [](std::string_view bytes) { return static_cast<int32_t>(codec::Murmur3(bytes)); };
  if (const auto* text = std::get_if<std::string>(&value)) return hash(*text);
  if (const auto* decimal = std::get_if<DecimalValue>(&value)) return hash(DecimalBytes(decimal->unscaled));
  const auto number = WholeNumber(value);
  if (!number) return NotApplicable(bucket, source);
  std::string bytes;
  codec::ByteWriter(bytes).I64(IsNanos(source.kind) ? FloorDivide(*number, kNanosPerMicro) : *number);
  return hash(bytes);
}

Result<Value> ApplyTransform(const Transform& transform, const PrimitiveType& source, const Value& value) {
  TARN_TRY(TransformResultType(transform, source));
  if (IsNull(value) || transform.kind == TransformKind::kVoid) return Value();
  switch (transform.kind) {
    case TransformKind::kIdentity:
      return value;
    case TransformKind::kBucket: {
      TARN_ASSIGN(const int32_t hash, BucketHash(source, value));
      return Value(int64_t{(hash & std::numeric_limits<int32_t>::max()) % transform.width});
    }
    case TransformKind::kTruncate:
      return Truncate(transform, source, value);
    default:
      return PartOfTime(transform, source, value);
  }
}

}  // namespace tarn::table::iceberg
