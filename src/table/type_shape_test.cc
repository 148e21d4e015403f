// SPDX-License-Identifier: Apache-2.0
#include "table/type_shape.h"

#include <gtest/gtest.h>

namespace tarn::table {
namespace {

DataType Struct(std::vector<Field> fields) {
  auto type = Scalar(TypeKind::kStruct);
  type.children = std::move(fields);
  return type;
}

DataType List(Field element) {
  auto type = Scalar(TypeKind::kList);
  type.children = {std::move(element)};
  return type;
}

Field Named(int32_t id, std::string name, DataType type) { return {id, std::move(name), std::move(type), true}; }

DataType Items(int32_t first_id) {
  return List(Named(first_id, "element",
                    Struct({Named(first_id + 1, "sku", Scalar(TypeKind::kString)),
                            Named(first_id + 2, "qty", Scalar(TypeKind::kInt64))})));
}

TEST(TypeShapeTest, IdsAreNoPartOfAShape) {
  EXPECT_TRUE(SameShape(Items(3), Items(0)));
  EXPECT_NE(Items(3), Items(0));
}

TEST(TypeShapeTest, NamesOrderAndNullabilityAre) {
  const auto one = Struct({Named(1, "a", Scalar(TypeKind::kInt64)), Named(2, "b", Scalar(TypeKind::kInt64))});
  const auto other = Struct({Named(2, "b", Scalar(TypeKind::kInt64)), Named(1, "a", Scalar(TypeKind::kInt64))});
  EXPECT_FALSE(SameShape(one, other));
  auto required = one;
  required.children[0].nullable = false;
  EXPECT_FALSE(SameShape(one, required));
  EXPECT_FALSE(SameShape(Decimal(10, 2), Decimal(10, 3)));
}

TEST(TypeShapeTest, NewFieldsGoBehindThoseThatAreThereAndHaveNoId) {
  auto added = Items(0);
  auto& fields = added.children[0].type.children;
  fields.insert(fields.begin(), Named(0, "note", Struct({Named(7, "text", Scalar(TypeKind::kString))})));
  const auto joined = WithNewFields(Items(3), added);
  ASSERT_TRUE(joined);
  EXPECT_EQ(SqlTypeName(*joined), "STRUCT(sku VARCHAR, qty BIGINT, note STRUCT(text VARCHAR))[]");
  const auto& element = joined->children[0];
  EXPECT_EQ(element.id, 3);
  EXPECT_EQ(element.type.children[0].id, 4);
  EXPECT_EQ(element.type.children[2].id, 0);
  EXPECT_EQ(element.type.children[2].type.children[0].id, 0);
}

TEST(TypeShapeTest, FieldsThatAreMissingOrReorderedStayAsTheyAre) {
  const auto fewer = List(Named(0, "element", Struct({Named(0, "qty", Scalar(TypeKind::kInt64))})));
  const auto joined = WithNewFields(Items(3), fewer);
  ASSERT_TRUE(joined);
  EXPECT_EQ(*joined, Items(3));
}

TEST(TypeShapeTest, AnotherTypeInsideIsNoNewField) {
  const auto wider = List(Named(0, "element", Struct({Named(0, "qty", Scalar(TypeKind::kDouble))})));
  EXPECT_FALSE(WithNewFields(Items(3), wider));
  EXPECT_FALSE(WithNewFields(Items(3), Items(3).children[0].type));
  EXPECT_FALSE(WithNewFields(List(Named(0, "element", Decimal(10, 2))), List(Named(0, "element", Decimal(12, 2)))));
}

}  // namespace
}  // namespace tarn::table
