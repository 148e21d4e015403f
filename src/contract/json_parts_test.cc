// SPDX-License-Identifier: Apache-2.0
#include "contract/json_parts.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tarn::contract {
namespace {

std::vector<std::string> Elements(const std::string& text) {
  std::vector<std::string> elements;
  const auto whole = CheckedValue(text);
  JsonParts parts(whole);
  for (JsonValue element; parts.Next(element);) elements.emplace_back(element.text());
  return elements;
}

std::vector<std::string> Members(const std::string& text) {
  std::vector<std::string> members;
  const auto whole = CheckedValue(text);
  JsonParts parts(whole);
  for (JsonValue key, value; parts.Next(key, value);) {
    members.push_back(std::string(key.text()) + "=" + std::string(value.text()));
  }
  return members;
}

using Texts = std::vector<std::string>;

TEST(JsonPartsTest, ElementsComeAsTheyStandInTheText) {
  EXPECT_EQ(Elements("[]"), Texts());
  EXPECT_EQ(Elements("[ \n ]"), Texts());
  EXPECT_EQ(Elements("[1,-2.5e3 , true,null ,\"a\",{\"b\":[1,2]},[ ],[[]]]"),
            (Texts{"1", "-2.5e3", "true", "null", "\"a\"", "{\"b\":[1,2]}", "[ ]", "[[]]"}));
}

TEST(JsonPartsTest, MembersComeWithTheirKeys) {
  EXPECT_EQ(Members("{}"), Texts());
  EXPECT_EQ(Members("{ \"a\" : 1 ,\"b\":{\"c\":2}\n,\"a\":\"x\"}"),
            (Texts{"\"a\"=1", "\"b\"={\"c\":2}", "\"a\"=\"x\""}));
}

TEST(JsonPartsTest, BracketsAndQuotesInsideTextsEndNothing) {
  EXPECT_EQ(Elements(R"(["]","\"]","\\",{"}":"]{"},"["])"),
            (Texts{"\"]\"", R"("\"]")", R"("\\")", R"({"}":"]{"})", "\"[\""}));
  EXPECT_EQ(Members(R"({"a\"}":"}","\\":[ "]" ]})"), (Texts{R"("a\"}"="}")", R"("\\"=[ "]" ])"}));
}

TEST(JsonPartsTest, ValuesSayWhatTheyAre) {
  const std::string text = R"([12, 1.0, 1e2, "p\n", "p", false, null, {}, []])";
  const auto whole = CheckedValue(text);
  EXPECT_EQ(whole.kind, JsonKind::kArray);
  EXPECT_EQ(whole.size, text.size());
  JsonParts parts(whole);
  std::vector<JsonValue> values;
  for (JsonValue value; parts.Next(value);) values.push_back(value);
  ASSERT_EQ(values.size(), 9U);
  EXPECT_TRUE(values[0].integer);
  EXPECT_FALSE(values[1].integer);
  EXPECT_FALSE(values[2].integer);
  EXPECT_TRUE(values[3].escaped);
  EXPECT_FALSE(values[4].escaped);
  EXPECT_EQ(values[5].kind, JsonKind::kBoolean);
  EXPECT_FALSE(values[5].is_true());
  EXPECT_EQ(values[6].kind, JsonKind::kNull);
  EXPECT_EQ(values[7].kind, JsonKind::kObject);
  EXPECT_EQ(values[8].kind, JsonKind::kArray);
}

TEST(JsonPartsTest, AScalarIsReadToTheEndOfItsText) {
  EXPECT_EQ(CheckedValue(std::string_view("12345").substr(0, 3)).text(), "123");
  EXPECT_EQ(CheckedValue("\"a\"").inner(), "a");
}

}  // namespace
}  // namespace tarn::contract
