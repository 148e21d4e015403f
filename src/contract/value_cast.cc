// SPDX-License-Identifier: Apache-2.0
#include "contract/value_cast.h"

#include <chrono>

#include "base/time.h"
#include "codec/json_text.h"
#include "contract/number_text.h"

namespace tarn::contract {
namespace {

using table::DataType;
using table::TypeKind;
using table::Value;

constexpr int64_t kMicrosPerDay = 86'400'000'000;

std::string DateText(int32_t days) {
  return FormatTimestamp(Timestamp{days * kMicrosPerDay}).substr(0, std::string_view("YYYY-MM-DD").size());
}

/// Scalar text, as SQL would print it.
std::string TextOf(const Value& value) {
  std::string text;
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* integer = std::get_if<int64_t>(&value)) return std::to_string(*integer);
  if (const auto* string = std::get_if<std::string>(&value)) return *string;
  if (const auto* date = std::get_if<table::DateValue>(&value)) return DateText(date->days);
  if (const auto* time = std::get_if<table::TimestampValue>(&value)) return FormatTimestamp({time->micros});
  if (const auto* decimal = std::get_if<table::DecimalValue>(&value)) {
    return table::FormatDecimal(decimal->unscaled, decimal->scale);
  }
  codec::AppendJsonDouble(text, std::get<double>(value));
  return text;
}

bool IsText(const Value& value) {
  return !std::holds_alternative<bool>(value) && !std::holds_alternative<int64_t>(value) &&
         !std::holds_alternative<double>(value) && !std::holds_alternative<table::DecimalValue>(value);
}

Value JsonOf(const Value& value, const DataType& from) {
  if (from.kind == TypeKind::kJson || !IsText(value)) return TextOf(value);
  std::string json;
  codec::AppendJsonString(json, TextOf(value));
  return json;
}

std::optional<Value> NumberOf(const Value& value, const DataType& to) {
  if (IsText(value) || std::holds_alternative<bool>(value)) return std::nullopt;
  const auto text = TextOf(value);
  NumberParts parts;
  if (!SplitNumber(text, parts)) return std::nullopt;
  if (to.kind == TypeKind::kDecimal) {
    table::DecimalValue decimal{0, to.precision, to.scale};
    if (ToDecimal128(parts, to.precision, to.scale, decimal.unscaled) == Fit::kTooLarge) return std::nullopt;
    return decimal;
  }
  if (to.kind == TypeKind::kDouble || to.kind == TypeKind::kFloat) {
    double number = 0;
    if (ToDoubleNearest(text, parts, number) == Fit::kTooLarge) return std::nullopt;
    return number;
  }
  int64_t integer = 0;
  if (ToInt64(parts, integer) != Fit::kExact) return std::nullopt;
  if (to.kind == TypeKind::kInt32 && integer != static_cast<int32_t>(integer)) return std::nullopt;
  return integer;
}

}  // namespace

std::optional<Value> CastValue(const Value& value, const DataType& from, const DataType& to) {
  if (table::IsNull(value) || from == to) return value;
  switch (to.kind) {
    case TypeKind::kString:
      return TextOf(value);
    case TypeKind::kJson:
      return JsonOf(value, from);
    case TypeKind::kInt32:
    case TypeKind::kInt64:
    case TypeKind::kFloat:
    case TypeKind::kDouble:
    case TypeKind::kDecimal:
      return NumberOf(value, to);
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNaive:
      if (const auto* date = std::get_if<table::DateValue>(&value)) {
        return table::TimestampValue{date->days * kMicrosPerDay, to.kind == TypeKind::kTimestamp};
      }
      if (const auto* time = std::get_if<table::TimestampValue>(&value)) {
        return table::TimestampValue{time->micros, to.kind == TypeKind::kTimestamp};
      }
      return std::nullopt;
    case TypeKind::kBoolean:
    case TypeKind::kDate:
    case TypeKind::kBinary:
    case TypeKind::kList:
    case TypeKind::kStruct:
    case TypeKind::kMap:
      break;
  }
  return std::nullopt;
}

Value ValueAt(const table::ColumnBuilder& column) {
  const auto view = column.View();
  const auto row = column.size() - 1;
  if (!view.IsValid(row)) return {};
  switch (column.type().kind) {
    case TypeKind::kBoolean:
      return view.At<uint8_t>(row) != 0;
    case TypeKind::kInt32:
      return int64_t{view.At<int32_t>(row)};
    case TypeKind::kInt64:
      return view.At<int64_t>(row);
    case TypeKind::kFloat:
      return double{view.At<float>(row)};
    case TypeKind::kDouble:
      return view.At<double>(row);
    case TypeKind::kDecimal:
      return table::DecimalValue{view.At<table::Int128>(row), column.type().precision, column.type().scale};
    case TypeKind::kDate:
      return table::DateValue{view.At<int32_t>(row)};
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNaive:
      return table::TimestampValue{view.At<int64_t>(row), column.type().kind == TypeKind::kTimestamp};
    case TypeKind::kString:
    case TypeKind::kJson:
    case TypeKind::kBinary:
      return std::string(view.At<std::string_view>(row));
    case TypeKind::kList:
    case TypeKind::kStruct:
    case TypeKind::kMap:
      break;
  }
  return {};
}

}  // namespace tarn::contract
