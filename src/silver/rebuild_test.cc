// SPDX-License-Identifier: Apache-2.0
// Silver made anew from bronze: same rows, or those of another contract.

#include "silver/rebuild.h"

#include <gtest/gtest.h>

#include "lake/keys.h"
#include "silver/lake_testing.h"

namespace tarn::silver {
namespace {

class RebuildTest : public LakeTest, public testing::WithParamInterface<std::string> {
 protected:
  void SetUp() override {
    table_format_ = GetParam();
    LakeTest::SetUp();
  }

  Result<RowDifference> TryRebuild(bool drops_foreign = false) {
    Merge merge(Dependencies());
    const auto dependencies = Dependencies();
    return Rebuild(dependencies, merge).Run(registry_.Find("sales", "orders"), {"s1", drops_foreign, false, {}});
  }

  RowDifference MustRebuild() {
    auto difference = TryRebuild();
    EXPECT_THAT(difference, IsOk());
    return difference ? *difference : RowDifference();
  }

  bool NothingStaged() {
    const auto objects = store_.List(lake::RebuildStagingFolder("sales", "orders"));
    return objects && objects->empty();
  }

  void Force(const contract::ContractDraft& draft) {
    std::vector<contract::IncompatibleChange> incompatible;
    ASSERT_THAT(registry_.Update(draft, [] { return Result<bool>(true); }, incompatible, true), IsOk());
  }
};

TEST_P(RebuildTest, TheSameContractGivesTheSameRows) {
  Create("id integer key, seq integer, v string", "seq");
  Put(R"([{"id":1,"seq":1,"v":"a"},{"id":2,"seq":1,"v":"b"},{"id":3,"seq":1,"v":"c","extra":1}])");
  Put(R"([{"id":1,"seq":2,"v":"A"},{"id":2,"seq":5,"_op":"delete"},{"id":9,"seq":"bad"}])");
  const std::string rows = "SELECT id, seq, v, extra, _offset FROM sales.silver.orders ORDER BY id";
  const auto before = Rows(rows);
  const auto counted = CountersNow();
  const auto difference = MustRebuild();
  EXPECT_EQ(difference.rows_before, 2);
  EXPECT_EQ(difference.rows_after, 2);
  EXPECT_EQ(difference.added, 0);
  EXPECT_EQ(difference.removed, 0);
  EXPECT_EQ(difference.changed, 0);
  EXPECT_EQ(Rows(rows), before);
  EXPECT_EQ(CountersNow().Sum(), counted.Sum());
  EXPECT_EQ(CountersNow().quarantined, counted.quarantined);
  EXPECT_TRUE(NothingStaged());
  Put(R"([{"id":2,"seq":4,"v":"too late"},{"id":4,"seq":1,"v":"d"}])");
  EXPECT_EQ(Rows("SELECT id, v FROM sales.silver.orders ORDER BY id"), "1|A;3|c;4|d");
}

TEST_P(RebuildTest, WhatHasNotBeenMergedComesAlong) {
  Create("id integer key, v string");
  Put(R"([{"id":1,"v":"a"}])");
  Post(R"([{"id":2,"v":"b"}])");
  Land();
  const auto difference = MustRebuild();
  EXPECT_EQ(difference.added, 1);
  EXPECT_EQ(Rows("SELECT id FROM sales.silver.orders ORDER BY id"), "1;2");
  EXPECT_FALSE(MergeOnce().committed);
}

TEST_P(RebuildTest, AnAttemptThatCameToNothingDoesNotStandInTheWay) {
  Create("id integer key, seq integer, v string", "seq");
  Put(R"([{"id":1,"seq":1,"v":"a"},{"id":2,"seq":5,"v":"b"}])");
  Put(R"([{"id":2,"seq":6,"_op":"delete"}])");
  int left = 2;
  auto dependencies = Dependencies();
  dependencies.seat_check = [&] {
    return left-- > 0 ? Status(Fail(ErrorCode::kUnavailable, "the store is away")) : Status();
  };
  Merge merge(Dependencies());
  const Rebuild::Request request{"s1", false, false, {}};
  Rebuild rebuild(dependencies, merge);
  EXPECT_THAT(rebuild.Run(registry_.Find("sales", "orders"), request), ErrorIs(ErrorCode::kUnavailable));
  EXPECT_THAT(rebuild.Run(registry_.Find("sales", "orders"), request), ErrorIs(ErrorCode::kUnavailable));
  ASSERT_THAT(rebuild.Run(registry_.Find("sales", "orders"), request), IsOk());
  Put(R"([{"id":2,"seq":4,"v":"too late"}])");
  EXPECT_EQ(Rows("SELECT id, v FROM sales.silver.orders ORDER BY id"), "1|a");
}

TEST_P(RebuildTest, AForcedTypeIsThatOfTheRows) {
  Create("id integer key, v string");
  Put(R"([{"id":1,"v":"17"},{"id":2,"v":"no number"}])");
  Force(DraftOf("id integer key, v integer"));
  Post(R"([{"id":3,"v":3}])");
  Land();
  EXPECT_FALSE(MergeOnce().committed) << "rows of the old contract wait for the rebuild";
  const auto difference = MustRebuild();
  EXPECT_EQ(difference.removed, 1);
  EXPECT_EQ(Rows("SELECT id, v, typeof(v) FROM sales.silver.orders ORDER BY id"), "1|17|BIGINT;3|3|BIGINT");
  EXPECT_EQ(Rows("SELECT id FROM sales.quarantine.orders"), "1-2");
  Put(R"([{"id":1,"v":18}])");
  EXPECT_EQ(Rows("SELECT v FROM sales.silver.orders WHERE id = 1"), "18");
}

TEST_P(RebuildTest, AForcedKeyDecidesAnew) {
  Create("id integer key, city string, v integer");
  Put(R"([{"id":1,"city":"x","v":1},{"id":2,"city":"x","v":2},{"id":3,"city":"y","v":3}])");
  Force(DraftOf("id integer, city string key, v integer"));
  const auto difference = MustRebuild();
  EXPECT_EQ(difference.rows_before, 3);
  EXPECT_EQ(difference.rows_after, 2);
  EXPECT_EQ(Rows("SELECT city, id FROM sales.silver.orders ORDER BY city"), "x|2;y|3");
  Put(R"([{"id":9,"city":"x","v":9}])");
  EXPECT_EQ(Rows("SELECT city, id FROM sales.silver.orders ORDER BY city"), "x|9;y|3");
}

TEST_P(RebuildTest, AnotherModeOfTheContractIsReplayed) {
  Create("id integer key, a string, b string");
  Put(R"([{"id":1,"a":"x"}])");
  Put(R"([{"id":1,"b":"y"}])");
  EXPECT_EQ(Rows("SELECT a, b FROM sales.silver.orders"), "NULL|y");
  auto patch = DraftOf("");
  patch.merge_mode = contract::MergeMode::kPatch;
  Change(patch);
  EXPECT_EQ(MustRebuild().changed, 1);
  EXPECT_EQ(Rows("SELECT a, b FROM sales.silver.orders"), "x|y");
  auto history = DraftOf("");
  history.merge_mode = contract::MergeMode::kReplace;
  history.history = contract::History::kScd2;
  Force(history);
  MustRebuild();
  EXPECT_EQ(Rows("SELECT a, b, is_current FROM sales.silver.orders ORDER BY valid_from"), "x|NULL|false;NULL|y|true");
}

TEST_P(RebuildTest, ARefusedRecordThatWasReplayedIsNotTakenTwice) {
  Create("v string");
  Post(R"([{"v":"1"},{"v":"x"}])");
  ASSERT_THAT(registry_.Remove("sales", "orders"), IsOk());
  Create("v integer");
  Land();
  EXPECT_TRUE(MergeOnce().committed);
  ASSERT_THAT(quarantine_.Replay("sales", "orders", {{"1-2"}, false, R"({"v":"2"})", ""}), IsOk());
  EXPECT_TRUE(MergeOnce().committed);
  ASSERT_THAT(registry_.Remove("sales", "orders"), IsOk());
  Create("v string");
  MustRebuild();
  EXPECT_EQ(Rows("SELECT v FROM sales.silver.orders ORDER BY v"), "1;2");
}

TEST_P(RebuildTest, RowsOfOtherWritersAreNotDroppedUnasked) {
  Create("id integer key, v string");
  Put(R"([{"id":1,"v":"a"}])");
  ASSERT_OK_AND_ASSIGN(const auto workspace, engine_->OpenWorkspace({}));
  const auto table = tables_.Get("silver/sales/orders");
  ASSERT_OK_AND_ASSIGN(const auto snapshot, table->Load());
  engine::WriteRequest write;
  write.select = "SELECT 7, 'theirs', NULL, NULL, NULL, NULL, NULL, NULL, NULL";
  write.schema = snapshot->schema;
  write.location = "silver/sales/orders";
  ASSERT_OK_AND_ASSIGN(const auto files, workspace->WriteParquet(write));
  ASSERT_THAT(table->Commit([&](const table::SnapshotPtr&) -> Result<std::optional<table::CommitIntent>> {
    table::CommitIntent intent;
    intent.operation = "APPEND";
    intent.add = files;
    return std::optional(intent);
  }),
              IsOk());
  EXPECT_THAT(TryRebuild(), ErrorIs(ErrorCode::kFailedPrecondition));
  EXPECT_EQ(Rows("SELECT id FROM sales.silver.orders ORDER BY id"), "1;7");
  EXPECT_TRUE(NothingStaged());
  EXPECT_THAT(TryRebuild(true), IsOk());
  EXPECT_EQ(Rows("SELECT id FROM sales.silver.orders ORDER BY id"), "1");
}

TEST_P(RebuildTest, WhatAnEarlierProcessStagedIsGoneOnWith) {
  Create("id integer key, v string");
  Put(R"([{"id":1,"v":"a"}])");
  Put(R"([{"id":2,"v":"b"}])");
  Merge merge(Dependencies());
  const auto staged = lake::RebuildStagingFolder("sales", "orders") + "s1";
  ASSERT_THAT(merge.RunInto(staged, registry_.Find("sales", "orders"), nullptr), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto version, tables_.Get(staged)->Load());
  EXPECT_EQ(MustRebuild().rows_after, 2);
  EXPECT_EQ(Rows("SELECT id FROM sales.silver.orders ORDER BY id"), "1;2");
}

INSTANTIATE_TEST_SUITE_P(Formats, RebuildTest, testing::Values("delta", "iceberg"),
                         [](const auto& info_of) { return info_of.param; });

TEST(RebuildRecordTest, ARecordComesBackAsItWas) {
  RebuildRecord record;
  record.id = "i";
  record.at = {5};
  record.request = 3;
  record.error = "why";
  record.difference = RowDifference{1, 2, 3, std::nullopt, 4};
  const std::string golden =
      R"({"at":5,"difference":{"added":3,"changed":4,"rows_after":2,"rows_before":1},"error":"why","id":"i",)"
      R"("request":3,"version":1})";
  EXPECT_EQ(RebuildRecordCodec::Encode(record), golden);
  ASSERT_OK_AND_ASSIGN(const auto read, RebuildRecordCodec::Decode(golden));
  EXPECT_EQ(RebuildRecordCodec::Encode(read), golden);
  EXPECT_THAT(RebuildRecordCodec::Decode("{}"), ErrorIs(ErrorCode::kCorrupt));
  EXPECT_THAT(RebuildRecordCodec::Decode(R"({"version":9})"), ErrorIs(ErrorCode::kUnsupported));
}

}  // namespace
}  // namespace tarn::silver
