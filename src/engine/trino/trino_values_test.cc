// SPDX-License-Identifier: Apache-2.0
#include "engine/trino/trino_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/result_matchers.h"
#include "engine/trino/trino_types.h"

namespace tarn::engine {
namespace {

using codec::Json;
using table::ColumnBuilder;
using table::Decimal;
using table::Scalar;
using table::TypeKind;
using testing::HasSubstr;

Json Parsed(const std::string& text) { return *codec::ParseJson(text); }

Json Column(const std::string& signature) {
  return Json::array({{{"name", "x"}, {"type", "as text"}, {"typeSignature", Parsed(signature)}}});
}

std::string TypeName(const std::string& signature) {
  const auto schema = TrinoColumns(Column(signature));
  return schema ? table::SqlTypeName(schema->fields[0].type) : schema.error().message;
}

std::string Plain(const std::string& raw) { return R"({"rawType": ")" + raw + R"(", "arguments": []})"; }

template <class T>
T One(table::DataType type, const std::string& json) {
  ColumnBuilder column(std::move(type));
  EXPECT_THAT(AppendTrinoValue(Parsed(json), column), IsOk()) << json;
  if (column.size() != 1) return T{};
  return column.View().At<T>(0);
}

std::string Text(table::DataType type, const std::string& json) {
  ColumnBuilder column(std::move(type));
  EXPECT_THAT(AppendTrinoValue(Parsed(json), column), IsOk()) << json;
  return column.size() == 1 ? std::string(column.View().At<std::string_view>(0)) : "none";
}

Status Appended(table::DataType type, const std::string& json) {
  ColumnBuilder column(std::move(type));
  return AppendTrinoValue(Parsed(json), column);
}

TEST(TrinoTypesTest, TypesOfTrinoAreTypesOfTables) {
  EXPECT_EQ(TypeName(Plain("tinyint")), "INTEGER");
  EXPECT_EQ(TypeName(Plain("bigint")), "BIGINT");
  EXPECT_EQ(TypeName(Plain("real")), "FLOAT");
  EXPECT_EQ(TypeName(Plain("unknown")), "INTEGER");
  EXPECT_EQ(TypeName(Plain("json")), "JSON");
  EXPECT_EQ(TypeName(Plain("uuid")), "VARCHAR");
  EXPECT_EQ(TypeName(Plain("varbinary")), "BLOB");
  EXPECT_EQ(TypeName(R"({"rawType": "varchar", "arguments": [{"kind": "LONG", "value": 2147483647}]})"), "VARCHAR");
  EXPECT_EQ(
      TypeName(R"({"rawType": "decimal", "arguments": [{"kind": "LONG", "value": 38}, {"kind": "LONG", "value": 9}]})"),
      "DECIMAL(38,9)");
  EXPECT_EQ(TypeName(R"({"rawType": "timestamp", "arguments": [{"kind": "LONG", "value": 6}]})"), "TIMESTAMP");
  EXPECT_EQ(TypeName(R"({"rawType": "timestamp with time zone", "arguments": [{"kind": "LONG", "value": 3}]})"),
            "TIMESTAMP WITH TIME ZONE");
  EXPECT_EQ(TypeName(R"({"rawType": "array", "arguments": [{"kind": "TYPE", "value": )" + Plain("bigint") + "}]}"),
            "BIGINT[]");
  EXPECT_EQ(
      TypeName(
          R"({"rawType": "row", "arguments": [{"kind": "NAMED_TYPE", "value": {"fieldName": {"name": "a"}, "typeSignature": )" +
          Plain("date") + "}}]}"),
      "STRUCT(a DATE)");
}

TEST(TrinoTypesTest, TypesWithoutAPlaceAreRefusedByTheColumnsName) {
  EXPECT_THAT(TypeName(Plain("HyperLogLog")), HasSubstr("column x of the result is of type HyperLogLog"));
  EXPECT_THAT(TypeName(R"({"rawType": "timestamp", "arguments": [{"kind": "LONG", "value": 9}]})"),
              HasSubstr("timestamp(9)"));
  EXPECT_THAT(TypeName(R"({"rawType": "row", "arguments": [{"kind": "NAMED_TYPE", "value": {"typeSignature": )" +
                       Plain("date") + "}}]}"),
              HasSubstr("no name"));
  EXPECT_THAT(TrinoColumns(Parsed(R"([{"name": "x"}])")), ErrorIs(ErrorCode::kInternal));
}

TEST(TrinoValuesTest, NumbersAreExact) {
  EXPECT_EQ(One<int64_t>(Scalar(TypeKind::kInt64), "9223372036854775807"), INT64_MAX);
  EXPECT_EQ(One<int64_t>(Scalar(TypeKind::kInt64), "-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(One<int32_t>(Scalar(TypeKind::kInt32), "-2147483648"), INT32_MIN);
  EXPECT_EQ(One<double>(Scalar(TypeKind::kDouble), "0.1"), 0.1);
  EXPECT_EQ(One<double>(Scalar(TypeKind::kDouble), "1.7976931348623157E308"), 1.7976931348623157E308);
  EXPECT_EQ(One<float>(Scalar(TypeKind::kFloat), "1.1"), 1.1F);
  EXPECT_TRUE(std::isnan(One<double>(Scalar(TypeKind::kDouble), "\"NaN\"")));
  EXPECT_EQ(One<double>(Scalar(TypeKind::kDouble), "\"-Infinity\""), -INFINITY);
  EXPECT_TRUE(One<table::Int128>(Decimal(38, 2), "\"-123.40\"") == -12340);
  EXPECT_EQ(table::FormatDecimal(One<table::Int128>(Decimal(38, 0), "\"99999999999999999999999999999999999999\""), 0),
            "99999999999999999999999999999999999999");
  EXPECT_EQ(One<uint8_t>(Scalar(TypeKind::kBoolean), "true"), 1);
}

TEST(TrinoValuesTest, TextAndBytes) {
  EXPECT_EQ(Text(Scalar(TypeKind::kString), R"("a\u00fc\u0000b")"), std::string("a\u00fc\0b", 5));
  EXPECT_EQ(Text(Scalar(TypeKind::kJson), R"("{\"a\":1}")"), R"({"a":1})");
  EXPECT_EQ(Text(Scalar(TypeKind::kBinary), R"("AP8=")"), std::string("\0\xff", 2));
}

TEST(TrinoValuesTest, DatesAndTimes) {
  EXPECT_EQ(ParseTrinoDate("1970-01-02").value_or(INT32_MAX), 1);
  EXPECT_EQ(ParseTrinoDate("0001-01-01").value_or(INT32_MAX), -719'162);
  EXPECT_EQ(ParseTrinoDate("+10000-01-01").value_or(INT32_MAX), 2'932'897);
  EXPECT_EQ(ParseTrinoDate("-0001-12-31").value_or(INT32_MAX), -719'529);
  EXPECT_EQ(ParseTrinoTime("1970-01-01 00:00:01.5").value_or(INT32_MAX), 1'500'000);
  EXPECT_EQ(ParseTrinoTime("1970-01-01 00:00:00.000001 UTC").value_or(INT32_MAX), 1);
  EXPECT_EQ(ParseTrinoTime("1969-12-31 23:59:59.999999 UTC").value_or(INT32_MAX), -1);
  EXPECT_EQ(ParseTrinoTime("1970-01-01 01:30:00 +01:30").value_or(INT32_MAX), 0);
  EXPECT_EQ(ParseTrinoTime("1969-12-31 19:00:00 -05:00").value_or(INT32_MAX), 0);
  EXPECT_THAT(ParseTrinoTime("1970-01-01 00:00:00 Europe/Berlin"), ErrorIs(ErrorCode::kInvalidArgument));
  for (const auto* text : {"1970-01-01", "1970-01-01 00:00", "1970-13-01 00:00:00", "1970-01-01 00:00:00 ",
                           "1970-01-01T00:00:00", "1970-01-01 00:00:00.1234567", "1970-02-30 00:00:00", ""}) {
    EXPECT_THAT(ParseTrinoTime(text), ErrorIs(ErrorCode::kInternal)) << text;
  }
}

TEST(TrinoValuesTest, NestedValuesGoIntoTheirChildren) {
  const auto list = TrinoColumns(
      Column(R"({"rawType": "array", "arguments": [{"kind": "TYPE", "value": )" + Plain("bigint") + "}]}"));
  ASSERT_THAT(list, IsOk());
  ColumnBuilder numbers(list->fields[0].type);
  for (const auto* json : {"[1, null, 3]", "null", "[]"}) ASSERT_THAT(AppendTrinoValue(Parsed(json), numbers), IsOk());
  const auto view = numbers.View();
  EXPECT_EQ(view.At<table::ListEntry>(0).length, 3U);
  EXPECT_FALSE(view.IsValid(1));
  EXPECT_EQ(view.At<table::ListEntry>(2).length, 0U);
  EXPECT_EQ(view.children[0].At<int64_t>(2), 3);
  EXPECT_FALSE(view.children[0].IsValid(1));

  const auto map =
      TrinoColumns(Column(R"({"rawType": "map", "arguments": [{"kind": "TYPE", "value": )" + Plain("bigint") +
                          R"(}, {"kind": "TYPE", "value": )" + Plain("varchar") + "}]}"));
  ASSERT_THAT(map, IsOk());
  ColumnBuilder entries(map->fields[0].type);
  ASSERT_THAT(AppendTrinoValue(Parsed(R"({"7": "seven"})"), entries), IsOk());
  EXPECT_EQ(entries.View().children[0].At<int64_t>(0), 7);
  EXPECT_EQ(entries.View().children[1].At<std::string_view>(0), "seven");
}

TEST(TrinoValuesTest, ValuesOfAnotherTypeAreRefused) {
  EXPECT_THAT(Appended(Scalar(TypeKind::kInt64), "1.5"), ErrorIs(ErrorCode::kInternal));
  EXPECT_THAT(Appended(Scalar(TypeKind::kInt64), "9223372036854775808"), ErrorIs(ErrorCode::kInternal));
  EXPECT_THAT(Appended(Scalar(TypeKind::kInt32), "2147483648"), ErrorIs(ErrorCode::kInternal));
  EXPECT_THAT(Appended(Scalar(TypeKind::kBoolean), "1"), ErrorIs(ErrorCode::kInternal));
  EXPECT_THAT(Appended(Scalar(TypeKind::kDouble), "\"x\""), ErrorIs(ErrorCode::kInternal));
  EXPECT_THAT(Appended(Scalar(TypeKind::kString), "5"), ErrorIs(ErrorCode::kInternal));
  EXPECT_THAT(Appended(Decimal(4, 2), "\"100.00\""), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(Appended(Scalar(TypeKind::kInt64), "null"), IsOk());
}

}  // namespace
}  // namespace tarn::engine
