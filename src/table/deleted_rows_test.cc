// SPDX-License-Identifier: Apache-2.0
#include "table/deleted_rows.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "codec/deletion_vector_blob.h"
#include "store/memory/memory_store.h"

namespace tarn::table {
namespace {

/// Gives every file the same rows of file_path, pos.
class PositionFile final : public ParquetCodec {
 public:
  Result<uint64_t> Write(store::ObjectStore&, const std::string&, const Schema&, const RowSupplier&) override {
    return Fail(ErrorCode::kUnsupported, "not here");
  }
  Status Read(store::ObjectStore&, const std::string&, std::span<const std::string>,
              const RowConsumer& consumer) override {
    BatchBuilder builder({schema.fields[0].type, schema.fields[1].type});
    for (const auto& [path, position] : rows) {
      builder.column(0).AppendString(path);
      builder.column(1).AppendInt64(position);
    }
    return consumer(schema, builder.View());
  }

  Schema schema{.fields = {{.id = 1, .name = "file_path", .type = Scalar(TypeKind::kString)},
                           {.id = 2, .name = "pos", .type = Scalar(TypeKind::kInt64)}}};
  std::vector<std::pair<std::string, int64_t>> rows;
};

class DeletedRowsTest : public ::testing::Test {
 protected:
  DeleteFile PutVector(const std::vector<uint64_t>& rows) {
    codec::Bitmap64 bitmap;
    for (const uint64_t row : rows) bitmap.Add(row);
    const std::string frame = codec::FrameDeletionVector(codec::EncodeDeletionVector(bitmap));
    EXPECT_THAT(store_.PutIfAbsent("t/dv.bin", "\x01" + frame + "rest"), IsOk());
    DeleteFile deletes;
    deletes.path = "dv.bin";
    deletes.offset_bytes = 1;
    deletes.size_bytes = static_cast<int64_t>(frame.size());
    deletes.record_count = static_cast<int64_t>(rows.size());
    return deletes;
  }
  Result<codec::Bitmap64> Load(ParquetCodec* parquet = nullptr) { return LoadDeletedRows(store_, parquet, "t", file_); }
  void Give(DeleteFile deletes) { file_.deletes.push_back(std::make_shared<const DeleteFile>(std::move(deletes))); }

  store::MemoryStore store_;
  DataFile file_ = [] {
    DataFile file;
    file.path = "data/a.parquet";
    file.record_count = 10;
    return file;
  }();
};

TEST_F(DeletedRowsTest, FileWithoutDeletesKeepsAllRows) {
  ASSERT_OK_AND_ASSIGN(const auto rows, Load());
  EXPECT_TRUE(rows.empty());
  EXPECT_EQ(file_.LiveRecordCount(), 10);
}

TEST_F(DeletedRowsTest, VectorInAnObjectIsRead) {
  Give(PutVector({0, 4, 9}));
  ASSERT_OK_AND_ASSIGN(const auto rows, Load());
  EXPECT_EQ(rows.Values(), (std::vector<uint64_t>{0, 4, 9}));
  EXPECT_EQ(file_.LiveRecordCount(), 7);
}

TEST_F(DeletedRowsTest, InlineVectorNeedsNoObject) {
  codec::Bitmap64 bitmap;
  bitmap.Add(3);
  DeleteFile deletes;
  deletes.inline_blob = codec::EncodeDeletionVector(bitmap);
  deletes.record_count = 1;
  Give(deletes);
  ASSERT_OK_AND_ASSIGN(const auto rows, Load());
  EXPECT_EQ(rows, bitmap);
}

TEST_F(DeletedRowsTest, ReferenceThatDisagreesIsDamage) {
  const DeleteFile right = PutVector({0, 4, 9});
  auto expect_corrupt = [&](const DeleteFile& deletes) {
    file_.deletes.clear();
    Give(deletes);
    EXPECT_THAT(Load(), ErrorIs(ErrorCode::kCorrupt));
  };
  DeleteFile wrong = right;
  wrong.record_count = 2;
  expect_corrupt(wrong);
  wrong = right;
  wrong.size_bytes += 1;
  expect_corrupt(wrong);
  wrong = right;
  wrong.offset_bytes = 1'000'000;
  expect_corrupt(wrong);
  wrong = right;
  wrong.size_bytes = -1;
  expect_corrupt(wrong);
  file_.record_count = 9;
  expect_corrupt(right);
}

TEST_F(DeletedRowsTest, MissingObjectIsToldApart) {
  DeleteFile deletes;
  deletes.path = "gone.bin";
  deletes.size_bytes = 10;
  Give(deletes);
  EXPECT_THAT(Load(), ErrorIs(ErrorCode::kNotFound));
}

TEST_F(DeletedRowsTest, PositionDeletesOfThisFileAreTaken) {
  PositionFile parquet;
  parquet.rows = {{"s3://b/t/data/a.parquet", 5}, {"s3://b/t/data/a.parquet", 2}, {"s3://b/t/data/b.parquet", 1}};
  DeleteFile deletes;
  deletes.content = DeleteContent::kPositions;
  deletes.path = "deletes.parquet";
  Give(deletes);
  file_.uri = "s3://b/t/data/a.parquet";
  ASSERT_OK_AND_ASSIGN(const auto rows, Load(&parquet));
  EXPECT_EQ(rows.Values(), (std::vector<uint64_t>{2, 5}));
  EXPECT_EQ(file_.LiveRecordCount(), -1);
  EXPECT_THAT(Load(nullptr), ErrorIs(ErrorCode::kUnsupported));
  parquet.rows = {{"s3://b/t/data/a.parquet", -1}};
  EXPECT_THAT(Load(&parquet), ErrorIs(ErrorCode::kCorrupt));
  parquet.schema.fields[1].name = "position";
  EXPECT_THAT(Load(&parquet), ErrorIs(ErrorCode::kCorrupt));
}

TEST_F(DeletedRowsTest, EqualityDeletesAreNotPositions) {
  DeleteFile deletes;
  deletes.content = DeleteContent::kEquality;
  deletes.path = "equal.parquet";
  Give(deletes);
  ASSERT_OK_AND_ASSIGN(const auto rows, Load());
  EXPECT_TRUE(rows.empty());
  EXPECT_EQ(file_.LiveRecordCount(), -1);
}

}  // namespace
}  // namespace tarn::table
