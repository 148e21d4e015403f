// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/primitive_type.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace tarn::table::iceberg {
namespace {

constexpr auto kNames = std::to_array<std::pair<std::string_view, PrimitiveKind>>({
    {"boolean", PrimitiveKind::kBoolean},
    {"int", PrimitiveKind::kInt},
    {"long", PrimitiveKind::kLong},
    {"float", PrimitiveKind::kFloat},
    {"double", PrimitiveKind::kDouble},
    {"date", PrimitiveKind::kDate},
    {"time", PrimitiveKind::kTime},
    {"timestamp", PrimitiveKind::kTimestamp},
    {"timestamptz", PrimitiveKind::kTimestampTz},
    {"timestamp_ns", PrimitiveKind::kTimestampNs},
    {"timestamptz_ns", PrimitiveKind::kTimestampTzNs},
    {"string", PrimitiveKind::kString},
    {"uuid", PrimitiveKind::kUuid},
    {"binary", PrimitiveKind::kBinary},
    {"unknown", PrimitiveKind::kUnknown},
});

constexpr int kMaxPrecision = 38;

std::unexpected<Error> UnknownType(std::string_view text) {
  return Fail(ErrorCode::kUnsupported, "unknown Iceberg type: " + std::string(text.substr(0, 64)));
}

// The number at the front of `text`, blanks around it and `end` behind it included; -1 when there is none.
int TakeNumber(std::string_view& text, char end) {
  const auto skip_blanks = [&text] { text.remove_prefix(std::min(text.find_first_not_of(' '), text.size())); };
  skip_blanks();
  int number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number < 0) return -1;
  text.remove_prefix(static_cast<size_t>(stop - text.data()));
  skip_blanks();
  if (!text.starts_with(end)) return -1;
  text.remove_prefix(1);
  return number;
}

}  // namespace

Result<PrimitiveType> ParsePrimitiveType(std::string_view text) {
  PrimitiveType type;
  std::string_view rest = text;
  if (rest.starts_with("decimal(")) {
    rest.remove_prefix(8);
    const int precision = TakeNumber(rest, ',');
    const int scale = TakeNumber(rest, ')');
    const bool fits = precision >= 1 && precision <= kMaxPrecision && scale >= 0 && scale <= precision;
    if (!fits || !rest.empty()) return UnknownType(text);
    type.kind = PrimitiveKind::kDecimal;
    type.precision = static_cast<uint8_t>(precision);
    type.scale = static_cast<uint8_t>(scale);
    return type;
  }
  if (rest.starts_with("fixed[")) {
    rest.remove_prefix(6);
    type.length_bytes = TakeNumber(rest, ']');
    if (type.length_bytes < 0 || type.length_bytes > kMaxFixedBytes || !rest.empty()) return UnknownType(text);
    type.kind = PrimitiveKind::kFixed;
    return type;
  }
  const auto found = std::ranges::find(kNames, text, &std::pair<std::string_view, PrimitiveKind>::first);
  if (found == kNames.end()) return UnknownType(text);
  type.kind = found->second;
  return type;
}

std::string PrimitiveTypeName(const PrimitiveType& type) {
  if (type.kind == PrimitiveKind::kDecimal) {
    return "decimal(" + std::to_string(type.precision) + ", " + std::to_string(type.scale) + ")";
  }
  if (type.kind == PrimitiveKind::kFixed) return "fixed[" + std::to_string(type.length_bytes) + "]";
  return std::string(std::ranges::find(kNames, type.kind, &std::pair<std::string_view, PrimitiveKind>::second)->first);
}

std::optional<PrimitiveType> PrimitiveTypeOf(const DataType& type) {
  PrimitiveType primitive;
  switch (type.kind) {
    case TypeKind::kBoolean:
      primitive.kind = PrimitiveKind::kBoolean;
      return primitive;
    case TypeKind::kInt32:
      primitive.kind = PrimitiveKind::kInt;
      return primitive;
    case TypeKind::kInt64:
      primitive.kind = PrimitiveKind::kLong;
      return primitive;
    case TypeKind::kFloat:
      primitive.kind = PrimitiveKind::kFloat;
      return primitive;
    case TypeKind::kDouble:
      primitive.kind = PrimitiveKind::kDouble;
      return primitive;
    case TypeKind::kDecimal:
      primitive.kind = PrimitiveKind::kDecimal;
      primitive.precision = type.precision;
      primitive.scale = type.scale;
      return primitive;
    case TypeKind::kString:
    case TypeKind::kJson:
      return primitive;
    case TypeKind::kBinary:
      primitive.kind = PrimitiveKind::kBinary;
      return primitive;
    case TypeKind::kDate:
      primitive.kind = PrimitiveKind::kDate;
      return primitive;
    case TypeKind::kTimestamp:
      primitive.kind = PrimitiveKind::kTimestampTz;
      return primitive;
    case TypeKind::kTimestampNaive:
      primitive.kind = PrimitiveKind::kTimestamp;
      return primitive;
    case TypeKind::kList:
    case TypeKind::kStruct:
    case TypeKind::kMap:
      break;
  }
  return std::nullopt;
}

std::optional<DataType> DataTypeOf(const PrimitiveType& type) {
  switch (type.kind) {
    case PrimitiveKind::kBoolean:
      return Scalar(TypeKind::kBoolean);
    case PrimitiveKind::kInt:
      return Scalar(TypeKind::kInt32);
    case PrimitiveKind::kLong:
      return Scalar(TypeKind::kInt64);
    case PrimitiveKind::kFloat:
      return Scalar(TypeKind::kFloat);
    case PrimitiveKind::kDouble:
      return Scalar(TypeKind::kDouble);
    case PrimitiveKind::kDecimal:
      return Decimal(type.precision, type.scale);
    case PrimitiveKind::kDate:
      return Scalar(TypeKind::kDate);
    case PrimitiveKind::kTimestamp:
      return Scalar(TypeKind::kTimestampNaive);
    case PrimitiveKind::kTimestampTz:
      return Scalar(TypeKind::kTimestamp);
    case PrimitiveKind::kString:
      return Scalar(TypeKind::kString);
    case PrimitiveKind::kBinary:
      return Scalar(TypeKind::kBinary);
    default:
      return std::nullopt;
  }
}

}  // namespace tarn::table::iceberg
