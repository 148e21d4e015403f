// SPDX-License-Identifier: Apache-2.0
#include "quality/test_results.h"

#include <algorithm>

#include "base/crash_point.h"
#include "lake/run_keys.h"
#include "store/series.h"

namespace tarn::quality {
namespace {

constexpr int kMaxAttempts = 20;
constexpr const char* kForgotten = "the message was erased";

/// Newest first; of one execution in the order of its tests.
bool Newer(const ListedResult& a, const ListedResult& b) {
  if (a.report->executed_at != b.report->executed_at) return a.report->executed_at > b.report->executed_at;
  if (a.report->execution_id != b.report->execution_id) return a.report->execution_id > b.report->execution_id;
  return a.index < b.index;
}

bool Matches(const ResultFilter& filter, const TestReport& report, const TestResult& result) {
  return (filter.execution_id.empty() || filter.execution_id == report.execution_id) &&
         (!filter.status || *filter.status == result.status);
}

/// Whether anything changed.
bool Forget(TestResult& result, uint64_t& rows) {
  const bool says = result.status == TestStatus::kError && result.message != kForgotten;
  if (result.rows.empty() && !says) return false;
  rows += result.rows.size();
  result.rows.clear();
  if (says) result.message = kForgotten;
  return true;
}

}  // namespace

Status TestResults::Put(const TestReport& report, uint64_t run) {
  store::Series series(store_, lake::TestResultsSeries(report.domain, report.table, run), clock_);
  const auto body = EncodeTestReport(report);
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    TARN_ASSIGN(const auto head, series.Head());
    const auto put = series.Put(head.value_or(0) + 1, body);
    if (put) {
      TARN_CRASH_POINT("quality.results_put");
      return {};
    }
    if (put.error().code != ErrorCode::kConflict) return put;
  }
  return Fail(ErrorCode::kConflict, "test results of " + report.execution_id + " are contended");
}

Result<TestReportPtr> TestResults::Find(const std::string& domain, const std::string& table, uint64_t run) {
  store::Series series(store_, lake::TestResultsSeries(domain, table, run), clock_);
  TARN_ASSIGN(const auto head, series.Head());
  if (!head) return TestReportPtr();
  return Load(series.name().KeyOf(*head));
}

Result<std::vector<std::pair<std::string, std::string>>> TestResults::Tables() {
  std::vector<std::pair<std::string, std::string>> tables;
  const std::string root(lake::kTestResultsRoot);
  TARN_ASSIGN(const auto domains, store_.ListFolders(root));
  for (const auto& domain : domains) {
    TARN_ASSIGN(const auto names, store_.ListFolders(root + domain + "/"));
    for (const auto& name : names) tables.emplace_back(domain, name);
  }
  return tables;
}

Result<std::vector<std::string>> TestResults::Keys(const std::string& domain, const std::string& table) {
  TARN_ASSIGN(const auto objects, store_.List(std::string(lake::kTestResultsRoot) + domain + "/" + table + "/"));
  const auto run_of = [](const std::string& key) { return std::string_view(key).substr(0, key.rfind('-')); };
  std::vector<std::string> keys;
  for (const auto& object : objects) {
    if (!keys.empty() && run_of(keys.back()) == run_of(object.key)) keys.pop_back();
    keys.push_back(object.key);
  }
  return keys;
}

Result<TestReportPtr> TestResults::Load(const std::string& key) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = cached_.find(key); found != cached_.end()) return found->second;
  }
  TARN_ASSIGN(const auto body, store_.Get(key));
  auto report = DecodeTestReport(body);
  if (!report) return Fail(std::move(report).error().In(key));
  auto shared = std::make_shared<const TestReport>(std::move(*report));
  const std::lock_guard lock(mutex_);
  if (cached_.size() >= kMostCached) cached_.clear();
  cached_[key] = shared;
  return TestReportPtr(std::move(shared));
}

Result<ForgottenRows> TestResults::ForgetRows(const std::string& domain, const std::string& table,
                                              const std::function<bool(const TestResult&)>& holds) {
  TARN_ASSIGN(const auto objects, store_.List(std::string(lake::kTestResultsRoot) + domain + "/" + table + "/"));
  ForgottenRows forgotten;
  for (const auto& object : objects) {
    TARN_ASSIGN(const auto known, Load(object.key));
    auto report = *known;
    bool changed = false;
    for (auto& result : report.results) {
      if (holds(result) && Forget(result, forgotten.rows)) changed = true;
    }
    if (!changed) continue;
    TARN_ASSIGN(const auto writer, store_.OpenReplacement(object.key));
    TARN_TRY(writer->Append(EncodeTestReport(report)));
    TARN_TRY(writer->Finish());
    forgotten.rewritten.push_back(object.key);
    const std::lock_guard lock(mutex_);
    cached_[object.key] = std::make_shared<const TestReport>(std::move(report));
  }
  return forgotten;
}

Result<std::vector<ListedResult>> TestResults::List(const ResultFilter& filter) {
  TARN_ASSIGN(const auto tables, Tables());
  std::vector<ListedResult> listed;
  for (const auto& [domain, table] : tables) {
    if (!filter.domain.empty() && filter.domain != domain) continue;
    if (!filter.table.empty() && filter.table != table) continue;
    TARN_ASSIGN(auto keys, Keys(domain, table));
    size_t of_table = 0;
    for (auto key = keys.rbegin(); key != keys.rend() && of_table < filter.limit; ++key) {
      TARN_ASSIGN(const auto report, Load(*key));
      for (size_t i = 0; i < report->results.size(); ++i) {
        if (!Matches(filter, *report, report->results[i])) continue;
        listed.push_back({report, i});
        ++of_table;
      }
    }
  }
  std::ranges::sort(listed, Newer);
  if (listed.size() > filter.limit) listed.resize(filter.limit);
  return listed;
}

}  // namespace tarn::quality
