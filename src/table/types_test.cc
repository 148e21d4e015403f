// SPDX-License-Identifier: Apache-2.0
#include "table/types.h"

#include <gtest/gtest.h>

namespace tarn::table {
namespace {

DataType ListOf(DataType element) {
  DataType type = Scalar(TypeKind::kList);
  type.children = {{.id = 0, .name = "element", .type = std::move(element)}};
  return type;
}

DataType StructOf(std::vector<Field> fields) {
  DataType type = Scalar(TypeKind::kStruct);
  type.children = std::move(fields);
  return type;
}

TEST(SqlTypeName, NamesScalarsAndNestedTypesAsTheEngineDoes) {
  EXPECT_EQ(SqlTypeName(Scalar(TypeKind::kInt64)), "BIGINT");
  EXPECT_EQ(SqlTypeName(Decimal(38, 9)), "DECIMAL(38,9)");
  EXPECT_EQ(SqlTypeName(Scalar(TypeKind::kTimestamp)), "TIMESTAMP WITH TIME ZONE");
  const DataType row = StructOf({{.id = 0, .name = "a", .type = Scalar(TypeKind::kInt64)},
                                 {.id = 0, .name = "order", .type = Scalar(TypeKind::kString)},
                                 {.id = 0, .name = "it \"is\"", .type = ListOf(Scalar(TypeKind::kDate))}});
  EXPECT_EQ(SqlTypeName(row), "STRUCT(a BIGINT, \"order\" VARCHAR, \"it \"\"is\"\"\" DATE[])");
  DataType map = Scalar(TypeKind::kMap);
  map.children = {{.id = 0, .name = "key", .type = Scalar(TypeKind::kString)},
                  {.id = 0, .name = "value", .type = Scalar(TypeKind::kDouble)}};
  EXPECT_EQ(SqlTypeName(map), "MAP(VARCHAR, DOUBLE)");
}

TEST(AssignFieldIds, GivesNewFieldsIdsBehindEveryIdEverGiven) {
  Schema schema{.fields = {{.id = 3, .name = "kept", .type = Scalar(TypeKind::kInt64)},
                           {.id = 0, .name = "tags", .type = ListOf(Scalar(TypeKind::kString))},
                           {.id = 0, .name = "last", .type = Scalar(TypeKind::kInt64)}}};
  EXPECT_EQ(AssignFieldIds(schema, 7), 10);
  EXPECT_EQ(schema.fields[0].id, 3);
  EXPECT_EQ(schema.fields[1].id, 8);
  EXPECT_EQ(schema.fields[1].type.children[0].id, 9);
  EXPECT_EQ(schema.fields[2].id, 10);
  EXPECT_EQ(schema.MaxFieldId(), 10);
  EXPECT_EQ(AssignFieldIds(schema, 0), 10);
}

TEST(Schema, FindsFieldsByExactName) {
  const Schema schema{.fields = {{.id = 1, .name = "a", .type = Scalar(TypeKind::kInt64)},
                                 {.id = 2, .name = "B", .type = Scalar(TypeKind::kInt64)}}};
  EXPECT_EQ(schema.IndexOf("B"), 1U);
  EXPECT_EQ(schema.IndexOf("b"), std::nullopt);
}

}  // namespace
}  // namespace tarn::table
