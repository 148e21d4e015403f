// SPDX-License-Identifier: Apache-2.0
#include "api/test_report_page.h"

#include <map>

namespace tarn::api {
namespace {

using codec::OrderedJson;
using quality::TestStatus;

constexpr TestStatus kStatuses[] = {TestStatus::kPass, TestStatus::kFail, TestStatus::kWarn, TestStatus::kError};

constexpr const char* kStyle =
    "body{font:14px/1.5 system-ui,sans-serif;margin:2rem;color:#222}table{border-collapse:collapse;width:100%;"
    "margin-bottom:2rem}th,td{text-align:left;padding:.25rem .75rem;border-bottom:1px solid #ddd;vertical-align:top}"
    "td.count{text-align:right}.pass{color:#17692a}.fail,.error{color:#b3001b;font-weight:600}.warn{color:#8a5a00}"
    "code{white-space:pre-wrap;font-size:12px}small{color:#666}";

using Counts = std::map<TestStatus, size_t>;

Counts Count(const std::vector<quality::TestReportPtr>& reports) {
  Counts counts;
  for (const auto status : kStatuses) counts[status] = 0;
  for (const auto& report : reports) {
    for (const auto& result : report->results) ++counts[result.status];
  }
  return counts;
}

OrderedJson CountsJson(const Counts& counts) {
  OrderedJson json;
  for (const auto status : kStatuses) json[std::string(quality::TestStatusName(status))] = counts.at(status);
  return json;
}

std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string Row(const quality::TestResult& result) {
  const auto status = std::string(quality::TestStatusName(result.status));
  const auto count = result.failures ? std::to_string(*result.failures) : std::string("?");
  return "<tr><td>" + Escaped(result.name) + "</td><td>" + Escaped(result.column) + "</td><td class=\"" + status +
         "\">" + status + "</td><td class=\"count\">" + count + "</td><td>" + Escaped(result.message) +
         "<details><summary>SQL</summary><code>" + Escaped(result.sql) + "</code></details></td></tr>\n";
}

std::string Section(const quality::TestReport& report) {
  auto html =
      "<h2>" + Escaped(report.domain + "." + report.layer + "." + report.table) + "</h2>\n<p><small>execution " +
      Escaped(report.execution_id) + ", " + FormatTimestamp(report.executed_at) +
      "</small></p>\n<table><tr><th>test</th><th>column</th><th>status</th><th>failures</th><th>message</th></tr>\n";
  for (const auto& result : report.results) html += Row(result);
  return html + "</table>\n";
}

std::string Alerts(const std::vector<alert::Alert>& alerts) {
  if (alerts.empty()) return {};
  std::string html =
      "<h2>Open alerts</h2>\n<table><tr><th>alert</th><th>severity</th><th>since</th><th>message</th></tr>\n";
  for (const auto& one : alerts) {
    const auto* const look = one.severity == alert::Severity::kError ? "error" : "warn";
    html += "<tr><td>" + Escaped(one.title) + "</td><td class=\"" + look + "\">" +
            std::string(alert::SeverityName(one.severity)) + "</td><td>" + FormatTimestamp(one.opened_at()) +
            "</td><td>" + Escaped(one.events.back().message) + "</td></tr>\n";
  }
  return html + "</table>\n";
}

std::string Monitors(const std::vector<MonitorState>& monitors) {
  if (monitors.empty()) return {};
  std::string html =
      "<h2>Monitors</h2>\n<table><tr><th>monitor</th><th>table</th><th>kind</th><th>result</th><th>message</th></tr>\n";
  for (const auto& one : monitors) {
    const auto status = std::string(one.result ? quality::MonitorStatusName(one.result->status) : "unknown");
    html += "<tr><td>" + Escaped(one.monitor->name) + "</td><td>" + Escaped(one.monitor->table.ToString()) +
            "</td><td>" + std::string(quality::MonitorKindName(one.monitor->kind)) + "</td><td class=\"" + status +
            "\">" + status + "</td><td>" + Escaped(one.result ? one.result->message : "") + "</td></tr>\n";
  }
  return html + "</table>\n";
}

}  // namespace

OrderedJson MonitorStateToJson(const MonitorState& state) {
  auto json = quality::MonitorToJson(*state.monitor);
  json["result"] = state.result ? quality::MonitorResultToJson(*state.result) : OrderedJson(nullptr);
  return json;
}

OrderedJson TestReportJson(const QualityState& state, Timestamp now) {
  const auto& reports = state.tests;
  OrderedJson json;
  json["generated_at"] = FormatTimestamp(now);
  json["summary"] = CountsJson(Count(reports));
  json["tables"] = OrderedJson::array();
  for (const auto& report : reports) {
    OrderedJson table;
    table["domain"] = report->domain;
    table["table"] = report->table;
    table["execution_id"] = report->execution_id;
    table["executed_at"] = FormatTimestamp(report->executed_at);
    table["summary"] = CountsJson(Count({report}));
    table["results"] = OrderedJson::array();
    for (const auto& result : report->results) table["results"].push_back(quality::TestResultToJson(*report, result));
    json["tables"].push_back(std::move(table));
  }
  json["monitors"] = OrderedJson::array();
  for (const auto& one : state.monitors) json["monitors"].push_back(MonitorStateToJson(one));
  json["alerts"] = OrderedJson::array();
  for (const auto& one : state.alerts) json["alerts"].push_back(alert::AlertToJson(one));
  return json;
}

std::string TestReportHtml(const QualityState& state, Timestamp now) {
  std::string html =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Data quality</title><style>";
  html += kStyle;
  html += "</style></head><body>\n<h1>Data quality</h1>\n<p>" + FormatTimestamp(now) + ":";
  for (const auto& [status, count] : Count(state.tests)) {
    const auto word = std::string(quality::TestStatusName(status));
    html += " <span class=\"" + word + "\">" + std::to_string(count) + " " + word + "</span>";
  }
  html += "</p>\n";
  html += Alerts(state.alerts);
  html += Monitors(state.monitors);
  for (const auto& report : state.tests) html += Section(*report);
  return html + "</body></html>\n";
}

}  // namespace tarn::api
