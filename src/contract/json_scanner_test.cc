// SPDX-License-Identifier: Apache-2.0
#include "contract/json_scanner.h"

#include <gtest/gtest.h>

#include <random>

namespace tarn::contract {
namespace {

/// A text with the readable bytes a scanner may look at behind it; these try to look like JSON.
class Padded {
 public:
  explicit Padded(std::string_view text) : bytes_(text), size_(text.size()) { bytes_.append(64, '}'); }
  std::string_view text() const { return std::string_view(bytes_).substr(0, size_); }

 private:
  std::string bytes_;
  size_t size_;
};

bool IsJson(std::string_view text) {
  const Padded padded(text);
  JsonScanner scanner;
  JsonValue value;
  return scanner.Index(padded.text()) && scanner.ReadValue(value, 0) && scanner.AtEnd();
}

std::string Nested(size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

TEST(JsonScannerTest, WellFormedTexts) {
  for (const auto* text : {"0",
                           "-0",
                           "1.5",
                           "1e3",
                           "1E+3",
                           "-1.5e-3",
                           "true",
                           "false",
                           "null",
                           "\"\"",
                           "\"a\"",
                           "[]",
                           "{}",
                           "[1]",
                           " [ 1 , 2 ] ",
                           "{\"a\":1}",
                           "{ \"a\" : [ { } , [ ] , null ] }",
                           "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
                           "\"\\u00e9\\ud83d\\ude00\"",
                           "\"\xC3\xA9\xF0\x9F\x98\x80\"",
                           "{\"a\":1,\"a\":2}",
                           "{\"\":0}",
                           "\t\r\n[1]\n",
                           "123456789012345678901234567890",
                           "\"\x7F\"",
                           "\"\\u0000\"",
                           "[[[[[]]]]]",
                           "\"[{,:}]\"",
                           "[1 ,\n2]"}) {
    EXPECT_TRUE(IsJson(text)) << text;
  }
}

constexpr const char* kMalformedTexts[] = {"",
                                           " ",
                                           "[",
                                           "]",
                                           "{",
                                           "}",
                                           "[1",
                                           "[1,]",
                                           "[,1]",
                                           "[1 2]",
                                           "[1,,2]",
                                           "{\"a\"}",
                                           "{\"a\":}",
                                           "{\"a\":1,}",
                                           "{a:1}",
                                           "{'a':1}",
                                           "{\"a\" 1}",
                                           "{1:2}",
                                           "{\"a\":1 \"b\":2}",
                                           "{\"a\":1]",
                                           "[1}",
                                           "01",
                                           "-",
                                           "-01",
                                           "+1",
                                           "1.",
                                           ".5",
                                           "1.e3",
                                           "1e",
                                           "1e+",
                                           "0x10",
                                           "1a",
                                           "1\"a\"",
                                           "1_000",
                                           "NaN",
                                           "Infinity",
                                           "-Infinity",
                                           "nan",
                                           "tru",
                                           "truex",
                                           "True",
                                           "nulll",
                                           "nul",
                                           "\"a",
                                           "a\"",
                                           "\"a\"b",
                                           "\"a\" \"b\"",
                                           "\"\\x\"",
                                           "\"\\\"",
                                           "\"\\u12\"",
                                           "\"\\u12g4\"",
                                           "\"\\ud800\"",
                                           "\"\\udc00\"",
                                           "\"\\ud800\\u0041\"",
                                           "\"\\ud800\\ud800\"",
                                           "\"a\nb\"",
                                           "\"a\tb\"",
                                           "1 2",
                                           "[] []",
                                           "{} 1",
                                           "// c\n1",
                                           "[1]x",
                                           "\xEF\xBB\xBF{}",
                                           "[\"a\",\n4\n,1,",
                                           "{\"a\":1}}",
                                           ",",
                                           ":",
                                           "\"",
                                           "[\"\\"};

TEST(JsonScannerTest, MalformedTexts) {
  for (const auto* text : kMalformedTexts) {
    EXPECT_FALSE(IsJson(text)) << text;
  }
  EXPECT_FALSE(IsJson(std::string_view("\"\0\"", 3)));
  EXPECT_FALSE(IsJson(std::string_view("1\0", 2)));
}

TEST(JsonScannerTest, TextsThatAreNotUtf8) {
  for (const auto* text :
       {"\"\xFF\"", "\"\xC3\"", "\"\xC0\x80\"", "\"\xED\xA0\x80\"", "\"\xF4\x90\x80\x80\"", "[1]\xFF"}) {
    const Padded padded(text);
    JsonScanner scanner;
    EXPECT_FALSE(scanner.Index(padded.text())) << text;
    EXPECT_EQ(scanner.fault(), JsonFault::kUtf8) << text;
  }
}

TEST(JsonScannerTest, NestingUpTo128Levels) {
  EXPECT_TRUE(IsJson(Nested(128)));
  EXPECT_FALSE(IsJson(Nested(129)));
  EXPECT_FALSE(IsJson(std::string(1'000'000, '[')));
  std::string objects;
  for (int i = 0; i < 129; ++i) objects += "{\"a\":";
  EXPECT_FALSE(IsJson(objects + "1" + std::string(129, '}')));
  const Padded padded(Nested(129));
  JsonScanner scanner;
  JsonValue value;
  ASSERT_TRUE(scanner.Index(padded.text()));
  EXPECT_FALSE(scanner.ReadValue(value, 0));
  EXPECT_EQ(scanner.fault(), JsonFault::kTooDeep);
}

TEST(JsonScannerTest, ValuesAreSlicesOfTheText) {
  const Padded padded(R"( {"n" : 12345678901234567890.50 , "s":"a\u00e9\n" , "o":{"x":[1, 2]} ,"b":true} )");
  JsonScanner scanner;
  ASSERT_TRUE(scanner.Index(padded.text()));
  JsonValue object;
  std::vector<std::string> seen;
  std::string scratch;
  ASSERT_TRUE(scanner.ReadObject(object, 0, [&](size_t position, const JsonValue& key, const JsonValue& value) {
    EXPECT_EQ(position, seen.size() / 2);
    seen.emplace_back(StringOf(key, scratch));
    seen.emplace_back(value.text());
    if (value.kind == JsonKind::kString) {
      EXPECT_EQ(StringOf(value, scratch), "a\xC3\xA9\n");
    }
  }));
  EXPECT_TRUE(scanner.AtEnd());
  EXPECT_EQ(seen, (std::vector<std::string>{"n", "12345678901234567890.50", "s", "\"a\\u00e9\\n\"", "o",
                                            "{\"x\":[1, 2]}", "b", "true"}));
  EXPECT_EQ(object.text().front(), '{');
  EXPECT_EQ(object.text().back(), '}');
}

TEST(JsonScannerTest, BuffersSurviveLargeAndSmallTexts) {
  JsonScanner scanner;
  for (const size_t count : {size_t{10}, size_t{2'000'000}, size_t{3}, size_t{500'000}}) {
    std::string text = "[0";
    for (size_t i = 1; i < count; ++i) text += ",0";
    const Padded padded(text + "]");
    JsonValue value;
    size_t elements = 0;
    ASSERT_TRUE(scanner.Index(padded.text()));
    EXPECT_TRUE(scanner.ReadArrayWith(value, 0, [&](size_t) {
      ++elements;
      JsonValue element;
      return scanner.ReadValue(element, 1);
    }));
    EXPECT_EQ(elements, count);
  }
}

TEST(JsonScannerTest, AgreesWithTheDocumentParserOnMutatedTexts) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::string start = R"({"a":[1,-2.5e3,"x\"\u00e9",true,null],"b":{"c":"\\","d":0.1},"e":"ü"})";
  const std::string alphabet = "{}[]\",:\\ue0123456789.-+ \ntrfalsn\xC3\xBC";
  for (int round = 0; round < 20'000; ++round) {
    auto text = start;
    for (auto edits = random() % 3 + 1; edits > 0; --edits) {
      const auto at = random() % text.size();
      const char c = alphabet[random() % alphabet.size()];
      switch (random() % 3) {
        case 0:
          text[at] = c;
          break;
        case 1:
          text.insert(at, 1, c);
          break;
        default:
          text.erase(at, 1);
      }
    }
    try {
      const bool expected = !nlohmann::json::parse(text).is_discarded();
      ASSERT_EQ(IsJson(text), expected) << text;
    } catch (const nlohmann::json::out_of_range&) {
      // A number too large for a double is JSON; only the other parser cannot hold it.
    } catch (const nlohmann::json::parse_error&) {
      ASSERT_FALSE(IsJson(text)) << text;
    }
  }
}

}  // namespace
}  // namespace tarn::contract
