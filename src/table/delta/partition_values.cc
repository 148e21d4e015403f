// SPDX-License-Identifier: Apache-2.0
#include "table/delta/partition_values.h"

#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <optional>

#include "base/time.h"
#include "codec/json_text.h"
#include "table/delta/column_mapping.h"

namespace tarn::table::delta {
namespace {

constexpr size_t kDateText = 10;

std::optional<int64_t> ParseInteger(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<double> ParseDouble(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity" || text == "-Infinity") {
    const double infinity = std::numeric_limits<double>::infinity();
    return text.front() == '-' ? -infinity : infinity;
  }
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// "2026-01-31", "2026-01-31 10:00:00.5", "2026-01-31T10:00:00Z": without a zone it is UTC.
std::optional<int64_t> ParseMicros(std::string text) {
  if (text.size() == kDateText) text += " 00:00:00";
  auto at = ParseTimestamp(text);
  if (!at) at = ParseTimestamp(text + "Z");
  if (!at) return std::nullopt;
  return at->micros;
}

std::optional<Value> ParseValue(const std::string& text, const DataType& type) {
  switch (type.kind) {
    case TypeKind::kBoolean:
      if (text == "true" || text == "false") return Value(text == "true");
      return std::nullopt;
    case TypeKind::kInt32:
    case TypeKind::kInt64:
      if (const auto number = ParseInteger(text)) return Value(*number);
      return std::nullopt;
    case TypeKind::kFloat:
    case TypeKind::kDouble:
      if (const auto number = ParseDouble(text)) return Value(*number);
      return std::nullopt;
    case TypeKind::kDecimal:
      if (const auto unscaled = ParseDecimal(text, type.precision, type.scale)) {
        return Value(DecimalValue{.unscaled = *unscaled, .precision = type.precision, .scale = type.scale});
      }
      return std::nullopt;
    case TypeKind::kString:
    case TypeKind::kJson:
      return Value(text);
    case TypeKind::kDate:
      if (const auto micros = ParseMicros(text)) {
        const auto days = std::chrono::floor<std::chrono::days>(std::chrono::microseconds(*micros));
        return Value(DateValue{.days = static_cast<int32_t>(days.count())});
      }
      return std::nullopt;
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNaive:
      if (const auto micros = ParseMicros(text)) {
        return Value(TimestampValue{.micros = *micros, .utc = type.kind == TypeKind::kTimestamp});
      }
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

std::string FormatMicros(int64_t micros) {
  std::string text = FormatTimestamp(Timestamp{micros});
  text.pop_back();  // the zone
  text[kDateText] = ' ';
  return text;
}

struct Formatter {
  using Text = std::optional<std::string>;
  Text operator()(std::monostate) const { return std::nullopt; }
  Text operator()(bool value) const { return value ? "true" : "false"; }
  Text operator()(int64_t value) const { return std::to_string(value); }
  Text operator()(double value) const {
    if (!std::isfinite(value)) return std::nullopt;
    std::string text;
    codec::AppendJsonDouble(text, value);
    return text;
  }
  Text operator()(const DecimalValue& value) const { return FormatDecimal(value.unscaled, value.scale); }
  Text operator()(const std::string& value) const { return value.empty() ? std::nullopt : Text(value); }
  Text operator()(DateValue value) const {
    return FormatMicros(int64_t{value.days} * std::chrono::microseconds(std::chrono::days(1)).count())
        .substr(0, kDateText);
  }
  Text operator()(const TimestampValue& value) const { return FormatMicros(value.micros); }
};

}  // namespace

Result<PartitionColumns> PartitionColumns::Of(const Metadata& metadata, const Schema& schema) {
  PartitionColumns partitions;
  for (const std::string& name : metadata.partition_columns) {
    const auto index = schema.IndexOf(name);
    if (!index) return Fail(ErrorCode::kCorrupt, "a Delta partition column is not in the schema: " + name);
    const Field& field = schema.fields[*index];
    if (field.type.is_nested() || field.type.kind == TypeKind::kBinary) {
      return Fail(ErrorCode::kUnsupported, "Delta table partitioned by " + SqlTypeName(field.type));
    }
    partitions.columns_.push_back(
        {.id = field.id, .name = name, .stored_name = StoredNameOf(field), .type = field.type});
  }
  return partitions;
}

Status PartitionColumns::Decode(const PartitionValues& values, DataFile& file) const {
  for (const Column& column : columns_) {
    Value& constant = file.constants[column.id];
    const auto found = values.find(column.stored_name);
    if (found == values.end() || !found->second || found->second->empty()) continue;
    auto value = ParseValue(*found->second, column.type);
    if (!value) {
      return Fail(ErrorCode::kCorrupt,
                  "the value of a Delta partition column cannot be read: " + column.name + " = " + *found->second);
    }
    constant = *std::move(value);
  }
  return {};
}

Result<PartitionValues> PartitionColumns::Encode(const DataFile& file) const {
  PartitionValues values;
  for (const Column& column : columns_) {
    const auto found = file.constants.find(column.id);
    if (found == file.constants.end()) {
      return Fail(ErrorCode::kInvalidArgument, "a file of a partitioned Delta table without a value of " + column.name);
    }
    auto text = std::visit(Formatter(), found->second);
    if (!text && !IsNull(found->second)) {
      return Fail(ErrorCode::kInvalidArgument, "a value that Delta cannot partition by, of column " + column.name);
    }
    values[column.stored_name] = std::move(text);
  }
  return values;
}

}  // namespace tarn::table::delta
