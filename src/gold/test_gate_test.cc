// SPDX-License-Identifier: Apache-2.0
// Stage, test, publish: what the tests of a job see, what they keep from being published and what is left of it.
#include "gold/test_gate.h"

#include "gold/runner_testing.h"
#include "lake/keys.h"

namespace tarn::gold {
namespace {

using quality::Severity;
using quality::TestStatus;
using quality::TestType;
using testing::HasSubstr;

class TestGateTest : public RunnerTest, public testing::WithParamInterface<const char*> {
 protected:
  TestGateTest() { table_format_ = GetParam(); }

  static quality::Test Unique(const std::string& column) {
    quality::Test test;
    test.type = TestType::kUnique;
    test.columns = {column};
    return test;
  }
  static quality::Test NotNull(const std::string& column, Severity severity = Severity::kError) {
    quality::Test test;
    test.type = TestType::kNotNull;
    test.columns = {column};
    test.severity = severity;
    return test;
  }

  /// "name status failures" of an execution's tests.
  std::vector<std::string> Results(const Execution& execution) {
    const auto report = test_results_.Find("sales", execution.job_name, execution.run);
    EXPECT_THAT(report, IsOk());
    std::vector<std::string> texts;
    if (!*report) return texts;
    EXPECT_EQ((*report)->execution_id, execution.id());
    for (const auto& result : (*report)->results) {
      texts.push_back(result.name + " " + std::string(quality::TestStatusName(result.status)) + " " +
                      (result.failures ? std::to_string(*result.failures) : "-"));
    }
    return texts;
  }

  std::string Staged(const Execution& execution, const std::string& columns = "*") {
    return Rows("SELECT " + columns + " FROM sales.gold.\"" + execution.job_name + "@" + std::to_string(execution.run) +
                "\"");
  }
};

INSTANTIATE_TEST_SUITE_P(Formats, TestGateTest, testing::Values("delta", "iceberg"),
                         [](const auto& one) { return std::string(one.param); });

TEST_P(TestGateTest, AFailedTestKeepsTheOldTableAndShowsWhatWasTested) {
  Save("daily", "SELECT 1 AS id", WriteMode::kOverwrite, {}, {NotNull("id")});
  const auto good = Run("daily");
  EXPECT_EQ(good.status, RunStatus::kSucceeded) << good.error.value_or("");
  EXPECT_THAT(Results(good), testing::ElementsAre("not_null_daily_id pass 0"));
  Save("daily", "SELECT CASE WHEN i < 12 THEN NULL ELSE i END AS id, 'new' AS word FROM range(15) t(i)",
       WriteMode::kOverwrite, {}, {NotNull("id"), NotNull("word")});
  const auto bad = Run("daily");
  EXPECT_EQ(bad.status, RunStatus::kFailed);
  EXPECT_THAT(bad.error.value_or(""), HasSubstr("1 of 2 tests failed: not_null_daily_id (12 failures)"));
  EXPECT_THAT(Results(bad), testing::ElementsAre("not_null_daily_id fail 12", "not_null_daily_word pass 0"));
  EXPECT_EQ(Rows("SELECT * FROM sales.gold.daily"), "{'id': 1}");
  EXPECT_EQ(Staged(bad, "count(*) AS n, count(id) AS ids, min(word) AS word"), "{'n': 15, 'ids': 3, 'word': new}");
  EXPECT_THAT(Staged(good), HasSubstr("does not exist")) << "what was published is the table";
  Save("daily", "SELECT 3 AS id", WriteMode::kOverwrite, {}, {NotNull("id")});
  EXPECT_EQ(Run("daily").status, RunStatus::kSucceeded);
  EXPECT_EQ(Rows("SELECT * FROM sales.gold.daily"), "{'id': 3}");
  EXPECT_EQ(Staged(bad, "count(*) AS n"), "{'n': 15}");
}

TEST_P(TestGateTest, TheFirstRunOfAJobMayFailToo) {
  Save("fresh", "SELECT NULL::INTEGER AS id", WriteMode::kOverwrite, {}, {NotNull("id")});
  const auto bad = Run("fresh");
  EXPECT_EQ(bad.status, RunStatus::kFailed);
  EXPECT_EQ(Staged(bad), "{'id': NULL}");
  EXPECT_THAT(Rows("SELECT * FROM sales.gold.fresh"), HasSubstr("does not exist"));
}

TEST_P(TestGateTest, TestsOfAnAppendSeeTheWholeTableAsItWouldBe) {
  Save("log", "SELECT 1 AS id", WriteMode::kAppend, {}, {Unique("id")});
  EXPECT_EQ(Run("log").status, RunStatus::kSucceeded);
  Save("log", "SELECT 2 AS id, 'x' AS note", WriteMode::kAppend, {}, {Unique("id")});
  EXPECT_EQ(Run("log").status, RunStatus::kSucceeded);
  Save("log", "SELECT 1 AS id, 'y' AS note", WriteMode::kAppend, {}, {Unique("id")});
  const auto bad = Run("log");
  EXPECT_EQ(bad.status, RunStatus::kFailed);
  EXPECT_THAT(Results(bad), testing::ElementsAre("unique_log_id fail 1"));
  EXPECT_EQ(Rows("SELECT id FROM sales.gold.log"), "{'id': 1} {'id': 2}");
  EXPECT_EQ(Staged(bad), "{'id': 1, 'note': NULL} {'id': 1, 'note': y} {'id': 2, 'note': x}");
}

TEST_P(TestGateTest, TestsOfAMergeSeeReplacedRowsOnce) {
  Save("latest", "SELECT * FROM (VALUES (1, 'a'), (2, 'b')) t(id, v)", WriteMode::kUpsert, {"id"}, {Unique("id")});
  EXPECT_EQ(Run("latest").status, RunStatus::kSucceeded);
  Save("latest", "SELECT * FROM (VALUES (2, 'c'), (3, NULL)) t(id, v)", WriteMode::kUpsert, {"id"},
       {Unique("id"), NotNull("v")});
  const auto bad = Run("latest");
  EXPECT_THAT(Results(bad), testing::ElementsAre("unique_latest_id pass 0", "not_null_latest_v fail 1"));
  EXPECT_EQ(Staged(bad), "{'id': 1, 'v': a} {'id': 2, 'v': c} {'id': 3, 'v': NULL}");
  EXPECT_EQ(Rows("SELECT * FROM sales.gold.latest"), "{'id': 1, 'v': a} {'id': 2, 'v': b}");
}

TEST_P(TestGateTest, AWarningPublishesAndAnErrorOfAWarningDoesNot) {
  Save("warned", "SELECT NULL::INTEGER AS id", WriteMode::kOverwrite, {}, {NotNull("id", Severity::kWarn)});
  const auto warned = Run("warned");
  EXPECT_EQ(warned.status, RunStatus::kSucceeded) << warned.error.value_or("");
  EXPECT_THAT(Results(warned), testing::ElementsAre("not_null_warned_id warn 1"));
  EXPECT_EQ(Rows("SELECT * FROM sales.gold.warned"), "{'id': NULL}");
  Save("warned", "SELECT 2 AS id", WriteMode::kOverwrite, {}, {NotNull("missing", Severity::kWarn)});
  const auto erred = Run("warned");
  EXPECT_EQ(erred.status, RunStatus::kFailed);
  EXPECT_THAT(Results(erred), testing::ElementsAre("not_null_warned_missing error -"));
  EXPECT_EQ(Rows("SELECT * FROM sales.gold.warned"), "{'id': NULL}");
}

TEST_P(TestGateTest, ARunWhoseTestsFailedBeforeTheEndIsClosedWithTheirReason) {
  Save("cut", "SELECT NULL::INTEGER AS id", WriteMode::kOverwrite, {}, {NotNull("id")});
  auto bad = Run("cut");
  auto open = bad;
  open.status = RunStatus::kRunning;
  open.stopped_at.reset();
  open.error.reset();
  ASSERT_THAT(runs_->Update(open), IsOk());
  Restart();
  ASSERT_OK_AND_ASSIGN(const auto closed, runs_->Find({"sales", "cut", bad.run}));
  EXPECT_EQ(closed->status, RunStatus::kFailed);
  EXPECT_EQ(closed->error, bad.error);
}

TEST_P(TestGateTest, OnlyTheNewestStagedResultsAreKept) {
  Save("often", "SELECT NULL::INTEGER AS id", WriteMode::kOverwrite, {}, {NotNull("id")});
  for (size_t i = 0; i < StagedResults::kMostKept + 2; ++i) Run("often");
  StagedResults staged(store_);
  const auto location = lake::GoldLocation("sales", "often");
  ASSERT_OK_AND_ASSIGN(const auto kept, staged.Load(location));
  ASSERT_EQ(kept.size(), StagedResults::kMostKept);
  const Timestamp later{kept.back().staged_at.micros + 8 * 86'400'000'000};
  ASSERT_OK_AND_ASSIGN(const auto counted, staged.RemoveOld(location, later, true));
  EXPECT_EQ(counted, StagedResults::kMostKept);
  ASSERT_THAT(staged.RemoveOld(location, later, false), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto left, staged.Load(location));
  EXPECT_TRUE(left.empty());
}

TEST_P(TestGateTest, AStagedResultReadsBackAsItWasWritten) {
  StagedResult staged;
  staged.run = 3;
  staged.base = 17;
  staged.removed = {"data/a.parquet"};
  auto list = table::Scalar(table::TypeKind::kList);
  list.children = {{2, "element", table::Decimal(9, 2), true}};
  staged.schema.fields = {{1, "l", list, false}, {3, "at", table::Scalar(table::TypeKind::kTimestampNaive), true}};
  table::DataFile file;
  file.path = "data/b.parquet";
  file.size_bytes = 10;
  file.record_count = 2;
  staged.added = {file};
  ASSERT_OK_AND_ASSIGN(const auto back, DecodeStaged(EncodeStaged(staged)));
  EXPECT_EQ(back.schema, staged.schema);
  EXPECT_EQ(EncodeStaged(back), EncodeStaged(staged));
  EXPECT_THAT(DecodeStaged(R"({"version":1})"), ErrorIs(ErrorCode::kCorrupt));
}

}  // namespace
}  // namespace tarn::gold
