// SPDX-License-Identifier: Apache-2.0
#include "gold/runner.h"

#include "gold/publish.h"
#include "gold/runner_testing.h"
#include "lake/keys.h"

namespace tarn::gold {
namespace {

/// What publishing does whatever the table's format.
class PublishTest : public RunnerTest, public testing::WithParamInterface<const char*> {
 protected:
  PublishTest() { table_format_ = GetParam(); }
};

INSTANTIATE_TEST_SUITE_P(Formats, PublishTest, testing::Values("delta", "iceberg"),
                         [](const auto& one) { return std::string(one.param); });

TEST_P(PublishTest, OverwriteReplacesTheTableAlsoByAnEmptyResult) {
  Save("numbers", "SELECT i, i * 1.5 AS amount FROM range(3) t(i)", WriteMode::kOverwrite);
  const auto first = Run("numbers");
  EXPECT_EQ(first.status, RunStatus::kSucceeded) << first.error.value_or("");
  EXPECT_EQ(first.rows, 3U);
  EXPECT_EQ(Rows("SELECT count(*) AS n, sum(amount) AS s FROM sales.gold.numbers"), "{'n': 3, 's': 4.5}");
  Save("numbers", "SELECT 1 AS i WHERE false", WriteMode::kOverwrite);
  const auto second = Run("numbers");
  EXPECT_EQ(second.status, RunStatus::kSucceeded) << second.error.value_or("");
  EXPECT_EQ(second.rows, 0U);
  EXPECT_EQ(Rows("SELECT count(*) AS n FROM sales.gold.numbers"), "{'n': 0}");
}

TEST_P(PublishTest, AnOverwriteTakesWhatTheQueryGives) {
  // A comment at the end, a column without a type, names that repeat and a PIVOT, which prepares itself.
  Save("odd", "SELECT NULL AS nothing, 'x' AS text, uuid() IS NULL AS flag, 1::HUGEINT AS big; -- all",
       WriteMode::kOverwrite);
  const auto odd = Run("odd");
  EXPECT_EQ(odd.rows, 1U) << odd.error.value_or("");
  EXPECT_EQ(Rows("SELECT * FROM sales.gold.odd"), "{'nothing': NULL, 'text': x, 'flag': false, 'big': 1}");
  Save("twice", "SELECT 1 AS a, 2 AS a", WriteMode::kOverwrite);
  const auto twice = Run("twice");
  EXPECT_EQ(twice.rows, 1U) << twice.error.value_or("");
  EXPECT_EQ(Rows("SELECT * FROM sales.gold.twice"), "{'a': 1, 'a_1': 2}");
  Save("turned", "PIVOT (FROM (VALUES ('a', 1), ('b', 2), ('a', 3)) t(k, v)) ON k USING sum(v)", WriteMode::kOverwrite);
  const auto turned = Run("turned");
  EXPECT_EQ(turned.rows, 1U) << turned.error.value_or("");
  EXPECT_EQ(Rows("SELECT a, b FROM sales.gold.turned"), "{'a': 4, 'b': 2}");
}

TEST_P(PublishTest, ALostRaceNamesTheWrittenFilesAgain) {
  const auto job = Save("raced", "SELECT i FROM range(3) t(i)", WriteMode::kOverwrite);
  Run("raced");
  const auto location = lake::GoldLocation("sales", "raced");
  const auto table = tables_.Get(location);
  ASSERT_OK_AND_ASSIGN(const auto workspace, engine_->OpenWorkspace({}));
  ASSERT_OK_AND_ASSIGN(const auto result, workspace->Describe(job->query));
  ASSERT_OK_AND_ASSIGN(const auto before, store_.List(location + "/data/"));
  lake::OpenTables others({store_, formats_, clock_, randomness_});
  int checks = 0;
  const auto overtaken = [&]() -> Status {
    if (++checks > 1) return {};
    const auto planner = [](const table::SnapshotPtr&) -> Result<std::optional<table::CommitIntent>> {
      table::CommitIntent intent;
      intent.operation = "WRITE";
      intent.transactions["somebody"] = 1;
      return std::optional(std::move(intent));
    };
    TARN_TRY(others.Get(location)->Commit(planner));
    return {};
  };
  ASSERT_OK_AND_ASSIGN(const auto made, Publish({*job, 9, *workspace, result, ResultPlace::kQuery, overtaken}, *table));
  EXPECT_EQ(checks, 2);
  EXPECT_EQ(made->RecordCount(), 3);
  ASSERT_OK_AND_ASSIGN(const auto after, store_.List(location + "/data/"));
  EXPECT_EQ(after.size(), before.size() + 1);
}

TEST_P(PublishTest, ARollbackBringsBackRowsAndColumnsAndTheNextRunPublishesOnThem) {
  Save("numbers", "SELECT i FROM range(3) t(i)", WriteMode::kOverwrite);
  Run("numbers");
  ASSERT_OK_AND_ASSIGN(const auto table, gold_tables_.TableOf("sales", "numbers"));
  ASSERT_OK_AND_ASSIGN(const auto first, table->Load());
  Save("numbers", "SELECT 'x' AS word, 7 AS i", WriteMode::kOverwrite);
  Run("numbers");
  ASSERT_OK_AND_ASSIGN(const auto second, table->Load());
  ASSERT_OK_AND_ASSIGN(const auto done, gold_tables_.Rollback("sales", "numbers", {.target = first->snapshot_id}));
  EXPECT_TRUE(done.committed);
  EXPECT_EQ(Rows("SELECT * FROM sales.gold.numbers"), "{'i': 0} {'i': 1} {'i': 2}");
  ASSERT_OK_AND_ASSIGN(const auto again, gold_tables_.Rollback("sales", "numbers", {.target = first->snapshot_id}));
  EXPECT_FALSE(again.committed);
  ASSERT_OK_AND_ASSIGN(const auto back, table->Load());
  EXPECT_EQ(back->transactions, second->transactions) << "no run is published twice";
  Save("numbers", "SELECT 9 AS i", WriteMode::kAppend);
  EXPECT_EQ(Run("numbers").status, RunStatus::kSucceeded);
  EXPECT_EQ(Rows("SELECT * FROM sales.gold.numbers"), "{'i': 0} {'i': 1} {'i': 2} {'i': 9}");
  EXPECT_THAT(gold_tables_.TableOf("sales", "nothing"), ErrorIs(ErrorCode::kNotFound));
}

TEST_P(PublishTest, AppendAddsRowsAndExtendsTheTableByNewColumns) {
  Save("log", "SELECT 1 AS id", WriteMode::kAppend);
  Run("log");
  Save("log", "SELECT 2 AS id, 'x' AS note", WriteMode::kAppend);
  EXPECT_EQ(Run("log").status, RunStatus::kSucceeded);
  EXPECT_EQ(Rows("SELECT id, note FROM sales.gold.log"), "{'id': 1, 'note': NULL} {'id': 2, 'note': x}");
}

TEST_P(PublishTest, AppendWidensAColumnThatNeedsIt) {
  Save("wide", "SELECT 1::BIGINT AS v", WriteMode::kAppend);
  Run("wide");
  Save("wide", "SELECT 'two' AS v", WriteMode::kAppend);
  const auto run = Run("wide");
  EXPECT_EQ(run.status, RunStatus::kSucceeded) << run.error.value_or("");
  EXPECT_EQ(Rows("SELECT v FROM sales.gold.wide"), "{'v': 1} {'v': two}");
}

TEST_P(PublishTest, MergeReplacesRowsOfTheSameKeyAndKeepsOthers) {
  Save("latest", "SELECT * FROM (VALUES (1, 'a'), (2, 'b'), (NULL, 'n')) t(id, v)", WriteMode::kAppend, {"id"});
  Run("latest");
  Save("latest", "SELECT * FROM (VALUES (2, 'B'), (3, 'C'), (NULL, 'N')) t(id, v)", WriteMode::kUpsert, {"id"});
  EXPECT_EQ(Run("latest").status, RunStatus::kSucceeded);
  EXPECT_EQ(Rows("SELECT id, v FROM sales.gold.latest"),
            "{'id': 1, 'v': a} {'id': 2, 'v': B} {'id': 3, 'v': C} {'id': NULL, 'v': N}");
}

TEST_P(PublishTest, AFailedRunLeavesTheLastGoodTableAndSaysWhy) {
  Save("fragile", "SELECT 1 AS id", WriteMode::kOverwrite);
  Run("fragile");
  Save("fragile", "SELECT error('boom') AS id", WriteMode::kOverwrite);
  const auto failed = Run("fragile");
  EXPECT_EQ(failed.status, RunStatus::kFailed);
  EXPECT_NE(failed.error.value_or("").find("boom"), std::string::npos);
  EXPECT_EQ(Rows("SELECT id FROM sales.gold.fragile"), "{'id': 1}");
  Save("fragile", "SELECT 1 AS id UNION ALL SELECT 1", WriteMode::kUpsert, {"id"});
  const auto duplicate = Run("fragile");
  EXPECT_EQ(duplicate.status, RunStatus::kFailed);
  EXPECT_NE(duplicate.error.value_or("").find("duplicate keys"), std::string::npos);
}

TEST_P(PublishTest, ARunPublishesOnceHoweverOftenItIsPublished) {
  const auto job = Save("once", "SELECT 1 AS id", WriteMode::kAppend);
  const auto table = tables_.Get(lake::GoldLocation("sales", "once"));
  for (int attempt = 0; attempt < 3; ++attempt) {
    ASSERT_OK_AND_ASSIGN(const auto workspace, engine_->OpenWorkspace({}));
    ASSERT_THAT(workspace->Execute("CREATE TEMP TABLE result AS " + job->query), IsOk());
    ASSERT_OK_AND_ASSIGN(const auto result, workspace->Describe("SELECT * FROM result"));
    ASSERT_THAT(Publish({*job, 7, *workspace, result, ResultPlace::kTempTable, [] { return Status(); }}, *table),
                IsOk());
  }
  EXPECT_EQ(Rows("SELECT count(*) AS n FROM sales.gold.once"), "{'n': 1}");
  ASSERT_OK_AND_ASSIGN(const auto workspace, engine_->OpenWorkspace({}));
  ASSERT_THAT(workspace->Execute("CREATE TEMP TABLE result AS " + job->query), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto result, workspace->Describe("SELECT * FROM result"));
  EXPECT_THAT(Publish({*job, 6, *workspace, result, ResultPlace::kTempTable, [] { return Status(); }}, *table),
              ErrorIs(ErrorCode::kConflict));
}

TEST_F(RunnerTest, ALostSeatPublishesNothing) {
  Save("guarded", "SELECT 1 AS id", WriteMode::kOverwrite);
  seat_ = Fail(ErrorCode::kFailedPrecondition, "seat lost");
  EXPECT_EQ(Run("guarded").status, RunStatus::kFailed);
  ASSERT_OK_AND_ASSIGN(const auto snapshot, tables_.Get(lake::GoldLocation("sales", "guarded"))->Load());
  EXPECT_FALSE(snapshot->exists());
}

TEST_P(PublishTest, RunsLeftOpenAreClosedByWhatTheTableSays) {
  Save("left", "SELECT 1 AS id", WriteMode::kOverwrite);
  const auto published = Run("left");
  auto reopened = published;
  reopened.status = RunStatus::kRunning;
  reopened.stopped_at.reset();
  reopened.rows.reset();
  ASSERT_THAT(runs_->Update(reopened), IsOk());
  Execution never;
  never.domain = "sales";
  never.job_name = "left";
  ASSERT_OK_AND_ASSIGN(never, runs_->Start(never));
  Restart();
  ASSERT_OK_AND_ASSIGN(const auto first, runs_->Find({"sales", "left", published.run}));
  EXPECT_EQ(first->status, RunStatus::kSucceeded);
  EXPECT_EQ(first->rows, 1U);
  ASSERT_OK_AND_ASSIGN(const auto second, runs_->Find({"sales", "left", never.run}));
  EXPECT_EQ(second->status, RunStatus::kFailed);
}

TEST_F(RunnerTest, ExecutionsAreListedNewestFirstAndFoundByLongerIds) {
  Save("a", "SELECT 1 AS id", WriteMode::kOverwrite);
  Run("a");
  const auto last = Run("a");
  RunFilter filter;
  filter.domain = "sales";
  filter.limit = 1;
  ASSERT_OK_AND_ASSIGN(const auto newest, runs_->List(filter));
  ASSERT_EQ(newest.size(), 1U);
  EXPECT_EQ(newest[0].run, last.run);
  filter.before = ExecutionId{"sales", "a", last.run};
  ASSERT_OK_AND_ASSIGN(const auto older, runs_->List(filter));
  ASSERT_EQ(older.size(), 1U);
  EXPECT_LT(older[0].run, last.run);
  const auto id = ParseExecutionId("arn:x:execution:" + last.id());
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(id->run, last.run);
  EXPECT_FALSE(ParseExecutionId("nonsense").has_value());
}

}  // namespace
}  // namespace tarn::gold
