// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/name_mapping.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace tarn::table::iceberg {
namespace {

Field FieldOf(int32_t id, std::string name, DataType type) {
  Field field;
  field.id = id;
  field.name = std::move(name);
  field.type = std::move(type);
  return field;
}

Schema NestedSchema() {
  DataType list = Scalar(TypeKind::kList);
  list.children = {FieldOf(4, "element", Scalar(TypeKind::kString))};
  DataType inner = Scalar(TypeKind::kStruct);
  inner.children = {FieldOf(6, "x", Scalar(TypeKind::kDouble))};
  return {.fields = {FieldOf(1, "id", Scalar(TypeKind::kInt64)), FieldOf(2, "name", Scalar(TypeKind::kString)),
                     FieldOf(3, "tags", list), FieldOf(5, "place", inner)}};
}

// The shape of the specification's example, with a column nobody uses.
constexpr const char* kMapping = R"([{"field-id":1,"names":["id","record_id"]},{"names":["dropped"]},
    {"field-id":3,"names":["tags"],"fields":[{"field-id":4,"names":["element","item"]}]},
    {"field-id":5,"names":["location"],"fields":[{"field-id":6,"names":["latitude","x"]}]},
    {"field-id":99,"names":[]}])";

TEST(NameMapping, EveryColumnUnderItsOwnName) {
  EXPECT_EQ(EncodeNameMapping(NestedSchema()),
            R"([{"field-id":1,"names":["id"]},{"field-id":2,"names":["name"]},)"
            R"({"field-id":3,"names":["tags"],"fields":[{"field-id":4,"names":["element"]}]},)"
            R"({"field-id":5,"names":["place"],"fields":[{"field-id":6,"names":["x"]}]}])");
  Schema schema = NestedSchema();
  ASSERT_THAT(ApplyNameMapping(EncodeNameMapping(schema), schema), IsOk());
  EXPECT_EQ(schema.fields[3].type.children[0].stored_names, std::vector<std::string>{"x"});
}

TEST(NameMapping, FieldsAreGivenTheirNamesAtEveryLevel) {
  Schema schema = NestedSchema();
  ASSERT_THAT(ApplyNameMapping(kMapping, schema), IsOk());
  using Names = std::vector<std::string>;
  EXPECT_EQ(schema.fields[0].stored_names, (Names{"id", "record_id"}));
  EXPECT_EQ(schema.fields[1].stored_names, Names()) << "not mapped";
  EXPECT_EQ(schema.fields[2].type.children[0].stored_names, (Names{"element", "item"}));
  EXPECT_EQ(schema.fields[3].stored_names, Names{"location"});
  EXPECT_EQ(schema.fields[3].type.children[0].stored_names, (Names{"latitude", "x"}));
}

TEST(NameMapping, WhatIsNoMappingIsCorruptAndChangesNothing) {
  for (const char* json :
       {"", "{}", "[1]", R"([{"field-id":1}])", R"([{"field-id":1,"names":"a"}])", R"([{"field-id":1,"names":[1]}])",
        R"([{"field-id":"1","names":[]}])", R"([{"field-id":-1,"names":[]}])",
        R"([{"field-id":4294967297,"names":[]}])", R"([{"field-id":1,"names":["a"]},{"field-id":2,"names":["a"]}])",
        R"([{"field-id":1,"names":["a"]},{"field-id":1,"names":["b"]}])",
        R"([{"field-id":1,"names":["a"],"fields":{}}])"}) {
    Schema schema = NestedSchema();
    EXPECT_THAT(ApplyNameMapping(json, schema), ErrorIs(ErrorCode::kCorrupt)) << json;
    EXPECT_TRUE(schema.fields[0].stored_names.empty());
  }
}

}  // namespace
}  // namespace tarn::table::iceberg
