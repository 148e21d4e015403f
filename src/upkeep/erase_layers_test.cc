// SPDX-License-Identifier: Apache-2.0
// Bronze, silver and quarantine of one endpoint without the records of a key: what stays is as it was.
#include <gmock/gmock.h>

#include "silver/rebuild.h"
#include "upkeep/checked_lake_testing.h"
#include "upkeep/erase_bronze.h"
#include "upkeep/erase_reviews.h"
#include "upkeep/erase_silver.h"
#include "upkeep/merge_bronze.h"

namespace tarn::upkeep {
namespace {

using testing::IsEmpty;

class EraseLayersTest : public CheckedLakeTest, public testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    table_format_ = GetParam();
    merge_on_read_ = true;
    cost_rule_.always_rewrite_bytes = 0;
    LakeTest::SetUp();
    Create("id integer key, n integer");
  }

  const contract::Contract& ContractNow() { return registry_.Find("sales", "orders")->contract(); }

  FoundRecords Search() {
    FoundRecords found;
    const RecordSearch search{*engine_, *bronze_, registry_.Find("sales", "orders"), keys_};
    uint64_t others = 0;
    const auto entries = EntriesOfFolder(*bronze_, registry_, ContractNow(), others);
    EXPECT_THAT(entries, IsOk());
    EXPECT_THAT(FindLines(search, *entries, found), IsOk());
    for (const auto& [number, offsets] : found.lines) {
      for (const auto& offset : offsets) found.refused.insert(offset.ToString());
    }
    const auto units = bronze_->QuarantineUnits("sales", "orders");
    EXPECT_THAT(units, IsOk());
    EXPECT_THAT(FindRefused(search, *units, found), IsOk());
    return found;
  }

  EraseBronzeOutcome FromBronze() {
    EraseBronze erase({store_, *bronze_, tables_, registry_, randomness_});
    const auto done = erase.Run("sales", "orders", Search());
    EXPECT_THAT(done, IsOk());
    return done ? *done : EraseBronzeOutcome();
  }

  EraseSilverOutcome FromSilver() {
    const auto dependencies = Dependencies();
    EraseSilver erase(dependencies);
    const auto contract = ContractNow();
    const auto found = Search();
    const auto done = erase.Run({contract, keys_, found});
    EXPECT_THAT(done, IsOk());
    return done ? *done : EraseSilverOutcome();
  }

  ErasureKeys keys_{{"id"}, {{"7"}}};
};

TEST_P(EraseLayersTest, TheOthersStayAsTheyWere) {
  Put(R"([{"id":1,"n":1},{"id":7,"n":1},{"id":2,"n":1},{"id":7,"n":"bad"}])");
  Put(R"([{"id":3,"n":1}])");
  Put(R"([{"id":7,"n":2},{"id":1,"n":2}])");
  const auto others = Rows("SELECT * EXCLUDE _raw FROM sales.bronze.orders WHERE id <> 7 ORDER BY _offset");
  const auto rows = Rows("SELECT id, n, _offset FROM sales.silver.orders WHERE id <> 7 ORDER BY id");
  const auto done = FromBronze();
  EXPECT_EQ(done.records, 3U);
  EXPECT_EQ(done.refused, 1U);
  EXPECT_EQ(Rows("SELECT * EXCLUDE _raw FROM sales.bronze.orders ORDER BY _offset"), others);
  EXPECT_THAT(Findings(), IsEmpty()) << "silver has still to follow";
  const auto table = FromSilver();
  EXPECT_EQ(table.rows.rows, 1U);
  EXPECT_EQ(Rows("SELECT id, n, _offset FROM sales.silver.orders ORDER BY id"), rows);
  EXPECT_EQ(Rows("SELECT count(*) FROM sales.quarantine.orders"), "0");
  const auto counters = CountersNow();
  EXPECT_EQ(counters.purged, 3U);
  EXPECT_EQ(counters.Sum(), 7U);
  EXPECT_THAT(Findings(), IsEmpty());
  Put(R"([{"id":7,"n":9}])");
  EXPECT_EQ(Rows("SELECT n FROM sales.silver.orders WHERE id = 7"), "9");
  EXPECT_THAT(Findings(), IsEmpty());
}

TEST_P(EraseLayersTest, DoneAgainItFindsNothing) {
  Put(R"([{"id":1,"n":1},{"id":7,"n":1}])");
  FromBronze();
  FromSilver();
  const auto before = CountersNow();
  EXPECT_EQ(FromBronze().records, 0U);
  const auto table = FromSilver();
  EXPECT_EQ(table.rows.files_removed + table.side_objects, 0U);
  EXPECT_EQ(CountersNow(), before);
}

TEST_P(EraseLayersTest, TombstonesAndDeletedRowsGo) {
  std::string rows;  // so many that a merge marks two of them as deleted instead of writing the file anew
  for (int id = 1; id <= 12; ++id)
    rows += (rows.empty() ? "[" : ",") + (R"({"id":)" + std::to_string(id) + R"(,"n":1})");
  Put(rows + "]");
  Put(R"([{"id":7},{"id":8}])", contract::Operation::kDelete);
  FromBronze();
  const auto table = FromSilver();
  EXPECT_EQ(table.tombstones, 1U);
  EXPECT_EQ(table.rows.rows, 0U) << "the row was deleted before";
  EXPECT_EQ(table.rows.files_removed, 1U) << "its file still had it";
  EXPECT_EQ(Rows("SELECT count(*), count(*) FILTER (WHERE id IN (7, 8)) FROM sales.silver.orders"), "10|0");
  EXPECT_EQ(CountersNow().purged, 2U);
  EXPECT_THAT(Findings(), IsEmpty());
}

TEST_P(EraseLayersTest, MergedBronzeObjectsLoseLinesAndKeepNumbers) {
  for (int n = 0; n < 4; ++n) Put(R"([{"id":7,"n":)" + std::to_string(n) + R"(},{"id":1,"n":1}])");
  MergeBronze merge({store_, *bronze_, tables_, registry_, randomness_}, {.entries_per_tier = 2});
  ASSERT_THAT(merge.Run({"sales", "orders", 0, false}), IsOk());
  EXPECT_EQ(FromBronze().records, 4U);
  FromSilver();
  EXPECT_EQ(CountersNow().purged, 4U);
  EXPECT_THAT(Findings(), IsEmpty());
  ASSERT_THAT(merge.Run({"sales", "orders", 0, false}), IsOk());
  EXPECT_THAT(Findings(), IsEmpty());
  EXPECT_EQ(Rows("SELECT count(*) FROM sales.bronze.orders"), "4");
}

TEST_P(EraseLayersTest, AnEntryWithoutRowsStaysCounted) {
  Put(R"([{"id":7,"n":1},{"id":7,"n":2}])");
  Put(R"([{"id":1,"n":1}])");
  EXPECT_EQ(FromBronze().records, 2U);
  FromSilver();
  EXPECT_EQ(Rows("SELECT count(*) FROM sales.bronze.orders"), "1");
  EXPECT_THAT(Findings(), IsEmpty());
}

TEST_P(EraseLayersTest, ARebuildCountsWhatIsMissing) {
  Put(R"([{"id":1,"n":1},{"id":7,"n":1}])");
  Put(R"([{"id":2,"n":1},{"id":7,"n":2}])");
  FromBronze();
  FromSilver();
  const auto dependencies = Dependencies();
  silver::Merge merge(dependencies);
  silver::Rebuild::Request request;
  request.stage = "s";
  ASSERT_THAT(silver::Rebuild(dependencies, merge).Run(registry_.Find("sales", "orders"), request), IsOk());
  EXPECT_EQ(Rows("SELECT id FROM sales.silver.orders ORDER BY id"), "1;2");
  EXPECT_EQ(CountersNow().purged, 2U);
  EXPECT_EQ(CountersNow().applied, 2U);
  EXPECT_THAT(Findings(), IsEmpty());
}

TEST_P(EraseLayersTest, EditedPayloadsGo) {
  Put(R"([{"id":1,"n":"bad"},{"id":2,"n":"bad"}])");
  const auto ids = Rows("SELECT id FROM sales.quarantine.orders ORDER BY id");
  const auto first = ids.substr(0, ids.find(';'));
  ASSERT_THAT(quarantine_.Edit("sales", "orders", first, R"({"id":7,"n":"bad"})"), IsOk());
  const std::string domain = "sales";
  const std::string table = "orders";
  const std::set<std::string> refused{first};
  const auto done =
      EraseFromReviews({store_, reviews_, clock_, randomness_, [] { return Status(); }, domain, table, refused});
  ASSERT_THAT(done, IsOk());
  EXPECT_EQ(done->records, 1U);
  EXPECT_EQ(done->gone.size(), 1U);
  quarantine::StateLog again(store_, clock_, "sales", "orders");
  ASSERT_OK_AND_ASSIGN(const auto objects, again.Objects());
  ASSERT_EQ(objects.size(), 1U);
  EXPECT_EQ(objects.front().entries, 0U);
  EXPECT_NE(objects.front().key, done->gone.front());
}

TEST_P(EraseLayersTest, AReplayThatBronzeHasStillToTakeIsLeftAlone) {
  Put(R"([{"id":1,"n":"bad"}])");
  const auto id = Rows("SELECT id FROM sales.quarantine.orders");
  quarantine_.SetReplayer([](const std::string&, const std::string&) { return Status(); });
  ASSERT_THAT(quarantine_.Replay("sales", "orders",
                                 {.ids = {id}, .all = false, .payload = R"({"id":7,"n":1})", .request_id = "a"}),
              IsOk());
  const std::string domain = "sales";
  const std::string table = "orders";
  const std::set<std::string> refused{id};
  const auto erase = [&] {
    const auto landed = LandedReplays(*bronze_, domain, table);
    EXPECT_THAT(landed, IsOk());
    return EraseFromReviews(
        {store_, reviews_, clock_, randomness_, [] { return Status(); }, domain, table, refused, landed.value_or(0)});
  };
  EXPECT_THAT(erase(), ErrorIs(ErrorCode::kUnavailable));
  ASSERT_THAT(bronze_->AppendReplays("sales", "orders"), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto done, erase());
  EXPECT_EQ(done.records, 1U);
}

INSTANTIATE_TEST_SUITE_P(Formats, EraseLayersTest, testing::Values("delta", "iceberg"),
                         [](const auto& one) { return std::string(one.param); });

}  // namespace
}  // namespace tarn::upkeep
