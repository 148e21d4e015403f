// SPDX-License-Identifier: Apache-2.0
#pragma once
// Results of data tests, kept in the lake: one report for each execution, whose last attempt holds (durability.md §7,
// docs/formats/test-results.md). Owned by app; thread-safe.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "quality/test_report.h"
#include "store/object_store.h"

namespace tarn::quality {

using TestReportPtr = std::shared_ptr<const TestReport>;

struct ResultFilter {
  std::string domain;  ///< empty = all
  std::string table;   ///< empty = all
  std::string execution_id;
  std::optional<TestStatus> status;
  size_t limit = 100;
};

struct ListedResult {
  TestReportPtr report;
  size_t index = 0;  ///< of the result in it
};

/// Failing rows that left the results they were kept with.
struct ForgottenRows {
  uint64_t rows = 0;
  std::vector<std::string> rewritten;  ///< keys of the reports that held them
};

class TestResults {
 public:
  TestResults(store::ObjectStore& store, Clock& clock) : store_(store), clock_(clock) {}

  /// Keeps the report of execution number `run` of its table; a later one of the same number takes its place.
  Status Put(const TestReport& report, uint64_t run);

  /// The report of an execution; nullptr when it has none.
  Result<TestReportPtr> Find(const std::string& domain, const std::string& table, uint64_t run);

  /// Newest first.
  Result<std::vector<ListedResult>> List(const ResultFilter& filter);

  /// Domain and table of everything that has reports.
  Result<std::vector<std::pair<std::string, std::string>>> Tables();
  /// Keys of the reports that hold, in the order of their executions.
  Result<std::vector<std::string>> Keys(const std::string& domain, const std::string& table);
  Result<TestReportPtr> Load(const std::string& key);

  /// Takes the kept rows out of the results that `holds` is true of, and the messages of tests that could not be
  /// executed, which may say values: out of every report of the table, of attempts that hold no more as well.
  Result<ForgottenRows> ForgetRows(const std::string& domain, const std::string& table,
                                   const std::function<bool(const TestResult&)>& holds);

 private:
  static constexpr size_t kMostCached = 1'000;

  store::ObjectStore& store_;
  Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, TestReportPtr> cached_;  ///< by key: only ForgetRows changes reports; guarded by mutex_
};

}  // namespace tarn::quality
