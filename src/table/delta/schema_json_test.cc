// SPDX-License-Identifier: Apache-2.0
#include "table/delta/schema_json.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "table/delta/delta_testing.h"

namespace tarn::table::delta {
namespace {

Schema SchemaOfEveryType() {
  DataType list = Scalar(TypeKind::kList);
  list.children = {FieldOf(15, "element", Scalar(TypeKind::kJson))};
  DataType inner = Scalar(TypeKind::kStruct);
  inner.children = {FieldOf(18, "x", Scalar(TypeKind::kInt32), false), FieldOf(19, "list", list)};
  inner.children[1].type.children[0].id = 20;
  DataType map = Scalar(TypeKind::kMap);
  map.children = {FieldOf(21, "key", Scalar(TypeKind::kString), false), FieldOf(22, "value", inner, false)};
  return {.fields = {FieldOf(1, "b", Scalar(TypeKind::kBoolean)), FieldOf(2, "i", Scalar(TypeKind::kInt32)),
                     FieldOf(3, "l", Scalar(TypeKind::kInt64), false), FieldOf(4, "f", Scalar(TypeKind::kFloat)),
                     FieldOf(5, "d", Scalar(TypeKind::kDouble)), FieldOf(6, "dec", Decimal(38, 9)),
                     FieldOf(7, "s", Scalar(TypeKind::kString)), FieldOf(8, "j", Scalar(TypeKind::kJson)),
                     FieldOf(9, "bin", Scalar(TypeKind::kBinary)), FieldOf(10, "day", Scalar(TypeKind::kDate)),
                     FieldOf(11, "t", Scalar(TypeKind::kTimestamp)),
                     FieldOf(12, "n", Scalar(TypeKind::kTimestampNaive)), FieldOf(13, "list", list),
                     FieldOf(14, "map", map), FieldOf(17, "row", inner)}};
}

TEST(SchemaJson, EveryTypeSurvivesTheRoundTrip) {
  const Schema schema = SchemaOfEveryType();
  ASSERT_OK_AND_ASSIGN(const std::string text, EncodeSchema(schema, ""));
  ASSERT_OK_AND_ASSIGN(const Schema decoded, DecodeSchema(text));
  EXPECT_TRUE(decoded == schema) << text;
}

TEST(SchemaJson, FormIsTheOneReadersKnow) {
  const Schema schema{
      .fields = {FieldOf(1, "id", Scalar(TypeKind::kInt64), false), FieldOf(2, "doc", Scalar(TypeKind::kJson))}};
  ASSERT_OK_AND_ASSIGN(const std::string text, EncodeSchema(schema, ""));
  EXPECT_EQ(text,
            R"({"type":"struct","fields":[)"
            R"({"name":"id","type":"long","nullable":false,"metadata":{"tarn.fieldId":1}},)"
            R"({"name":"doc","type":"string","nullable":true,"metadata":{"tarn.fieldId":2,"tarn.type":"json"}}]})");
}

TEST(SchemaJson, ForeignMetadataAndTypeWordsAreKept) {
  const std::string foreign =
      R"({"type":"struct","fields":[)"
      R"({"name":"small","type":"short","nullable":true,"metadata":{"comment":"hi","other":{"a":1}}},)"
      R"({"name":"wide","type":"integer","nullable":true,"metadata":{"comment":"gone"}}]})";
  ASSERT_OK_AND_ASSIGN(Schema schema, DecodeSchema(foreign));
  EXPECT_EQ(schema.fields[0].type.kind, TypeKind::kInt32);
  EXPECT_EQ(schema.fields[0].id, 0);
  AssignFieldIds(schema, 0);
  schema.fields[1].type = Scalar(TypeKind::kDouble);
  schema.fields.push_back(FieldOf(3, "new", Scalar(TypeKind::kString)));
  ASSERT_OK_AND_ASSIGN(const std::string text, EncodeSchema(schema, foreign));
  EXPECT_EQ(
      text,
      R"({"type":"struct","fields":[)"
      R"({"name":"small","type":"short","nullable":true,"metadata":{"comment":"hi","other":{"a":1},"tarn.fieldId":1}},)"
      R"({"name":"wide","type":"double","nullable":true,"metadata":{"tarn.fieldId":2}},)"
      R"({"name":"new","type":"string","nullable":true,"metadata":{"tarn.fieldId":3}}]})");
}

TEST(SchemaJson, TypesNobodyCanReadAreNamed) {
  for (const char* type : {R"("void")", R"("variant")", R"("interval day")", R"({"type":"udt"})"}) {
    const auto decoded = DecodeSchema(std::string(R"({"type":"struct","fields":[{"name":"c","type":)") + type + "}]}");
    EXPECT_THAT(decoded, ErrorIs(ErrorCode::kUnsupported)) << type;
  }
}

TEST(SchemaJson, BrokenTextIsCorrupt) {
  for (const char* text :
       {"", "{", "[]", R"({"type":"long"})", R"({"type":"struct"})", R"({"type":"struct","fields":[{"type":"long"}]})",
        R"({"type":"struct","fields":[{"name":"c","type":7}]})",
        R"#({"type":"struct","fields":[{"name":"c","type":"decimal(39,0)"}]})#",
        R"#({"type":"struct","fields":[{"name":"c","type":"decimal(3,4)"}]})#",
        R"#({"type":"struct","fields":[{"name":"c","type":"decimal(3,2"}]})#"}) {
    EXPECT_THAT(DecodeSchema(text), ErrorIs(ErrorCode::kCorrupt)) << text;
  }
}

TEST(SchemaJson, NamesThatCollideIgnoringCaseAreRefused) {
  const Schema schema{
      .fields = {FieldOf(1, "Id", Scalar(TypeKind::kInt64)), FieldOf(2, "id", Scalar(TypeKind::kInt64))}};
  EXPECT_THAT(EncodeSchema(schema, ""), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST(SchemaJson, HugeIntegersAreRefused) {
  const Schema schema{.fields = {FieldOf(1, "huge", Decimal(39, 0))}};
  EXPECT_THAT(EncodeSchema(schema, ""), ErrorIs(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace tarn::table::delta
