// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/file_statistics.h"

#include <limits>

#include "engine/duckdb/type_mapping.h"

namespace tarn::engine {

namespace {

using duckdb::BaseStatistics;
using duckdb::LogicalType;
using duckdb::StatisticsType;

const table::ColumnStats* Find(const table::DataFile& file, const table::Field& field) {
  const auto found = file.stats.find(field.id);
  return found == file.stats.end() ? nullptr : &found->second;
}

void SetNulls(BaseStatistics& statistics, const table::DataFile& file, const table::ColumnStats& stats) {
  statistics.Set(duckdb::StatsInfo::CAN_HAVE_NULL_AND_VALID_VALUES);
  if (!stats.null_count) return;
  if (*stats.null_count == 0) statistics.Set(duckdb::StatsInfo::CANNOT_HAVE_NULL_VALUES);
  if (*stats.null_count == file.record_count) statistics.Set(duckdb::StatsInfo::CANNOT_HAVE_VALID_VALUES);
}

bool IsFloating(const LogicalType& type) {
  return type.id() == duckdb::LogicalTypeId::FLOAT || type.id() == duckdb::LogicalTypeId::DOUBLE;
}

BaseStatistics NumericBounds(const LogicalType& type, const table::ColumnStats& stats) {
  const auto lower = ToDuckDbValue(stats.lower, type);
  auto upper = ToDuckDbValue(stats.upper, type);
  if (lower.IsNull() || upper.IsNull()) return BaseStatistics::CreateUnknown(type);
  // Other writers leave NaN out of their bounds; to us NaN is the greatest value.
  if (IsFloating(type)) upper = duckdb::Value::DOUBLE(std::numeric_limits<double>::quiet_NaN()).DefaultCastAs(type);
  auto bounds = duckdb::NumericStats::CreateEmpty(type);
  duckdb::NumericStats::SetMin(bounds, lower);
  duckdb::NumericStats::SetMax(bounds, upper);
  return bounds;
}

BaseStatistics StringBounds(const LogicalType& type, const table::ColumnStats& stats) {
  auto bounds = duckdb::StringStats::CreateUnknown(type);
  const auto* lower = std::get_if<std::string>(&stats.lower);
  const auto* upper = std::get_if<std::string>(&stats.upper);
  if (lower != nullptr) duckdb::StringStats::SetMin(bounds, duckdb::string_t(*lower));
  if (upper != nullptr) duckdb::StringStats::SetMax(bounds, duckdb::string_t(*upper));
  return bounds;
}

}  // namespace

duckdb::unique_ptr<BaseStatistics> PruningStatistics(const table::DataFile& file, const table::Field& field) {
  const LogicalType type = ToLogicalType(field.type);
  if (const auto constant = file.constants.find(field.id); constant != file.constants.end()) {
    return BaseStatistics::FromConstant(ToDuckDbValue(constant->second, type)).ToUnique();
  }
  auto statistics = BaseStatistics::CreateUnknown(type);
  if (const auto* stats = Find(file, field); stats != nullptr) {
    if (statistics.GetStatsType() == StatisticsType::NUMERIC_STATS) statistics = NumericBounds(type, *stats);
    if (statistics.GetStatsType() == StatisticsType::STRING_STATS) statistics = StringBounds(type, *stats);
    SetNulls(statistics, file, *stats);
  }
  return statistics.ToUnique();
}

duckdb::unique_ptr<BaseStatistics> ExactStatistics(const table::DataFile& file, const table::Field& field) {
  const LogicalType type = ToLogicalType(field.type);
  const auto* stats = Find(file, field);
  if (stats == nullptr || !stats->exact || IsFloating(type)) return nullptr;
  auto statistics = BaseStatistics::CreateUnknown(type);
  if (statistics.GetStatsType() != StatisticsType::NUMERIC_STATS) return nullptr;
  statistics = NumericBounds(type, *stats);
  if (!duckdb::NumericStats::HasMinMax(statistics)) return nullptr;
  SetNulls(statistics, file, *stats);
  return statistics.ToUnique();
}

}  // namespace tarn::engine
