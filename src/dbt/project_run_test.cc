// SPDX-License-Identifier: Apache-2.0
#include "dbt/project_run.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "dbt/artifacts.h"
#include "dbt/project_testing.h"

namespace tarn::dbt {
namespace {

using testing::Contains;
using testing::HasSubstr;

class ProjectRunTest : public testing::Test {
 protected:
  void Load(const ProjectFiles& files) {
    files_ = files;
    settings_.say = [this](const std::string& line) { lines_.push_back(line); };
    ASSERT_OK_AND_ASSIGN(loaded_, LoadProject(files_, settings_));
    ASSERT_OK_AND_ASSIGN(graph_, Graph::Of(loaded_.project));
  }

  RunOutcome Build() {
    std::set<std::string> all;
    for (const auto& [id, node] : loaded_.project.nodes) all.insert(id);
    ProjectRun run({loaded_.project, *loaded_.macros, settings_, files_, clock_, &warehouse_});
    return run.Run(all, graph_.WithTestsFirst(loaded_.project));
  }

  static std::string StatusOf(const RunOutcome& outcome, const std::string& name) {
    for (const auto& result : outcome.results) {
      if (result.unique_id.find("." + name) != std::string::npos) return NodeStatusName(result.status);
    }
    return "absent";
  }

  Materialization LastOf(const std::string& table) const {
    for (auto at = warehouse_.built.rbegin(); at != warehouse_.built.rend(); ++at) {
      if (at->relation.table == table) return *at;
    }
    return {};
  }

  ProjectFiles files_;
  Settings settings_ = TestSettings();
  LoadedProject loaded_;
  Graph graph_;
  ManualClock clock_{Timestamp{0}};
  NotingWarehouse warehouse_;
  std::vector<std::string> lines_;
};

TEST_F(ProjectRunTest, BuildsInOrderAndTestsBetween) {
  Load(ShopFiles());
  const auto outcome = Build();
  EXPECT_TRUE(outcome.ok());
  ASSERT_EQ(warehouse_.built.size(), 3U);
  EXPECT_EQ(warehouse_.built.back().relation.table, "big_orders");
  EXPECT_EQ(outcome.results.size(), 10U);
  EXPECT_EQ(outcome.results.front().unique_id, "seed.shop.countries");
  EXPECT_THAT(lines_, Contains(testing::StartsWith("1 of 10 START seed file shop.gold.countries ...")));
  const auto summary = SummaryLines(loaded_.project, outcome);
  EXPECT_EQ(summary.back(), "Done. PASS=10 WARN=0 ERROR=0 SKIP=0 TOTAL=10");
}

TEST_F(ProjectRunTest, FailingTestStopsWhatNeedsItsModelAndCountsExactly) {
  Load(ShopFiles());
  warehouse_.failures_by_part = {{"\"silver\".\"orders\"", 1234}};
  const auto outcome = Build();
  EXPECT_EQ(StatusOf(outcome, "source_not_null_raw_orders_id"), "fail");
  EXPECT_EQ(StatusOf(outcome, "stg_orders"), "skipped");
  EXPECT_EQ(StatusOf(outcome, "big_orders"), "skipped");
  EXPECT_EQ(StatusOf(outcome, "unique_big_orders_id"), "skipped");
  EXPECT_EQ(StatusOf(outcome, "countries"), "success");
  EXPECT_FALSE(outcome.ok());
  EXPECT_THAT(SummaryLines(loaded_.project, outcome),
              Contains(HasSubstr("Got 1234 results, configured to fail if != 0")));
}

TEST_F(ProjectRunTest, WarningDoesNotStopAndErrorDoes) {
  Load(ShopFiles());
  warehouse_.failures_by_part = {{"dbt_subquery", 3}};
  auto outcome = Build();
  EXPECT_EQ(StatusOf(outcome, "not_null_big_orders_id"), "warn");
  EXPECT_TRUE(outcome.ok());
  warehouse_.broken = {"stg_orders"};
  outcome = Build();
  EXPECT_EQ(StatusOf(outcome, "stg_orders"), "error");
  EXPECT_EQ(StatusOf(outcome, "big_orders"), "skipped");
  EXPECT_THAT(SummaryLines(loaded_.project, outcome), Contains("  no such column: x"));
}

TEST_F(ProjectRunTest, IncrementalModelsMergeOnceTheirTableIsThere) {
  auto files = ShopFiles();
  files.texts["models/marts/events.sql"] =
      "{{ config(materialized='incremental', unique_key=['id', 'day']) }}\nselect 1 as id"
      "{% if is_incremental() %} where day > (select max(day) from {{ this }}){% endif %}";
  Load(files);
  Build();
  EXPECT_EQ(LastOf("events").write, WriteKind::kOverwrite);
  warehouse_.tables["events"] = {{"id", "BIGINT"}};
  Build();
  EXPECT_EQ(LastOf("events").write, WriteKind::kMerge);
  EXPECT_THAT(LastOf("events").unique_key, testing::ElementsAre("id", "day"));
  EXPECT_THAT(LastOf("events").select, HasSubstr("from \"shop\".\"gold\".\"events\")"));
  settings_.full_refresh = true;
  Build();
  EXPECT_EQ(LastOf("events").write, WriteKind::kOverwrite);
}

TEST_F(ProjectRunTest, ArtifactsHaveDbtsShape) {
  Load(ShopFiles());
  const auto outcome = Build();
  const auto files = Artifacts({loaded_.project, *loaded_.macros, graph_, settings_, clock_.Now()}, outcome);
  ASSERT_OK_AND_ASSIGN(const auto results, codec::ParseJson(files.at("target/run_results.json")));
  EXPECT_EQ(results["metadata"]["dbt_schema_version"], "https://schemas.getdbt.com/dbt/run-results/v6.json");
  EXPECT_EQ(results["results"].size(), 10U);
  EXPECT_EQ(results["results"][0]["status"], "success");
  ASSERT_OK_AND_ASSIGN(const auto manifest, codec::ParseJson(files.at("target/manifest.json")));
  EXPECT_EQ(manifest["nodes"]["model.shop.big_orders"]["depends_on"]["nodes"].size(), 2U);
  EXPECT_EQ(manifest["child_map"]["source.shop.raw.orders"].size(), 2U);
  EXPECT_TRUE(files.contains("target/compiled/shop/models/marts/big_orders.sql"));
  EXPECT_TRUE(files.contains("target/compiled/shop/models/marts/schema.yml/unique_big_orders_id.sql"));
}

}  // namespace
}  // namespace tarn::dbt
