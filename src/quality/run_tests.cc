// SPDX-License-Identifier: Apache-2.0
#include "quality/run_tests.h"

#include "quality/data_tests_json.h"
#include "quality/failing_rows.h"

namespace tarn::quality {
namespace {

Result<int64_t> CountFailures(const TestRun& run, const Test& test, const std::string& failing) {
  const auto sql = CountFailuresSql(test, failing);
  TARN_TRY(run.engine.Classify(sql));
  TARN_ASSIGN(const auto stream, run.workspace.Query(sql));
  table::BatchView batch;
  TARN_ASSIGN(const bool more, stream->Next(batch));
  if (!more || batch.rows != 1 || !batch.columns[0].IsValid(0)) {
    return Fail(ErrorCode::kInvalidArgument, "the test gives no number of failures");
  }
  return batch.columns[0].At<int64_t>(0);
}

Result<std::vector<codec::Json>> SampleRows(const TestRun& run, const std::string& failing) {
  TARN_ASSIGN(const auto stream, run.workspace.Query(SampleSql(failing, kKeptRows)));
  std::vector<codec::Json> rows;
  size_t bytes = 0;
  table::BatchView batch;
  for (;;) {
    TARN_ASSIGN(const bool more, stream->Next(batch));
    if (!more) return rows;
    for (size_t row = 0; row < batch.rows; ++row) {
      const auto text = batch.columns[0].At<std::string_view>(row);
      bytes += text.size();
      if (bytes > kKeptRowBytes) return rows;
      TARN_ASSIGN(auto json, codec::ParseJson(text));
      rows.push_back(std::move(json));
    }
  }
}

TestStatus StatusOf(const Test& test, int64_t failures) {
  if (test.severity == Severity::kError && test.error_if.Holds(failures)) return TestStatus::kFail;
  return test.warn_if.Holds(failures) ? TestStatus::kWarn : TestStatus::kPass;
}

std::string MessageOf(const Test& test, TestStatus status, int64_t failures) {
  auto text = std::to_string(failures) + (failures == 1 ? " failure" : " failures");
  if (status == TestStatus::kPass) return text;
  const auto& threshold = status == TestStatus::kFail ? test.error_if : test.warn_if;
  if (threshold != Threshold())
    text += ", configured to " + std::string(TestStatusName(status)) + " if " + threshold.ToString();
  return text;
}

void Err(TestResult& result, const Error& error) {
  result.status = TestStatus::kError;
  result.error = error.code;
  result.message = error.message;
}

TestResult RunOne(const TestRun& run, const Test& test) {
  TestResult result;
  result.name = test.name;
  result.column = ColumnText(test);
  result.type = test.type;
  result.severity = test.severity;
  result.parameters = TestParameters(test);
  result.sql = FailingRowsSql(test, run.table, run.clock.Now());
  const auto failures = CountFailures(run, test, result.sql);
  if (!failures) {
    Err(result, failures.error());
    return result;
  }
  result.failures = *failures;
  result.status = StatusOf(test, *failures);
  result.message = MessageOf(test, result.status, *failures);
  if (!test.store_failures || *failures == 0) return result;
  auto rows = SampleRows(run, result.sql);
  if (rows) {
    result.rows = std::move(*rows);
  } else {
    Err(result, rows.error());
  }
  return result;
}

}  // namespace

std::vector<TestResult> RunTests(const TestRun& run) {
  std::vector<TestResult> results;
  for (const auto& test : run.tests) results.push_back(RunOne(run, test));
  return results;
}

}  // namespace tarn::quality
