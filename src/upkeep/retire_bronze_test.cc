// SPDX-License-Identifier: Apache-2.0
#include "upkeep/retire_bronze.h"

#include <gmock/gmock.h>

#include "bronze/file_intake.h"
#include "lake/keys.h"
#include "silver/rebuild.h"
#include "upkeep/bronze_references.h"
#include "upkeep/checked_lake_testing.h"
#include "upkeep/merge_bronze.h"
#include "upkeep/sweep_bronze.h"

namespace tarn::upkeep {
namespace {

using std::chrono::hours;
using testing::IsEmpty;

class RetireBronzeTest : public CheckedLakeTest {
 protected:
  void CreateKeeping(std::optional<std::chrono::milliseconds> retention) {
    auto draft = DraftOf("id integer key, n integer");
    draft.bronze_retention = retention;
    CreateFrom(draft);
  }

  RetireBronzeOutcome Retire(bool dry_run = false) {
    RetireBronze retire({store_, *bronze_, tables_, registry_, later_, randomness_});
    const auto done = retire.Run({"sales", "orders", 0, dry_run});
    EXPECT_THAT(done, IsOk());
    return done ? *done : RetireBronzeOutcome();
  }

  void Fill(int first, int count) {
    for (int id = first; id < first + count; ++id) {
      Put(R"([{"id":)" + std::to_string(id) + R"(,"n":1},{"id":0,"n":)" + std::to_string(id) + "}]");
    }
  }

  bronze::LogSummary Summary() {
    const auto summary = bronze_->LogOf("sales", "orders").Summary();
    EXPECT_THAT(summary, IsOk());
    return *summary;
  }

  /// As another process reads it.
  std::string BronzeCount() {
    bronze::BronzeLog log(store_, clock_, "sales", "orders");
    const auto view = log.View();
    EXPECT_THAT(view, IsOk());
    uint64_t rows = 0;
    for (const auto& entry : view->entries) rows += entry.rows();
    EXPECT_EQ(Rows("SELECT count(*) FROM sales.bronze.orders"), std::to_string(rows));
    return std::to_string(rows);
  }

  Result<silver::RowDifference> Rebuild(bool partial) {
    silver::Merge merge(Dependencies());
    const auto dependencies = Dependencies();
    silver::Rebuild::Request request;
    request.stage = "s";
    request.partial = partial;
    return silver::Rebuild(dependencies, merge).Run(registry_.Find("sales", "orders"), request);
  }

  ManualClock later_{SystemClock().Now()};
};

TEST_F(RetireBronzeTest, WithoutARetentionEverythingStays) {
  CreateKeeping(std::nullopt);
  Fill(1, 3);
  later_.Advance(hours(24 * 365 * 100));
  const auto done = Retire();
  EXPECT_EQ(done.entries, 0U);
  EXPECT_TRUE(done.at_rest);
  EXPECT_EQ(BronzeCount(), "6");
}

TEST_F(RetireBronzeTest, WhatIsOldAndMergedGoesAndSilverStays) {
  CreateKeeping(hours(1));
  Fill(1, 3);
  EXPECT_EQ(Retire().entries, 0U) << "nothing is old";
  later_.Advance(hours(2));
  EXPECT_EQ(Retire(true).rows, 6U);
  EXPECT_EQ(BronzeCount(), "6") << "a dry run";
  const auto done = Retire();
  EXPECT_EQ(done.entries, 3U);
  EXPECT_EQ(done.rows, 6U);
  EXPECT_TRUE(done.at_rest);
  EXPECT_EQ(BronzeCount(), "0");
  EXPECT_EQ(Summary().retired_through, 3U);
  EXPECT_EQ(Rows("SELECT count(*) FROM sales.silver.orders"), "4");
  EXPECT_THAT(Findings(), IsEmpty());
  // Life goes on, and the next time the rest follows.
  Fill(4, 2);
  EXPECT_EQ(BronzeCount(), "4");
  EXPECT_EQ(Rows("SELECT n FROM sales.silver.orders WHERE id = 0"), "5");
  later_.Advance(hours(2));
  EXPECT_EQ(Retire().rows, 4U);
  EXPECT_EQ(BronzeCount(), "0");
  EXPECT_EQ(Retire().entries, 0U) << "nothing to do is no entry";
  EXPECT_THAT(Findings(), IsEmpty());
}

TEST_F(RetireBronzeTest, WhatSilverHasNotMergedStays) {
  CreateKeeping(hours(1));
  Fill(1, 1);
  Post(R"([{"id":9,"n":9}])");
  Land();
  later_.Advance(hours(2));
  const auto done = Retire();
  EXPECT_EQ(done.rows, 2U);
  EXPECT_FALSE(done.at_rest);
  EXPECT_EQ(BronzeCount(), "1");
  EXPECT_TRUE(MergeOnce().committed);
  EXPECT_EQ(Rows("SELECT n FROM sales.silver.orders WHERE id = 9"), "9");
}

TEST_F(RetireBronzeTest, RefusedRecordsAndTheirReplaysStay) {
  CreateKeeping(hours(1));
  Put(R"([{"id":1,"n":"bad"},{"id":2,"n":2}])");
  Put(R"([{"id":"bad","n":3}])");
  later_.Advance(hours(2));
  EXPECT_EQ(Retire().rows, 3U);
  ASSERT_OK_AND_ASSIGN(const auto page, quarantine_.List("sales", "orders", {}));
  ASSERT_EQ(page.total, 2U);
  ASSERT_THAT(quarantine_.Edit("sales", "orders", page.entries.front().id, R"({"id":1,"n":1})"), IsOk());
  ASSERT_THAT(quarantine_.Replay("sales", "orders", {{page.entries.front().id}, false, std::nullopt, ""}), IsOk());
  EXPECT_TRUE(MergeOnce().committed);
  EXPECT_EQ(Rows("SELECT id, n FROM sales.silver.orders ORDER BY id"), "1|1;2|2");
  EXPECT_THAT(Findings(), IsEmpty());
  later_.Advance(hours(2));
  EXPECT_EQ(Retire().rows, 1U);
  ASSERT_OK_AND_ASSIGN(const auto again, quarantine_.List("sales", "orders", {.status = "all"}));
  EXPECT_EQ(again.total, 2U);
  EXPECT_THAT(Findings(), IsEmpty());
}

TEST_F(RetireBronzeTest, ObjectsAreKeptForReadersAndThenDeleted) {
  CreateKeeping(hours(1));
  Fill(1, 3);
  later_.Advance(hours(2));
  Retire();
  BronzeReferences references(store_, tables_, clock_);
  ASSERT_OK_AND_ASSIGN(const auto keeps, references.Load("bronze/sales/orders/"));
  const auto objects = [&] {
    size_t count = 0;
    const auto listed = store_.List("bronze/sales/orders/");
    for (const auto& object : *listed) {
      if (object.key.find("/_log/") != std::string::npos) continue;
      ++count;
      EXPECT_TRUE(keeps(object.key)) << object.key;
    }
    return count;
  };
  EXPECT_EQ(objects(), 3U);
  SweepBronze sweep({store_, *bronze_, later_, [] { return Status(); }, [] { return std::optional<Timestamp>(); }}, {});
  later_.Advance(hours(2));
  ASSERT_OK_AND_ASSIGN(const auto swept, sweep.Run("sales", "orders", false));
  EXPECT_EQ(swept.deleted, 3U);
  EXPECT_EQ(objects(), 0U);
  EXPECT_THAT(Findings(), IsEmpty());
}

TEST_F(RetireBronzeTest, MergedEntriesGoByTheirRowsTime) {
  CreateKeeping(hours(1));
  Fill(1, 4);
  BronzeMergeRule rule;
  rule.entries_per_tier = 2;
  ASSERT_THAT(MergeBronze({store_, *bronze_, tables_, registry_, randomness_}, rule).Run({"sales", "orders", 0, false}),
              IsOk());
  ASSERT_OK_AND_ASSIGN(const auto view, bronze_->LogOf("sales", "orders").View());
  ASSERT_EQ(view.entries.size(), 1U);
  EXPECT_LE(view.entries.front().entry->newest_at(), view.entries.front().entry->written_at);
  later_.Advance(hours(2));
  EXPECT_EQ(Retire().rows, 8U);
  EXPECT_EQ(BronzeCount(), "0");
  Fill(5, 2);
  ASSERT_OK_AND_ASSIGN(
      const auto merged,
      MergeBronze({store_, *bronze_, tables_, registry_, randomness_}, rule).Run({"sales", "orders", 0, false}));
  EXPECT_EQ(merged.entries_before, 2U) << "what retired is no neighbour";
  EXPECT_EQ(BronzeCount(), "4");
  EXPECT_THAT(Findings(), IsEmpty());
}

TEST_F(RetireBronzeTest, CheckpointsKeepWhatWasRetired) {
  CreateKeeping(hours(1));
  Fill(1, 60);
  later_.Advance(hours(2));
  EXPECT_EQ(Retire().rows, 120U);
  Fill(100, 45);
  bronze::BronzeLog fresh(store_, clock_, "sales", "orders");
  ASSERT_OK_AND_ASSIGN(const auto summary, fresh.Summary());
  EXPECT_EQ(summary, Summary());
  EXPECT_EQ(summary.retired_through, 60U);
  EXPECT_EQ(BronzeCount(), "90");
  EXPECT_THAT(Findings(), IsEmpty());
}

TEST_F(RetireBronzeTest, ARebuildThatWouldLoseRowsMustBeAsked) {
  CreateKeeping(hours(1));
  Fill(1, 3);
  later_.Advance(hours(2));
  Retire();
  Fill(4, 2);
  EXPECT_THAT(Rebuild(false), ErrorIs(ErrorCode::kFailedPrecondition));
  EXPECT_EQ(Rows("SELECT count(*) FROM sales.silver.orders"), "6");
  ASSERT_OK_AND_ASSIGN(const auto difference, Rebuild(true));
  EXPECT_EQ(difference.removed, 3);
  EXPECT_EQ(Rows("SELECT id FROM sales.silver.orders ORDER BY id"), "0;4;5");
  EXPECT_THAT(Findings(), IsEmpty()) << "what a rebuild leaves out is counted";
  Fill(6, 1);
  EXPECT_EQ(Rows("SELECT id FROM sales.silver.orders ORDER BY id"), "0;4;5;6");
}

TEST_F(RetireBronzeTest, NothingIsRetiredWhileARebuildReads) {
  CreateKeeping(hours(1));
  Fill(1, 2);
  later_.Advance(hours(2));
  const auto staged = lake::RebuildStagingFolder("sales", "orders") + "s/data/x.parquet";
  ASSERT_THAT(store_.PutIfAbsent(staged, "x"), IsOk());
  EXPECT_EQ(Retire().entries, 0U);
  ASSERT_THAT(store_.Delete(staged), IsOk());
  EXPECT_EQ(Retire().entries, 2U);
}

TEST_F(RetireBronzeTest, APurgeEndsIt) {
  CreateKeeping(hours(1));
  Fill(1, 2);
  later_.Advance(hours(2));
  Retire();
  ASSERT_THAT(bronze_->Purge("sales", "orders"), IsOk());
  EXPECT_EQ(Summary().retired_through, 0U);
  EXPECT_TRUE(MergeOnce().committed);
  EXPECT_EQ(BronzeCount(), "0");
  EXPECT_THAT(Findings(), IsEmpty());
}

TEST_F(RetireBronzeTest, ADroppedFileGoesWhole) {
  CreateKeeping(hours(1));
  bronze::FileIntake intake({store_,
                             *bronze_,
                             registry_,
                             clock_,
                             randomness_,
                             metrics_,
                             1,
                             [] { return Status(); },
                             [](const std::string&, const std::string&, uint64_t) {},
                             {.slice_bytes = 8'000, .slice_rows = 100, .slices_per_entry = 1}});
  std::string text = "id\n";
  for (int id = 0; id < 350; ++id) text += std::to_string(id) + "\n";
  bronze::DroppedFile file;
  file.domain = "sales";
  file.table = "orders";
  file.key = "bronze/sales/orders/_files/1";
  file.name = "a.csv";
  file.etag = "e";
  const store::PutRequest put{file.key, text};
  ASSERT_THAT(store_.PutAll({&put, 1}), IsOk());
  ASSERT_THAT(intake.Take(file), IsOk());
  while (MergeOnce().committed) {
  }
  const auto view = bronze_->LogOf("sales", "orders").View();
  ASSERT_THAT(view, IsOk());
  ASSERT_GT(view->entries.size(), 2U);
  later_.Advance(
      std::chrono::microseconds(view->entries.front().entry->newest_at().micros + 3'600'000'000 - later_.Now().micros));
  EXPECT_EQ(Retire().entries, 0U) << "the rest of the file is too young";
  EXPECT_EQ(BronzeCount(), "350");
  later_.Advance(hours(1));
  EXPECT_EQ(Retire().rows, 350U);
  EXPECT_EQ(BronzeCount(), "0");
  EXPECT_EQ(Rows("SELECT count(*) FROM sales.silver.orders"), "350");
  EXPECT_THAT(Findings(), IsEmpty());
}

}  // namespace
}  // namespace tarn::upkeep
