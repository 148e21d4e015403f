// SPDX-License-Identifier: Apache-2.0
#include "engine/athena/athena_values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>

#include "base/words.h"
#include "codec/digest.h"
#include "engine/trino/trino_values.h"

namespace tarn::engine {
namespace {

using codec::Json;
using table::TypeKind;

constexpr size_t kMicroDigits = 6;

/// A NULL without a type becomes an INTEGER, as it does here.
constexpr auto kScalars = std::to_array<std::pair<std::string_view, TypeKind>>({
    {"boolean", TypeKind::kBoolean},
    {"tinyint", TypeKind::kInt32},
    {"smallint", TypeKind::kInt32},
    {"int", TypeKind::kInt32},
    {"integer", TypeKind::kInt32},
    {"bigint", TypeKind::kInt64},
    {"float", TypeKind::kFloat},
    {"real", TypeKind::kFloat},
    {"double", TypeKind::kDouble},
    {"varchar", TypeKind::kString},
    {"char", TypeKind::kString},
    {"string", TypeKind::kString},
    {"varbinary", TypeKind::kBinary},
    {"json", TypeKind::kJson},
    {"date", TypeKind::kDate},
    {"timestamp", TypeKind::kTimestampNaive},
    {"timestamp with time zone", TypeKind::kTimestamp},
    {"unknown", TypeKind::kInt32},
    {"uuid", TypeKind::kString},
    {"ipaddress", TypeKind::kString},
    {"time", TypeKind::kString},
    {"time with time zone", TypeKind::kString},
    {"interval day to second", TypeKind::kString},
    {"interval year to month", TypeKind::kString},
});

Result<table::DataType> TypeOf(const Json& column, const std::string& name) {
  const auto word = column.at("Type").get<std::string>();
  if (word == "decimal") {
    return table::Decimal(column.at("Precision").get<uint8_t>(), column.at("Scale").get<uint8_t>());
  }
  if (const auto scalar = ValueOf(kScalars, word)) return table::Scalar(*scalar);
  const bool is_nested = word == "array" || word == "map" || word == "row";
  return Fail(ErrorCode::kInvalidArgument,
              "column " + name + " of the result is of type " + word +
                  (is_nested ? ", which athena gives back as a text without types; write json_format(CAST(… AS JSON))"
                             : ", which tables have no place for; cast it"));
}

template <class Number>
Result<Number> NumberOf(std::string_view text) {
  Number number{};
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && rest == text.data() + text.size()) return number;
  return Fail(ErrorCode::kInternal, "athena: not a number of the column's type: " + std::string(text));
}

/// Digits behind the sixth are taken away when they say nothing.
Result<int64_t> TimeOf(std::string_view text) {
  const auto point = text.find('.');
  const auto end = point == std::string_view::npos ? point : text.find_first_not_of("0123456789", point + 1);
  const auto digits =
      text.substr(0, end).size() - std::min(point, text.size()) - (point == std::string_view::npos ? 0 : 1);
  if (point == std::string_view::npos || digits <= kMicroDigits) return ParseTrinoTime(text);
  const auto finer = text.substr(point + 1 + kMicroDigits, digits - kMicroDigits);
  if (finer.find_first_not_of('0') != std::string_view::npos) {
    return Fail(ErrorCode::kInvalidArgument,
                "a time of the result is finer than microseconds; cast it to timestamp(6): " + std::string(text));
  }
  const auto rest = end == std::string_view::npos ? std::string_view() : text.substr(end);
  return ParseTrinoTime(std::string(text.substr(0, point + 1 + kMicroDigits)) + std::string(rest));
}

/// "61 62 ff"
Result<std::string> BytesOf(std::string_view text) {
  std::string digits(text);
  std::erase(digits, ' ');
  auto bytes = codec::Unhex(digits);
  if (!bytes) return Fail(ErrorCode::kInternal, "athena: bytes that are not hexadecimal");
  return bytes;
}

}  // namespace

Result<table::Schema> AthenaColumns(const Json& columns) {
  table::Schema schema;
  try {
    for (const auto& column : columns) {
      table::Field field;
      field.name = column.at("Name").get<std::string>();
      TARN_ASSIGN(field.type, TypeOf(column, field.name));
      schema.fields.push_back(std::move(field));
    }
  } catch (const Json::exception& error) {
    return Fail(ErrorCode::kInternal, std::string("athena: columns that cannot be read: ") + error.what());
  }
  table::AssignFieldIds(schema, 0);
  return schema;
}

Status AppendAthenaValue(std::string_view text, table::ColumnBuilder& out) {
  switch (out.type().kind) {
    case TypeKind::kBoolean:
      if (text != "true" && text != "false") return Fail(ErrorCode::kInternal, "athena: neither true nor false");
      out.AppendBool(text == "true");
      return {};
    case TypeKind::kInt32: {
      TARN_ASSIGN(const auto number, NumberOf<int32_t>(text));
      out.AppendInt32(number);
      return {};
    }
    case TypeKind::kInt64: {
      TARN_ASSIGN(const auto number, NumberOf<int64_t>(text));
      out.AppendInt64(number);
      return {};
    }
    case TypeKind::kFloat: {
      TARN_ASSIGN(const auto number, NumberOf<float>(text));
      out.AppendFloat(number);
      return {};
    }
    case TypeKind::kDouble: {
      TARN_ASSIGN(const auto number, NumberOf<double>(text));
      out.AppendDouble(number);
      return {};
    }
    case TypeKind::kBinary: {
      TARN_ASSIGN(const auto bytes, BytesOf(text));
      out.AppendString(bytes);
      return {};
    }
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNaive: {
      TARN_ASSIGN(const auto micros, TimeOf(text));
      out.AppendInt64(micros);
      return {};
    }
    default:
      return AppendTrinoText(text, out);
  }
}

}  // namespace tarn::engine
