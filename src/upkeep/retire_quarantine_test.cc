// SPDX-License-Identifier: Apache-2.0
#include "upkeep/retire_quarantine.h"

#include <gmock/gmock.h>

#include "upkeep/checked_lake_testing.h"

namespace tarn::upkeep {
namespace {

using std::chrono::hours;
using testing::IsEmpty;

class RetireQuarantineTest : public CheckedLakeTest, public testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    table_format_ = GetParam();
    LakeTest::SetUp();
    retire_ = std::make_unique<RetireQuarantine>(RetireQuarantine::Dependencies{
        store_, *bronze_, tables_, registry_, later_, randomness_, [] { return Status(); }});
  }

  void CreateKeeping(std::chrono::milliseconds retention, const std::string& columns) {
    auto draft = DraftOf(columns);
    draft.quarantine_retention = retention;
    CreateFrom(draft);
  }

  RetireQuarantineOutcome Retire(bool dry_run = false) {
    const auto done = retire_->Run({"sales", "orders", 0, dry_run});
    EXPECT_THAT(done, IsOk());
    return done ? *done : RetireQuarantineOutcome();
  }

  std::vector<std::string> Ids() {
    const auto page = quarantine_.List("sales", "orders", {.status = "all"});
    EXPECT_THAT(page, IsOk());
    std::vector<std::string> ids;
    for (const auto& entry : page->entries) ids.push_back(entry.id);
    return ids;
  }

  ManualClock later_{SystemClock().Now()};
  std::unique_ptr<RetireQuarantine> retire_;
};

TEST_P(RetireQuarantineTest, WhatWasDealtWithGoesAndTheRestStays) {
  CreateKeeping(hours(1), "id integer key, n integer");
  Put(R"([{"id":1,"n":1},{"id":2,"n":"a"},{"id":3,"n":"b"},{"id":4,"n":"c"}])");
  const auto ids = Ids();
  ASSERT_EQ(ids.size(), 3U);
  ASSERT_THAT(quarantine_.Discard("sales", "orders", ids[0]), IsOk());
  ASSERT_THAT(quarantine_.Replay("sales", "orders",
                                 {.ids = {ids[1]}, .all = false, .payload = R"({"id":3,"n":3})", .request_id = "a"}),
              IsOk());
  EXPECT_TRUE(MergeOnce().committed);
  const auto counters = CountersNow();
  EXPECT_EQ(Retire().records, 0U) << "too young";
  EXPECT_EQ(Ids(), ids);
  later_.Advance(hours(2));
  EXPECT_EQ(Retire(true).records, 2U);
  EXPECT_EQ(Ids(), ids);
  EXPECT_EQ(Retire().records, 2U);
  EXPECT_EQ(Ids(), std::vector<std::string>{ids[2]});
  EXPECT_EQ(Rows("SELECT count(*) FROM sales.bronze.orders"), "5") << "bronze has its own retention";
  EXPECT_EQ(Rows("SELECT id, n FROM sales.silver.orders ORDER BY id"), "1|1;3|3");
  EXPECT_EQ(CountersNow(), counters);
  EXPECT_THAT(Findings(), IsEmpty());
  EXPECT_EQ(Retire().records, 0U);
  ASSERT_THAT(quarantine_.Discard("sales", "orders", ids[2]), IsOk());
  EXPECT_EQ(Retire().records, 1U) << "it was too old already";
  EXPECT_THAT(Ids(), IsEmpty());
  EXPECT_THAT(Findings(), IsEmpty());
}

TEST_P(RetireQuarantineTest, PayloadsGoWithTheirRecords) {
  CreateKeeping(hours(1), "id integer key, n integer");
  Put(R"([{"id":1,"n":"a"},{"id":2,"n":"b"}])");
  const auto ids = Ids();
  for (const auto& id : ids) ASSERT_THAT(quarantine_.Edit("sales", "orders", id, R"({"id":1,"n":"edited"})"), IsOk());
  ASSERT_THAT(quarantine_.Discard("sales", "orders", ids[0]), IsOk());
  later_.Advance(hours(2));
  EXPECT_EQ(Retire().records, 1U);
  ASSERT_OK_AND_ASSIGN(const auto objects, reviews_.Of("sales", "orders").Objects());
  uint64_t payloads = 0;
  for (const auto& object : objects) payloads += object.entries;
  EXPECT_EQ(payloads, 1U);
  ASSERT_OK_AND_ASSIGN(const auto left, quarantine_.Get("sales", "orders", ids[1]));
  EXPECT_EQ(left.payload, R"({"id":1,"n":"edited"})");
  EXPECT_THAT(Findings(), IsEmpty());
}

TEST_P(RetireQuarantineTest, WhatMergesRefusedGoesByACommitThatIsNoNews) {
  Create("id integer key, v string");
  Post(R"([{"id":1,"v":"abc"},{"id":2,"v":"2"}])");
  ASSERT_THAT(registry_.Remove("sales", "orders"), IsOk());
  CreateKeeping(hours(1), "id integer key, v integer");
  Land();
  EXPECT_TRUE(MergeOnce().committed);
  const auto ids = Ids();
  ASSERT_EQ(ids.size(), 1U);
  ASSERT_THAT(quarantine_.Discard("sales", "orders", ids[0]), IsOk());
  const auto counters = CountersNow();
  later_.Advance(hours(2));
  EXPECT_EQ(Retire().records, 1U);
  EXPECT_THAT(Ids(), IsEmpty());
  EXPECT_EQ(CountersNow(), counters);
  EXPECT_FALSE(MergeOnce().committed) << "the position is the same";
  EXPECT_EQ(Rows("SELECT id, v FROM sales.silver.orders"), "2|2");
  EXPECT_THAT(Findings(), IsEmpty());
}

TEST_P(RetireQuarantineTest, NullKeepsEverything) {
  auto draft = DraftOf("id integer key, n integer");
  draft.quarantine_retention.emplace();
  CreateFrom(draft);
  Put(R"([{"id":1,"n":"a"}])");
  ASSERT_THAT(quarantine_.Discard("sales", "orders", Ids()[0]), IsOk());
  later_.Advance(hours(24 * 365 * 100));
  EXPECT_EQ(Retire().records, 0U);
  EXPECT_EQ(Ids().size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Formats, RetireQuarantineTest, testing::Values("delta", "iceberg"),
                         [](const auto& one) { return std::string(one.param); });

}  // namespace
}  // namespace tarn::upkeep
