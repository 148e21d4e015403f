// SPDX-License-Identifier: Apache-2.0
#include "silver/ledger.h"

#include <gmock/gmock.h>

#include <future>

#include "silver/lake_testing.h"

namespace tarn::silver {
namespace {

using contract::Operation;
using testing::HasSubstr;

constexpr int64_t kHour = 3'600'000'000;

class LedgerTest : public LakeTest {
 protected:
  std::vector<LedgerInterval> Ledger() {
    auto ledger = silver_->LedgerOf("sales", "orders");
    EXPECT_THAT(ledger, IsOk());
    if (!ledger) return {};
    for (const auto& interval : *ledger) {
      EXPECT_EQ(interval.Difference(), 0);
      EXPECT_EQ(interval.received, interval.stored);
    }
    return *std::move(ledger);
  }

  /// Bronze entries whose merges were rolled back.
  std::vector<bronze::NumberRange> Undone() {
    const auto snapshot = tables_.Get("silver/sales/orders")->Load();
    EXPECT_THAT(snapshot, IsOk());
    const auto side = SideManifestOf(store_, "silver/sales/orders", **snapshot);
    EXPECT_THAT(side, IsOk());
    return side->undone.ranges();
  }

  /// The only interval there is.
  LedgerInterval Only() {
    const auto ledger = Ledger();
    EXPECT_EQ(ledger.size(), 1U);
    return ledger.empty() ? LedgerInterval() : ledger.front();
  }
};

TEST_F(LedgerTest, AnEndpointWithoutRecordsHasNoInterval) {
  Create("id integer key");
  EXPECT_TRUE(Ledger().empty());
}

TEST_F(LedgerTest, RecordsArePendingInTheLogAndInBronzeUntilTheyAreMerged) {
  Create("id integer key");
  Post(R"([{"id":1},{"id":2},{"id":"no number"}])");
  EXPECT_EQ(Only().pending, 3);
  EXPECT_EQ(Only().first_entry, 0U);
  Land();
  EXPECT_EQ(Only().pending, 3);
  EXPECT_EQ(Only().last_entry, 1U);
  MergeOnce();
  EXPECT_EQ(Only().pending, 0);
  EXPECT_EQ(Only().applied, 2);
  EXPECT_EQ(Only().quarantined, 1);
  EXPECT_TRUE(Only().until.has_value());
}

TEST_F(LedgerTest, EveryFateIsCounted) {
  Create("id integer key, seq integer", "seq");
  Put(R"([{"id":1,"seq":5},{"id":2,"seq":5},{"id":"x"}])");
  Put(R"([{"id":1,"seq":3},{"id":3,"seq":1}])");
  Put(R"([{"id":2,"seq":9}])", Operation::kDelete);
  const auto all = Only();
  EXPECT_EQ(all.stored, 6);
  EXPECT_EQ(all.applied, 3);
  EXPECT_EQ(all.superseded, 1);
  EXPECT_EQ(all.deleted, 1);
  EXPECT_EQ(all.quarantined, 1);
}

TEST_F(LedgerTest, ARollbackMovesRecordsAndNothingIsLost) {
  Create("id integer key");
  Put(R"([{"id":1}])");
  ASSERT_OK_AND_ASSIGN(const auto table, silver_->TableOf("sales", "orders"));
  ASSERT_OK_AND_ASSIGN(const auto target, table->Load());
  Put(R"([{"id":2},{"id":3}])");
  ASSERT_OK_AND_ASSIGN(const auto second, table->Load());
  ASSERT_THAT(silver_->Rollback("sales", "orders", {.target = target->snapshot_id}), IsOk());
  EXPECT_EQ(Only().applied, 1);
  EXPECT_EQ(Only().rolled_back, 2);
  EXPECT_EQ(Undone(), (std::vector<bronze::NumberRange>{{2, 2}}));
  Put(R"([{"id":4}])");
  ASSERT_THAT(silver_->Rollback("sales", "orders", {.target = second->snapshot_id}), IsOk());
  EXPECT_EQ(Undone(), (std::vector<bronze::NumberRange>{{3, 3}})) << "the second entry is back";
}

TEST_F(LedgerTest, WhatWasPurgedStaysCounted) {
  Create("id integer key");
  Put(R"([{"id":1},{"id":2}])");
  ASSERT_OK_AND_ASSIGN(const auto number, bronze_->Purge("sales", "orders"));
  EXPECT_EQ(Only().purged, 2);
  MergeOnce();
  Put(R"([{"id":3}])");
  ASSERT_OK_AND_ASSIGN(const auto again, bronze_->Purge("sales", "orders"));
  MergeOnce();
  Put(R"([{"id":4}])");
  const auto ledger = Ledger();
  ASSERT_EQ(ledger.size(), 2U);
  EXPECT_EQ(ledger[0].purged, 3);
  EXPECT_EQ(ledger[0].last_entry, again);
  EXPECT_LT(number, again);
  EXPECT_EQ(ledger[1].applied, 1);
}

TEST_F(LedgerTest, AnotherKeyMakesAnotherFolderAndBothCount) {
  Create("id integer key");
  Put(R"([{"id":1}])");
  ASSERT_THAT(registry_.Remove("sales", "orders"), IsOk());
  Create("code string key");
  Put(R"([{"code":"x"},{"code":"y"}])");
  const auto ledger = Ledger();
  ASSERT_EQ(ledger.size(), 2U);
  EXPECT_EQ(ledger[0].folder_generation, 1U);
  EXPECT_EQ(ledger[0].applied, 1);
  EXPECT_EQ(ledger[1].folder_generation, 2U);
  EXPECT_EQ(ledger[1].applied, 2);
}

TEST_F(LedgerTest, MetricsSayTheTotals) {
  Create("id integer key");
  Post(R"([{"id":1},{"id":1}])");
  Land();
  silver_->Start();
  std::promise<void> merged;
  silver_->WhenMerged("sales", "orders", 1, [&] { merged.set_value(); });
  merged.get_future().wait();
  silver_->Stop();
  const auto text = metrics_.Render();
  EXPECT_THAT(text, HasSubstr(R"(tarn_ledger_stored_records{domain="sales",endpoint="orders"} 2)"));
  EXPECT_THAT(text, HasSubstr(R"(tarn_ledger_records{domain="sales",endpoint="orders",state="applied"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(tarn_ledger_records{domain="sales",endpoint="orders",state="superseded"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(tarn_ledger_records{domain="sales",endpoint="orders",state="pending"} 0)"));
}

TEST(HourMarkTest, TheRunningHourIsCarriedOnAndOldHoursBecomeOne) {
  SideManifest side;
  side.counters.applied = 1;
  side.MarkHour(1, {kHour + 5});
  side.counters.applied = 3;
  side.MarkHour(4, {kHour + 7});
  EXPECT_EQ(side.hours, (std::vector<HourMark>{{4, {kHour + 7}, side.counters}}));
  for (int64_t hour = 2; hour < 40; ++hour) {
    ++side.counters.applied;
    side.MarkHour(static_cast<uint64_t>(hour) + 3, {hour * kHour});
  }
  EXPECT_EQ(side.hours.size(), SideManifest::kMaxHours);
  EXPECT_EQ(side.hours.back().counters, side.counters);
  EXPECT_EQ(side.hours.front().through, 18U);
  ASSERT_OK_AND_ASSIGN(const auto again, DecodeSideManifest(EncodeSideManifest(side)));
  EXPECT_EQ(again.hours, side.hours);
}

TEST(HourMarkTest, ManifestsOfTheSecondVersionHaveNone) {
  ASSERT_OK_AND_ASSIGN(
      const auto side,
      DecodeSideManifest(
          R"({"counters":{"applied":4,"deleted":1,"quarantined":3,"rolled_back":7,"superseded":2},"refused":[],"tombstones":[],"version":2})"));
  EXPECT_EQ(side.counters.Sum(), 17U);
  EXPECT_TRUE(side.hours.empty());
}

TEST(HourMarkTest, TheThirdVersionLooksLikeThis) {
  SideManifest side;
  side.counters = {.applied = 4, .superseded = 2, .deleted = 1, .quarantined = 3, .rolled_back = 7};
  side.MarkHour(9, {kHour});
  side.undone.Add({3, 5});
  const std::string text = EncodeSideManifest(side);
  EXPECT_EQ(
      text,
      R"({"crc32c":499192421,"counters":{"applied":4,"deleted":1,"quarantined":3,"rolled_back":7,"superseded":2},"hours":[{"at":3600000000,"counters":{"applied":4,"deleted":1,"quarantined":3,"rolled_back":7,"superseded":2},"through":9}],"refused":[],"tombstones":[],"undone":[[3,5]],"version":3})");
  for (size_t at = 0; at < text.size(); ++at) {
    auto damaged = text;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    EXPECT_FALSE(DecodeSideManifest(damaged)) << damaged;
  }
  EXPECT_THAT(DecodeSideManifest(R"({"version":5})"), ErrorIs(ErrorCode::kUnsupported));
}

}  // namespace
}  // namespace tarn::silver
