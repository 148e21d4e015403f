// SPDX-License-Identifier: Apache-2.0
#include "engine/athena/athena_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "table/value_json.h"

namespace tarn::engine {
namespace {

using table::TypeKind;
using testing::HasSubstr;

/// The value as JSON, or the error.
std::string Read(const table::DataType& type, const std::string& text) {
  table::ColumnBuilder column(type);
  if (const auto appended = AppendAthenaValue(text, column); !appended) return appended.error().ToString();
  std::string json;
  table::AppendJsonValue(json, column.View(), 0, table::JsonUse::kRecord);
  return json;
}
std::string Read(TypeKind kind, const std::string& text) { return Read(table::Scalar(kind), text); }

Result<table::Schema> Columns(const std::string& members) {
  return AthenaColumns(*codec::ParseJson(R"([{"Name": "c", )" + members + "}]"));
}

TEST(AthenaValuesTest, TextsAreTheirValues) {
  EXPECT_EQ(Read(TypeKind::kBoolean, "true"), "true");
  EXPECT_EQ(Read(TypeKind::kInt32, "-7"), "-7");
  EXPECT_EQ(Read(TypeKind::kInt64, "9223372036854775807"), "9223372036854775807");
  EXPECT_EQ(Read(TypeKind::kDouble, "-1.7976931348623157E308"), "-1.7976931348623157e+308");
  EXPECT_EQ(Read(table::Decimal(30, 10), "12345678901234567890.0123456789"), "12345678901234567890.0123456789");
  EXPECT_EQ(Read(TypeKind::kDate, "1969-12-31"), "\"1969-12-31\"");
  EXPECT_EQ(Read(TypeKind::kTimestamp, "1969-12-31 23:59:59.999999 UTC"), "\"1969-12-31T23:59:59.999999Z\"");
  EXPECT_EQ(Read(TypeKind::kTimestampNaive, "2026-01-31 10:00:00.000"), "\"2026-01-31T10:00:00Z\"");
  EXPECT_EQ(Read(TypeKind::kTimestampNaive, "2026-01-31 10:00:00.000001000"), "\"2026-01-31T10:00:00.000001Z\"");
  EXPECT_EQ(Read(TypeKind::kBinary, "61 ff 00"), "\"Yf8A\"");
  EXPECT_EQ(Read(TypeKind::kString, ""), "\"\"");
}

TEST(AthenaValuesTest, WhatDoesNotFitIsAnError) {
  EXPECT_THAT(Read(TypeKind::kBoolean, "yes"), HasSubstr("neither true nor false"));
  EXPECT_THAT(Read(TypeKind::kInt32, "2147483648"), HasSubstr("not a number"));
  EXPECT_THAT(Read(TypeKind::kInt64, "1.0"), HasSubstr("not a number"));
  EXPECT_THAT(Read(TypeKind::kTimestamp, "2026-01-31 10:00:00.0000001 UTC"), HasSubstr("finer than microseconds"));
  EXPECT_THAT(Read(TypeKind::kTimestamp, "2026-01-31 10:00:00 Europe/Berlin"), HasSubstr("zone by name"));
  EXPECT_THAT(Read(TypeKind::kBinary, "6x"), HasSubstr("hexadecimal"));
}

TEST(AthenaValuesTest, ColumnsHaveTheirTypes) {
  ASSERT_OK_AND_ASSIGN(const auto decimal, Columns(R"("Type": "decimal", "Precision": 12, "Scale": 2)"));
  EXPECT_EQ(decimal.fields.at(0).type, table::Decimal(12, 2));
  EXPECT_EQ(decimal.fields.at(0).id, 1);
  ASSERT_OK_AND_ASSIGN(const auto time, Columns(R"("Type": "timestamp with time zone", "Precision": 3)"));
  EXPECT_EQ(time.fields.at(0).type.kind, TypeKind::kTimestamp);
  for (const auto* word : {"array", "map", "row", "hyperloglog"}) {
    const auto refused = Columns(R"("Type": ")" + std::string(word) + "\"");
    ASSERT_THAT(refused, ErrorIs(ErrorCode::kInvalidArgument));
    EXPECT_THAT(refused.error().message, HasSubstr("column c of the result is of type " + std::string(word)));
  }
  EXPECT_THAT(Columns(R"("Type": "decimal")"), ErrorIs(ErrorCode::kInternal));
}

}  // namespace
}  // namespace tarn::engine
