// SPDX-License-Identifier: Apache-2.0
#include "query/result_writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <limits>

#include "codec/json.h"

namespace tarn::query {
namespace {

using table::TypeKind;

/// Columns of one type each with the values given to their builders.
class ResultWriterTest : public testing::Test {
 protected:
  void Add(const std::string& name, table::DataType type, const std::vector<table::Value>& values) {
    columns_.push_back({name, table::SqlTypeName(type), type});
    auto& builder = builders_.emplace_back(std::move(type));
    for (const auto& value : values) builder.AppendValue(value);
  }

  std::string Write(Format format, ResultEnd end = {}) {
    table::BatchView batch;
    for (const auto& builder : builders_) batch.columns.push_back(builder.View());
    batch.rows = builders_.empty() ? 0 : builders_.front().size();
    const auto writer = MakeResultWriter(format);
    std::string out;
    writer->Begin(columns_, out);
    writer->Rows(batch, batch.rows, out);
    end.rows = batch.rows;
    writer->End(end, out);
    return out;
  }

  std::vector<engine::ResultColumn> columns_;
  std::deque<table::ColumnBuilder> builders_;
};

TEST_F(ResultWriterTest, JsonShowsEveryScalarAsTheContractSays) {
  Add("b", table::Scalar(TypeKind::kBoolean), {true});
  Add("i", table::Scalar(TypeKind::kInt64), {std::numeric_limits<int64_t>::min()});
  Add("d", table::Decimal(38, 9), {table::DecimalValue{49'900'000'000, 38, 9}});
  Add("f", table::Scalar(TypeKind::kDouble), {0.1});
  Add("n", table::Scalar(TypeKind::kDouble), {std::nan("")});
  Add("s", table::Scalar(TypeKind::kString), {std::string("ü\"\n")});
  Add("j", table::Scalar(TypeKind::kJson), {std::string(R"({"x":[1,2]})")});
  Add("day", table::Scalar(TypeKind::kDate), {table::DateValue{20454}});
  Add("at", table::Scalar(TypeKind::kTimestamp), {table::TimestampValue{1'767'225'600'120'000, true}});
  Add("naive", table::Scalar(TypeKind::kTimestampNaive), {table::TimestampValue{1'767'225'600'000'000, false}});
  Add("z", table::Scalar(TypeKind::kString), {std::monostate()});
  const auto text = Write(Format::kJson);
  EXPECT_NE(
      text.find(R"("data":[{"b":true,"i":-9223372036854775808,"d":49.9,"f":0.1,"n":null,"s":"ü\"\n","j":{"x":[1,2]},)"
                R"("day":"2026-01-01","at":"2026-01-01T00:00:00.12Z","naive":"2026-01-01T00:00:00","z":null}])"),
      std::string::npos)
      << text;
  EXPECT_TRUE(codec::ParseJson(text).has_value());
}

TEST_F(ResultWriterTest, TruncationIsTold) {
  Add("i", table::Scalar(TypeKind::kInt64), {int64_t{1}});
  EXPECT_NE(Write(Format::kJson, {.rows = 1, .truncated = true, .max_rows = 1})
                .find(R"("row_count":1,"truncated":true,"max_rows":1})"),
            std::string::npos);
  EXPECT_NE(Write(Format::kJson).find(R"("truncated":false)"), std::string::npos);
}

TEST_F(ResultWriterTest, RepeatedNamesGetNumbersAndLoseNothing) {
  for (const auto* name : {"a", "a", "a_1", "a"}) Add(name, table::Scalar(TypeKind::kInt64), {int64_t{1}});
  EXPECT_EQ(UniqueNames(columns_), (std::vector<std::string>{"a", "a_2", "a_1", "a_3"}));
}

TEST_F(ResultWriterTest, CsvQuotesWhereNeededAndKeepsNullApartFromEmpty) {
  Add("s", table::Scalar(TypeKind::kString), {std::string("a,\"b\""), std::string(), std::monostate()});
  Add("i", table::Scalar(TypeKind::kInt64), {int64_t{1}, int64_t{2}, int64_t{3}});
  EXPECT_EQ(Write(Format::kCsv), "s,i\r\n\"a,\"\"b\"\"\",1\r\n\"\",2\r\n,3\r\n");
}

TEST_F(ResultWriterTest, NdjsonIsOneObjectALine) {
  Add("i", table::Scalar(TypeKind::kInt64), {int64_t{1}, std::monostate()});
  EXPECT_EQ(Write(Format::kNdjson), "{\"i\":1}\n{\"i\":null}\n");
}

}  // namespace
}  // namespace tarn::query
