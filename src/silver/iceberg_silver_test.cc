// SPDX-License-Identifier: Apache-2.0
// Silver as Iceberg tables: the same merges, the other format.
#include "silver/lake_testing.h"

namespace tarn::silver {
namespace {

using contract::Operation;

constexpr const char* kTable = "silver/sales/orders";

class IcebergSilverTest : public LakeTest {
 protected:
  IcebergSilverTest() { table_format_ = "iceberg"; }

  /// What a reader sees that knows the objects only.
  table::SnapshotPtr Read() {
    const auto snapshot = iceberg_.Load(store_, kTable, nullptr);
    EXPECT_THAT(snapshot, IsOk());
    return *snapshot;
  }
};

TEST_F(IcebergSilverTest, TheLatestRecordOfAKeyWinsAcrossMerges) {
  Create("id integer key, v string, j json");
  Put(R"([{"id":1,"v":"a","j":{"k":1}},{"id":1,"v":"b"},{"id":2,"v":"c"}])");
  Put(R"([{"id":2,"v":"d","j":{"k":2}},{"id":3,"v":"e"}])");
  EXPECT_EQ(Rows("SELECT id, v, j FROM sales.silver.orders ORDER BY id"), R"(1|b|NULL;2|d|{"k":2};3|e|NULL)");
  Put(R"([{"id":1}])", Operation::kDelete);
  EXPECT_EQ(Rows("SELECT id, v FROM sales.silver.orders ORDER BY id"), "2|d;3|e");
  const auto snapshot = Read();
  EXPECT_EQ(snapshot->format, "iceberg");
  EXPECT_EQ(snapshot->transactions.at(kPositionTransaction), 3);
  EXPECT_TRUE(snapshot->transactions.contains(kSideTransaction));
  EXPECT_EQ(snapshot->schema.fields[2].type.kind, table::TypeKind::kJson);
}

TEST_F(IcebergSilverTest, AnEvolvedColumnWidensAndStoredRowsFollow) {
  Create("id integer key");
  Put(R"([{"id":1,"x":1}])");
  Put(R"([{"id":2,"x":2.5}])");
  Put(R"([{"id":3,"x":"text"}])");
  Put(R"([{"id":4,"x":{"o":1},"late":true}])");
  EXPECT_EQ(Rows("SELECT id, x, late FROM sales.silver.orders ORDER BY id"),
            R"(1|"1.0"|NULL;2|"2.5"|NULL;3|"text"|NULL;4|{"o":1}|true)");
}

TEST_F(IcebergSilverTest, SmallFilesAndManifestsAreFoldedIntoLaterCommits) {
  Create("v integer");
  for (int i = 0; i < 40; ++i) Put("[{\"v\":" + std::to_string(i) + "}]");
  EXPECT_LT(Read()->files.size(), 20U);
  EXPECT_EQ(Rows("SELECT count(*), sum(v) FROM sales.silver.orders"), "40|780");
}

TEST_F(IcebergSilverTest, MergingAgainIsANoOp) {
  Create("id integer key");
  Put(R"([{"id":1}])");
  const auto version = Read()->version;
  EXPECT_FALSE(MergeOnce().committed);
  EXPECT_EQ(Read()->version, version);
}

TEST_F(IcebergSilverTest, ATableKeepsItsFormatWhateverTheNextEndpointSays) {
  Create("id integer key");
  Put(R"([{"id":1}])");
  ASSERT_THAT(registry_.Remove("sales", "orders"), IsOk());
  table_format_ = "delta";
  Create("id integer key");
  Put(R"([{"id":2}])");
  EXPECT_EQ(Rows("SELECT id FROM sales.silver.orders ORDER BY id"), "1;2");
  EXPECT_EQ(Read()->format, "iceberg");
}

}  // namespace
}  // namespace tarn::silver
