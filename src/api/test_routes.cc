// SPDX-License-Identifier: Apache-2.0
#include "api/test_routes.h"

#include <algorithm>

#include "api/parameters.h"
#include "api/test_report_page.h"
#include "gold/execution.h"

namespace tarn::api {
namespace {

using codec::OrderedJson;

/// The filter of the request; its execution decides the table as well, so that only one report is read.
quality::ResultFilter FilterOf(Parameters& parameters) {
  quality::ResultFilter filter;
  filter.domain = parameters.Text("domain");
  filter.table = parameters.Text("job_name");
  const auto status = parameters.Choice("status", "", {"", "pass", "fail", "warn", "error"});
  if (!status.empty()) filter.status = quality::TestStatusOf(status);
  filter.limit = static_cast<size_t>(parameters.Integer("limit", 1, 10'000).value_or(100));
  filter.execution_id = parameters.Text("execution_id");
  return filter;
}

/// Results of one execution only.
Result<std::vector<quality::ListedResult>> ResultsOf(Services& services, const gold::ExecutionId& id,
                                                     const quality::ResultFilter& filter) {
  TARN_ASSIGN(const auto report, services.test_results.Find(id.domain, id.job_name, id.run));
  std::vector<quality::ListedResult> listed;
  const bool asked = report && (filter.domain.empty() || filter.domain == id.domain) &&
                     (filter.table.empty() || filter.table == id.job_name);
  for (size_t i = 0; asked && i < report->results.size() && listed.size() < filter.limit; ++i) {
    if (!filter.status || *filter.status == report->results[i].status) listed.push_back({report, i});
  }
  return listed;
}

net::Response ListResults(Services& services, const net::Request& request) {
  Parameters parameters(request);
  const auto filter = FilterOf(parameters);
  if (!parameters.problems().empty()) return ProblemsAnswer(parameters.problems());
  const auto id = gold::ParseExecutionId(filter.execution_id);
  const auto listed = id ? ResultsOf(services, *id, filter) : services.test_results.List(filter);
  if (!listed) return ErrorAnswer(listed.error());
  auto results = OrderedJson::array();
  for (const auto& one : *listed) {
    results.push_back(quality::TestResultToJson(*one.report, one.report->results[one.index]));
  }
  const auto count = results.size();
  return JsonAnswer({{"results", std::move(results)}, {"count", count}});
}

/// The last report of each table, of one domain when given.
Result<std::vector<quality::TestReportPtr>> LastReports(Services& services, const std::string& domain) {
  std::vector<quality::TestReportPtr> reports;
  TARN_ASSIGN(const auto tables, services.test_results.Tables());
  for (const auto& [of, table] : tables) {
    if (!domain.empty() && domain != of) continue;
    TARN_ASSIGN(const auto keys, services.test_results.Keys(of, table));
    if (keys.empty()) continue;
    TARN_ASSIGN(auto report, services.test_results.Load(keys.back()));
    reports.push_back(std::move(report));
  }
  return reports;
}

std::vector<MonitorState> MonitorsOf(const Services& services, const std::string& domain) {
  std::vector<MonitorState> monitors;
  for (const auto& monitor : services.monitors.List()) {
    if (!domain.empty() && monitor->table.domain != domain) continue;
    monitors.push_back({monitor, services.monitor_watch.ResultOf(monitor->name)});
  }
  return monitors;
}

/// Open ones; of one domain those of its monitors and jobs.
std::vector<alert::Alert> AlertsOf(const Services& services, const std::string& domain,
                                   const std::vector<MonitorState>& monitors) {
  auto alerts = services.alerts.List({.is_open = true, .about = "", .limit = SIZE_MAX});
  if (domain.empty()) return alerts;
  std::erase_if(alerts, [&](const alert::Alert& one) {
    const bool is_monitors = std::ranges::any_of(
        monitors, [&](const MonitorState& state) { return one.about == alert::AboutMonitor(state.monitor->name); });
    return !is_monitors && !one.about.starts_with("job." + domain + ".") &&
           !one.about.starts_with("tests." + domain + ".");
  });
  return alerts;
}

net::Response ShowReport(Services& services, const net::Request& request) {
  Parameters parameters(request);
  const auto accepted = request.Header("Accept").value_or("");
  const auto* fallback = accepted.find("text/html") == std::string_view::npos ? "json" : "html";
  const auto format = parameters.Choice("format", fallback, {"json", "html"});
  if (!parameters.problems().empty()) return ProblemsAnswer(parameters.problems());
  const auto domain = parameters.Text("domain");
  auto reports = LastReports(services, domain);
  if (!reports) return ErrorAnswer(reports.error());
  QualityState state{std::move(*reports), MonitorsOf(services, domain), {}};
  state.alerts = AlertsOf(services, domain, state.monitors);
  const auto now = services.clock.Now();
  if (format == "json") return JsonAnswer(TestReportJson(state, now));
  net::Response answer;
  answer.content_type = "text/html; charset=utf-8";
  answer.body = TestReportHtml(state, now);
  return answer;
}

}  // namespace

void AddTestRoutes(Routes& routes) {
  routes.Add(net::Method::kGet, "/tests/results", ListResults);
  routes.Add(net::Method::kGet, "/tests/report", ShowReport);
}

}  // namespace tarn::api
