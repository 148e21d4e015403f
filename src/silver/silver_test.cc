// SPDX-License-Identifier: Apache-2.0
#include "silver/silver.h"

#include <gtest/gtest.h>

#include "lake/keys.h"
#include "silver/lake_testing.h"

namespace tarn::silver {
namespace {

using contract::Operation;

class SilverTest : public LakeTest {};

TEST_F(SilverTest, AnEndpointWithoutDataIsAnEmptyTableWithItsColumns) {
  Create("id integer key, v string");
  EXPECT_EQ(Rows("SELECT count(*) FROM sales.silver.orders"), "0");
  EXPECT_EQ(Rows("SELECT column_name FROM (DESCRIBE sales.silver.orders)"), "id;v");
}

TEST_F(SilverTest, TheLatestRecordOfAKeyWinsInsideABatchAndAcrossMerges) {
  Create("id integer key, v string");
  Put(R"([{"id":1,"v":"a"},{"id":1,"v":"b"},{"id":"2","v":"c"}])");
  EXPECT_EQ(Rows("SELECT id, v FROM sales.silver.orders ORDER BY id"), "1|b;2|c");
  Put(R"([{"id":2,"v":"d"},{"id":3,"v":"e"}])");
  EXPECT_EQ(Rows("SELECT id, v FROM sales.silver.orders ORDER BY id"), "1|b;2|d;3|e");
  EXPECT_EQ(CountersNow(), (Counters{.applied = 4, .superseded = 1, .deleted = 0, .quarantined = 0, .rolled_back = 0}));
}

TEST_F(SilverTest, SequenceDecidesNotArrival) {
  Create("id integer key, seq integer, v string", "seq");
  Put(R"([{"id":1,"seq":5,"v":"five"}])");
  Put(R"([{"id":1,"seq":3,"v":"three"},{"id":2,"v":"no sequence"}])");
  EXPECT_EQ(Rows("SELECT id, v FROM sales.silver.orders ORDER BY id"), "1|five;2|no sequence");
  Put(R"([{"id":1,"seq":5,"v":"equal is later"},{"id":2,"seq":-9,"v":"any beats none"}])");
  EXPECT_EQ(Rows("SELECT id, v FROM sales.silver.orders ORDER BY id"), "1|equal is later;2|any beats none");
  EXPECT_EQ(CountersNow().superseded, 1U);
}

TEST_F(SilverTest, ADeletedKeyStaysDeletedForLateOlderRecords) {
  Create("id integer key, seq integer, v string", "seq");
  Put(R"([{"id":1,"seq":5,"v":"x"}])");
  Put(R"([{"id":1,"seq":9}])", Operation::kDelete);
  EXPECT_EQ(Rows("SELECT count(*) FROM sales.silver.orders"), "0");
  Put(R"([{"id":1,"seq":8,"v":"late"}])");
  EXPECT_EQ(Rows("SELECT count(*) FROM sales.silver.orders"), "0");
  Put(R"([{"id":1,"seq":10,"v":"back"}])");
  EXPECT_EQ(Rows("SELECT v FROM sales.silver.orders"), "back");
  EXPECT_EQ(CountersNow(), (Counters{.applied = 2, .superseded = 1, .deleted = 1, .quarantined = 0, .rolled_back = 0}));
}

TEST_F(SilverTest, ManyDeletesKeepTheSideManifestSmall) {
  Create("id integer key, seq integer", "seq");
  for (int i = 1; i <= 20; ++i) Put("[{\"id\":" + std::to_string(i) + ",\"seq\":9,\"_op\":\"delete\"}]");
  ASSERT_OK_AND_ASSIGN(const auto snapshot, tables_.Get("silver/sales/orders")->Load());
  ASSERT_OK_AND_ASSIGN(const auto side, SideManifestOf(store_, "silver/sales/orders", *snapshot));
  EXPECT_LE(side.tombstones.size(), SideManifest::kMaxObjects);
  int64_t deleted = 0;
  for (const auto& file : side.tombstones) deleted += file.record_count;
  EXPECT_EQ(deleted, 20);
  Put(R"([{"id":1,"seq":8},{"id":20,"seq":8},{"id":21,"seq":1}])");
  EXPECT_EQ(Rows("SELECT id FROM sales.silver.orders"), "21");
}

TEST_F(SilverTest, NullSetsNullAbsentBecomesNullAndUnknownFieldsEvolve) {
  Create("id integer key, a string, b integer");
  Put(R"([{"id":1,"a":"x","b":7,"extra":{"k":1},"note":null}])");
  Put(R"([{"id":1,"a":null,"extra":5,"Größe":1.5}])");
  EXPECT_EQ(Rows("SELECT id, a, b, extra, \"Größe\" FROM sales.silver.orders"), "1|NULL|NULL|5|1.5");
  EXPECT_EQ(Rows("SELECT count(*) FROM (DESCRIBE sales.silver.orders) WHERE column_name = 'note'"), "0");
}

TEST_F(SilverTest, AnEvolvedColumnWidensAndStoredRowsFollow) {
  Create("id integer key");
  Put(R"([{"id":1,"x":1}])");
  Put(R"([{"id":2,"x":2.5}])");
  EXPECT_EQ(Rows("SELECT id, x FROM sales.silver.orders ORDER BY id"), "1|1.0;2|2.5");
  Put(R"([{"id":3,"x":"text"}])");
  EXPECT_EQ(Rows("SELECT id, x FROM sales.silver.orders ORDER BY id"), "1|1.0;2|2.5;3|text");
  Put(R"([{"id":4,"x":{"o":1}}])");
  EXPECT_EQ(Rows("SELECT id, x FROM sales.silver.orders ORDER BY id"), R"(1|"1.0";2|"2.5";3|"text";4|{"o":1})");
}

TEST_F(SilverTest, WithoutAKeyEveryRecordIsARow) {
  Create("v string");
  Put(R"([{"v":"a"},{"v":"a"}])");
  Put(R"([{"v":"a"}])");
  EXPECT_EQ(Rows("SELECT count(*) FROM sales.silver.orders"), "3");
}

TEST_F(SilverTest, SmallFilesAreFoldedIntoLaterCommits) {
  Create("v integer");
  for (int i = 0; i < 40; ++i) Put("[{\"v\":" + std::to_string(i) + "}]");
  ASSERT_OK_AND_ASSIGN(const auto snapshot, tables_.Get("silver/sales/orders")->Load());
  EXPECT_LT(snapshot->files.size(), 20U);
  EXPECT_EQ(Rows("SELECT count(*), sum(v) FROM sales.silver.orders"), "40|780");
}

TEST_F(SilverTest, MetadataIsHiddenFromStarAndSelectableByName) {
  Create("id integer key");
  Put(R"([{"id":1}])");
  EXPECT_EQ(Rows("SELECT * FROM sales.silver.orders"), "1");
  EXPECT_EQ(
      Rows(
          "SELECT id, _domain, _endpoint, _schema_version, _offset, _insert_date IS NOT NULL FROM sales.silver.orders"),
      "1|sales|orders|1|1-1|true");
}

TEST_F(SilverTest, MergingAgainIsANoOpAndPositionIsInTheCommit) {
  Create("id integer key");
  Put(R"([{"id":1}])");
  EXPECT_FALSE(MergeOnce().committed);
  ASSERT_OK_AND_ASSIGN(const auto snapshot, tables_.Get("silver/sales/orders")->Load());
  EXPECT_EQ(snapshot->transactions.at(kPositionTransaction), 1);
}

TEST_F(SilverTest, InvalidRecordsStayOutAndAreCounted) {
  Create("id integer key, n integer");
  Put(R"([{"id":1,"n":"abc"},{"id":2,"n":2}])");
  EXPECT_EQ(Rows("SELECT id FROM sales.silver.orders"), "2");
  EXPECT_EQ(CountersNow(), (Counters{.applied = 1, .superseded = 0, .deleted = 0, .quarantined = 1, .rolled_back = 0}));
  ASSERT_OK_AND_ASSIGN(const auto units, bronze_->QuarantineUnits("sales", "orders"));
  ASSERT_EQ(units.size(), 1U);
  ASSERT_OK_AND_ASSIGN(const auto entries, units[0].load());
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].errors[0].type, "int_parsing");
}

TEST_F(SilverTest, ARecordThatNoLongerFitsIsQuarantinedByTheMerge) {
  Create("id integer key, v string");
  Post(R"([{"id":1,"v":"abc"},{"id":2,"v":"2"}])");
  ASSERT_THAT(registry_.Remove("sales", "orders"), IsOk());
  Create("id integer key, v integer");
  Land();
  EXPECT_TRUE(MergeOnce().committed);
  EXPECT_EQ(Rows("SELECT id, v FROM sales.silver.orders"), "2|2");
  EXPECT_EQ(CountersNow(), (Counters{.applied = 1, .superseded = 0, .deleted = 0, .quarantined = 1, .rolled_back = 0}));
  ASSERT_OK_AND_ASSIGN(const auto units, silver_->QuarantineUnits("sales", "orders"));
  ASSERT_EQ(units.size(), 1U);
  ASSERT_OK_AND_ASSIGN(const auto entries, units[0].load());
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].errors[0].type, "merge_refused");
  EXPECT_EQ(entries[0].payload, R"({"id":1,"v":"abc"})");
}

TEST_F(SilverTest, BronzeShowsTheTailAtOnceAndEachRecordOnce) {
  Create("id integer, v string");
  Post(R"([{"id":1,"v":"a","extra":true}])");
  EXPECT_EQ(Rows("SELECT id, v, extra, _offset FROM sales.bronze.orders"), "1|a|true|1-1");
  Land();
  Post(R"([{"id":"x","v":"b"},{"id":3}])");
  EXPECT_EQ(Rows("SELECT id, v, _disposition, _raw FROM sales.bronze.orders ORDER BY _offset"),
            R"(1|a|valid|NULL;NULL|b|quarantined|{"id":"x","v":"b"};3|NULL|valid|NULL)");
  Land();
  EXPECT_EQ(Rows("SELECT count(*) FROM sales.bronze.orders"), "3");
}

TEST_F(SilverTest, RecreationWithTheSameKeyAdoptsTheTableAnotherKeyStartsAnew) {
  Create("id integer key, v string");
  Put(R"([{"id":1,"v":"old"}])");
  Post(R"([{"id":2,"v":"waits"}])");
  ASSERT_THAT(registry_.Remove("sales", "orders"), IsOk());
  EXPECT_EQ(Rows("SELECT id FROM sales.silver.orders"), "1");
  Create("id integer key, w string");
  Put(R"([{"id":3,"w":"new"}])");
  Land();
  MergeOnce();
  EXPECT_EQ(Rows("SELECT id, v, w FROM sales.silver.orders ORDER BY id"), "1|old|NULL;2|waits|NULL;3|NULL|new");
  ASSERT_THAT(registry_.Remove("sales", "orders"), IsOk());
  Create("code string key");
  EXPECT_EQ(Rows("SELECT count(*) FROM sales.silver.orders"), "0");
  Put(R"([{"code":"x"}])");
  EXPECT_EQ(Rows("SELECT code FROM sales.silver.orders"), "x");
}

TEST_F(SilverTest, PurgeEmptiesEverything) {
  Create("id integer key");
  Put(R"([{"id":1}])");
  ASSERT_THAT(bronze_->Purge("sales", "orders"), IsOk());
  EXPECT_TRUE(MergeOnce().committed);
  EXPECT_EQ(Rows("SELECT count(*) FROM sales.silver.orders"), "0");
  EXPECT_EQ(Rows("SELECT count(*) FROM sales.bronze.orders"), "0");
  EXPECT_FALSE(MergeOnce().committed);
}

TEST_F(SilverTest, AutoInferenceWidensTheContract) {
  Create("", "", contract::Mode::kAutoInference);
  Put(R"([{"id":1,"x":1}])");
  Put(R"([{"id":2,"x":"word"}])");
  EXPECT_EQ(Rows("SELECT id, x FROM sales.silver.orders ORDER BY id"), "1|1;2|word");
  EXPECT_EQ(registry_.Find("sales", "orders")->contract().version, 3U);
}

}  // namespace
}  // namespace tarn::silver
