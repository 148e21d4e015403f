// SPDX-License-Identifier: Apache-2.0
#include "silver/rollback.h"

#include <gmock/gmock.h>

#include "lake/keys.h"
#include "lake/table_history.h"
#include "silver/lake_testing.h"

namespace tarn::silver {
namespace {

using contract::Operation;
using testing::HasSubstr;

constexpr const char* kLocation = "silver/sales/orders";
constexpr const char* kRows = "SELECT id, v FROM sales.silver.orders ORDER BY id";

struct Variant {
  const char* name;
  const char* format;
  bool merge_on_read;
};

class RollbackTest : public LakeTest, public testing::WithParamInterface<Variant> {
 protected:
  RollbackTest() {
    table_format_ = GetParam().format;
    merge_on_read_ = GetParam().merge_on_read;
    if (merge_on_read_) cost_rule_.always_rewrite_bytes = 0;
  }

  int64_t Newest() {
    const auto snapshot = tables_.Get(kLocation)->Load();
    EXPECT_THAT(snapshot, IsOk());
    return (*snapshot)->snapshot_id;
  }

  Result<lake::RollbackOutcome> Rollback(int64_t target, std::optional<int64_t> expected = {}) {
    return silver_->Rollback("sales", "orders", {.target = target, .expected = expected});
  }
};

INSTANTIATE_TEST_SUITE_P(Tables, RollbackTest,
                         testing::Values(Variant{"delta", "delta", false}, Variant{"delta_marks", "delta", true},
                                         Variant{"iceberg", "iceberg", false},
                                         Variant{"iceberg_marks", "iceberg", true}),
                         [](const auto& one) { return std::string(one.param.name); });

TEST_P(RollbackTest, RowsTombstonesAndLaterMergesAreAsIfTheMergesBetweenHadNotBeen) {
  Create("id integer key, v string, seq integer", "seq");
  Put(R"([{"id":1,"v":"a","seq":1},{"id":2,"v":"b","seq":1},{"id":3,"v":"c","seq":1},{"id":4,"v":"d","seq":1}])");
  Put(R"([{"id":4,"seq":5}])", Operation::kDelete);
  const int64_t target = Newest();
  Put(R"([{"id":1,"v":"A","seq":9},{"id":5,"v":"e","seq":1}])");
  Put(R"([{"id":2,"seq":9}])", Operation::kDelete);
  const auto before = CountersNow();
  ASSERT_EQ(Rows(kRows), "1|A;3|c;5|e");

  ASSERT_OK_AND_ASSIGN(const auto done, Rollback(target));
  EXPECT_TRUE(done.committed);
  EXPECT_EQ(Rows(kRows), "1|a;2|b;3|c");
  const auto after = CountersNow();
  EXPECT_EQ(after.Sum(), before.Sum());
  EXPECT_EQ(after.rolled_back, 3U);
  EXPECT_EQ(after.deleted, 1U);
  EXPECT_FALSE(MergeOnce().committed) << "what was undone is not merged again";

  // The delete of 2 is undone, that of 4 is not; 1 has its old sequence.
  Put(R"([{"id":1,"v":"x","seq":2},{"id":2,"v":"y","seq":2},{"id":4,"v":"z","seq":4},{"id":6,"v":"f","seq":1}])");
  EXPECT_EQ(Rows(kRows), "1|x;2|y;3|c;6|f");
  Put(R"([{"id":3,"v":"q","seq":3}])");
  EXPECT_EQ(Rows(kRows), "1|x;2|y;3|q;6|f");
}

TEST_P(RollbackTest, DoingItAgainDoesNothing) {
  Create("id integer key, v string");
  Put(R"([{"id":1,"v":"a"}])");
  const int64_t target = Newest();
  Put(R"([{"id":1,"v":"b"}])");
  ASSERT_OK_AND_ASSIGN(const auto first, Rollback(target));
  ASSERT_OK_AND_ASSIGN(const auto again, Rollback(target));
  EXPECT_FALSE(again.committed);
  EXPECT_EQ(again.version, first.version);
  EXPECT_EQ(CountersNow().rolled_back, 1U);
}

TEST_P(RollbackTest, ARollbackIsRolledBack) {
  Create("id integer key, v string");
  Put(R"([{"id":1,"v":"a"}])");
  const int64_t first = Newest();
  Put(R"([{"id":1,"v":"b"},{"id":2,"v":"c"}])");
  const int64_t second = Newest();
  ASSERT_THAT(Rollback(first), IsOk());
  EXPECT_EQ(Rows(kRows), "1|a");
  ASSERT_OK_AND_ASSIGN(const auto forth, Rollback(second));
  EXPECT_TRUE(forth.committed);
  EXPECT_EQ(Rows(kRows), "1|b;2|c");
  EXPECT_EQ(CountersNow().rolled_back, 0U) << "they count again";
  Put(R"([{"id":2,"v":"d"}])");
  EXPECT_EQ(Rows(kRows), "1|b;2|d");
}

TEST_P(RollbackTest, TheHistoryShowsItAndKeepsWhatWasUndone) {
  Create("id integer key, v string");
  Put(R"([{"id":1,"v":"a"},{"id":2,"v":"b"}])");
  const int64_t target = Newest();
  Put(R"([{"id":3,"v":"c"}])");
  const int64_t undone = Newest();
  ASSERT_OK_AND_ASSIGN(const auto done, Rollback(target));
  ASSERT_OK_AND_ASSIGN(const auto history, lake::ReadHistory(*tables_.Get(kLocation), 10));
  ASSERT_GE(history.size(), 3U);
  EXPECT_EQ(history[0].version, done.version);
  EXPECT_EQ(history[0].operation, "ROLLBACK");
  EXPECT_EQ(history[0].rows_added.value() - history[0].rows_removed.value(), -1);
  EXPECT_EQ(history[1].version, undone);
  EXPECT_EQ(history[1].operation, "MERGE");
  EXPECT_EQ(Rows("SELECT id FROM sales.silver.orders AT (VERSION => " + std::to_string(undone) + ") ORDER BY id"),
            "1;2;3");
}

TEST_P(RollbackTest, ANewerVersionThanExpectedIsLeftAlone) {
  Create("id integer key, v string");
  Put(R"([{"id":1,"v":"a"}])");
  const int64_t target = Newest();
  Put(R"([{"id":1,"v":"b"}])");
  const int64_t seen = Newest();
  Put(R"([{"id":1,"v":"c"}])");
  EXPECT_THAT(Rollback(target, seen), ErrorIs(ErrorCode::kFailedPrecondition));
  EXPECT_EQ(Rows(kRows), "1|c");
  ASSERT_THAT(Rollback(target, Newest()), IsOk());
  EXPECT_THAT(Rollback(target, seen), IsOk()) << "it is done";
}

TEST_P(RollbackTest, VersionsThatNeverWereAndColumnsThatNoLongerFitAreRefused) {
  Create("id integer key");
  Put(R"([{"id":1,"x":1}])");
  const int64_t narrow = Newest();
  Put(R"([{"id":2,"x":"text"}])");
  EXPECT_THAT(Rollback(123'456'789), ErrorIs(ErrorCode::kNotFound));
  const auto refused = Rollback(narrow);
  ASSERT_THAT(refused, ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(refused.error().message, HasSubstr("x"));
  EXPECT_EQ(Rows("SELECT count(*) FROM sales.silver.orders"), "2");
}

TEST_P(RollbackTest, AColumnThatCameLaterIsNullAgain) {
  Create("id integer key");
  Put(R"([{"id":1}])");
  const int64_t target = Newest();
  Put(R"([{"id":1,"late":7}])");
  ASSERT_THAT(Rollback(target), IsOk());
  EXPECT_EQ(Rows("SELECT id, late FROM sales.silver.orders"), "1|NULL");
  Put(R"([{"id":2,"late":8}])");
  EXPECT_EQ(Rows("SELECT id, late FROM sales.silver.orders ORDER BY id"), "1|NULL;2|8");
}

TEST_P(RollbackTest, AMergeThatWasPlannedBesideItPlansAgain) {
  Create("id integer key, v string");
  Put(R"([{"id":1,"v":"a"}])");
  const int64_t target = Newest();
  Put(R"([{"id":1,"v":"b"}])");
  Post(R"([{"id":2,"v":"c"}])");
  Land();
  // The rollback takes the number that the merge was about to put.
  lake::OpenTables others({store_, formats_, clock_, randomness_});
  auto dependencies = Dependencies();
  bool rolled_back = false;
  dependencies.seat_check = [&]() -> Status {
    if (rolled_back) return {};
    rolled_back = true;
    const auto known = Dependencies();
    const MergeDependencies other{.store = known.store,
                                  .engine = known.engine,
                                  .tables = others,
                                  .bronze = known.bronze,
                                  .registry = known.registry,
                                  .clock = known.clock,
                                  .randomness = known.randomness,
                                  .seat_check = known.seat_check};
    const auto done = RollbackTable(other, *registry_.Find("sales", "orders"), kLocation, {.target = target});
    EXPECT_THAT(done, IsOk());
    return {};
  };
  Merge merge(dependencies);
  ASSERT_OK_AND_ASSIGN(const auto merged, merge.RunOnce("sales", "orders"));
  EXPECT_TRUE(merged.committed);
  EXPECT_EQ(Rows(kRows), "1|a;2|c");
  EXPECT_EQ(CountersNow().rolled_back, 1U);
}

TEST(CountersAfterRollbackTest, TheSumStaysAndRefusalsStand) {
  const Counters then{.applied = 5, .superseded = 1, .deleted = 0, .quarantined = 2, .rolled_back = 0};
  const Counters now{.applied = 9, .superseded = 3, .deleted = 4, .quarantined = 6, .rolled_back = 1};
  const Counters after = CountersAfterRollback(now, then);
  EXPECT_EQ(after, (Counters{.applied = 5, .superseded = 1, .deleted = 0, .quarantined = 6, .rolled_back = 11}));
  EXPECT_EQ(after.Sum(), now.Sum());
}

TEST(SideManifestVersionTest, ManifestsOfTheFirstVersionStillRead) {
  ASSERT_OK_AND_ASSIGN(
      const auto side,
      DecodeSideManifest(
          R"({"counters":{"applied":4,"deleted":1,"quarantined":3,"superseded":2},"refused":[],"tombstones":[{"path":"data/x.parquet","rows":1,"size":9}],"version":1})"));
  EXPECT_EQ(side.counters, (Counters{.applied = 4, .superseded = 2, .deleted = 1, .quarantined = 3, .rolled_back = 0}));
  EXPECT_EQ(side.tombstones.size(), 1U);
  ASSERT_OK_AND_ASSIGN(const auto again, DecodeSideManifest(EncodeSideManifest(side)));
  EXPECT_EQ(again.counters, side.counters);
}

TEST(SideManifestVersionTest, PlacesAreWrittenAsDocumented) {
  SideManifest side;
  side.truncated = PlaceFile{{"data/t.parquet", 9, 1}, {5}};
  side.forgotten = PlaceFile{{"data/f.parquet", 8, 1}, {4}};
  const auto text = EncodeSideManifest(side);
  EXPECT_THAT(text, HasSubstr(R"("forgotten":{"insert_date":4,"path":"data/f.parquet","rows":1,"size":8})"));
  EXPECT_THAT(text, HasSubstr(R"("truncated":{"insert_date":5,"path":"data/t.parquet","rows":1,"size":9})"));
  ASSERT_OK_AND_ASSIGN(const auto read, DecodeSideManifest(text));
  EXPECT_EQ(read.truncated, side.truncated);
  EXPECT_EQ(read.forgotten, side.forgotten);
}

}  // namespace
}  // namespace tarn::silver
