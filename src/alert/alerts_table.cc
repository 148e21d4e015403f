// SPDX-License-Identifier: Apache-2.0
#include "alert/alerts_table.h"

#include <vector>

namespace tarn::alert {
namespace {

using table::TypeKind;

table::Value At(Timestamp at) { return table::TimestampValue{at.micros, true}; }

int64_t CountOwed(const Alert& alert) {
  size_t owed = 0;
  for (const auto& event : alert.events) owed += event.pending.size();
  return static_cast<int64_t>(owed);
}

lake::ValueRows::Row RowOf(const Alert& alert) {
  const auto& last = alert.events.back();
  return {alert.id(),
          alert.about,
          std::string(alert.is_open() ? "open" : "resolved"),
          std::string(SeverityName(alert.severity)),
          alert.title,
          last.message,
          At(alert.opened_at()),
          alert.is_open() ? table::Value() : At(last.at),
          static_cast<int64_t>(last.number),
          CountOwed(alert),
          alert.reference};
}

}  // namespace

std::shared_ptr<lake::ValueRows> AlertRows(const Alerts& alerts) {
  std::vector<lake::ValueRows::Row> rows;
  for (const auto& alert : alerts.List({.is_open = std::nullopt, .about = "", .limit = SIZE_MAX})) {
    rows.push_back(RowOf(alert));
  }
  const lake::ValueRows::Columns columns{
      {"alert_id", TypeKind::kString},     {"about", TypeKind::kString},          {"status", TypeKind::kString},
      {"severity", TypeKind::kString},     {"title", TypeKind::kString},          {"message", TypeKind::kString},
      {"opened_at", TypeKind::kTimestamp}, {"resolved_at", TypeKind::kTimestamp}, {"events", TypeKind::kInt64},
      {"untold", TypeKind::kInt64},        {"reference", TypeKind::kString}};
  return std::make_shared<lake::ValueRows>(columns, std::move(rows));
}

}  // namespace tarn::alert
