// SPDX-License-Identifier: Apache-2.0
#include "codec/avro_schema.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace tarn::codec {
namespace {

std::string Reprinted(std::string_view text) {
  const auto schema = ParseAvroSchema(text);
  return schema ? AvroSchemaText(**schema) : schema.error().ToString();
}

TEST(AvroSchema, AttributesSurviveReadingAndPrinting) {
  for (
      const char* text : {
          R"("long")",
          R"(["null","string"])",
          R"({"type":"int","logicalType":"date"})",
          R"({"type":"long","logicalType":"timestamp-micros","adjust-to-utc":true})",
          R"({"type":"array","items":"long","element-id":133})",
          R"({"type":"map","values":["null","bytes"],"key-id":1,"value-id":2})",
          R"({"type":"fixed","name":"d","size":4,"logicalType":"decimal","precision":9,"scale":2})",
          R"({"type":"enum","name":"e","symbols":["A","B"],"default":"A"})",
          R"({"type":"record","name":"a.b.r","fields":[{"name":"x","type":["null","int"],"default":null,"doc":"why","field-id":7}],"doc":"all"})",
          R"({"type":"array","items":{"type":"record","name":"k1_v2","fields":[{"name":"key","type":"int","field-id":1},{"name":"value","type":"long","field-id":2}]},"logicalType":"map"})",
      }) {
    EXPECT_EQ(Reprinted(text), text);
  }
}

TEST(AvroSchema, NamedTypeIsSpelledOutOnceAndNamedAfterThat) {
  const char* text =
      R"({"type":"record","name":"r","fields":[{"name":"a","type":{"type":"fixed","name":"f","size":16}},{"name":"b","type":"f"}]})";
  ASSERT_OK_AND_ASSIGN(const AvroTypePtr schema, ParseAvroSchema(text));
  EXPECT_EQ(schema->fields[0].type, schema->fields[1].type);
  EXPECT_EQ(schema->least_bytes, 32U);
  EXPECT_EQ(AvroSchemaText(*schema), text);
}

TEST(AvroSchema, NamespacesMakeFullNames) {
  ASSERT_OK_AND_ASSIGN(
      const AvroTypePtr schema,
      ParseAvroSchema(
          R"({"type":"record","name":"r","namespace":"a.b","fields":[{"name":"x","type":{"type":"enum","name":"e","symbols":[]}},{"name":"y","type":"e"},{"name":"z","type":"a.b.e"}]})"));
  EXPECT_EQ(schema->name, "a.b.r");
  EXPECT_EQ(schema->fields[0].type->name, "a.b.e");
  EXPECT_EQ(schema->fields[2].type, schema->fields[0].type);
}

TEST(AvroSchema, TypeSpelledOutTwiceTheSameWayIsAccepted) {
  const char* fixed = R"({"type":"fixed","name":"f","size":16})";
  const auto record = [&](const std::string& other) {
    return R"({"type":"record","name":"r","fields":[{"name":"a","type":)" + std::string(fixed) +
           R"(},{"name":"b","type":)" + other + "}]}";
  };
  EXPECT_THAT(ParseAvroSchema(record(fixed)), IsOk());
  EXPECT_THAT(ParseAvroSchema(record(R"({"type":"fixed","name":"f","size":8})")), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST(AvroSchema, MalformedSchemasAreRefused) {
  for (const char* text :
       {"", "{}", "1", R"("other")", "[]", R"([["null"],"int"])", R"({"type":"record","name":"r"})",
        R"({"type":"record","fields":[]})", R"({"type":"record","name":"r","fields":[1]})",
        R"({"type":"record","name":"r","fields":[{"name":"a"}]})", R"({"type":"fixed","name":"f"})",
        R"({"type":"fixed","name":"f","size":-1})", R"({"type":"fixed","name":"f","size":18446744073709551615})",
        R"({"type":"enum","name":"e","symbols":[1]})", R"({"type":"array"})", R"({"type":"map","values":"other"})"}) {
    EXPECT_THAT(ParseAvroSchema(text), ErrorIs(ErrorCode::kInvalidArgument)) << text;
  }
}

TEST(AvroSchema, RecursiveTypeIsRefusedByName) {
  const auto schema =
      ParseAvroSchema(R"({"type":"record","name":"tree","fields":[{"name":"left","type":["null","tree"]}]})");
  ASSERT_THAT(schema, ErrorIs(ErrorCode::kUnsupported));
  EXPECT_EQ(schema.error().message, "recursive Avro type: tree");
}

TEST(AvroSchema, UsesOfOneNameThatMultiplyAreRefused) {
  std::string fields = R"({"name":"x0","type":{"type":"record","name":"t0","fields":[]}})";
  for (int level = 1; level < 10; ++level) {
    std::string inner;
    for (int i = 0; i < 10; ++i) {
      inner += (i == 0 ? "" : ",") + std::string(R"({"name":"f)") + std::to_string(i) + R"(","type":"t)" +
               std::to_string(level - 1) + R"("})";
    }
    fields += R"(,{"name":"x)" + std::to_string(level) + R"(","type":{"type":"record","name":"t)" +
              std::to_string(level) + R"(","fields":[)" + inner + "]}}";
  }
  EXPECT_THAT(ParseAvroSchema(R"({"type":"record","name":"r","fields":[)" + fields + "]}"),
              ErrorIs(ErrorCode::kUnsupported));
}

TEST(AvroSchema, ChainOfNamesThatNestsTooDeepIsRefused) {
  std::string fields;
  for (int i = 0; i < 200; ++i) {
    fields += (i == 0 ? "" : ",") + std::string(R"({"name":"x","type":{"type":"record","name":"t)") +
              std::to_string(i) + R"(","fields":[)" +
              (i == 0 ? std::string() : R"({"name":"y","type":"t)" + std::to_string(i - 1) + R"("})") + "]}}";
  }
  EXPECT_THAT(ParseAvroSchema(R"({"type":"record","name":"r","fields":[)" + fields + "]}"),
              ErrorIs(ErrorCode::kUnsupported));
}

TEST(AvroSchema, BuiltTypesPrintAsWritten) {
  const auto record = AvroRecord(
      "r", {{.name = "a",
             .type = AvroOptional(AvroPrimitive(AvroKind::kLong)),
             .default_value = OrderedJson(nullptr),
             .attributes = {{"field-id", 1}}},
            {.name = "b", .type = AvroArray(AvroFixed("u", 16), {{"element-id", 3}}), .default_value = std::nullopt}});
  EXPECT_EQ(
      AvroSchemaText(*record),
      R"({"type":"record","name":"r","fields":[{"name":"a","type":["null","long"],"default":null,"field-id":1},{"name":"b","type":{"type":"array","items":{"type":"fixed","name":"u","size":16},"element-id":3}}]})");
}

}  // namespace
}  // namespace tarn::codec
