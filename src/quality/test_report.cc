// SPDX-License-Identifier: Apache-2.0
#include "quality/test_report.h"

#include <algorithm>

#include "base/words.h"
#include "codec/document.h"
#include "codec/or_null.h"

namespace tarn::quality {
namespace {

using codec::Json;
using codec::OrderedJson;
using codec::OrNull;

constexpr int kVersion = 1;
constexpr Words<TestStatus, 4> kStatuses{{{"pass", TestStatus::kPass},
                                          {"fail", TestStatus::kFail},
                                          {"warn", TestStatus::kWarn},
                                          {"error", TestStatus::kError}}};
constexpr size_t kNamedFailures = 10;  ///< in one text

const char* SeverityName(Severity severity) { return severity == Severity::kError ? "error" : "warn"; }

bool Prevents(const TestResult& result) {
  return result.status == TestStatus::kFail || result.status == TestStatus::kError;
}

Json ResultToDocument(const TestResult& result) {
  return {{"name", result.name},
          {"column", result.column},
          {"type", TestTypeName(result.type)},
          {"severity", SeverityName(result.severity)},
          {"status", TestStatusName(result.status)},
          {"failures", result.failures ? Json(*result.failures) : Json(nullptr)},
          {"message", result.message},
          {"sql", result.sql},
          {"parameters", result.parameters},
          {"rows", result.rows}};
}

/// Throws Json::exception on another shape.
Result<TestResult> ResultOf(const Json& json) {
  TestResult result;
  const auto type = TestTypeOf(json.at("type").get<std::string>());
  const auto status = TestStatusOf(json.at("status").get<std::string>());
  if (!type || !status) return Fail(ErrorCode::kCorrupt, "test result with an unknown type or status");
  result.name = json.at("name");
  result.column = json.at("column");
  result.type = *type;
  result.severity = json.at("severity") == "warn" ? Severity::kWarn : Severity::kError;
  result.status = *status;
  if (!json.at("failures").is_null()) result.failures = json.at("failures").get<int64_t>();
  result.message = json.at("message");
  result.sql = json.at("sql");
  result.parameters = json.at("parameters");
  for (const auto& row : json.at("rows")) result.rows.push_back(row);
  return result;
}

/// Throws Json::exception on another shape.
Result<TestReport> ReportOf(const Json& json) {
  TestReport report;
  report.domain = json.at("domain");
  report.layer = json.at("layer");
  report.table = json.at("table");
  report.execution_id = json.at("execution_id");
  report.executed_at.micros = json.at("executed_at");
  for (const auto& one : json.at("results")) {
    TARN_ASSIGN(auto result, ResultOf(one));
    report.results.push_back(std::move(result));
  }
  return report;
}

}  // namespace

std::string_view TestStatusName(TestStatus status) { return WordOf(kStatuses, status); }

std::optional<TestStatus> TestStatusOf(std::string_view name) { return ValueOf(kStatuses, name); }

bool MayPublish(const std::vector<TestResult>& results) { return std::ranges::none_of(results, Prevents); }

std::string FailureText(const std::vector<TestResult>& results) {
  const auto bad = static_cast<size_t>(std::ranges::count_if(results, Prevents));
  auto text = std::to_string(bad) + " of " + std::to_string(results.size()) + " tests failed: ";
  size_t named = 0;
  for (const auto& result : results) {
    if (!Prevents(result) || named == kNamedFailures) continue;
    text += (named++ == 0 ? "" : ", ") + result.name + " (" + result.message + ")";
  }
  return named < bad ? text + " and others" : text;
}

OrderedJson TestResultToJson(const TestReport& report, const TestResult& result) {
  OrderedJson json;
  json["name"] = result.name;
  json["domain"] = report.domain;
  json["table"] = report.table;
  json["column"] = OrNull(result.column);
  json["type"] = TestTypeName(result.type);
  json["severity"] = SeverityName(result.severity);
  json["status"] = TestStatusName(result.status);
  json["failures"] = OrNull(result.failures);
  json["message"] = result.message;
  json["execution_id"] = report.execution_id;
  json["executed_at"] = FormatTimestamp(report.executed_at);
  if (!result.rows.empty()) json["rows"] = OrderedJson(result.rows);
  return json;
}

std::string EncodeTestReport(const TestReport& report) {
  auto results = Json::array();
  for (const auto& result : report.results) results.push_back(ResultToDocument(result));
  return codec::Dump(Json{{"version", kVersion},
                          {"domain", report.domain},
                          {"layer", report.layer},
                          {"table", report.table},
                          {"execution_id", report.execution_id},
                          {"executed_at", report.executed_at.micros},
                          {"results", std::move(results)}});
}

Result<TestReport> DecodeTestReport(std::string_view text) {
  return codec::ReadDocument(text, {"test results", kVersion}, ReportOf);
}

}  // namespace tarn::quality
