// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/parquet_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "engine/duckdb/duckdb_headers.h"
#include "engine/duckdb/engine_testing.h"
#include "table/value_json.h"

namespace tarn::engine {
namespace {

using testing::Test;

class ParquetFilesTest : public Test {
 protected:
  /// A file of what DuckDB writes for the query, in row groups of 2048 rows.
  void Write(const std::string& key, const std::string& select, const std::string& options = "") {
    duckdb::DuckDB database(nullptr);
    duckdb::Connection connection(database);
    const auto path = testing::TempDir() + "parquet_files_test.parquet";
    const auto written = connection.Query("COPY (" + select + ") TO " + QuoteLiteral(path) +
                                          " (FORMAT parquet, ROW_GROUP_SIZE 2048" + options + ")");
    ASSERT_FALSE(written->HasError()) << written->GetError();
    std::ifstream file(path, std::ios::binary);
    Put(key, std::string(std::istreambuf_iterator<char>(file), {}));
    std::filesystem::remove(path);
  }

  void Put(const std::string& key, const std::string& body) {
    const store::PutRequest put{key, body};
    ASSERT_THAT(store_.PutAll({&put, 1}), IsOk());
  }

  /// Rows as JSON objects, one a line.
  Result<std::string> Read(const std::string& key, uint64_t first_row = 0) {
    TARN_ASSIGN(const auto file, files_.Open(key, first_row));
    std::string text;
    table::BatchView batch;
    for (;;) {
      TARN_ASSIGN(const bool more, file.rows->Next(batch));
      if (!more) return text;
      for (size_t row = 0; row < batch.rows; ++row) AppendRow(file.schema, batch, row, text);
    }
  }

  static void AppendRow(const table::Schema& schema, const table::BatchView& batch, size_t row, std::string& text) {
    for (size_t i = 0; i < batch.columns.size(); ++i) {
      text += (i == 0 ? "" : ",") + schema.fields[i].name + "=";
      table::AppendJsonValue(text, batch.columns[i], row, table::JsonUse::kRecord);
    }
    text += '\n';
  }

  CountingStore store_;
  DuckDbParquetFiles files_{store_};
};

TEST_F(ParquetFilesTest, ValuesKeepTheirDigitsAndTheirShape) {
  Write("a=1/*.parquet",
        "SELECT 9223372036854775807::BIGINT AS big, 18446744073709551615::UBIGINT AS ubig, "
        "12345678901234567890123456789012345.678::DECIMAL(38,3) AS exact, 1.10::DECIMAL(4,2) AS short, "
        "TIMESTAMPTZ '2026-01-02 03:04:05.678901+00' AS at, TIMESTAMP '2026-01-02 03:04:05' AS naive, "
        "DATE '2026-01-02' AS day, {'x': [1, NULL], 'y': {'z': 'a\"b'}} AS nested, MAP {'k': 1.5::FLOAT} AS map, "
        "'\\x01'::BLOB AS bytes, NULL::INTEGER AS none, 0.1::DOUBLE AS d, true AS b, "
        "UUID '00000000-0000-0000-0000-000000000001' AS u, TIME '01:02:03' AS t");
  ASSERT_OK_AND_ASSIGN(const auto text, Read("a=1/*.parquet"));
  EXPECT_EQ(text,
            "big=9223372036854775807,ubig=18446744073709551615,exact=12345678901234567890123456789012345.678,"
            "short=1.1,at=\"2026-01-02T03:04:05.678901Z\",naive=\"2026-01-02T03:04:05Z\",day=\"2026-01-02\","
            "nested={\"x\":[1,null],\"y\":{\"z\":\"a\\\"b\"}},map={\"k\":1.5},bytes=\"AQ==\",none=null,d=0.1,"
            "b=true,u=\"00000000-0000-0000-0000-000000000001\",t=\"01:02:03\"\n");
}

TEST_F(ParquetFilesTest, NotesOfTheWriterAreRead) {
  Write("a", "SELECT 1 AS id", ", KV_METADATA {schema: '{\"x\": 1}', 'a b': 'c'}");
  ASSERT_OK_AND_ASSIGN(const auto notes, files_.Notes("a"));
  EXPECT_EQ(notes, (std::map<std::string, std::string>{{"a b", "c"}, {"schema", "{\"x\": 1}"}}));
  Write("b", "SELECT 1 AS id");
  ASSERT_OK_AND_ASSIGN(const auto none, files_.Notes("b"));
  EXPECT_TRUE(none.empty());
  EXPECT_THAT(files_.Notes("nowhere"), ErrorIs(ErrorCode::kNotFound));
  Put("c", "no Parquet");
  EXPECT_THAT(files_.Notes("c"), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST_F(ParquetFilesTest, ReadingBeginsAtAnyRow) {
  Write("a", "SELECT range AS id FROM range(10000)");
  ASSERT_OK_AND_ASSIGN(const auto all, Read("a"));
  EXPECT_EQ(std::ranges::count(all, '\n'), 10'000);
  for (const uint64_t row : {1U, 2047U, 2048U, 5000U, 9999U}) {
    ASSERT_OK_AND_ASSIGN(const auto rest, Read("a", row));
    EXPECT_EQ(rest, all.substr(all.find("id=" + std::to_string(row) + "\n"))) << row;
  }
  ASSERT_OK_AND_ASSIGN(const auto end, Read("a", 10'000));
  EXPECT_EQ(end, "");
  Write("b", "SELECT 7 AS file_row_number, range AS id FROM range(3)");
  ASSERT_OK_AND_ASSIGN(const auto other, Read("b", 2));
  EXPECT_EQ(other, "file_row_number=7,id=2\n");
}

TEST_F(ParquetFilesTest, WhatIsNoParquetFileIsRefused) {
  Put("a", "PAR1 and nothing of it PAR1");
  EXPECT_THAT(Read("a"), ErrorIs(ErrorCode::kInvalidArgument));
  Put("b", "");
  EXPECT_THAT(Read("b"), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(Read("c"), ErrorIs(ErrorCode::kNotFound));
}

TEST_F(ParquetFilesTest, ADamagedPageEndsTheReading) {
  Write("a", "SELECT range AS id, 'text of row ' || range AS s FROM range(10000)");
  auto body = *store_.Get("a");
  for (size_t at = body.size() / 2; at < body.size() / 2 + 200; ++at) body[at] = '\xFF';
  ASSERT_THAT(store_.Delete("a"), IsOk());
  Put("a", body);
  EXPECT_THAT(Read("a"), ErrorIs(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace tarn::engine
