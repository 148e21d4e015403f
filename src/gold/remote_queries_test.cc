// SPDX-License-Identifier: Apache-2.0
// What is asked of an engine elsewhere, and what is not; that engine is one that gives the same rows to everything.

#include "gold/remote_queries.h"

#include "engine/duckdb/reference_finder.h"
#include "gold/runner_testing.h"
#include "table/batch.h"

namespace tarn::gold {
namespace {

using testing::HasSubstr;

/// The numbers 1 and 2 in the column n.
class TwoRows final : public engine::RowSource, public engine::RowReader {
 public:
  TwoRows() {
    table::Field field;
    field.id = 1;
    field.name = "n";
    field.type = table::Scalar(table::TypeKind::kInt64);
    schema_.fields.push_back(std::move(field));
  }
  const table::Schema& schema() const override { return schema_; }
  size_t unit_count() const override { return 1; }
  std::optional<uint64_t> row_count() const override { return std::nullopt; }
  Result<std::unique_ptr<engine::RowReader>> Open(size_t, std::span<const size_t>) override {
    return std::make_unique<TwoRows>();
  }
  Result<bool> Next(table::BatchView& batch) override {
    if (was_read_) return false;
    was_read_ = true;
    builder_.column(0).AppendInt64(1);
    builder_.column(0).AppendInt64(2);
    batch = builder_.View();
    return true;
  }

 private:
  table::Schema schema_;
  table::BatchBuilder builder_{{table::Scalar(table::TypeKind::kInt64)}};
  bool was_read_ = false;
};

class Elsewhere final : public engine::RemoteEngine {
 public:
  std::string TableText(const engine::RemoteTable& table) const override {
    const auto version = table.snapshot_id ? std::to_string(*table.snapshot_id) : "none";
    return "<" + table.name.ToString() + " " + version + (table.has_alias ? " named" : "") + ">";
  }
  Status CheckTable(const engine::RemoteTable&) const override {
    return refusal.empty() ? Status() : Fail(ErrorCode::kInvalidArgument, refusal);
  }
  std::string TimeText(Timestamp at, bool with_zone) const override {
    return FormatTimestamp(at) + (with_zone ? "+" : "");
  }
  Result<std::shared_ptr<engine::RowSource>> Query(const engine::RemoteQuery& query) override {
    asked.push_back(query.sql);
    tables = query.tables;
    if (!failures.empty()) {
      auto failure = failures.back();
      failures.pop_back();
      return Fail(std::move(failure));
    }
    return std::make_shared<TwoRows>();
  }

  std::vector<std::string> asked;
  std::vector<engine::RemoteTable> tables;  ///< of the last query
  std::string refusal;                      ///< of every table
  std::vector<Error> failures;
};

class RemoteQueriesTest : public RunnerTest {
 protected:
  void SetUp() override {
    RunnerTest::SetUp();
    runner_ =
        std::make_unique<Runner>(Runner::Dependencies{*engine_, catalog_, tables_, jobs_, *runs_, clock_, metrics_,
                                                      test_results_, [this] { return seat_; }, remotes_});
    ASSERT_THAT(runner_->Start(), IsOk());
    table_format_ = "iceberg";
  }

  static Job Far(const std::string& query) {
    Job job;
    job.domain = "sales";
    job.name = "far";
    job.query = query;
    job.engine = JobEngine::kTrino;
    job.format = "delta";
    job.retries = 2;
    return job;
  }

  std::string Refusal(const Job& job) {
    const auto checked = queries_.CheckSaved(job);
    return checked ? "taken" : checked.error().ToString();
  }

  Elsewhere elsewhere_;
  engine::ReferenceFinder finder_;
  RemoteEngines remotes_{&finder_, {{JobEngine::kTrino, &elsewhere_}}, [](const table::Snapshot& snapshot) {
                           return "metadata of " + std::to_string(snapshot.snapshot_id);
                         }};
  RemoteQueries queries_{catalog_, tables_, remotes_};
};

TEST_F(RemoteQueriesTest, TablesAreNamedAtOneVersionEach) {
  Save("a", "SELECT 1 AS n", WriteMode::kOverwrite);
  Run("a");
  std::map<std::string, int64_t> upstreams{{"left.over.t", 1}};
  ASSERT_OK_AND_ASSIGN(const auto bound,
                       queries_.Bind(Far("SELECT * FROM sales.gold.a x, Sales.gold.\"a\""), upstreams));
  ASSERT_TRUE(bound);
  ASSERT_EQ(upstreams.size(), 1U);
  const auto version = std::to_string(upstreams.at("sales.gold.a"));
  EXPECT_EQ(bound->sql, "SELECT * FROM <sales.gold.a " + version + " named> x, <sales.gold.a " + version + ">");
  EXPECT_EQ(bound->Rows(), "SELECT * FROM (\n" + bound->sql + "\n) AS rows_of_job");
  const IntervalRange range{{0}, Timestamp{1'000'000}, table::TypeKind::kTimestamp};
  EXPECT_EQ(bound->RowsIn("t", range), bound->Rows() +
                                           " WHERE rows_of_job.\"t\" >= 1970-01-01T00:00:00Z+ AND rows_of_job.\"t\" < "
                                           "1970-01-01T00:00:01Z+ OR rows_of_job.\"t\" IS NULL");
}

TEST_F(RemoteQueriesTest, TheEngineIsToldWhatTheQueryReadsAndMayRefuseIt) {
  Save("a", "SELECT 1 AS n", WriteMode::kOverwrite);
  Run("a");
  ASSERT_THAT(jobs_.Create(Far("SELECT * FROM sales.gold.a x, sales.gold.a")), IsOk());
  const auto done = Run("far");
  ASSERT_EQ(done.status, RunStatus::kSucceeded) << done.error.value_or("");
  ASSERT_EQ(elsewhere_.tables.size(), 1U);
  const auto& table = elsewhere_.tables.front();
  EXPECT_EQ(table.name.ToString(), "sales.gold.a");
  EXPECT_EQ(table.snapshot_id, done.upstreams.at("sales.gold.a"));
  EXPECT_EQ(table.metadata_uri, "metadata of " + std::to_string(*table.snapshot_id));
  elsewhere_.refusal = "it lies too far away";
  EXPECT_THAT(Refusal(Far("SELECT * FROM sales.gold.a")), HasSubstr("it lies too far away: sales.gold.a"));
  EXPECT_EQ(Refusal(Far("SELECT * FROM sales.gold.later")), "taken");
}

TEST_F(RemoteQueriesTest, JobsOfThisEngineAreLeftAlone) {
  auto job = Far("SELECT * FROM no.such.table");
  job.engine = JobEngine::kDuckDb;
  std::map<std::string, int64_t> upstreams{{"a.b.c", 1}};
  ASSERT_OK_AND_ASSIGN(const auto bound, queries_.Bind(job, upstreams));
  EXPECT_FALSE(bound);
  EXPECT_EQ(upstreams.size(), 1U);
  EXPECT_EQ(Refusal(job), "taken");
}

TEST_F(RemoteQueriesTest, WhatCannotRunThereIsRefusedWhenSaved) {
  EXPECT_EQ(Refusal(Far("SELECT * FROM sales.gold.later")), "taken");
  EXPECT_THAT(Refusal(Far("SELECT * FROM sales.bronze.x")), HasSubstr("sales.bronze.x"));
  EXPECT_THAT(Refusal(Far("SELECT * FROM sales.gold.later AT (VERSION => 1)")), HasSubstr("AT is not"));
  EXPECT_THAT(Refusal(Far("SELECT 1 AS a;")), HasSubstr("semicolon"));
  auto spark = Far("SELECT 1 AS a");
  spark.engine = JobEngine::kSpark;
  EXPECT_THAT(queries_.CheckSaved(spark), ErrorIs(ErrorCode::kUnsupported));
  auto view = Far("SELECT 1 AS a");
  view.materialization = Materialization::kView;
  EXPECT_THAT(queries_.CheckSaved(view), ErrorIs(ErrorCode::kInvalidArgument));
  table_format_ = "delta";
  Save("d", "SELECT 1 AS n", WriteMode::kOverwrite);
  Run("d");
  EXPECT_THAT(Refusal(Far("SELECT * FROM sales.gold.d")), HasSubstr("sales.gold.d"));
  std::map<std::string, int64_t> upstreams;
  EXPECT_THAT(queries_.Bind(Far("SELECT * FROM sales.gold.d"), upstreams), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(queries_.Bind(Far("SELECT * FROM sales.gold.later"), upstreams), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST_F(RemoteQueriesTest, RowsFromElsewhereArePublishedOnceWhateverWasTriedBefore) {
  ASSERT_THAT(jobs_.Create(Far("SELECT anything")), IsOk());
  elsewhere_.failures = {{ErrorCode::kUnavailable, "busy", {}}};
  const auto done = Run("far");
  EXPECT_EQ(done.status, RunStatus::kSucceeded) << done.error.value_or("");
  EXPECT_EQ(done.rows, 2U);
  EXPECT_EQ(elsewhere_.asked.size(), 2U);
  EXPECT_EQ(Rows("SELECT n FROM sales.gold.far"), "{'n': 1} {'n': 2}");
  elsewhere_.failures = {{ErrorCode::kInvalidArgument, "no such column", {}}};
  const auto failed = Run("far");
  EXPECT_EQ(failed.status, RunStatus::kFailed);
  EXPECT_EQ(failed.error, "no such column");
  EXPECT_EQ(Rows("SELECT n FROM sales.gold.far"), "{'n': 1} {'n': 2}");
}

}  // namespace
}  // namespace tarn::gold
