// SPDX-License-Identifier: Apache-2.0
// Position delete files of Iceberg tables through the engine's Parquet codec.
#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "engine/duckdb/parquet_codec.h"
#include "store/memory/memory_store.h"
#include "table/deleted_rows.h"
#include "table/iceberg/iceberg_format.h"
#include "table/table.h"

namespace tarn::engine {
namespace {

constexpr const char* kLocation = "silver/sales/orders";

class IcebergDeletesTest : public testing::Test {
 protected:
  void SetUp() override {
    table::CommitIntent create;
    create.operation = "CREATE";
    create.schema = table::Schema{
        .fields = {{.id = 1, .name = "n", .type = table::Scalar(table::TypeKind::kInt64), .nullable = true}}};
    Commit(create);
    for (const auto* name : {"a", "b", "c"}) {
      table::CommitIntent append;
      append.operation = "WRITE";
      table::DataFile file;
      file.path = std::string("data/") + name + ".parquet";
      file.size_bytes = 10;
      file.record_count = 5000;
      append.add = {file};
      Commit(append);
    }
  }

  void Commit(const table::CommitIntent& intent) {
    ASSERT_THAT(table_.Commit([&](const table::SnapshotPtr&) -> Result<std::optional<table::CommitIntent>> {
      return std::optional(intent);
    }),
                IsOk());
  }

  void Delete(const std::vector<std::pair<std::string, std::vector<uint64_t>>>& files) {
    ASSERT_OK_AND_ASSIGN(const auto base, table_.Load());
    std::vector<table::RowDeletion> deletions;
    for (const auto& [name, rows] : files) {
      auto& deletion = deletions.emplace_back();
      deletion.path = "data/" + name + ".parquet";
      for (const uint64_t row : rows) {
        deletion.rows.Add(row);
        deletion.added.Add(row);
      }
    }
    table::CommitIntent intent;
    intent.operation = "MERGE";
    ASSERT_OK_AND_ASSIGN(intent.deletes, format_.WriteDeletes(store_, kLocation, *base, deletions, randomness_));
    Commit(intent);
  }

  std::vector<uint64_t> DeletedRowsOf(const std::string& name) {
    const auto snapshot = format_.Load(store_, kLocation, nullptr);
    EXPECT_THAT(snapshot, IsOk());
    for (const auto& file : (*snapshot)->files) {
      if (file->path != "data/" + name + ".parquet") continue;
      const auto rows = table::LoadDeletedRows(store_, &codec_, kLocation, *file);
      EXPECT_THAT(rows, IsOk());
      return rows->Values();
    }
    return {};
  }

  SystemClock clock_;
  SeededRandomness randomness_{5};
  store::MemoryStore store_;
  DuckDbParquetCodec codec_;
  table::iceberg::IcebergFormat format_{{.writer_version = "1", .root = "memory:", .parquet = &codec_}};
  table::Table table_{{.store = store_, .format = format_, .clock = clock_, .randomness = randomness_}, kLocation};
};

TEST_F(IcebergDeletesTest, PositionsOfSeveralFilesAddUpOverCommits) {
  std::vector<uint64_t> many;
  for (uint64_t row = 0; row < 5000; row += 2) many.push_back(row);
  Delete({{"c", many}, {"a", {7}}});
  Delete({{"a", {4999}}});
  EXPECT_EQ(DeletedRowsOf("a"), (std::vector<uint64_t>{7, 4999}));
  EXPECT_TRUE(DeletedRowsOf("b").empty());
  EXPECT_EQ(DeletedRowsOf("c"), many);
}

TEST_F(IcebergDeletesTest, DeleteFilesStayUntilTheLastOfTheirFilesLeaves) {
  Delete({{"a", {1}}, {"b", {2}}});
  const auto remove = [&](const std::string& name) {
    table::CommitIntent intent;
    intent.operation = "OVERWRITE";
    intent.remove = {"data/" + name + ".parquet"};
    Commit(intent);
  };
  remove("a");
  EXPECT_EQ(DeletedRowsOf("b"), std::vector<uint64_t>{2});
  remove("b");
  ASSERT_OK_AND_ASSIGN(const auto snapshot, format_.Load(store_, kLocation, nullptr));
  ASSERT_EQ(snapshot->files.size(), 1U);
  EXPECT_TRUE(snapshot->files[0]->deletes.empty());
}

TEST_F(IcebergDeletesTest, TheirColumnsHaveTheReservedFieldIds) {
  Delete({{"a", {1}}});
  ASSERT_OK_AND_ASSIGN(const auto objects, store_.List(std::string(kLocation) + "/data/"));
  ASSERT_EQ(objects.size(), 1U);
  ASSERT_OK_AND_ASSIGN(const auto body, store_.Get(objects[0].key));
  // The ids stand in the footer as thrift varints: 2147483546 and 2147483545.
  EXPECT_NE(body.find("\xb4\xfe\xff\xff\x0f"), std::string::npos);
  EXPECT_NE(body.find("\xb2\xfe\xff\xff\x0f"), std::string::npos);
}

}  // namespace
}  // namespace tarn::engine
