// SPDX-License-Identifier: Apache-2.0
#include "quality/test_results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "quality/results_table.h"
#include "store/memory/memory_store.h"

namespace tarn::quality {
namespace {

class TestResultsTest : public testing::Test {
 protected:
  TestReport Report(const std::string& table, uint64_t run, const std::vector<TestStatus>& statuses) {
    clock_.Advance(std::chrono::seconds(1));
    TestReport report;
    report.domain = "d";
    report.table = table;
    report.execution_id = "d." + table + "." + std::to_string(run);
    report.executed_at = clock_.Now();
    for (const auto status : statuses) {
      TestResult result;
      result.name = "t" + std::to_string(report.results.size());
      result.status = status;
      result.parameters = codec::Json::object();
      if (status != TestStatus::kError) result.failures = 12;
      report.results.push_back(std::move(result));
    }
    return report;
  }

  std::vector<std::string> Names(const ResultFilter& filter) {
    const auto listed = results_.List(filter);
    EXPECT_THAT(listed, IsOk());
    std::vector<std::string> names;
    for (const auto& one : *listed)
      names.push_back(one.report->execution_id + " " + one.report->results[one.index].name);
    return names;
  }

  ManualClock clock_{Timestamp{1'767'225'600'000'000}};
  store::MemoryStore store_;
  TestResults results_{store_, clock_};
};

TEST_F(TestResultsTest, TheLastAttemptOfAnExecutionHolds) {
  ASSERT_THAT(results_.Put(Report("a", 4, {TestStatus::kPass, TestStatus::kPass}), 4), IsOk());
  ASSERT_THAT(results_.Put(Report("a", 4, {TestStatus::kFail}), 4), IsOk());
  EXPECT_THAT(Names({}), testing::ElementsAre("d.a.4 t0"));
  TestResults restarted(store_, clock_);
  ASSERT_OK_AND_ASSIGN(const auto found, restarted.Find("d", "a", 4));
  EXPECT_EQ(found->results[0].status, TestStatus::kFail);
  ASSERT_OK_AND_ASSIGN(const auto none, restarted.Find("d", "a", 5));
  EXPECT_EQ(none, nullptr);
}

TEST_F(TestResultsTest, RowsThatAreForgottenLeaveEveryAttempt) {
  const auto with_row = [&](TestStatus status) {
    auto report = Report("a", 4, {status, TestStatus::kFail});
    for (auto& result : report.results) result.rows = {codec::Json{{"who", "ada"}}};
    report.results[0].message = "no number: ada";
    return report;
  };
  ASSERT_THAT(results_.Put(with_row(TestStatus::kError), 4), IsOk());
  ASSERT_THAT(results_.Put(with_row(TestStatus::kFail), 4), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto before, results_.Find("d", "a", 4));
  const auto first = [](const TestResult& result) { return result.name == "t0"; };
  ASSERT_OK_AND_ASSIGN(const auto forgotten, results_.ForgetRows("d", "a", first));
  EXPECT_EQ(forgotten.rows, 2U);
  EXPECT_EQ(forgotten.rewritten.size(), 2U);
  for (const auto& key : forgotten.rewritten) {
    ASSERT_OK_AND_ASSIGN(const auto body, store_.Get(key));
    ASSERT_OK_AND_ASSIGN(const auto stored, DecodeTestReport(body));
    EXPECT_TRUE(stored.results[0].rows.empty());
    const bool could_run = stored.results[0].status != TestStatus::kError;
    EXPECT_EQ(stored.results[0].message == "no number: ada", could_run);
    EXPECT_EQ(stored.results[1].rows.size(), 1U);
  }
  ASSERT_OK_AND_ASSIGN(const auto after, results_.Find("d", "a", 4));
  EXPECT_TRUE(after->results[0].rows.empty());
  EXPECT_EQ(before->results[0].rows.size(), 1U) << "who has it keeps it";
  ASSERT_OK_AND_ASSIGN(const auto again, results_.ForgetRows("d", "a", first));
  EXPECT_TRUE(again.rewritten.empty());
}

TEST_F(TestResultsTest, ListsNewestFirstByTableExecutionAndStatus) {
  ASSERT_THAT(results_.Put(Report("a", 1, {TestStatus::kPass, TestStatus::kFail}), 1), IsOk());
  ASSERT_THAT(results_.Put(Report("b", 9, {TestStatus::kWarn}), 9), IsOk());
  ASSERT_THAT(results_.Put(Report("a", 10, {TestStatus::kPass}), 10), IsOk());
  EXPECT_THAT(Names({}), testing::ElementsAre("d.a.10 t0", "d.b.9 t0", "d.a.1 t0", "d.a.1 t1"));
  ResultFilter filter;
  filter.limit = 2;
  EXPECT_THAT(Names(filter), testing::ElementsAre("d.a.10 t0", "d.b.9 t0"));
  filter = {};
  filter.table = "a";
  filter.status = TestStatus::kPass;
  EXPECT_THAT(Names(filter), testing::ElementsAre("d.a.10 t0", "d.a.1 t0"));
  filter = {};
  filter.execution_id = "d.a.1";
  EXPECT_THAT(Names(filter), testing::ElementsAre("d.a.1 t0", "d.a.1 t1"));
}

TEST_F(TestResultsTest, TheTableHasElementarysColumnsAndEveryResultOnce) {
  ASSERT_THAT(results_.Put(Report("a", 1, {TestStatus::kPass, TestStatus::kError}), 1), IsOk());
  ASSERT_THAT(results_.Put(Report("b", 2, {TestStatus::kFail}), 2), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto bound, BindTestResults(results_));
  std::vector<std::string> names;
  for (const auto& field : bound->visible.fields) names.push_back(field.name);
  EXPECT_THAT(names, testing::ElementsAre(
                         "id", "data_issue_id", "test_execution_id", "test_unique_id", "model_unique_id",
                         "invocation_id", "detected_at", "created_at", "database_name", "schema_name", "table_name",
                         "column_name", "test_type", "test_sub_type", "test_results_description", "owners", "tags",
                         "test_results_query", "other", "test_name", "test_params", "severity", "status", "failures",
                         "test_short_name", "test_alias", "result_rows", "failed_row_count"));
  const auto& rows = *std::get<std::shared_ptr<engine::RowSource>>(bound->source);
  std::vector<std::string> found;
  const std::vector<size_t> columns{0, 22, 23};
  for (size_t unit = 0; unit < rows.unit_count(); ++unit) {
    auto source = std::get<std::shared_ptr<engine::RowSource>>(bound->source);
    ASSERT_OK_AND_ASSIGN(const auto reader, source->Open(unit, columns));
    table::BatchView batch;
    while (*reader->Next(batch)) {
      for (size_t row = 0; row < batch.rows; ++row) {
        const auto failures =
            batch.columns[2].IsValid(row) ? std::to_string(batch.columns[2].At<int64_t>(row)) : std::string("-");
        found.push_back(std::string(batch.columns[0].At<std::string_view>(row)) + " " +
                        std::string(batch.columns[1].At<std::string_view>(row)) + " " + failures);
      }
    }
  }
  EXPECT_THAT(found, testing::ElementsAre("d.a.1.t0 pass 12", "d.a.1.t1 error -", "d.b.2.t0 fail 12"));
}

TEST_F(TestResultsTest, TheStoredFormReadsBack) {
  auto report = Report("a", 1, {TestStatus::kFail});
  report.results[0].rows = {{{"id", 1}}};
  report.results[0].column = "id";
  ASSERT_OK_AND_ASSIGN(const auto back, DecodeTestReport(EncodeTestReport(report)));
  EXPECT_EQ(EncodeTestReport(back), EncodeTestReport(report));
  EXPECT_THAT(DecodeTestReport("{}"), ErrorIs(ErrorCode::kCorrupt));
  EXPECT_THAT(DecodeTestReport(R"({"version":2})"), ErrorIs(ErrorCode::kUnsupported));
}

}  // namespace
}  // namespace tarn::quality
