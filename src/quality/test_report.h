// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the data tests of one execution came to (http-api.md §8.3) and its stored form (docs/formats/test-results.md).
// Plain values and their codecs.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "codec/json.h"
#include "quality/data_tests.h"

namespace tarn::quality {

enum class TestStatus : uint8_t {
  kPass,
  kFail,
  kWarn,
  kError  ///< it could not be executed: never a pass
};

std::string_view TestStatusName(TestStatus status);
std::optional<TestStatus> TestStatusOf(std::string_view name);

struct TestResult {
  std::string name;
  std::string column;  ///< as ColumnText
  TestType type = TestType::kSql;
  Severity severity = Severity::kError;
  TestStatus status = TestStatus::kError;
  std::optional<int64_t> failures;  ///< all of them; nullopt when they could not be counted
  std::string message;
  std::string sql;                ///< gives the failing rows
  codec::Json parameters;         ///< as TestParameters
  std::vector<codec::Json> rows;  ///< the first failing ones, when they are kept
  /// Why it could not be executed; not stored.
  std::optional<ErrorCode> error;
};

/// Which execution's tests these are.
struct TestReport {
  std::string domain;
  std::string layer = "gold";
  std::string table;
  std::string execution_id;
  Timestamp executed_at;
  std::vector<TestResult> results;
};

/// Whether what was tested may be published: no test failed and none erred.
bool MayPublish(const std::vector<TestResult>& results);

/// "1 of 3 tests failed: not_null_daily_day (12 failures)"; of a list that may not be published.
std::string FailureText(const std::vector<TestResult>& results);

/// The TestResult object of http-api.md §8.3.
codec::OrderedJson TestResultToJson(const TestReport& report, const TestResult& result);

std::string EncodeTestReport(const TestReport& report);
Result<TestReport> DecodeTestReport(std::string_view text);

}  // namespace tarn::quality
