// SPDX-License-Identifier: Apache-2.0
// Truncates: the table is empty for everything before them, and what is older stays dead.

#include "silver/truncate_sql.h"

#include <gtest/gtest.h>

#include "lake/keys.h"
#include "silver/lake_testing.h"
#include "silver/rebuild.h"
#include "silver/side_manifest.h"
#include "silver/side_references.h"

namespace tarn::silver {
namespace {

constexpr const char* kLocation = "silver/sales/orders";
constexpr const char* kRows = "SELECT id, v FROM sales.silver.orders ORDER BY id, v";

struct Variant {
  const char* name;
  const char* format;
  bool merge_on_read;
};

class TruncateTest : public LakeTest, public testing::WithParamInterface<Variant> {
 protected:
  TruncateTest() {
    table_format_ = GetParam().format;
    merge_on_read_ = GetParam().merge_on_read;
    if (merge_on_read_) cost_rule_.always_rewrite_bytes = 0;
  }

  table::SnapshotPtr Newest() {
    const auto snapshot = tables_.Get(kLocation)->Load();
    EXPECT_THAT(snapshot, IsOk());
    return *snapshot;
  }

  SideManifest Side() {
    const auto side = SideManifestOf(store_, kLocation, *Newest());
    EXPECT_THAT(side, IsOk());
    return *side;
  }
};

INSTANTIATE_TEST_SUITE_P(Tables, TruncateTest,
                         testing::Values(Variant{"delta", "delta", false}, Variant{"delta_marks", "delta", true},
                                         Variant{"iceberg", "iceberg", false},
                                         Variant{"iceberg_marks", "iceberg", true}),
                         [](const auto& one) { return std::string(one.param.name); });

TEST_P(TruncateTest, WithoutSequenceOnlyWhatComesBehindItIsLeft) {
  Create("id integer key, v string");
  Put(R"([{"id":1,"v":"a"},{"id":2,"v":"b"}])");
  Put(R"([{"id":3,"v":"c"},{"_op":"truncate"},{"id":2,"v":"B"}])");
  EXPECT_EQ(Rows(kRows), "2|B");
  EXPECT_EQ(CountersNow(), (Counters{3, 1, 1, 0, 0}));
  Put(R"([{"_op":"Truncate"}])");
  EXPECT_EQ(Rows(kRows), "");
  EXPECT_EQ(Rows("SELECT count(*), count(*) FILTER (_op = 'truncate') FROM sales.bronze.orders"), "6|2");
  Put(R"([{"id":1,"v":"x"}])");
  EXPECT_EQ(Rows(kRows), "1|x");
}

TEST_P(TruncateTest, WithSequenceItOutranksLowerOnesAndOlderRecordsStayDead) {
  Create("id integer key, v string, seq integer", "seq");
  Put(R"([{"id":1,"v":"a","seq":5},{"id":2,"v":"b","seq":9},{"id":3,"v":"c"},{"id":4,"v":"d","seq":7}])");
  Put(R"([{"_op":"truncate","seq":7}])");
  EXPECT_EQ(Rows(kRows), "2|b");
  Put(R"([{"id":1,"v":"late","seq":6},{"id":5,"v":"e","seq":8},{"id":4,"v":"D","seq":7},{"id":3,"v":"null"}])");
  EXPECT_EQ(Rows(kRows), "2|b;4|D;5|e");
  // A truncate of an older place changes nothing, and does not lower the bar.
  Put(R"([{"_op":"truncate","seq":3},{"id":1,"v":"late","seq":4}])");
  EXPECT_EQ(Rows(kRows), "2|b;4|D;5|e");
  const auto counters = CountersNow();
  EXPECT_EQ(counters.deleted, 1U);
  EXPECT_EQ(counters.Sum(), 11U);
}

TEST_P(TruncateTest, TheGreatestOfSeveralCounts) {
  Create("id integer key, v string, seq integer", "seq");
  Put(R"([{"id":1,"v":"a","seq":5},{"_op":"truncate","seq":8},{"id":2,"v":"b","seq":9},{"_op":"truncate","seq":6},
          {"id":3,"v":"c","seq":7}])");
  EXPECT_EQ(Rows(kRows), "2|b");
  EXPECT_EQ(CountersNow(), (Counters{1, 3, 1, 0, 0}));
}

TEST_P(TruncateTest, ATruncateWithoutAPlaceInTheSequenceIsQuarantined) {
  Create("id integer key, v string, seq integer", "seq");
  Put(R"([{"id":1,"v":"a","seq":5},{"_op":"truncate"},{"_op":"truncate","seq":null}])");
  EXPECT_EQ(Rows(kRows), "1|a");
  EXPECT_EQ(Rows("SELECT reason FROM sales.quarantine.orders ORDER BY id"),
            "seq: Field required;seq: Input should be a valid integer");
}

TEST_P(TruncateTest, PatchesBehindItStartFromNulls) {
  auto draft = DraftOf("id integer key, v string, w string, seq integer", "seq");
  draft.merge_mode = contract::MergeMode::kPatch;
  CreateFrom(draft);
  Put(R"([{"id":1,"v":"a","w":"x","seq":1},{"id":2,"v":"b","w":"y","seq":9}])");
  Put(R"([{"id":1,"w":"z","seq":3},{"_op":"truncate","seq":5},{"id":1,"v":"A","seq":6},{"id":2,"v":"B","seq":10}])");
  EXPECT_EQ(Rows("SELECT id, v, w FROM sales.silver.orders ORDER BY id"), "1|A|NULL;2|B|y");
  Put(R"([{"id":3,"v":"late","seq":4},{"id":1,"w":"W","seq":7}])");
  EXPECT_EQ(Rows("SELECT id, v, w FROM sales.silver.orders ORDER BY id"), "1|A|W;2|B|y");
  EXPECT_EQ(CountersNow().Sum(), 8U);
}

TEST_P(TruncateTest, RowsThatStayMarkedOrKeepTheirHistoryRefuseIt) {
  auto draft = DraftOf("id integer key, v string");
  draft.soft_delete = true;
  CreateFrom(draft);
  Put(R"([{"id":1,"v":"a"},{"_op":"truncate"}])");
  EXPECT_EQ(Rows(kRows), "1|a");
  EXPECT_EQ(Rows("SELECT reason FROM sales.quarantine.orders"),
            "_op: truncate and soft_delete exclude each other: delete the keys");
}

TEST_P(TruncateTest, ATableWithoutKeyIsEmptied) {
  Create("id integer, v string");
  Put(R"([{"id":1,"v":"a"},{"id":1,"v":"a"}])");
  Put(R"([{"id":2,"v":"b"},{"_op":"truncate"},{"id":3,"v":"c"},{"id":3,"v":"c"}])");
  EXPECT_EQ(Rows(kRows), "3|c;3|c");
  EXPECT_EQ(CountersNow(), (Counters{4, 1, 1, 0, 0}));
  Put(R"([{"_op":"truncate"}])");
  EXPECT_EQ(Rows(kRows), "");
}

TEST_P(TruncateTest, RollbackBringsBackRowsAndTheOldBar) {
  Create("id integer key, v string, seq integer", "seq");
  Put(R"([{"id":1,"v":"a","seq":5}])");
  const auto target = Newest()->snapshot_id;
  Put(R"([{"_op":"truncate","seq":9}])");
  EXPECT_EQ(Rows(kRows), "");
  EXPECT_TRUE(Side().truncated.has_value());
  ASSERT_THAT(silver_->Rollback("sales", "orders", {.target = target, .expected = {}}), IsOk());
  EXPECT_FALSE(Side().truncated.has_value());
  Put(R"([{"id":2,"v":"b","seq":6}])");
  EXPECT_EQ(Rows(kRows), "1|a;2|b");
}

TEST_P(TruncateTest, RebuildGivesTheSameRowsAndKeepsTheBar) {
  Create("id integer key, v string, seq integer", "seq");
  Put(R"([{"id":1,"v":"a","seq":5},{"id":2,"v":"b","seq":9}])");
  Put(R"([{"_op":"truncate","seq":7},{"id":3,"v":"c","seq":8}])");
  const auto before = CountersNow();
  Merge merge(Dependencies());
  const auto dependencies = Dependencies();
  ASSERT_OK_AND_ASSIGN(const auto difference,
                       Rebuild(dependencies, merge).Run(registry_.Find("sales", "orders"), {"s1", false, false, {}}));
  EXPECT_EQ(difference.added, 0);
  EXPECT_EQ(difference.removed, 0);
  EXPECT_EQ(difference.changed, 0);
  EXPECT_EQ(CountersNow().Sum(), before.Sum());
  EXPECT_EQ(CountersNow().deleted, before.deleted);
  Put(R"([{"id":1,"v":"late","seq":6}])");
  EXPECT_EQ(Rows(kRows), "2|b;3|c");
}

TEST_P(TruncateTest, TheSideManifestNamesItsPlace) {
  Create("id integer key, v string, seq integer", "seq");
  Put(R"([{"id":1,"v":"a","seq":5},{"_op":"truncate","seq":7}])");
  const auto side = Side();
  ASSERT_TRUE(side.truncated.has_value());
  ASSERT_OK_AND_ASSIGN(const auto decoded, DecodeSideManifest(EncodeSideManifest(side)));
  EXPECT_EQ(decoded.truncated, side.truncated);
  const auto number = Newest()->transactions.at(kSideTransaction);
  ASSERT_OK_AND_ASSIGN(const auto keys, SideReferences(store_, kLocation, number));
  EXPECT_NE(std::ranges::find(keys, lake::SideKey(kLocation, side.truncated->file.path)), keys.end());
}

}  // namespace
}  // namespace tarn::silver
