// SPDX-License-Identifier: Apache-2.0
#include "gold/result_schema.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace tarn::gold {
namespace {

using table::DataType;
using table::Field;
using table::Scalar;
using table::TypeKind;

DataType Nested(TypeKind kind, std::vector<Field> children) {
  auto type = Scalar(kind);
  type.children = std::move(children);
  return type;
}

/// A list of structs, ids from `id` on or none.
DataType Items(int32_t id, TypeKind quantity = TypeKind::kInt64) {
  const auto next = [&] { return id == 0 ? 0 : ++id; };
  Field sku{next(), "sku", Scalar(TypeKind::kString), true};
  Field qty{next(), "qty", Scalar(quantity), true};
  Field element{next(), "element", Nested(TypeKind::kStruct, {std::move(sku), std::move(qty)}), true};
  return Nested(TypeKind::kList, {std::move(element)});
}

table::Schema With(DataType items) { return {.fields = {{0, "items", std::move(items), true}}}; }

table::Snapshot Stored() {
  table::Snapshot base;
  base.version = 3;
  base.schema = {.fields = {{1, "items", Items(1), true}}};
  base.last_field_id = 4;
  return base;
}

TEST(ResultSchemaTest, AnAppendOfTheSameListsKeepsTheColumn) {
  ASSERT_OK_AND_ASSIGN(const auto planned, ExtendedSchema(Stored(), With(Items(0))));
  EXPECT_EQ(planned.schema, Stored().schema);
  EXPECT_FALSE(planned.widened);
  EXPECT_FALSE(planned.changed);
}

TEST(ResultSchemaTest, AnAppendOfOtherListsIsRefused) {
  EXPECT_THAT(ExtendedSchema(Stored(), With(Items(0, TypeKind::kDouble))), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST(ResultSchemaTest, AnOverwriteByTheSameListsKeepsTheIds) {
  ASSERT_OK_AND_ASSIGN(const auto planned, OverwriteSchema(Stored(), With(Items(0))));
  EXPECT_EQ(planned.schema, Stored().schema);
  EXPECT_FALSE(planned.changed);
}

TEST(ResultSchemaTest, AnOverwriteByOtherListsHasNewIds) {
  ASSERT_OK_AND_ASSIGN(const auto planned, OverwriteSchema(Stored(), With(Items(0, TypeKind::kDouble))));
  EXPECT_TRUE(planned.changed);
  EXPECT_GT(planned.schema.fields[0].id, 4);
  EXPECT_GT(planned.schema.fields[0].type.children[0].type.children[1].id, 4);
}

}  // namespace
}  // namespace tarn::gold
