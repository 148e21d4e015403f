// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "base/result_matchers.h"
#include "codec/json.h"
#include "codec/byte_words.h"
#include "codec/json_text.h"
#include "codec/yaml.h"

namespace tarn::codec {
namespace {

std::string Quoted(std::string_view text) {
  std::string out;
  AppendJsonString(out, text);
  return out;
}

std::string DoubleText(double value) {
  std::string out;
  AppendJsonDouble(out, value);
  return out;
}

std::string Nested(int depth) {
  return std::string(static_cast<size_t>(depth), '[') + std::string(static_cast<size_t>(depth), ']');
}

TEST(JsonTextTest, EscapesWhatMustBeAndKeepsTheRest) {
  EXPECT_EQ(Quoted("plain"), "\"plain\"");
  EXPECT_EQ(Quoted("a\"b\\c\n\t\x01"), "\"a\\\"b\\\\c\\n\\t\\u0001\"");
  EXPECT_EQ(Quoted("Grüße 日本 😀"), "\"Grüße 日本 😀\"");
  EXPECT_EQ(Quoted(std::string_view("\0", 1)), "\"\\u0000\"");
}

TEST(ByteWordsTest, TheFirstByteLookedForIsFoundAtEveryPlace) {
  for (size_t place = 0; place < 24; ++place) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string text(24, 'a');
      text[place] = static_cast<char>(byte);
      text[23] = '"';
      const bool escaped = byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\';
      EXPECT_EQ(RunWithout(text, EscapedBytes), escaped ? place : 23U) << byte << " at " << place;
    }
  }
  EXPECT_EQ(RunWithout("plain text", EscapedBytes), 8U) << "whole words";
}

TEST(JsonTextTest, ReplacesBrokenUtf8) {
  EXPECT_EQ(Quoted("a\xff"), "\"a\xEF\xBF\xBD\"");
  EXPECT_EQ(Quoted("\xC3"), "\"\xEF\xBF\xBD\"");
  EXPECT_EQ(Quoted("\xED\xA0\x80"), Quoted("\xff\xff\xff"));  // a surrogate
  EXPECT_EQ(Quoted("\xC0\xAF"), Quoted("\xff\xff"));          // an overlong form
}

TEST(JsonTextTest, AnyBytesGiveJsonThatParses) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 300; ++round) {
    std::string bytes(random() % 64, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random());
    ASSERT_OK_AND_ASSIGN(const auto back, ParseJson(Quoted(bytes)));
    EXPECT_TRUE(IsValidUtf8(back.get<std::string>()));
    if (IsValidUtf8(bytes)) {
      EXPECT_EQ(back.get<std::string>(), bytes);
    }
  }
}

TEST(JsonTextTest, DoublesAreShortAndReadBack) {
  EXPECT_EQ(DoubleText(1), "1.0");
  EXPECT_EQ(DoubleText(0.1), "0.1");
  EXPECT_EQ(DoubleText(-0.0), "-0.0");
  EXPECT_EQ(DoubleText(1e300), "1e+300");
  EXPECT_EQ(DoubleText(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(DoubleText(std::nan("")), "null");
  std::string out;
  AppendJsonInteger(out, std::numeric_limits<int64_t>::min());
  EXPECT_EQ(out, "-9223372036854775808");
}

TEST(JsonTest, LastMemberOfANameWins) {
  ASSERT_OK_AND_ASSIGN(const auto document, ParseJson(R"({"a":1,"b":0,"a":2})"));
  EXPECT_EQ(Dump(document), R"({"a":2,"b":0})");
  ASSERT_OK_AND_ASSIGN(const auto ordered, ParseOrderedJson(R"({"b":1,"a":0,"b":2})"));
  EXPECT_EQ(Dump(ordered), R"({"b":2,"a":0})");
}

TEST(JsonTest, MalformedTextIsAnError) {
  for (const auto* text : {"", "{", "[1,]", "NaN", "Infinity", "01", "\"\xff\"", "1 2", "{'a':1}", "1e999", "tru"}) {
    EXPECT_THAT(ParseJson(text), ErrorIs(ErrorCode::kInvalidArgument)) << text;
  }
}

TEST(JsonTest, DepthIsLimited) {
  EXPECT_THAT(ParseJson(Nested(kMaxJsonDepth)), IsOk());
  EXPECT_THAT(ParseJson(Nested(kMaxJsonDepth + 1)), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(ParseJson(std::string(1'000'000, '[')), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(ParseJson("\"" + std::string(1000, '[') + "\\\"[\""), IsOk());
}

TEST(YamlTest, TypesPlainScalarsByTheCoreSchema) {
  ASSERT_OK_AND_ASSIGN(const auto document, ParseYaml(R"(
null_word: ~
flag: true
count: 12
negative: -7
hex: 0x1F
ratio: 0.5
exponent: 1e3
text: plain words
yes_word: yes
date: 2024-01-02
quoted: "12"
empty:
list: [1, two, "3"]
nested:
  - name: a
    required: false
)"));
  EXPECT_EQ(Dump(document),
            R"({"null_word":null,"flag":true,"count":12,"negative":-7,"hex":31,"ratio":0.5,"exponent":1000.0,)"
            R"("text":"plain words","yes_word":"yes","date":"2024-01-02","quoted":"12","empty":null,)"
            R"("list":[1,"two","3"],"nested":[{"name":"a","required":false}]})");
}

TEST(YamlTest, WritesReadableBlocks) {
  ASSERT_OK_AND_ASSIGN(const auto document, ParseOrderedJson(R"j({"name":"orders","version":2,"on":null,
    "query":"SELECT 1\nFROM t","schema":{"columns":[{"name":"id","type":"decimal(10,2)","required":true},[],{}]}})j"));
  EXPECT_EQ(WriteYaml(document), R"(name: orders
version: 2
"on": null
query: |-
  SELECT 1
  FROM t
schema:
  columns:
    - name: id
      type: decimal(10,2)
      required: true
    - []
    - {}
)");
}

TEST(YamlTest, RefusesDamageAndAbuse) {
  EXPECT_THAT(ParseYaml("\xbf\xef\xbf_"), ErrorIs(ErrorCode::kInvalidArgument));
  const std::string anchors =
      "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
      "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
      "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";
  for (const std::string& text : {std::string("a: [1"), std::string("a: b: c"), std::string("? [1]\n: 2"), Nested(129),
                                  Nested(100'000), anchors, std::string("*unknown")}) {
    EXPECT_THAT(ParseYaml(text), ErrorIs(ErrorCode::kInvalidArgument)) << text.substr(0, 40);
  }
}

TEST(YamlTest, StringsKeepTheirTypeAndBytes) {
  for (const std::string text : {"",
                                 " ",
                                 "12",
                                 "1.5",
                                 "true",
                                 "Yes",
                                 "off",
                                 "null",
                                 "~",
                                 "2024-01-02",
                                 "2024-01-02T00:00:00Z",
                                 "- a",
                                 "a: b",
                                 "a #b",
                                 "#c",
                                 "a:",
                                 "'q'",
                                 "\"q\"",
                                 "a\nb",
                                 "a\nb\n",
                                 "a\n\nb\n",
                                 "a\n\n",
                                 "\na",
                                 " a\nb",
                                 "a\n b",
                                 "a \nb",
                                 "a\tb",
                                 "\ta\nb",
                                 "é\nü",
                                 "x\u0085y",
                                 "x\u2028y\nz",
                                 "\ufeff",
                                 "|",
                                 ">",
                                 "%a",
                                 "@a",
                                 "`",
                                 "&a",
                                 "*a",
                                 "!t",
                                 "a\r\nb",
                                 "\x01",
                                 "😀",
                                 "0x10",
                                 "1e5",
                                 ".inf",
                                 "=",
                                 "<<",
                                 "a,b",
                                 "{a}",
                                 "[a]",
                                 "---",
                                 "...",
                                 "--- a\nb",
                                 "?",
                                 "nan",
                                 "1_000",
                                 "0o7",
                                 "1:30"}) {
    for (const OrderedJson& document : {OrderedJson(text), OrderedJson({{"k", text}}), OrderedJson::array({text}),
                                        OrderedJson({{text, {{"list", OrderedJson::array({{{"deep", text}}})}}}})}) {
      ASSERT_OK_AND_ASSIGN(const auto back, ParseYaml(WriteYaml(document)));
      EXPECT_EQ(Dump(back), Dump(document)) << WriteYaml(document);
    }
  }
}

OrderedJson RandomDocument(std::mt19937& random, int depth) {
  static const std::vector<std::string> kParts = {"a", " ",  "\n", ":",    "#",  "-", "1",
                                                  "é", "\"", "\\", "null", ", ", "\t"};
  const auto text = [&] {
    std::string made;
    for (auto parts = random() % 6; parts > 0; --parts) made += kParts[random() % kParts.size()];
    return made;
  };
  switch (random() % (depth > 0 ? 8U : 6U)) {
    case 0:
      return nullptr;
    case 1:
      return random() % 2 == 0;
    case 2:
      return static_cast<int64_t>(random()) - 1'000'000'000;
    case 3:
      return std::ldexp(static_cast<double>(random()), static_cast<int>(random() % 100) - 80);
    case 6: {
      OrderedJson array = OrderedJson::array();
      for (auto count = random() % 4; count > 0; --count) array.push_back(RandomDocument(random, depth - 1));
      return array;
    }
    case 7: {
      OrderedJson object = OrderedJson::object();
      for (auto count = random() % 4; count > 0; --count) object[text()] = RandomDocument(random, depth - 1);
      return object;
    }
    default:
      return text();
  }
}

TEST(YamlTest, RandomDocumentsRoundTrip) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 1500; ++round) {
    const OrderedJson document = RandomDocument(random, 5);
    const auto back = ParseYaml(WriteYaml(document));
    ASSERT_THAT(back, IsOk()) << WriteYaml(document);
    ASSERT_EQ(Dump(*back), Dump(document)) << WriteYaml(document);
  }
}

}  // namespace
}  // namespace tarn::codec
