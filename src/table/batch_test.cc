// SPDX-License-Identifier: Apache-2.0
#include "table/batch.h"

#include <gtest/gtest.h>

namespace tarn::table {
namespace {

TEST(ColumnBuilder, KeepsStringsWhileItGrows) {
  ColumnBuilder column(Scalar(TypeKind::kString));
  std::vector<std::string> texts;
  texts.reserve(5001);
  for (int i = 0; i < 5000; ++i) texts.push_back(std::string(static_cast<size_t>(i % 97), 'x') + std::to_string(i));
  texts.push_back(std::string(300'000, 'y'));
  for (const std::string& text : texts) column.AppendString(text);
  ColumnBuilder moved = std::move(column);
  moved.AppendNull();
  const ColumnView view = moved.View();
  for (size_t i = 0; i < texts.size(); ++i) {
    EXPECT_TRUE(view.IsValid(i));
    EXPECT_EQ(view.At<std::string_view>(i), texts[i]);
  }
  EXPECT_FALSE(view.IsValid(texts.size()));
  EXPECT_EQ(view.At<std::string_view>(texts.size()), "");
}

TEST(ColumnBuilder, StartsAgainAfterClear) {
  ColumnBuilder column(Scalar(TypeKind::kString));
  column.AppendNull();
  column.AppendString("old");
  column.Clear();
  column.AppendString("new");
  const ColumnView view = column.View();
  EXPECT_EQ(column.size(), 1U);
  EXPECT_EQ(view.validity, nullptr);
  EXPECT_EQ(view.At<std::string_view>(0), "new");
}

TEST(ColumnBuilder, TakesValuesOfEveryScalarType) {
  const std::vector<std::pair<DataType, Value>> cases = {
      {Scalar(TypeKind::kBoolean), Value(true)},
      {Scalar(TypeKind::kInt32), Value(int64_t{-7})},
      {Scalar(TypeKind::kInt64), Value(int64_t{1} << 40)},
      {Scalar(TypeKind::kFloat), Value(1.5)},
      {Scalar(TypeKind::kDouble), Value(2.5)},
      {Decimal(38, 9), Value(DecimalValue{.unscaled = Int128{1} << 100, .precision = 38, .scale = 9})},
      {Scalar(TypeKind::kString), Value(std::string("s"))},
      {Scalar(TypeKind::kDate), Value(DateValue{.days = 3})},
      {Scalar(TypeKind::kTimestamp), Value(TimestampValue{.micros = 4})},
  };
  std::vector<DataType> types;
  types.reserve(cases.size());
  for (const auto& [type, value] : cases) types.push_back(type);
  BatchBuilder builder(types);
  for (size_t i = 0; i < cases.size(); ++i) {
    builder.column(i).AppendValue(cases[i].second);
    builder.column(i).AppendValue(Value());
  }
  const BatchView batch = builder.View();
  ASSERT_EQ(batch.rows, 2U);
  for (const ColumnView& column : batch.columns) {
    EXPECT_TRUE(column.IsValid(0));
    EXPECT_FALSE(column.IsValid(1));
  }
  EXPECT_EQ(batch.columns[0].At<uint8_t>(0), 1);
  EXPECT_EQ(batch.columns[1].At<int32_t>(0), -7);
  EXPECT_EQ(batch.columns[2].At<int64_t>(0), int64_t{1} << 40);
  EXPECT_EQ(batch.columns[3].At<float>(0), 1.5F);
  EXPECT_TRUE(batch.columns[5].At<Int128>(0) == Int128{1} << 100);
  EXPECT_EQ(batch.columns[8].At<int64_t>(0), 4);
}

TEST(ColumnBuilder, MarksNullsAcrossValidityWords) {
  ColumnBuilder column(Scalar(TypeKind::kInt64));
  for (int64_t i = 0; i < 200; ++i) {
    if (i % 3 == 0) {
      column.AppendNull();
    } else {
      column.AppendInt64(i);
    }
  }
  const ColumnView view = column.View();
  for (size_t i = 0; i < 200; ++i) EXPECT_EQ(view.IsValid(i), i % 3 != 0) << i;
}

TEST(ColumnBuilder, NestsStructsListsAndMaps) {
  DataType list = Scalar(TypeKind::kList);
  list.children = {{.id = 0, .name = "element", .type = Scalar(TypeKind::kInt64)}};
  DataType row = Scalar(TypeKind::kStruct);
  row.children = {{.id = 0, .name = "name", .type = Scalar(TypeKind::kString)},
                  {.id = 0, .name = "numbers", .type = list}};
  ColumnBuilder column(row);
  column.AppendStruct();
  column.child(0).AppendString("a");
  column.child(1).child(0).AppendInt64(1);
  column.child(1).child(0).AppendInt64(2);
  column.child(1).AppendEntry();
  column.AppendNull();
  column.AppendStruct();
  column.child(0).AppendNull();
  column.child(1).child(0).AppendInt64(3);
  column.child(1).AppendEntry();

  const ColumnView view = column.View();
  EXPECT_TRUE(view.IsValid(0));
  EXPECT_FALSE(view.IsValid(1));
  EXPECT_TRUE(view.IsValid(2));
  const ColumnView& numbers = view.children[1];
  EXPECT_EQ(numbers.At<ListEntry>(0).length, 2U);
  EXPECT_EQ(numbers.At<ListEntry>(1).length, 0U);
  EXPECT_EQ(numbers.At<ListEntry>(2).offset, 2U);
  EXPECT_EQ(numbers.children[0].At<int64_t>(numbers.At<ListEntry>(2).offset), 3);
}

}  // namespace
}  // namespace tarn::table
