// SPDX-License-Identifier: Apache-2.0
#include "upkeep/merge_bronze.h"

#include <gmock/gmock.h>

#include "lake/keys.h"
#include "store/faulty/faulty_store.h"
#include "upkeep/bronze_references.h"
#include "upkeep/checked_lake_testing.h"
#include "upkeep/collect_orphans.h"
#include "upkeep/sweep_bronze.h"

namespace tarn::upkeep {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::IsEmpty;

class MergeBronzeTest : public CheckedLakeTest {
 protected:
  void SetUp() override {
    LakeTest::SetUp();
    rule_.entries_per_tier = 2;
  }

  MergeBronze Make() { return MergeBronze({store_, *bronze_, tables_, registry_, randomness_}, rule_); }
  /// A bronze of another process on `store`.
  std::unique_ptr<bronze::Bronze> OtherBronze(store::ObjectStore& store) {
    return std::make_unique<bronze::Bronze>(bronze::Bronze::Dependencies{
        store, log_->tail(), registry_, clock_, randomness_, "node:n1", 1, [] { return Status(); }, reviews_});
  }
  SweepBronze MakeSweep() {
    return SweepBronze({store_, *bronze_, later_, [] { return Status(); }, [this] { return oldest_run_; }}, {});
  }

  MergeBronzeOutcome Merge(uint64_t swept_through = 0) {
    auto merge = Make();
    const auto done = merge.Run({"sales", "orders", swept_through, false});
    EXPECT_THAT(done, IsOk());
    return done ? *done : MergeBronzeOutcome();
  }

  SweepBronzeOutcome Sweep(SweepBronze& sweep) {
    const auto done = sweep.Run("sales", "orders", false);
    EXPECT_THAT(done, IsOk());
    return done ? *done : SweepBronzeOutcome();
  }

  /// `count` entries of two records each, in bronze and silver.
  void Fill(int count) {
    for (int i = 0; i < count; ++i) {
      const auto id = std::to_string(records_++);
      Put(R"([{"id":)" + id + R"(, "name":"n)" + id + R"("},{"id":0,  "name":"last )" + id + R"("}])");
    }
  }

  size_t Live() {
    const auto view = bronze_->LogOf("sales", "orders").View();
    EXPECT_THAT(view, IsOk());
    return view ? view->entries.size() : 0;
  }

  /// The table as `tables` sees it.
  std::string SilverRows(lake::OpenTables& tables) {
    const auto location = lake::SilverLocation("sales", "orders", 1);
    const auto snapshot = *tables.Get(location)->Load();
    auto bound = std::make_shared<engine::BoundTable>();
    bound->visible = snapshot->schema;
    bound->source = table::PinnedTable{location, snapshot, snapshot->files};
    auto opened = engine_->OpenWorkspace({});
    const auto workspace = *std::move(opened);
    EXPECT_THAT(workspace->AddInput("silver", std::move(bound)), IsOk());
    const auto stream =
        workspace->Query("SELECT string_agg(id || ' ' || name || ' ' || _offset, ';' ORDER BY id) FROM input.silver");
    table::BatchView batch;
    EXPECT_TRUE(stream && *(*stream)->Next(batch));
    return std::string(batch.columns[0].At<std::string_view>(0));
  }

  size_t Objects(const std::string& layer) {
    size_t count = 0;
    const auto listed = store_.List(layer + "/sales/orders/");
    for (const auto& object : *listed) {
      count += object.key.find("/_log/") == std::string::npos ? 1 : 0;
    }
    return count;
  }
  size_t LogObjects() { return store_.List("bronze/sales/orders/_log/")->size(); }

  const std::string rows_ = "SELECT * FROM sales.bronze.orders";  // in the order bronze has them
  BronzeMergeRule rule_;
  ManualClock later_{SystemClock().Now()};
  std::optional<Timestamp> oldest_run_;
  int records_ = 1;
};

TEST_F(MergeBronzeTest, RowsAreTheSameInTheSameOrder) {
  Create("id integer key, name string");
  Fill(5);
  const auto before = Rows(rows_);
  const auto done = Merge();
  EXPECT_EQ(done.entries_before, 5);
  EXPECT_EQ(done.entries_after, 1);
  EXPECT_EQ(Live(), 1);
  EXPECT_EQ(Rows(rows_), before);
  Fill(2);
  EXPECT_EQ(Live(), 3);
  EXPECT_THAT(Rows(rows_), testing::StartsWith(before + ";6|n6|"));
  EXPECT_EQ(Rows("SELECT name FROM sales.silver.orders WHERE id = 0"), "last 7");
  EXPECT_EQ(Merge().entries_before, 3);
  EXPECT_EQ(Merge().entries_before, 0) << "nothing to do is no entry";
  EXPECT_THAT(Findings(), IsEmpty());
}

TEST_F(MergeBronzeTest, ReplayedRecordsAreMergedLikeOthers) {
  Create("id integer key, n integer");
  Post(R"([{"id":1,"n":"bad"},{"id":2,"n":2}])");
  Land();
  ASSERT_OK_AND_ASSIGN(const auto page, quarantine_.List("sales", "orders", {}));
  const auto id = page.entries.front().id;
  ASSERT_THAT(quarantine_.Edit("sales", "orders", id, R"({"id":1,"n":1})"), IsOk());
  ASSERT_THAT(quarantine_.Replay("sales", "orders", {{id}, false, std::nullopt, ""}), IsOk());
  EXPECT_TRUE(MergeOnce().committed);
  const auto before = Rows(rows_);
  EXPECT_EQ(Merge().entries_before, 2);
  EXPECT_EQ(Rows(rows_), before);
  ASSERT_THAT(bronze_->AppendReplays("sales", "orders"), IsOk());
  EXPECT_EQ(Rows("SELECT count(*) FROM sales.bronze.orders WHERE _replay_of IS NOT NULL"), "1");
  EXPECT_EQ(Rows("SELECT id, n FROM sales.silver.orders ORDER BY id"), "1|1;2|2");
  EXPECT_THAT(Findings(), IsEmpty());
}

TEST_F(MergeBronzeTest, WhatWasDoneWithRefusedRecordsIsCheckedAndKept) {
  Create("id integer key, n integer");
  Post(R"([{"id":1,"n":"bad"}])");
  Land();
  ASSERT_OK_AND_ASSIGN(const auto page, quarantine_.List("sales", "orders", {}));
  ASSERT_THAT(quarantine_.Edit("sales", "orders", page.entries.front().id, R"({"id":1,"n":1})"), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto objects, reviews_.Of("sales", "orders").Objects());
  ASSERT_EQ(objects.size(), 1U);
  BronzeReferences references(store_, tables_, clock_);
  ASSERT_OK_AND_ASSIGN(const auto keeps, references.Load("quarantine/sales/orders/"));
  EXPECT_TRUE(keeps(objects.front().key));
  EXPECT_THAT(Findings(), IsEmpty());
  ASSERT_THAT(store_.Delete(objects.front().key), IsOk());
  EXPECT_THAT(Findings(), testing::ElementsAre(testing::StartsWith(objects.front().key)));
}

TEST_F(MergeBronzeTest, OnlyWhatSilverHasIsMerged) {
  Create("id integer key, name string");
  Fill(2);
  for (int i = 0; i < 3; ++i) {
    Post(R"([{"id":9,"name":"waits"}])");
    Land();
  }
  EXPECT_EQ(Merge().entries_before, 2);
  EXPECT_EQ(Live(), 4);
  EXPECT_TRUE(MergeOnce().committed);
  EXPECT_EQ(Rows("SELECT count(*), max(name) FROM sales.silver.orders WHERE id = 9"), "1|waits");
  EXPECT_EQ(Merge().entries_before, 4);
  EXPECT_THAT(Findings(), IsEmpty());
}

TEST_F(MergeBronzeTest, SilverFindsNothingToMergeInIt) {
  Create("id integer, name string");
  Fill(3);
  Merge();
  EXPECT_FALSE(MergeOnce().committed);
  Fill(1);
  EXPECT_EQ(Rows("SELECT count(*) FROM sales.silver.orders"), "8");
}

TEST_F(MergeBronzeTest, AQueryThatPinnedTheOldObjectsReadsOn) {
  Create("id integer key, name string");
  Fill(4);
  const auto before = Rows(rows_);
  ASSERT_OK_AND_ASSIGN(const auto bound, bronze_->Resolve("sales", "orders", std::nullopt));
  Merge();
  auto sweep = MakeSweep();
  later_.Advance(minutes(59));
  EXPECT_EQ(Sweep(sweep).deleted, 0);
  ASSERT_OK_AND_ASSIGN(const auto workspace, engine_->OpenWorkspace({}));
  ASSERT_THAT(workspace->AddInput("pinned", bound), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto stream, workspace->Query("SELECT count(*), max(_offset) FROM input.pinned"));
  table::BatchView batch;
  ASSERT_THAT(stream->Next(batch), IsOk());
  EXPECT_EQ(batch.columns[0].At<int64_t>(0), 8);
  EXPECT_EQ(Rows(rows_), before);
}

TEST_F(MergeBronzeTest, ReplacedObjectsGoAnHourLater) {
  Create("id integer key, name string");
  Fill(4);
  const auto before = Rows(rows_);
  Merge();
  EXPECT_EQ(Objects("bronze"), 5);
  auto sweep = MakeSweep();
  EXPECT_FALSE(Sweep(sweep).at_rest);
  later_.Advance(minutes(61));
  oldest_run_ = SystemClock().Now();
  EXPECT_EQ(Sweep(sweep).deleted, 4);
  EXPECT_EQ(Objects("bronze"), 1);
  EXPECT_TRUE(Sweep(sweep).at_rest);
  EXPECT_EQ(Rows(rows_), before);
  EXPECT_THAT(Findings(), IsEmpty());
}

TEST_F(MergeBronzeTest, WhatAJobMayStillReadStays) {
  Create("id integer key, name string");
  Fill(4);
  oldest_run_ = SystemClock().Now();
  Merge();
  auto sweep = MakeSweep();
  later_.Advance(hours(20));
  EXPECT_EQ(Sweep(sweep).deleted, 0);
  EXPECT_EQ(Objects("bronze"), 5);
}

TEST_F(MergeBronzeTest, AfterARestartItIsKnownWhatWasSwept) {
  Create("id integer key, name string");
  Fill(2);
  Merge();
  auto sweep = MakeSweep();
  later_.Advance(minutes(61));
  EXPECT_EQ(Sweep(sweep).deleted, 2);
  const auto swept = sweep.SweptThrough("sales", "orders");
  EXPECT_EQ(swept, 3);
  Fill(2);
  Merge(swept);
  auto restarted = MakeSweep();
  later_.Advance(minutes(61));
  EXPECT_EQ(Sweep(restarted).deleted, 3) << "those of the second merge";
}

TEST_F(MergeBronzeTest, LogEntriesGoADayAfterTheyWereReplaced) {
  Create("id integer key, name string");
  rule_.most_entries = 60;
  auto sweep = MakeSweep();
  for (int round = 0; round < 4; ++round) {
    Fill(60);
    Merge(sweep.SweptThrough("sales", "orders"));
    later_.Advance(minutes(61));
    Sweep(sweep);
  }
  const auto before = Rows(rows_);
  const auto objects = LogObjects();
  later_.Advance(hours(19));
  EXPECT_EQ(Sweep(sweep).deleted, 0);
  later_.Advance(hours(2));
  EXPECT_GT(Sweep(sweep).deleted, 100);
  EXPECT_LT(LogObjects(), objects - 100);
  EXPECT_EQ(Rows(rows_), before);
  EXPECT_THAT(Findings(), IsEmpty());
  const auto other = OtherBronze(store_);
  ASSERT_OK_AND_ASSIGN(const auto view, other->LogOf("sales", "orders").View());
  EXPECT_EQ(view.entries.size(), Live());
  Fill(1);
  EXPECT_EQ(Merge(sweep.SweptThrough("sales", "orders")).groups_lost, 0);
  EXPECT_THAT(Findings(), IsEmpty());
}

/// Silver's table is made again from bronze: every record is taken once, in its order.
TEST_F(MergeBronzeTest, ATableIsRebuiltFromMergedObjects) {
  Create("id integer key, name string");
  Fill(5);
  Merge();
  Fill(3);
  const auto expected = SilverRows(tables_);
  ASSERT_THAT(expected, testing::StartsWith("0 last 8 "));
  const auto location = lake::SilverLocation("sales", "orders", 1);
  for (const auto& prefix : {location + "/", lake::SideFolder(location) + "/"}) {
    const auto listed = store_.List(prefix);
    for (const auto& object : *listed) ASSERT_THAT(store_.Delete(object.key), IsOk());
  }
  lake::OpenTables fresh({store_, formats_, clock_, randomness_});
  auto dependencies = silver::MergeDependencies{store_,    *engine_,       fresh,       *bronze_,
                                                registry_, clock_,         randomness_, [] { return Status(); },
                                                &parquet_, merge_on_read_, cost_rule_};
  silver::Merge merge(std::move(dependencies));
  ASSERT_OK_AND_ASSIGN(const auto done, merge.RunOnce("sales", "orders"));
  EXPECT_TRUE(done.committed);
  EXPECT_EQ(done.position, 9);
  EXPECT_EQ(SilverRows(fresh), expected);
}

TEST_F(MergeBronzeTest, AMergeThatBeginsInsideOneSkipsWhatItHas) {
  Create("id integer, name string");
  Fill(5);
  Merge();
  ASSERT_OK_AND_ASSIGN(const auto entries, bronze_->EntriesToMerge("sales", "orders", 3, UINT64_MAX));
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].rows(), 4);
  const auto endpoint = registry_.Find("sales", "orders");
  auto rows = bronze_->RowsToMerge(entries, bronze::LayoutForSql(endpoint, {}));
  auto bound = std::make_shared<engine::BoundTable>();
  bound->visible = rows->schema();
  bound->source = std::move(rows);
  ASSERT_OK_AND_ASSIGN(const auto workspace, engine_->OpenWorkspace({}));
  ASSERT_THAT(workspace->AddInput("rest", std::move(bound)), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto stream,
                       workspace->Query("SELECT count(*), min(id), max(id) FROM input.rest WHERE id > 0"));
  table::BatchView batch;
  ASSERT_THAT(stream->Next(batch), IsOk());
  EXPECT_EQ(batch.columns[0].At<int64_t>(0), 2);
  EXPECT_EQ(batch.columns[1].At<int64_t>(0), 4);
  EXPECT_EQ(batch.columns[2].At<int64_t>(0), 5);
}

TEST_F(MergeBronzeTest, RefusedRecordsComeTogetherToo) {
  Create("id integer key, name string");
  for (int i = 0; i < 3; ++i) Put(R"([{"id":"x","name":"bad"},{"id":)" + std::to_string(i) + R"(,"name":"good"}])");
  const std::string refused = "SELECT id, payload, reason FROM sales.quarantine.orders ORDER BY id";
  const auto before = Rows(refused);
  ASSERT_THAT(before, testing::HasSubstr("bad"));
  const auto all = Rows(rows_);
  EXPECT_EQ(Objects("quarantine"), 3);
  EXPECT_EQ(Merge().entries_before, 3);
  EXPECT_EQ(Rows(refused), before);
  auto sweep = MakeSweep();
  later_.Advance(minutes(61));
  EXPECT_EQ(Sweep(sweep).deleted, 6);
  EXPECT_EQ(Objects("quarantine"), 1);
  EXPECT_EQ(Rows(refused), before);
  EXPECT_EQ(Rows(rows_), all);
  EXPECT_THAT(Findings(), IsEmpty());
}

TEST_F(MergeBronzeTest, OrphanRemovalKeepsWhatIsStillToBeSwept) {
  Create("id integer key, name string");
  Fill(3);
  Merge();
  ManualClock in_days(SystemClock().Now());
  in_days.Advance(std::chrono::days(4));
  BronzeReferences references(store_, tables_, clock_);
  CollectOrphans orphans({store_, in_days, {&references}, [] { return Status(); }}, {});
  ASSERT_OK_AND_ASSIGN(const auto found, orphans.Run("", true));
  EXPECT_THAT(found.orphans, IsEmpty());
  EXPECT_GT(found.listed, 4);
}

TEST_F(MergeBronzeTest, APurgeThatComesFirstWins) {
  Create("id integer key, name string");
  Fill(3);
  const auto objects = Objects("bronze");
  store::FaultyStore faulty(store_);
  bool purged = false;
  faulty.Inject({.operation = store::StoreOperation::kPutAll, .error = std::nullopt, .before = [&] {
                   if (std::exchange(purged, true)) return;
                   EXPECT_THAT(bronze_->Purge("sales", "orders"), IsOk());
                 }});
  MergeBronze merge({faulty, *bronze_, tables_, registry_, randomness_}, rule_);
  ASSERT_OK_AND_ASSIGN(const auto done, merge.Run({"sales", "orders", 0, false}));
  EXPECT_TRUE(purged);
  EXPECT_EQ(done.groups_lost, 1);
  EXPECT_EQ(Live(), 0);
  EXPECT_EQ(Objects("bronze"), objects + 1) << "an orphan";
}

TEST_F(MergeBronzeTest, ANodeThatLostItsSeatReplacesNothing) {
  Create("id integer key, name string");
  Fill(3);
  bronze::Bronze lost({store_, log_->tail(), registry_, clock_, randomness_, "node:n1", 1,
                       [] { return Status(Fail(ErrorCode::kFailedPrecondition, "seat")); }, reviews_});
  MergeBronze merge({store_, lost, tables_, registry_, randomness_}, rule_);
  EXPECT_THAT(merge.Run({"sales", "orders", 0, false}), ErrorIs(ErrorCode::kFailedPrecondition));
  EXPECT_EQ(Live(), 3);
}

TEST_F(MergeBronzeTest, ADryRunCountsAndTouchesNothing) {
  Create("id integer key, name string");
  Fill(3);
  const auto objects = store_.List("")->size();
  auto merge = Make();
  ASSERT_OK_AND_ASSIGN(const auto done, merge.Run({"sales", "orders", 0, true}));
  EXPECT_EQ(done.entries_before, 3);
  EXPECT_EQ(store_.List("")->size(), objects);
  Merge();
  auto sweep = MakeSweep();
  later_.Advance(minutes(61));
  const auto merged = store_.List("")->size();
  ASSERT_OK_AND_ASSIGN(const auto dry, sweep.Run("sales", "orders", true));
  EXPECT_EQ(dry.deleted, 3);
  EXPECT_EQ(store_.List("")->size(), merged);
}

/// Every call of the store fails once, the process is another one afterwards: bronze is what it was.
TEST_F(MergeBronzeTest, KilledAtAnyCallTheNextRunGoesOn) {
  Create("id integer key, name string");
  const std::vector<store::StoreOperation> operations{store::StoreOperation::kGet, store::StoreOperation::kPutAll,
                                                      store::StoreOperation::kPutIfAbsent,
                                                      store::StoreOperation::kDelete};
  for (const auto operation : operations) {
    for (uint64_t call = 1; call <= 4; ++call) {
      Fill(3);
      const auto before = Rows(rows_);
      later_.Advance(minutes(61));
      store::FaultyStore faulty(store_);
      faulty.Inject({.operation = operation, .nth = call, .times = UINT64_MAX});
      const auto bronze = OtherBronze(faulty);
      MergeBronze merge({faulty, *bronze, tables_, registry_, randomness_}, rule_);
      static_cast<void>(merge.Run({"sales", "orders", 0, false}));
      SweepBronze sweep({faulty, *bronze, later_, [] { return Status(); }, [] { return std::optional<Timestamp>(); }},
                        {});
      static_cast<void>(sweep.Run("sales", "orders", false));
      EXPECT_EQ(Rows(rows_), before);
      Merge();
      auto next = MakeSweep();
      Sweep(next);
      EXPECT_EQ(Rows(rows_), before);
    }
  }
  EXPECT_THAT(Findings(), IsEmpty());
}

}  // namespace
}  // namespace tarn::upkeep
