// SPDX-License-Identifier: Apache-2.0
#include "upkeep/upkeep.h"

#include <gmock/gmock.h>

#include "lake/keys.h"
#include "silver/lake_testing.h"
#include "upkeep/system_tables.h"

namespace tarn::upkeep {
namespace {

class UpkeepTest : public silver::LakeTest {
 protected:
  void SetUp() override {
    LakeTest::SetUp();
    UpkeepOptions options;
    options.enabled = true;
    options.interval = interval_;
    options.compaction.files_per_tier = 2;
    options.bronze_merge.entries_per_tier = 2;
    options.expiry.keep.last = 2;
    upkeep_ = std::make_unique<Upkeep>(
        Upkeep::Dependencies{store_, *engine_, tables_, registry_, *bronze_, clock_, randomness_, metrics_,
                             [] { return Status(); }, [] { return std::optional<Timestamp>(); }},
        options);
    system_ = std::make_unique<SystemTables>(SystemTables::Dependencies{store_, tables_, *silver_, upkeep_->runs(),
                                                                        *bronze_, executions_, test_results_,
                                                                        pipeline_runs_, monitors_, watch_, alerts_});
    catalog_.AddLayer("system", *system_);
  }

  void Fill() {
    Create("id integer, name string");
    for (int i = 0; i < 3; ++i) Put(R"([{"id":)" + std::to_string(i) + R"(,"name":"n"}])");
  }

  std::chrono::milliseconds interval_{1};
  gold::Runs executions_{store_, clock_};
  pipeline::PipelineRuns pipeline_runs_{store_, clock_};
  quality::TestResults test_results_{store_, clock_};
  quality::Monitors monitors_{store_, clock_};
  quality::MonitorWatch watch_{{monitors_, store_, catalog_, tables_, clock_, metrics_}, std::chrono::seconds(1)};
  alert::Alerts alerts_{store_, clock_, {}};
  std::unique_ptr<Upkeep> upkeep_;
  std::unique_ptr<SystemTables> system_;
};

TEST_F(UpkeepTest, ARequestRunsEveryVerbOnEveryTable) {
  Fill();
  ASSERT_OK_AND_ASSIGN(const auto runs, upkeep_->RunNow({}));
  std::vector<std::string> done;
  for (const auto& run : runs) {
    EXPECT_EQ(run.status, "SUCCEEDED") << run.error;
    done.push_back(std::string(VerbName(run.verb)) + " " + run.table);
  }
  EXPECT_THAT(done, testing::ElementsAre("compact sales.silver.orders", "compact sales.bronze.orders",
                                         "expire sales.silver.orders", "expire sales.bronze.orders", "orphans "));
  EXPECT_EQ(runs[0].figures.at("compacted_files"), 3);
  EXPECT_EQ(runs[1].figures.at("merged_entries"), 3);
  EXPECT_EQ(runs[4].figures.at("orphans"), 0);
  EXPECT_EQ(Rows("SELECT count(*) FROM sales.silver.orders"), "3");
  EXPECT_EQ(Rows("SELECT count(*) FROM sales.bronze.orders"), "3");
  EXPECT_EQ(metrics_.GetCounter("tarn_upkeep_compacted_files_total", "").value(), 3);
}

TEST_F(UpkeepTest, RunsAndHealthAreTables) {
  Fill();
  EXPECT_EQ(
      Rows("SELECT domain, layer, table_name, row_count, files, small_files, delete_files FROM tarn.system.tables"),
      "sales|silver|orders|3|3|3|0");
  ASSERT_THAT(upkeep_->RunNow({.verb = Verb::kCompact, .table = "sales.silver.orders"}), IsOk());
  EXPECT_EQ(
      Rows("SELECT run, verb, table_name, trigger, status, figures->>'compacted_files' FROM tarn.system.upkeep_runs"),
      "1|compact|sales.silver.orders|request|SUCCEEDED|3");
  EXPECT_EQ(Rows("SELECT files, log_versions > 2 FROM tarn.system.tables"), "1|true");
}

TEST_F(UpkeepTest, ADryRunIsMarkedAndChangesNothing) {
  Fill();
  ASSERT_OK_AND_ASSIGN(const auto runs, upkeep_->RunNow({.verb = Verb::kCompact, .table = {}, .dry_run = true}));
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_TRUE(runs[0].dry_run);
  EXPECT_EQ(runs[0].figures.at("compacted_files"), 3);
  EXPECT_EQ(runs[1].figures.at("merged_entries"), 3);
  EXPECT_EQ(Rows("SELECT files FROM tarn.system.tables"), "3");
}

TEST_F(UpkeepTest, AnUnknownTableIsSaid) {
  EXPECT_THAT(upkeep_->RunNow({.verb = Verb::kCompact, .table = "sales.silver.nothing"}),
              ErrorIs(ErrorCode::kNotFound));
}

TEST_F(UpkeepTest, ARunThatFailsSaysWhyAndTheOthersGoOn) {
  Fill();
  const store::PutRequest broken{"gold/sales/broken/_delta_log/00000000000000000000.json", "no log"};
  ASSERT_THAT(store_.PutAll({&broken, 1}), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto runs, upkeep_->RunNow({.verb = Verb::kCompact, .table = {}}));
  ASSERT_EQ(runs.size(), 3U);
  EXPECT_EQ(runs[0].status, "SUCCEEDED");
  EXPECT_EQ(runs[2].status, "SUCCEEDED");
  EXPECT_EQ(runs[1].table, "sales.gold.broken");
  EXPECT_EQ(runs[1].status, "FAILED");
  EXPECT_THAT(runs[1].error, testing::HasSubstr("corrupt"));
}

TEST_F(UpkeepTest, TheLoopFindsTheTablesByItself) {
  Fill();
  upkeep_->Start();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  const auto merged = [&] { return metrics_.GetCounter("tarn_upkeep_merged_entries_total", "").value() > 0; };
  while ((tables_.Get(lake::SilverLocation("sales", "orders", 1))->known()->files.size() > 1 || !merged()) &&
         std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  upkeep_->Stop();
  EXPECT_EQ(Rows("SELECT files FROM tarn.system.tables"), "1");
  EXPECT_TRUE(merged());
  EXPECT_EQ(Rows("SELECT DISTINCT trigger FROM tarn.system.upkeep_runs"), "loop");
}

/// A loop that does not look again while the test runs.
class HurryingUpkeepTest : public UpkeepTest, public testing::WithParamInterface<std::string> {
 protected:
  void SetUp() override {
    table_format_ = GetParam();
    interval_ = std::chrono::hours(1);
    UpkeepTest::SetUp();
    Fill();
    upkeep_->Start();
  }

  void Commit(uint64_t times) {
    for (uint64_t i = 0; i < times; ++i) upkeep_->OnCommit(lake::SilverLocation("sales", "orders", 1));
  }
};

INSTANTIATE_TEST_SUITE_P(Formats, HurryingUpkeepTest, testing::Values("delta", "iceberg"),
                         [](const auto& param) { return param.param; });

TEST_P(HurryingUpkeepTest, AnIcebergTableThatCommitsFastIsExpiredBetweenTwoLooks) {
  const bool hurries = GetParam() == "iceberg";
  const auto& expiries = metrics_.GetCounter("tarn_upkeep_runs_total", "", "verb=\"expire\"");
  Commit(Upkeep::kHurryingCommits);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (hurries && expiries.value() == 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  Commit(Upkeep::kHurryingCommits - 1);
  upkeep_->Stop();
  EXPECT_EQ(expiries.value(), hurries ? 1 : 0);
}

}  // namespace
}  // namespace tarn::upkeep
