// SPDX-License-Identifier: Apache-2.0
#include "api/monitor_routes.h"

#include "api/monitor_body.h"
#include "api/ordering.h"
#include "api/parameters.h"
#include "api/test_report_page.h"
#include "base/ascii.h"
#include "quality/judge_monitor.h"

namespace tarn::api {
namespace {

using codec::OrderedJson;

std::string Name(const net::Request& request) { return std::string(request.Param("name")); }

OrderedJson MonitorJson(const Services& services, const quality::MonitorPtr& monitor) {
  return MonitorStateToJson({monitor, services.monitor_watch.ResultOf(monitor->name)});
}

/// Whether the table can be monitored, as far as there is one; its columns where they are to be kept.
void LookAtTable(Services& services, MonitorBody& body) {
  const auto bound = services.catalog.Resolve(body.monitor.table, std::nullopt);
  if (!bound) {
    if (!body.keeps_columns) return;
    body.problems.push_back(
        {"value_error", {"body", "columns"}, "the table is not there yet, name the columns: " + bound.error().message});
    return;
  }
  const auto* pinned = std::get_if<table::PinnedTable>(&(*bound)->source);
  if (pinned == nullptr) {
    body.problems.push_back({"value_error", {"body", "table"}, "it has no commits: a view is monitored by its tables"});
    return;
  }
  auto columns = quality::ColumnsOf((*bound)->visible);
  if (!body.monitor.column.empty() && !columns.contains(body.monitor.column)) {
    std::string known;
    for (const auto& [name, type] : columns) known += (known.empty() ? "" : ", ") + name;
    body.problems.push_back({"value_error", {"body", "column"}, "the table has no such column, it has " + known});
  }
  if (body.keeps_columns) body.monitor.columns = std::move(columns);
}

net::Response SaveMonitor(Services& services, const net::Request& request) {
  std::vector<Problem> problems;
  const auto json = BodyObject(request, problems);
  if (!json) return ProblemsAnswer(problems);
  auto body = ReadMonitorBody(*json, Name(request));
  if (body.problems.empty()) LookAtTable(services, body);
  if (!body.problems.empty()) return ProblemsAnswer(body.problems);
  const auto saved = services.monitors.Save(std::move(body.monitor));
  if (!saved) return ErrorAnswer(saved.error());
  services.monitor_watch.Nudge();
  services.alert_loop.OnMonitor(Name(request));
  // What was found before belongs to the former definition.
  return JsonAnswer(MonitorStateToJson({*saved, std::nullopt}));
}

net::Response GetMonitor(Services& services, const net::Request& request) {
  const auto monitor = services.monitors.Find(Name(request));
  if (monitor) return JsonAnswer(MonitorJson(services, monitor));
  return ErrorAnswer({ErrorCode::kNotFound, "Monitor " + Name(request) + " not found", ""});
}

net::Response ListMonitors(Services& services, const net::Request& request) {
  Parameters parameters(request);
  const auto table = Lower(parameters.Text("table"));
  const auto status = parameters.Choice("result", "", {"", "pass", "fail", "unknown"});
  if (!parameters.problems().empty()) return ProblemsAnswer(parameters.problems());
  std::vector<OrderedJson> monitors;
  for (const auto& monitor : services.monitors.List()) {
    auto json = MonitorJson(services, monitor);
    if (!table.empty() && json["table"] != table) continue;
    if (!status.empty() && (json["result"].is_null() ? status != "unknown" : json["result"]["status"] != status))
      continue;
    monitors.push_back(std::move(json));
  }
  OrderBy(monitors, parameters.Text("order_by"));
  return JsonAnswer(OrderedJson(monitors));
}

net::Response DeleteMonitor(Services& services, const net::Request& request) {
  const auto removed = services.monitors.Remove(Name(request));
  if (!removed) return ErrorAnswer(removed.error());
  services.monitor_watch.Nudge();
  services.alert_loop.OnMonitor(Name(request));
  return MessageAnswer("Monitor " + Name(request) + " deleted");
}

}  // namespace

void AddMonitorRoutes(Routes& routes) {
  routes.Add(net::Method::kGet, "/monitors", ListMonitors);
  routes.Add(net::Method::kGet, "/monitors/{name}", GetMonitor);
  routes.Add(net::Method::kPut, "/monitors/{name}", SaveMonitor);
  routes.Add(net::Method::kDelete, "/monitors/{name}", DeleteMonitor);
}

}  // namespace tarn::api
