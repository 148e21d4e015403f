// SPDX-License-Identifier: Apache-2.0
// What results that failed their tests keep from being deleted, and for how long.
#include "gold/staged_results.h"
#include "upkeep/collect_orphans.h"
#include "upkeep/expire.h"
#include "upkeep/history_testing.h"
#include "upkeep/table_references.h"

namespace tarn::upkeep {
namespace {

using std::chrono::days;
using std::chrono::minutes;

constexpr const char* kGold = "gold/sales/daily";

class StagedUpkeepTest : public HistoryTest {
 protected:
  /// One version after the other, each with a file in the place of the one before it; answers its id.
  int64_t Replace() {
    clock_.Advance(minutes(1));
    const auto number = ++commits_;
    table::CommitIntent intent;
    intent.operation = "OVERWRITE";
    intent.format = GetParam();
    if (number == 1) intent.schema = table::delta::OrdersSchema();
    intent.add = {table::delta::FileOf(std::to_string(number))};
    if (number > 1) intent.remove = {"data/" + std::to_string(number - 1) + ".parquet"};
    Put(std::string(kGold) + "/" + intent.add.front().path, "rows");
    const auto planner = [&](const table::SnapshotPtr&) -> Result<std::optional<table::CommitIntent>> {
      return std::optional(intent);
    };
    const auto done = tables_.Get(kGold)->Commit(planner);
    EXPECT_THAT(done, IsOk());
    EXPECT_THAT(tables_.Get(kGold)->Maintain(), IsOk());
    return done ? done->snapshot->snapshot_id : -1;
  }

  void Stage(uint64_t run, std::optional<int64_t> base) {
    gold::StagedResult staged;
    staged.run = run;
    staged.staged_at = clock_.Now();
    staged.base = base;
    staged.schema = table::delta::OrdersSchema();
    staged.added = {table::delta::FileOf("staged" + std::to_string(run))};
    Put(std::string(kGold) + "/" + staged.added.front().path, "rows");
    ASSERT_THAT(gold::StagedResults(store_).Put(kGold, staged), IsOk());
  }

  bool Has(const std::string& name) {
    return store_.Head(std::string(kGold) + "/data/" + name + ".parquet").has_value();
  }

  void Expire() {
    upkeep::Expire expire({store_, tables_, clock_, randomness_, [] { return Status(); }}, {.keep = Rule()});
    ASSERT_THAT(expire.Run(kGold, false), IsOk());
    clock_.Advance(days(2));
    ASSERT_THAT(expire.Run(kGold, false), IsOk());
  }

  void CollectOrphans() {
    TableReferences references(store_, tables_);
    ASSERT_THAT(upkeep::CollectOrphans({store_, clock_, {&references}, [] { return Status(); }}, {}).Run("", false),
                IsOk());
  }
};

TEST_P(StagedUpkeepTest, TheVersionAStagedResultStandsOnDoesNotExpire) {
  Replace();
  const auto base = Replace();
  Stage(7, base);
  for (int i = 0; i < 60; ++i) Replace();
  clock_.Advance(days(8));
  Expire();
  EXPECT_FALSE(Has("1"));
  EXPECT_TRUE(Has("2")) << "the staged result reads it";
  const auto table = tables_.Get(kGold);
  ASSERT_OK_AND_ASSIGN(const auto bound, gold::StagedResults(store_).Bind(*table, 7));
  EXPECT_EQ(std::get<table::PinnedTable>(bound->source).files.size(), 2U);
  ASSERT_OK_AND_ASSIGN(const auto removed, gold::StagedResults(store_).RemoveOld(kGold, clock_.Now(), false));
  EXPECT_EQ(removed, 1U);
  Expire();
  EXPECT_FALSE(Has("2"));
  EXPECT_THAT(gold::StagedResults(store_).Bind(*table, 7), ErrorIs(ErrorCode::kNotFound));
}

TEST_P(StagedUpkeepTest, FilesOfAStagedResultAreNoOrphansUntilItGoes) {
  Replace();
  Stage(7, std::nullopt);
  clock_.Advance(days(6));
  CollectOrphans();
  EXPECT_TRUE(Has("staged7"));
  clock_.Advance(days(2));
  ASSERT_THAT(gold::StagedResults(store_).RemoveOld(kGold, clock_.Now(), false), IsOk());
  CollectOrphans();
  EXPECT_FALSE(Has("staged7"));
  EXPECT_TRUE(Has("1"));
}

TEST_P(StagedUpkeepTest, AJobThatNeverPublishedKeepsItsStagedResultToo) {
  Stage(1, std::nullopt);
  Put(std::string(kGold) + "/data/lost.parquet", "rows");
  clock_.Advance(days(4));
  CollectOrphans();
  EXPECT_TRUE(Has("staged1"));
  EXPECT_FALSE(Has("lost"));
}

INSTANTIATE_TEST_SUITE_P(Formats, StagedUpkeepTest, testing::Values("delta", "iceberg"), FormatLabel);

}  // namespace
}  // namespace tarn::upkeep
