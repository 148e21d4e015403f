// SPDX-License-Identifier: Apache-2.0
// Jobs that keep versions: what begins, what ends, what stays.

#include "gold/runner_testing.h"

namespace tarn::gold {
namespace {

class SnapshotJobTest : public RunnerTest, public testing::WithParamInterface<const char*> {
 protected:
  SnapshotJobTest() { table_format_ = GetParam(); }

  /// Saves the job with another query and runs it.
  Execution RunWith(const std::string& query, SnapshotSpec spec, std::vector<std::string> key = {"id"}) {
    auto job = *Save("versions", query, WriteMode::kOverwrite, std::move(key));
    job.materialization = Materialization::kSnapshot;
    job.snapshot = std::move(spec);
    EXPECT_THAT(jobs_.Replace(job), IsOk());
    return Run("versions");
  }

  void ExpectRun(const std::string& query, const SnapshotSpec& spec) {
    const auto run = RunWith(query, spec);
    EXPECT_EQ(run.status, RunStatus::kSucceeded) << run.error.value_or("");
  }

  void ExpectFailure(const std::string& query, const SnapshotSpec& spec, const std::string& reason) {
    const auto run = RunWith(query, spec);
    EXPECT_EQ(run.status, RunStatus::kFailed);
    EXPECT_NE(run.error.value_or("").find(reason), std::string::npos) << run.error.value_or("");
  }

  std::string Versions() {
    return Rows(
        "SELECT id, v, strftime(valid_from, '%d') AS f, strftime(valid_to, '%d') AS z, is_current AS c FROM "
        "sales.gold.versions");
  }
};

INSTANTIATE_TEST_SUITE_P(Formats, SnapshotJobTest, testing::Values("delta", "iceberg"),
                         [](const auto& one) { return std::string(one.param); });

SnapshotSpec ByTime() {
  SnapshotSpec spec;
  spec.strategy = SnapshotStrategy::kTimestamp;
  spec.updated_at = "at";
  return spec;
}

/// (id, v, day) rows.
std::string Timed(const std::string& rows) {
  return "SELECT id, v, TIMESTAMPTZ '2026-03-01 00:00:00Z' + to_days(d - 1) AS at FROM (VALUES " + rows +
         ") t(id, v, d)";
}

TEST_P(SnapshotJobTest, ALaterRowEndsTheVersionBeforeAtItsOwnTime) {
  ExpectRun(Timed("(1, 'a', 1), (2, 'b', 1)"), ByTime());
  EXPECT_EQ(Versions(),
            "{'id': 1, 'v': a, 'f': 01, 'z': NULL, 'c': true} {'id': 2, 'v': b, 'f': 01, 'z': NULL, 'c': true}");
  // 1 is newer, 2 has another value but no newer time, 3 is new.
  ExpectRun(Timed("(1, 'A', 5), (2, 'B', 1), (3, 'c', 2)"), ByTime());
  const auto* changed =
      "{'id': 1, 'v': A, 'f': 05, 'z': NULL, 'c': true} {'id': 1, 'v': a, 'f': 01, 'z': 05, 'c': false} "
      "{'id': 2, 'v': b, 'f': 01, 'z': NULL, 'c': true} {'id': 3, 'v': c, 'f': 02, 'z': NULL, 'c': true}";
  EXPECT_EQ(Versions(), changed);
  ExpectRun(Timed("(1, 'A', 5)"), ByTime());
  EXPECT_EQ(Versions(), changed) << "the same again, and keys that are gone are left as they are";
}

TEST_P(SnapshotJobTest, KeysThatAreGoneEndWithTheRunAndMayComeBack) {
  auto spec = ByTime();
  spec.hard_deletes = HardDeletes::kInvalidate;
  ExpectRun(Timed("(1, 'a', 1), (2, 'b', 1)"), spec);
  ExpectRun(Timed("(1, 'a', 1)"), spec);
  EXPECT_EQ(Rows("SELECT id, is_current AS c, valid_to = (SELECT max(valid_to) FROM sales.gold.versions) AS e "
                 "FROM sales.gold.versions"),
            "{'id': 1, 'c': true, 'e': NULL} {'id': 2, 'c': false, 'e': true}");
  ExpectRun(Timed("(1, 'a', 1), (2, 'z', 9)"), spec);
  EXPECT_EQ(Rows("SELECT id, v, is_current AS c FROM sales.gold.versions"),
            "{'id': 1, 'v': a, 'c': true} {'id': 2, 'v': b, 'c': false} {'id': 2, 'v': z, 'c': true}");
}

TEST_P(SnapshotJobTest, OtherValuesAreAnotherVersionFromTheRunOn) {
  const SnapshotSpec all;
  ExpectRun("SELECT * FROM (VALUES (1, 'a', 1), (2, NULL, 1)) t(id, v, w)", all);
  ExpectRun("SELECT * FROM (VALUES (1, 'a', 2), (2, NULL, 1)) t(id, v, w)", all);
  EXPECT_EQ(Rows("SELECT id, w, is_current AS c FROM sales.gold.versions"),
            "{'id': 1, 'w': 1, 'c': false} {'id': 1, 'w': 2, 'c': true} {'id': 2, 'w': 1, 'c': true}");
  EXPECT_EQ(Rows("SELECT count(*) AS n FROM sales.gold.versions a JOIN sales.gold.versions b ON a.valid_to = "
                 "b.valid_from AND a.id = b.id"),
            "{'n': 1}");
  SnapshotSpec some;
  some.check_columns = {"v"};
  ExpectRun("SELECT * FROM (VALUES (1, 'a', 7), (2, 'now', 7)) t(id, v, w)", some);
  EXPECT_EQ(Rows("SELECT id, v, w FROM sales.gold.versions WHERE is_current"),
            "{'id': 1, 'v': a, 'w': 2} {'id': 2, 'v': now, 'w': 7}");
  // A new column is part of what is compared; a column that is gone is null in what begins.
  ExpectRun("SELECT * FROM (VALUES (1, 'a', 'new')) t(id, v, x)", all);
  EXPECT_EQ(Rows("SELECT id, v, w, x FROM sales.gold.versions WHERE is_current"),
            "{'id': 1, 'v': a, 'w': NULL, 'x': new} {'id': 2, 'v': now, 'w': 7, 'x': NULL}");
}

TEST_P(SnapshotJobTest, KeysOfSeveralColumnsMayHoldNulls) {
  const std::string first = "SELECT * FROM (VALUES (1, NULL, 'a'), (1, 'x', 'b')) t(id, k, v)";
  const std::string second = "SELECT * FROM (VALUES (1, NULL, 'A'), (1, 'x', 'b')) t(id, k, v)";
  EXPECT_EQ(RunWith(first, {}, {"id", "k"}).status, RunStatus::kSucceeded);
  EXPECT_EQ(RunWith(second, {}, {"id", "k"}).status, RunStatus::kSucceeded);
  EXPECT_EQ(Rows("SELECT k, v, is_current AS c FROM sales.gold.versions"),
            "{'k': NULL, 'v': A, 'c': true} {'k': NULL, 'v': a, 'c': false} {'k': x, 'v': b, 'c': true}");
}

TEST_P(SnapshotJobTest, ColumnsAreNamedAsInDbtWhenAskedTo) {
  auto spec = ByTime();
  spec.names = VersionNames::kDbt;
  const auto dated = [](const std::string& rows) {
    return "SELECT id, v, DATE '2026-03-01' + (d - 1) AS at FROM (VALUES " + rows + ") t(id, v, d)";
  };
  ExpectRun(dated("(1, 'a', 1)"), spec);
  ExpectRun(dated("(1, 'b', 3)"), spec);
  EXPECT_EQ(Rows("SELECT v, dbt_updated_at AS u, dbt_valid_from AS f, dbt_valid_to AS z FROM sales.gold.versions"),
            "{'v': a, 'u': 2026-03-01, 'f': 2026-03-01, 'z': 2026-03-03} "
            "{'v': b, 'u': 2026-03-03, 'f': 2026-03-03, 'z': NULL}");
  EXPECT_EQ(Rows("SELECT count(DISTINCT dbt_scd_id) AS n FROM sales.gold.versions"), "{'n': 2}");
}

TEST_P(SnapshotJobTest, WhatCannotBeVersionsFailsAndLeavesTheTable) {
  ExpectRun(Timed("(1, 'a', 1)"), ByTime());
  const auto before = Versions();
  ExpectFailure("SELECT 1 AS id, 'a' AS v, NULL::TIMESTAMPTZ AS at", ByTime(), "1 rows of the result begin at no time");
  ExpectFailure("SELECT 1 AS id, 'a' AS v", ByTime(), "no column for updated_at: at");
  ExpectFailure("SELECT 1 AS id, 'a' AS v, 5 AS at", ByTime(), "must be a date or a time stamp");
  ExpectFailure("SELECT 1 AS id, 'a' AS v, true AS is_current", {}, "the name that versions use: is_current");
  ExpectFailure(Timed("(1, 'a', 2), (1, 'b', 3)"), ByTime(), "duplicate keys");
  ExpectFailure("SELECT 'a' AS v", {}, "no column for unique_key: id");
  EXPECT_EQ(Versions(), before);
  Save("plain", "SELECT 1 AS id", WriteMode::kOverwrite);
  Run("plain");
  auto job = *jobs_.Find("sales", "plain");
  job.materialization = Materialization::kSnapshot;
  job.unique_key = {"id"};
  ASSERT_THAT(jobs_.Replace(job), IsOk());
  const auto run = Run("plain");
  EXPECT_NE(run.error.value_or("").find("rows without versions"), std::string::npos) << run.error.value_or("");
}

TEST_P(SnapshotJobTest, TestsSeeAllVersions) {
  auto job = *Save("versions", "SELECT 1 AS id, 'a' AS v", WriteMode::kOverwrite, {"id"});
  job.materialization = Materialization::kSnapshot;
  quality::Test test;
  test.type = quality::TestType::kRowCount;
  test.max = codec::Json(1);
  job.tests = {test};
  quality::NameTests("versions", job.tests);
  ASSERT_THAT(jobs_.Replace(job), IsOk());
  EXPECT_EQ(Run("versions").status, RunStatus::kSucceeded);
  job.query = "SELECT 1 AS id, 'b' AS v";
  ASSERT_THAT(jobs_.Replace(job), IsOk());
  EXPECT_EQ(Run("versions").status, RunStatus::kFailed);
  EXPECT_EQ(Rows("SELECT v FROM sales.gold.versions"), "{'v': a}");
}

TEST(SnapshotSpecTest, WrittenSpecsReadBackAndOthersAreRefused) {
  std::vector<SnapshotProblem> problems;
  for (const auto* text : {R"({"strategy":"timestamp","updated_at":"at","hard_deletes":"invalidate"})",
                           R"({"check_cols":["a","b"],"column_names":"dbt"})", R"({"check_cols":"all"})", "{}"}) {
    const auto spec = ReadSnapshotSpec(codec::Json::parse(text), problems);
    ASSERT_TRUE(spec) << text;
    EXPECT_EQ(ReadSnapshotSpec(codec::Json(SnapshotSpecToJson(*spec)), problems), spec) << text;
  }
  EXPECT_TRUE(problems.empty());
  for (const auto* text : {"[]", R"({"strategy":"guess"})", R"({"strategy":"timestamp"})", R"({"check_cols":[]})",
                           R"({"updated_at":"at","strategy":"check"})", R"({"updated_at":"at","check_cols":["a"]})",
                           R"({"hard_deletes":"new_record"})"}) {
    problems.clear();
    EXPECT_FALSE(ReadSnapshotSpec(codec::Json::parse(text), problems)) << text;
    EXPECT_FALSE(problems.empty()) << text;
  }
}

}  // namespace
}  // namespace tarn::gold
