// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/parquet_codec.h"

#include "engine/duckdb/engine_testing.h"

namespace tarn::engine {
namespace {

using table::TypeKind;

table::Schema CheckpointLike() {
  table::DataType strings{
      TypeKind::kMap,
      0,
      0,
      {MakeField(0, "key", table::Scalar(TypeKind::kString)), MakeField(0, "value", table::Scalar(TypeKind::kString))}};
  table::DataType list{TypeKind::kList, 0, 0, {MakeField(0, "element", table::Scalar(TypeKind::kString))}};
  table::DataType add{TypeKind::kStruct,
                      0,
                      0,
                      {MakeField(0, "path", table::Scalar(TypeKind::kString)), MakeField(0, "partitionValues", strings),
                       MakeField(0, "size", table::Scalar(TypeKind::kInt64)),
                       MakeField(0, "dataChange", table::Scalar(TypeKind::kBoolean))}};
  table::DataType protocol{
      TypeKind::kStruct,
      0,
      0,
      {MakeField(0, "minReaderVersion", table::Scalar(TypeKind::kInt32)), MakeField(0, "readerFeatures", list)}};
  return MakeSchema({MakeField(0, "add", add), MakeField(0, "protocol", protocol)});
}

/// Row 0 is a protocol, the others are files.
void FillRow(table::BatchBuilder& builder, size_t row) {
  auto& add = builder.column(0);
  auto& protocol = builder.column(1);
  if (row == 0) {
    protocol.child(0).AppendInt32(1);
    protocol.child(1).child(0).AppendString("columnMapping");
    protocol.child(1).AppendEntry();
    protocol.AppendStruct();
    return add.AppendNull();
  }
  add.child(0).AppendString("data/" + std::to_string(row) + ".parquet");
  add.child(1).child(0).AppendString("p");
  add.child(1).child(1).AppendNull();
  add.child(1).AppendEntry();
  add.child(2).AppendInt64(static_cast<int64_t>(row));
  add.child(3).AppendBool(true);
  add.AppendStruct();
  protocol.AppendNull();
}

class ParquetCodecTest : public testing::Test {
 protected:
  Result<uint64_t> WriteRows(const std::string& key, size_t rows) {
    const auto schema = CheckpointLike();
    table::BatchBuilder builder({schema.fields[0].type, schema.fields[1].type});
    size_t at = 0;
    return codec_.Write(store_, key, schema, [&](table::BatchView& batch) -> Result<bool> {
      builder.Clear();
      for (; at < rows && builder.rows() < 2048; ++at) FillRow(builder, at);
      batch = builder.View();
      return batch.rows > 0;
    });
  }

  Result<std::vector<std::string>> ReadRows(const std::string& key, std::vector<std::string> columns) {
    std::vector<std::string> rows;
    TARN_TRY(
        codec_.Read(store_, key, columns, [&](const table::Schema& schema, const table::BatchView& batch) -> Status {
          for (size_t row = 0; row < batch.rows; ++row) {
            std::string text;
            for (size_t i = 0; i < batch.columns.size(); ++i)
              text += schema.fields[i].name + "=" + Render(batch.columns[i], row) + ";";
            rows.push_back(std::move(text));
          }
          return {};
        }));
    return rows;
  }

  store::MemoryStore store_;
  DuckDbParquetCodec codec_;
};

TEST_F(ParquetCodecTest, NestedRowsSurvive) {
  const auto size = WriteRows("log/1.parquet", 5000);
  ASSERT_THAT(size, IsOk());
  EXPECT_EQ(*size, store_.Head("log/1.parquet")->size_bytes);
  const auto rows = ReadRows("log/1.parquet", {"protocol", "add", "unknown"});
  ASSERT_THAT(rows, IsOk());
  ASSERT_EQ(rows->size(), 5000U);
  EXPECT_EQ((*rows)[0], "add=NULL;protocol={minReaderVersion: 1, readerFeatures: [columnMapping]};");
  EXPECT_EQ((*rows)[4999],
            "add={path: data/4999.parquet, partitionValues: [p=NULL], size: 4999, dataChange: true};protocol=NULL;");
  EXPECT_EQ(ReadRows("log/1.parquet", {"protocol"})->at(1), "protocol=NULL;");
  EXPECT_TRUE(ReadRows("log/1.parquet", {"Add"})->empty());
}

TEST_F(ParquetCodecTest, AnEmptyFileIsAFile) {
  ASSERT_THAT(WriteRows("log/2.parquet", 0), IsOk());
  EXPECT_TRUE(ReadRows("log/2.parquet", {"add"})->empty());
}

TEST_F(ParquetCodecTest, FailuresAreToldApart) {
  EXPECT_THAT(ReadRows("log/none", {"add"}), ErrorIs(ErrorCode::kNotFound));
  ASSERT_THAT(store_.PutIfAbsent("log/bad", "this is not Parquet"), IsOk());
  EXPECT_THAT(ReadRows("log/bad", {"add"}), ErrorIs(ErrorCode::kCorrupt));
  ASSERT_THAT(WriteRows("log/3", 10), IsOk());
  EXPECT_THAT(WriteRows("log/3", 10), ErrorIs(ErrorCode::kAlreadyExists));
  auto body = *store_.Get("log/3");
  body.resize(body.size() / 2);
  ASSERT_THAT(store_.PutIfAbsent("log/half", body), IsOk());
  EXPECT_THAT(ReadRows("log/half", {"add"}), ErrorIs(ErrorCode::kCorrupt));
}

TEST_F(ParquetCodecTest, ASupplierThatFailsLeavesNothing) {
  const auto written = codec_.Write(store_, "log/4", CheckpointLike(), [](table::BatchView&) -> Result<bool> {
    return Fail(ErrorCode::kUnavailable, "no more");
  });
  EXPECT_THAT(written, ErrorIs(ErrorCode::kUnavailable));
  EXPECT_THAT(store_.Head("log/4"), ErrorIs(ErrorCode::kNotFound));
}

TEST_F(ParquetCodecTest, AConsumersErrorIsPassedOn) {
  ASSERT_THAT(WriteRows("log/5", 10), IsOk());
  const std::vector<std::string> columns{"add"};
  const auto read = codec_.Read(store_, "log/5", columns, [](const table::Schema&, const table::BatchView&) -> Status {
    return Fail(ErrorCode::kUnsupported, "a feature");
  });
  EXPECT_THAT(read, ErrorIs(ErrorCode::kUnsupported));
}

}  // namespace
}  // namespace tarn::engine
