// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/single_value.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "codec/byte_codec.h"
#include "table/iceberg/decimal_bytes.h"

namespace tarn::table::iceberg {
namespace {

constexpr int64_t kMicrosPerDay = 86'400'000'000;
constexpr uint32_t kLastCodePoint = 0x10FFFF;
constexpr uint32_t kFirstSurrogate = 0xD800;
constexpr uint32_t kLastSurrogate = 0xDFFF;

std::unexpected<Error> NotOfType(const PrimitiveType& type) {
  return Fail(ErrorCode::kInvalidArgument, "value is not of Iceberg type " + PrimitiveTypeName(type));
}
std::unexpected<Error> BadBytes(size_t size, const PrimitiveType& type) {
  return Fail(ErrorCode::kCorrupt,
              "no value of Iceberg type " + PrimitiveTypeName(type) + " in " + std::to_string(size) + " bytes");
}

template <class Number>
std::string LittleEndian(Number number) {
  std::string bytes;
  codec::ByteWriter out(bytes);
  if constexpr (sizeof(Number) == 4) {
    out.U32(std::bit_cast<uint32_t>(number));
  } else {
    out.U64(std::bit_cast<uint64_t>(number));
  }
  return bytes;
}

int32_t Int32At(std::string_view bytes) {
  return static_cast<int32_t>(codec::LoadLittleEndian<uint32_t>(bytes.data()));
}
int64_t Int64At(std::string_view bytes) {
  return static_cast<int64_t>(codec::LoadLittleEndian<uint64_t>(bytes.data()));
}

// The whole number inside a value, whatever its type is called.
std::optional<int64_t> WholeNumber(const Value& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) return *number;
  if (const auto* date = std::get_if<DateValue>(&value)) return date->days;
  if (const auto* at = std::get_if<TimestampValue>(&value)) return at->micros;
  return std::nullopt;
}

Result<std::string> EncodeNumber(const Value& value, const PrimitiveType& type, size_t size) {
  const auto number = WholeNumber(value);
  if (!number) return NotOfType(type);
  if (size == 8) return LittleEndian(*number);
  if (*number != static_cast<int32_t>(*number)) return NotOfType(type);
  return LittleEndian(static_cast<int32_t>(*number));
}

// Bytes of at most `count` characters, without a cut one at the end.
size_t PrefixOfCharacters(std::string_view text, size_t count) {
  size_t end = 0;
  for (size_t i = 0; i < count && end < text.size(); ++i) {
    ++end;
    while (end < text.size() && (static_cast<uint8_t>(text[end]) & 0xC0) == 0x80) ++end;
  }
  return end;
}

void AppendCodePoint(std::string& text, uint32_t point) {
  const auto put = [&text](uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (point < 0x80) return put(point);
  if (point < 0x800) {
    put(0xC0 | (point >> 6));
  } else if (point < 0x10000) {
    put(0xE0 | (point >> 12));
    put(0x80 | ((point >> 6) & 0x3F));
  } else {
    put(0xF0 | (point >> 18));
    put(0x80 | ((point >> 12) & 0x3F));
    put(0x80 | ((point >> 6) & 0x3F));
  }
  put(0x80 | (point & 0x3F));
}

// Code point at the end of `text`, which is taken off; beyond the last one when it is not UTF-8.
uint32_t TakeLastCodePoint(std::string& text) {
  size_t begin = text.size();
  while (begin > 0 && text.size() - begin < 4) {
    --begin;
    if ((static_cast<uint8_t>(text[begin]) & 0xC0) != 0x80) break;
  }
  const size_t size = text.size() - begin;
  const auto lead = static_cast<uint8_t>(text[begin]);
  const size_t expected = lead < 0x80 ? 1 : (lead >> 5) == 6 ? 2 : (lead >> 4) == 14 ? 3 : (lead >> 3) == 30 ? 4 : 0;
  uint32_t point = kLastCodePoint;
  if (size == expected) {
    point = size == 1 ? lead : lead & (0x7FU >> size);
    for (size_t i = begin + 1; i < text.size(); ++i) point = (point << 6) | (static_cast<uint8_t>(text[i]) & 0x3F);
  }
  text.resize(begin);
  return point;
}

// The least text above everything that begins with `prefix`, as code points go.
std::optional<std::string> TextAbove(std::string prefix) {
  while (!prefix.empty()) {
    const uint32_t point = TakeLastCodePoint(prefix);
    if (point >= kLastCodePoint) continue;
    AppendCodePoint(prefix, point + 1 == kFirstSurrogate ? kLastSurrogate + 1 : point + 1);
    return prefix;
  }
  return std::nullopt;
}

std::optional<std::string> BytesAbove(std::string prefix) {
  while (!prefix.empty()) {
    if (static_cast<uint8_t>(prefix.back()) != 0xff) {
      prefix.back() = static_cast<char>(static_cast<uint8_t>(prefix.back()) + 1);
      return prefix;
    }
    prefix.pop_back();
  }
  return std::nullopt;
}

bool HasNoBound(const Value& value) {
  const auto* real = std::get_if<double>(&value);
  return IsNull(value) || (real != nullptr && std::isnan(*real));
}

// Zero of the sign that is outermost: a column may have both, and -0.0 comes first.
Value OuterZero(const Value& value, double zero) {
  const auto* real = std::get_if<double>(&value);
  return real != nullptr && *real == 0 ? Value(zero) : value;
}

// Bytes of `value` that a bound keeps; nothing when it keeps all.
std::optional<size_t> CutAt(const Value& value, const PrimitiveType& type) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr || (type.kind != PrimitiveKind::kString && type.kind != PrimitiveKind::kBinary)) {
    return std::nullopt;
  }
  const size_t end = type.kind == PrimitiveKind::kString ? PrefixOfCharacters(*text, kBoundLength)
                                                         : std::min(text->size(), kBoundLength);
  return end < text->size() ? std::optional(end) : std::nullopt;
}

Result<std::string> EncodeReal(const Value& value, const PrimitiveType& type) {
  const auto* real = std::get_if<double>(&value);
  if (real == nullptr) return NotOfType(type);
  if (type.kind == PrimitiveKind::kDouble) return LittleEndian(*real);
  return LittleEndian(static_cast<float>(*real));
}

Result<std::string> EncodeBytes(const Value& value, const PrimitiveType& type) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return NotOfType(type);
  if (type.kind == PrimitiveKind::kUuid && text->size() != 16) return NotOfType(type);
  if (type.kind == PrimitiveKind::kFixed && text->size() != static_cast<size_t>(type.length_bytes)) {
    return NotOfType(type);
  }
  return *text;
}

}  // namespace

Result<std::string> EncodeSingleValue(const Value& value, const PrimitiveType& type) {
  switch (type.kind) {
    case PrimitiveKind::kBoolean:
      if (const auto* flag = std::get_if<bool>(&value)) return std::string(1, *flag ? '\1' : '\0');
      return NotOfType(type);
    case PrimitiveKind::kInt:
    case PrimitiveKind::kDate:
      return EncodeNumber(value, type, 4);
    case PrimitiveKind::kLong:
    case PrimitiveKind::kTime:
    case PrimitiveKind::kTimestamp:
    case PrimitiveKind::kTimestampTz:
    case PrimitiveKind::kTimestampNs:
    case PrimitiveKind::kTimestampTzNs:
      return EncodeNumber(value, type, 8);
    case PrimitiveKind::kFloat:
    case PrimitiveKind::kDouble:
      return EncodeReal(value, type);
    case PrimitiveKind::kDecimal: {
      const auto* decimal = std::get_if<DecimalValue>(&value);
      if (decimal == nullptr || decimal->scale != type.scale) return NotOfType(type);
      return DecimalBytes(decimal->unscaled);
    }
    case PrimitiveKind::kString:
    case PrimitiveKind::kUuid:
    case PrimitiveKind::kFixed:
    case PrimitiveKind::kBinary:
      return EncodeBytes(value, type);
    case PrimitiveKind::kUnknown:
      break;
  }
  return NotOfType(type);
}

Result<Value> DecodeSingleValue(std::string_view bytes, const PrimitiveType& type) {
  const bool is_short = bytes.size() == 4;
  const bool is_long = bytes.size() == 8;
  switch (type.kind) {
    case PrimitiveKind::kBoolean:
      if (bytes.size() != 1) break;
      return Value(bytes[0] != 0);
    case PrimitiveKind::kInt:
      if (!is_short) break;
      return Value(int64_t{Int32At(bytes)});
    case PrimitiveKind::kDate:
      if (!is_short) break;
      return Value(DateValue{Int32At(bytes)});
    case PrimitiveKind::kLong:
      if (is_short) return Value(int64_t{Int32At(bytes)});
      if (!is_long) break;
      return Value(Int64At(bytes));
    case PrimitiveKind::kTime:
    case PrimitiveKind::kTimestampNs:
    case PrimitiveKind::kTimestampTzNs:
      if (!is_long) break;
      return Value(Int64At(bytes));
    case PrimitiveKind::kTimestamp:
    case PrimitiveKind::kTimestampTz: {
      const bool utc = type.kind == PrimitiveKind::kTimestampTz;
      if (is_short) {
        TimestampValue at{.micros = 0, .utc = utc};
        if (!__builtin_mul_overflow(int64_t{Int32At(bytes)}, kMicrosPerDay, &at.micros)) return Value(at);
      }
      if (!is_long) break;
      return Value(TimestampValue{.micros = Int64At(bytes), .utc = utc});
    }
    case PrimitiveKind::kFloat:
    case PrimitiveKind::kDouble:
      if (is_short) return Value(static_cast<double>(std::bit_cast<float>(Int32At(bytes))));
      if (!is_long || type.kind == PrimitiveKind::kFloat) break;
      return Value(std::bit_cast<double>(Int64At(bytes)));
    case PrimitiveKind::kDecimal:
      if (const auto unscaled = DecimalOfBytes(bytes)) {
        return Value(DecimalValue{.unscaled = *unscaled, .precision = type.precision, .scale = type.scale});
      }
      break;
    case PrimitiveKind::kUuid:
      if (bytes.size() != 16) break;
      return Value(std::string(bytes));
    case PrimitiveKind::kFixed:
    case PrimitiveKind::kString:
    case PrimitiveKind::kBinary:
      return Value(std::string(bytes));
    case PrimitiveKind::kUnknown:
      break;
  }
  return BadBytes(bytes.size(), type);
}

Result<std::optional<std::string>> EncodeLowerBound(const Value& value, const PrimitiveType& type) {
  if (HasNoBound(value)) return std::nullopt;
  TARN_ASSIGN(std::string bytes, EncodeSingleValue(OuterZero(value, -0.0), type));
  if (const auto end = CutAt(value, type)) bytes.resize(*end);
  return bytes;
}

Result<std::optional<std::string>> EncodeUpperBound(const Value& value, const PrimitiveType& type) {
  if (HasNoBound(value)) return std::nullopt;
  TARN_ASSIGN(std::string bytes, EncodeSingleValue(OuterZero(value, 0.0), type));
  const auto end = CutAt(value, type);
  if (!end) return bytes;
  bytes.resize(*end);
  return type.kind == PrimitiveKind::kString ? TextAbove(std::move(bytes)) : BytesAbove(std::move(bytes));
}

}  // namespace tarn::table::iceberg
