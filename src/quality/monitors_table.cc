// SPDX-License-Identifier: Apache-2.0
#include "quality/monitors_table.h"

#include <vector>

namespace tarn::quality {
namespace {

using table::TypeKind;

table::Value At(Timestamp at) { return table::TimestampValue{at.micros, true}; }

lake::ValueRows::Row RowOf(const Monitor& monitor, const std::optional<MonitorResult>& result) {
  lake::ValueRows::Row row{monitor.name,
                           monitor.table.domain,
                           monitor.table.layer,
                           monitor.table.table,
                           std::string(MonitorKindName(monitor.kind)),
                           std::string(monitor.is_paused ? "paused" : "active"),
                           std::string(result ? MonitorStatusName(result->status) : "unknown")};
  if (!result) {
    row.resize(row.size() + 4);
    return row;
  }
  row.push_back(result->value ? table::Value(*result->value) : table::Value());
  row.push_back(result->message);
  row.push_back(At(result->checked_at));
  row.push_back(At(result->since));
  return row;
}

}  // namespace

std::shared_ptr<lake::ValueRows> MonitorRows(const Monitors& monitors, const MonitorWatch& watch) {
  std::vector<lake::ValueRows::Row> rows;
  for (const auto& monitor : monitors.List()) rows.push_back(RowOf(*monitor, watch.ResultOf(monitor->name)));
  const lake::ValueRows::Columns columns{
      {"name", TypeKind::kString},          {"domain", TypeKind::kString},  {"layer", TypeKind::kString},
      {"table_name", TypeKind::kString},    {"kind", TypeKind::kString},    {"status", TypeKind::kString},
      {"result", TypeKind::kString},        {"value", TypeKind::kDouble},   {"message", TypeKind::kString},
      {"checked_at", TypeKind::kTimestamp}, {"since", TypeKind::kTimestamp}};
  return std::make_shared<lake::ValueRows>(columns, std::move(rows));
}

}  // namespace tarn::quality
