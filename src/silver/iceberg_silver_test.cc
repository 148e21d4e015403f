// SPDX-License-Identifier: Apache-2.0
// Silver as Iceberg tables: the same merges, the other format.
#include "silver/lake_testing.h"
#include "table/deleted_rows.h"

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

class IcebergMarksTest : public IcebergSilverTest {
 protected:
  void SetUp() override {
    merge_on_read_ = true;
    cost_rule_.always_rewrite_bytes = 0;
    IcebergSilverTest::SetUp();
  }

  std::string Numbers(int from, int to, const std::string& value) {
    std::string body = "[";
    for (int id = from; id < to; ++id) {
      body += (id > from ? "," : "") + ("{\"id\":" + std::to_string(id)) + ",\"v\":\"" + value + "\"}";
    }
    return body + "]";
  }

  table::DataFilePtr FileOf(const std::string& path) {
    const auto snapshot = Read();
    for (const auto& file : snapshot->files) {
      if (file->path == path) return file;
    }
    return nullptr;
  }
};

TEST_F(IcebergMarksTest, PositionDeletesOfAFileAreFoldedIntoOneFromTimeToTime) {
  Create("id integer key, v string");
  Put(Numbers(0, 400, "old"));
  const auto path = Read()->files.at(0)->path;
  for (int id = 0; id < 40; ++id) {
    Put(Numbers(id, id + 1, "new"));
    const auto file = FileOf(path);
    if (file == nullptr) continue;
    ASSERT_LE(file->deletes.size(), 16U);
    ASSERT_OK_AND_ASSIGN(const auto deleted, table::LoadDeletedRows(store_, &parquet_, kTable, *file));
    ASSERT_EQ(deleted.Cardinality(), static_cast<uint64_t>(id) + 1);
  }
  EXPECT_NE(FileOf(path), nullptr) << "the file was rewritten";
  EXPECT_EQ(Rows("SELECT v, count(*) FROM sales.silver.orders GROUP BY v ORDER BY v"), "new|40;old|360");
}

TEST_F(IcebergMarksTest, DeletesOfOtherFilesDoNotWearAFileOut) {
  Create("id integer key, v string");
  Put(Numbers(0, 100, "old"));
  const auto path = Read()->files.at(0)->path;
  Put(Numbers(1'000, 2'000, "old"));
  // The delete files name 51 rows each, one of them in the first file.
  for (int turn = 0; turn < 4; ++turn) {
    auto body = Numbers(1'000 + 50 * turn, 1'050 + 50 * turn, "new");
    body.back() = ',';
    Put(body + Numbers(turn, turn + 1, "new").substr(1));
  }
  EXPECT_NE(FileOf(path), nullptr) << "the file was rewritten";
  EXPECT_EQ(Rows("SELECT v, count(*) FROM sales.silver.orders GROUP BY v ORDER BY v"), "new|204;old|896");
}

TEST_F(IcebergMarksTest, AFileWithoutALiveRowLeavesTheTable) {
  Create("id integer key, v string");
  Put(Numbers(0, 100, "old"));
  const auto path = Read()->files.at(0)->path;
  cost_rule_.rewrite_share = 0;  // never for that reason
  for (int turn = 0; turn < 4; ++turn) Put(Numbers(25 * turn, 25 * (turn + 1), "new"));
  EXPECT_EQ(FileOf(path), nullptr);
  EXPECT_EQ(Rows("SELECT v, count(*) FROM sales.silver.orders GROUP BY v ORDER BY v"), "new|100");
}

TEST_F(IcebergMarksTest, ADeleteFileThatAnotherFileNeedsOutlivesTheFolding) {
  Create("id integer key, v string");
  Put(Numbers(0, 400, "old"));
  Put(Numbers(400, 800, "old"));
  Put(R"([{"id":399,"v":"both"},{"id":799,"v":"both"}])");
  for (int id = 0; id < 20; ++id) Put(Numbers(id, id + 1, "new"));
  EXPECT_EQ(Rows("SELECT v, count(*) FROM sales.silver.orders GROUP BY v ORDER BY v"), "both|2;new|20;old|778");
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
