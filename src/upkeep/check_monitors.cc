// SPDX-License-Identifier: Apache-2.0
#include "upkeep/check_monitors.h"

#include "alert/alert.h"
#include "lake/alert_keys.h"
#include "quality/monitor.h"
#include "store/series.h"
#include "upkeep/check_series.h"

namespace tarn::upkeep {
namespace {

void CheckDefinitions(store::ObjectStore& store, Clock& clock, const std::string& name, CheckReport& report) {
  const auto visit = [&](uint64_t number, std::string_view body) -> Status {
    TARN_ASSIGN(const auto stored, quality::DecodeMonitor(body));
    if (stored.value.name == name && stored.value.version == number) return {};
    return Fail(ErrorCode::kCorrupt, "the document is of another monitor or version");
  };
  CheckSeries(store, clock, lake::MonitorSeries(name), visit, report);
}

/// Old versions go: only the newest is anything.
Status CheckAlerts(store::ObjectStore& store, Clock& clock, const std::string& about) {
  store::Series series(store, lake::AlertSeries(about), clock);
  TARN_ASSIGN(const auto head, series.Head());
  if (!head) return {};
  TARN_ASSIGN(const auto body, series.Read(*head));
  TARN_ASSIGN(const auto stored, alert::DecodeAlertLog(body));
  if (stored.value.name == about && stored.value.version == *head) return {};
  return Fail(ErrorCode::kCorrupt, "the document is about another thing or of another version");
}

}  // namespace

void CheckMonitors(store::ObjectStore& store, Clock& clock, CheckReport& report) {
  for (const auto root : {lake::kMonitorsRoot, lake::kAlertsRoot}) {
    const auto names = store.ListFolders(std::string(root));
    if (!names) {
      report.Add(std::string(root), names.error());
      continue;
    }
    for (const auto& name : *names) {
      if (root == lake::kMonitorsRoot) {
        CheckDefinitions(store, clock, name, report);
      } else if (const auto read = CheckAlerts(store, clock, name); !read) {
        report.Add(lake::AlertSeries(name).prefix, read.error());
      }
    }
  }
}

}  // namespace tarn::upkeep
