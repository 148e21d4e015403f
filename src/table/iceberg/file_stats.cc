// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/file_stats.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <utility>

#include "table/iceberg/primitive_type.h"
#include "table/iceberg/single_value.h"

namespace tarn::table::iceberg {
namespace {

bool IsCutInBounds(TypeKind kind) {
  return kind == TypeKind::kString || kind == TypeKind::kJson || kind == TypeKind::kBinary;
}

bool HoldsNaN(TypeKind kind) { return kind == TypeKind::kFloat || kind == TypeKind::kDouble; }

bool IsNaN(const Value& value) {
  const auto* number = std::get_if<double>(&value);
  return number != nullptr && std::isnan(*number);
}

}  // namespace

Status DecodeStats(const ContentFile& file, const Schema& schema, DataFile& out) {
  std::unordered_map<int32_t, const Field*> fields;
  for (const Field& field : schema.fields) fields[field.id] = &field;
  for (const ColumnMetrics& metrics : file.columns) {
    const auto found = fields.find(metrics.field_id);
    if (found == fields.end()) continue;
    const Field& field = *found->second;
    ColumnStats stats;
    stats.null_count = metrics.null_count;
    const auto type = PrimitiveTypeOf(field.type);
    if (type) {
      // NaN, which the model orders last, is in no bound.
      const bool no_nan = !HoldsNaN(field.type.kind) || metrics.nan_count == 0;
      if (metrics.lower) {
        TARN_ASSIGN(stats.lower, DecodeSingleValue(*metrics.lower, *type));
      }
      if (metrics.upper && no_nan) {
        TARN_ASSIGN(stats.upper, DecodeSingleValue(*metrics.upper, *type));
      }
      stats.exact = !IsCutInBounds(field.type.kind) && no_nan;
    }
    if (!stats.null_count && IsNull(stats.lower) && IsNull(stats.upper)) continue;
    out.stats.emplace(field.id, std::move(stats));
  }
  return {};
}

Result<std::vector<ColumnMetrics>> EncodeStats(const DataFile& file, const Schema& schema) {
  std::vector<ColumnMetrics> columns;
  for (const Field& field : schema.fields) {
    const auto found = file.stats.find(field.id);
    if (found == file.stats.end()) continue;
    const ColumnStats& stats = found->second;
    ColumnMetrics metrics;
    metrics.field_id = field.id;
    metrics.null_count = stats.null_count;
    const auto type = PrimitiveTypeOf(field.type);
    if (type) {
      if (file.record_count >= 0) metrics.value_count = file.record_count;
      TARN_ASSIGN(metrics.lower, EncodeLowerBound(stats.lower, *type));
      TARN_ASSIGN(metrics.upper, EncodeUpperBound(stats.upper, *type));
      const bool no_nan = !IsNull(stats.upper) && !IsNaN(stats.upper);
      if (HoldsNaN(field.type.kind) && no_nan) metrics.nan_count = 0;
    }
    columns.push_back(std::move(metrics));
  }
  std::ranges::sort(columns, {}, &ColumnMetrics::field_id);
  return columns;
}

}  // namespace tarn::table::iceberg
