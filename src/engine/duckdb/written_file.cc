// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/written_file.h"

#include <chrono>
#include <cmath>

#include "engine/duckdb/parquet_statement.h"
#include "engine/duckdb/type_mapping.h"
#include "engine/query_engine.h"

namespace tarn::engine {

namespace {

using table::ColumnStats;
using table::Field;
using table::TypeKind;
using table::Value;

using TextByKey = duckdb::case_insensitive_map_t<duckdb::Value>;

Value FiniteTimestamp(duckdb::timestamp_t at, bool utc) {
  if (!duckdb::Timestamp::IsFinite(at)) return {};
  return table::TimestampValue{at.value, utc};
}

Value FiniteDouble(double value) { return std::isfinite(value) ? Value(value) : Value(); }

/// The bound DuckDB prints as `text`; NULL for what our formats cannot say.
Value ParseBound(const std::string& text, const table::DataType& type) {
  if (type.kind == TypeKind::kString || type.kind == TypeKind::kJson) return text;
  if (type.is_nested() || type.kind == TypeKind::kBinary) return {};
  duckdb::Value value(text);
  if (!value.DefaultTryCastAs(ToLogicalType(type))) return {};
  switch (type.kind) {
    case TypeKind::kBoolean:
      return value.GetValue<bool>();
    case TypeKind::kInt32:
    case TypeKind::kInt64:
      return value.GetValue<int64_t>();
    case TypeKind::kFloat:
    case TypeKind::kDouble:
      return FiniteDouble(value.GetValue<double>());
    case TypeKind::kDecimal: {
      const auto parsed = table::ParseDecimal(text, type.precision, type.scale);
      return parsed ? Value(table::DecimalValue{*parsed, type.precision, type.scale}) : Value();
    }
    case TypeKind::kDate: {
      const auto date = value.GetValue<duckdb::date_t>();
      return duckdb::Date::IsFinite(date) ? Value(table::DateValue{date.days}) : Value();
    }
    case TypeKind::kTimestamp:
      return FiniteTimestamp(duckdb::timestamp_t(value.GetValue<duckdb::timestamp_tz_t>().value), true);
    case TypeKind::kTimestampNaive:
      return FiniteTimestamp(value.GetValue<duckdb::timestamp_t>(), false);
    default:
      return {};
  }
}

bool IsText(const table::DataType& type) { return type.kind == TypeKind::kString || type.kind == TypeKind::kJson; }

ColumnStats ReadColumn(const TextByKey& entries, const table::DataType& type) {
  ColumnStats stats;
  if (const auto nulls = entries.find("null_count"); nulls != entries.end()) {
    stats.null_count = std::stoll(nulls->second.ToString());
  }
  const auto has_nan = entries.find("has_nan");
  const auto lower = entries.find("min");
  const auto upper = entries.find("max");
  const bool bounded = lower != entries.end() && upper != entries.end();
  if (!bounded || (has_nan != entries.end() && has_nan->second.ToString() == "true")) return stats;
  stats.lower = ParseBound(lower->second.ToString(), type);
  stats.upper = ParseBound(upper->second.ToString(), type);
  if (table::IsNull(stats.lower) || table::IsNull(stats.upper)) {
    stats.lower = {};
    stats.upper = {};
    return stats;
  }
  // Long texts are cut to bounds, and the result does not say which were. Zero has two signs, which compare equal to
  // us and not to those who order floating point numbers totally: the bounds hold both.
  const bool floating = type.kind == TypeKind::kFloat || type.kind == TypeKind::kDouble;
  if (floating && std::get<double>(stats.lower) == 0) stats.lower = -0.0;
  if (floating && std::get<double>(stats.upper) == 0) stats.upper = 0.0;
  stats.exact = !IsText(type) && !floating;
  return stats;
}

Timestamp Now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return Timestamp{std::chrono::duration_cast<std::chrono::microseconds>(now).count()};
}

}  // namespace

table::DataFile ToDataFile(const ParquetPart& part, const table::Schema& schema) {
  table::DataFile file;
  file.path = part.path;
  file.record_count = static_cast<int64_t>(part.statistics.row_count);
  file.size_bytes = static_cast<int64_t>(part.statistics.file_size_bytes);
  file.modified = Now();
  for (const Field& field : schema.fields) {
    const auto entry = part.statistics.column_statistics.find(QuoteIdentifier(StoredName(field)));
    if (entry == part.statistics.column_statistics.end() || field.type.is_nested()) continue;
    file.stats[field.id] = ReadColumn(entry->second, field.type);
  }
  return file;
}

PreparedParquet TakeParts(ParquetParts& parts, const table::Schema& schema) {
  PreparedParquet written;
  for (const auto& part : parts.parts()) {
    if (part.statistics.row_count == 0) continue;
    written.files.push_back(ToDataFile(part, schema));
    const auto key = parts.KeyOf(part);
    if (auto held = parts.TakeHeld(key)) written.pending.push_back({key, std::move(*held)});
  }
  return written;
}

void DiscardParts(const ParquetParts& parts, store::ObjectStore& store) {
  for (const auto& part : parts.parts()) (void)store.Delete(parts.KeyOf(part));
}

}  // namespace tarn::engine
