// SPDX-License-Identifier: Apache-2.0
// Views and incremental jobs: which rows a run replaces, what a backfill does after a restart.
#include "gold/attempt.h"

#include "gold/runner_testing.h"
#include "gold/view_reads.h"
#include "lake/keys.h"

namespace tarn::gold {
namespace {

using testing::HasSubstr;

class AttemptTest : public RunnerTest, public testing::WithParamInterface<const char*> {
 protected:
  AttemptTest() { table_format_ = GetParam(); }

  JobPtr SaveJob(const std::string& name, const std::string& query, const std::function<void(Job&)>& change) {
    Job job;
    job.domain = "sales";
    job.name = name;
    job.query = query;
    job.retries = 0;
    job.format = table_format_;
    change(job);
    auto saved = jobs_.Find("sales", name) ? jobs_.Replace(job) : jobs_.Create(job);
    EXPECT_THAT(saved, IsOk());
    return *saved;
  }

  /// A day a row, `version` written into each.
  void SaveDays(const std::string& version, int days) {
    SaveJob("days",
            "SELECT DATE '2026-03-01' + CAST(i AS INTEGER) AS day, '" + version + "' AS v FROM range(" +
                std::to_string(days) + ") t(i)",
            [](Job& job) {
              job.materialization = Materialization::kIncremental;
              job.interval_column = "day";
              job.interval_text = "1d";
              job.interval = std::chrono::hours(24);
            });
  }

  Execution RunScoped(const std::string& name, const RunScope& scope) {
    Runner::Occasion occasion;
    occasion.scope = scope;
    auto started = runner_->Run("sales", name, occasion);
    EXPECT_THAT(started, IsOk());
    return Await(name, started->run);
  }

  static RunScope Backfill(const char* from, const char* to) {
    RunScope scope;
    scope.from = *ParseTimestamp(from);
    scope.to = *ParseTimestamp(to);
    return scope;
  }

  std::string Days() { return Rows("SELECT strftime(day, '%d') || v AS d FROM sales.gold.days"); }
};

INSTANTIATE_TEST_SUITE_P(Formats, AttemptTest, testing::Values("delta", "iceberg"),
                         [](const auto& one) { return std::string(one.param); });

TEST_P(AttemptTest, AnIncrementalRunReplacesTheLastIntervalAndAddsLaterOnes) {
  SaveDays("a", 3);
  const auto first = Run("days");
  EXPECT_EQ(first.rows, 3U) << first.error.value_or("");
  EXPECT_EQ(Days(), "{'d': 01a} {'d': 02a} {'d': 03a}");
  SaveDays("b", 5);
  const auto second = Run("days");
  EXPECT_EQ(second.rows, 3U) << second.error.value_or("");
  EXPECT_EQ(Days(), "{'d': 01a} {'d': 02a} {'d': 03b} {'d': 04b} {'d': 05b}");
  SaveDays("c", 2);
  EXPECT_EQ(Run("days").rows, 0U);
  EXPECT_EQ(Days(), "{'d': 01a} {'d': 02a} {'d': 03b} {'d': 04b}") << "the last day has no rows any more";
  RunScope full;
  full.full_refresh = true;
  EXPECT_EQ(RunScoped("days", full).rows, 2U);
  EXPECT_EQ(Days(), "{'d': 01c} {'d': 02c}");
}

TEST_P(AttemptTest, ABackfillReplacesItsRangeOnly) {
  SaveDays("a", 6);
  Run("days");
  SaveDays("b", 6);
  const auto done = RunScoped("days", Backfill("2026-03-02T12:00:00Z", "2026-03-04T00:00:00Z"));
  EXPECT_EQ(done.status, RunStatus::kSucceeded) << done.error.value_or("");
  EXPECT_EQ(done.rows, 2U);
  EXPECT_EQ(Days(), "{'d': 01a} {'d': 02b} {'d': 03b} {'d': 04a} {'d': 05a} {'d': 06a}");
}

TEST_P(AttemptTest, ABackfillGoesOnWhereItsLastCommitSays) {
  SaveDays("a", 6);
  Run("days");
  SaveDays("b", 6);
  auto done = RunScoped("days", Backfill("2026-03-01T00:00:00Z", "2026-03-05T00:00:00Z"));
  EXPECT_EQ(done.rows, 4U) << done.error.value_or("");
  const auto table = tables_.Get(lake::GoldLocation("sales", "days"));
  // As it was after the second step: the record open, two days to go.
  auto open = done;
  open.status = RunStatus::kRunning;
  open.stopped_at.reset();
  ASSERT_THAT(runs_->Update(open), IsOk());
  runner_.reset();
  const auto planner = [&](const table::SnapshotPtr&) -> Result<std::optional<table::CommitIntent>> {
    table::CommitIntent intent;
    intent.operation = "WRITE";
    intent.transactions["sales/days#until"] = ParseTimestamp("2026-03-03T00:00:00Z")->micros;
    return std::optional(std::move(intent));
  };
  ASSERT_THAT(table->Commit(planner), IsOk());
  const auto commits = table->History()->size();
  Restart();
  const auto resumed = Await("days", done.run);
  EXPECT_EQ(resumed.status, RunStatus::kSucceeded) << resumed.error.value_or("");
  EXPECT_EQ(resumed.rows, 2U) << "the days that were left";
  EXPECT_EQ(table->History()->size(), commits + 2);
  EXPECT_EQ(Days(), "{'d': 01b} {'d': 02b} {'d': 03b} {'d': 04b} {'d': 05a} {'d': 06a}");
}

TEST_P(AttemptTest, RowsOfNoIntervalAndOtherTypesAreRefused) {
  SaveJob("odd", "SELECT NULL::DATE AS day", [](Job& job) {
    job.materialization = Materialization::kIncremental;
    job.interval_column = "day";
    job.interval = std::chrono::hours(24);
    job.interval_text = "1d";
  });
  EXPECT_THAT(Run("odd").error.value_or(""), HasSubstr("1 rows of the result are of no interval"));
  const auto keep = [](Job& job) {
    job.materialization = Materialization::kIncremental;
    job.interval_column = "day";
    job.interval = std::chrono::hours(24);
    job.interval_text = "1d";
  };
  SaveJob("odd", "SELECT 5 AS day", keep);
  EXPECT_THAT(Run("odd").error.value_or(""), HasSubstr("must be a date or a time stamp"));
  SaveJob("odd", "SELECT 5 AS other", keep);
  EXPECT_THAT(Run("odd").error.value_or(""), HasSubstr("no column for interval_column"));
}

TEST_P(AttemptTest, AScopeNeedsAJobThatHasIntervals) {
  Save("plain", "SELECT 1 AS id", WriteMode::kOverwrite);
  Runner::Occasion occasion;
  occasion.scope = Backfill("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z");
  EXPECT_THAT(runner_->Run("sales", "plain", occasion), ErrorIs(ErrorCode::kInvalidArgument));
  occasion.scope = {};
  occasion.scope.full_refresh = true;
  EXPECT_THAT(runner_->Run("sales", "plain", occasion), ErrorIs(ErrorCode::kInvalidArgument));
  SaveDays("a", 1);
  occasion.scope = Backfill("2026-03-02T00:00:00Z", "2026-03-02T00:00:00Z");
  EXPECT_THAT(runner_->Run("sales", "days", occasion), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST_P(AttemptTest, AnIncrementalJobWithAKeyMerges) {
  const auto keyed = [](Job& job) {
    job.materialization = Materialization::kIncremental;
    job.unique_key = {"id"};
  };
  SaveJob("keyed", "SELECT * FROM (VALUES (1, 'a'), (2, 'a')) t(id, v)", keyed);
  EXPECT_EQ(Run("keyed").status, RunStatus::kSucceeded);
  SaveJob("keyed", "SELECT * FROM (VALUES (2, 'b'), (3, 'b')) t(id, v)", keyed);
  EXPECT_EQ(Run("keyed").status, RunStatus::kSucceeded);
  EXPECT_EQ(Rows("SELECT id, v FROM sales.gold.keyed"), "{'id': 1, 'v': a} {'id': 2, 'v': b} {'id': 3, 'v': b}");
}

TEST_P(AttemptTest, AViewIsItsQueryAndHasNoTable) {
  Save("base", "SELECT i AS id FROM range(3) t(i)", WriteMode::kOverwrite);
  Run("base");
  const auto job = SaveJob("seen", "SELECT id + 1 AS id FROM sales.gold.base", [](Job& one) {
    one.materialization = Materialization::kView;
    one.reads = {{"sales", "gold", "base"}};
    quality::Test test;
    test.type = quality::TestType::kRowCount;
    test.max = codec::Json(3);
    one.tests = {test};
    quality::NameTests("seen", one.tests);
  });
  EXPECT_EQ(Rows("SELECT * FROM sales.gold.seen"), "{'id': 1} {'id': 2} {'id': 3}");
  const auto run = Run("seen");
  EXPECT_EQ(run.status, RunStatus::kSucceeded) << run.error.value_or("");
  EXPECT_FALSE(run.rows.has_value());
  ASSERT_OK_AND_ASSIGN(const auto none, store_.List("gold/sales/seen/"));
  EXPECT_TRUE(none.empty());
  Save("base", "SELECT i AS id FROM range(4) t(i)", WriteMode::kOverwrite);
  Run("base");
  const auto bad = Run("seen");
  EXPECT_EQ(bad.status, RunStatus::kFailed);
  EXPECT_THAT(bad.error.value_or(""), HasSubstr("row_count_seen"));
  EXPECT_EQ(TablesBehind(jobs_, {job->table()}), (std::vector<engine::TableName>{{"sales", "gold", "base"}}));
  EXPECT_THAT(gold_tables_.TableOf("sales", "seen"), ErrorIs(ErrorCode::kUnsupported));
}

TEST_P(AttemptTest, ACancelledRunPublishesNothing) {
  Save("slow", "SELECT count(*) AS n FROM range(100000000) a, range(100000000) b WHERE a.range + b.range = 7",
       WriteMode::kOverwrite);
  ASSERT_OK_AND_ASSIGN(const auto running, runner_->Run("sales", "slow", {}));
  ASSERT_OK_AND_ASSIGN(const auto queued, runner_->Run("sales", "slow", {}));
  while ((*runs_->Find({"sales", "slow", running.run}))->status != RunStatus::kRunning) std::this_thread::yield();
  ASSERT_OK_AND_ASSIGN(const auto dropped, runner_->Cancel({"sales", "slow", queued.run}));
  EXPECT_EQ(dropped.status, RunStatus::kAborted);
  ASSERT_THAT(runner_->Cancel({"sales", "slow", running.run}), IsOk());
  EXPECT_EQ(Await("slow", running.run).status, RunStatus::kAborted);
  EXPECT_THAT(Rows("SELECT * FROM sales.gold.slow"), HasSubstr("does not exist"));
  EXPECT_THAT(runner_->Cancel({"sales", "slow", queued.run}), ErrorIs(ErrorCode::kConflict));
  EXPECT_THAT(runner_->Cancel({"sales", "slow", 99}), ErrorIs(ErrorCode::kNotFound));
}

}  // namespace
}  // namespace tarn::gold
