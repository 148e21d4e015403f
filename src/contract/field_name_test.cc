// SPDX-License-Identifier: Apache-2.0
#include "contract/field_name.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "lake/name.h"

namespace tarn::contract {
namespace {

TEST(FieldNameTest, SnakeCaseOfUsualSpellings) {
  EXPECT_EQ(SnakeCase("userID"), "user_id");
  EXPECT_EQ(SnakeCase("HTTPResponse"), "http_response");
  EXPECT_EQ(SnakeCase("firstName"), "first_name");
  EXPECT_EQ(SnakeCase("FirstName"), "first_name");
  EXPECT_EQ(SnakeCase("order_id"), "order_id");
  EXPECT_EQ(SnakeCase("ID"), "id");
  EXPECT_EQ(SnakeCase("line2Total"), "line2_total");
  EXPECT_EQ(SnakeCase("aBcDe"), "a_bc_de");
}

TEST(FieldNameTest, OtherCharactersBecomeUnderscoresOneEach) {
  EXPECT_EQ(SnakeCase("price-eur"), "price_eur");
  EXPECT_EQ(SnakeCase("a.b c"), "a_b_c");
  EXPECT_EQ(SnakeCase("gr\xC3\xB6\xC3\x9F"
                      "e"),
            "gr__e");
  EXPECT_EQ(SnakeCase("a\xF0\x9F\x98\x80z"), "a_z");
}

TEST(FieldNameTest, NamesStartWithALetter) {
  EXPECT_EQ(SnakeCase("123abc"), "col_123abc");
  EXPECT_EQ(SnakeCase("_id"), "col__id");
  EXPECT_EQ(SnakeCase(""), "col_");
  EXPECT_EQ(SnakeCase("\xC3\x89"), "col__");
}

TEST(FieldNameTest, LaterClashesGetNumbers) {
  EXPECT_EQ(UniqueSnakeCase({"userId", "user_id", "UserId", "user_id_2"}),
            (std::vector<std::string>{"user_id", "user_id_2", "user_id_3", "user_id_2_2"}));
}

TEST(FieldNameTest, AnyKeysGiveDifferentValidNames) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::vector<std::string> keys;
  for (int i = 0; i < 300; ++i) {
    std::string key(random() % 200, '\0');
    for (auto& c : key) c = static_cast<char>(random() % 4 == 0 ? random() : 'A' + random() % 2);
    keys.push_back(key);
    keys.push_back(key);
  }
  const auto names = UniqueSnakeCase(keys);
  ASSERT_EQ(names.size(), keys.size());
  for (const auto& name : names) EXPECT_TRUE(lake::IsName(name)) << name;
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
}

TEST(FieldNameTest, WhichKeysCanBeColumns) {
  for (const auto* key : {"a", "userID", "_mine",
                          "gr\xC3\xB6\xC3\x9F"
                          "e",
                          "a.b", "a-b"}) {
    EXPECT_TRUE(CanBeColumn(key)) << key;
  }
  for (const auto* key :
       {"",     "a b",     "a,b",          "a;b",          "a{b",     "a}b",       "a(b",         "a)b",
        "a\nb", "a\tb",    "a=b",          "_insert_date", "_domain", "_endpoint", "_request_id", "_schema_version",
        "_len", "_offset", "_disposition", "_replay_of",   "_raw",    "_rescued",  "_op"}) {
    EXPECT_FALSE(CanBeColumn(key)) << key;
  }
  EXPECT_TRUE(CanBeColumn(std::string(255, 'x')));
  EXPECT_FALSE(CanBeColumn(std::string(256, 'x')));
  EXPECT_EQ(FoldCase("UserID\xC3\x89"), "userid\xC3\x89");
}

}  // namespace
}  // namespace tarn::contract
