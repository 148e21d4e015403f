// SPDX-License-Identifier: Apache-2.0
#include "codec/xml.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace tarn::codec {
namespace {

using Token = XmlReader::Token;

/// The tokens of a document as one line: "<a> text </a>".
Result<std::string> TokensOf(std::string_view document) {
  XmlReader reader(document);
  std::string line;
  for (;;) {
    TARN_ASSIGN(const auto token, reader.Next());
    if (token == Token::kDone) return line;
    if (token == Token::kStart) line += "<" + std::string(reader.name()) + ">";
    if (token == Token::kText) line += "[" + reader.text() + "]";
    if (token == Token::kEnd) line += "</" + std::string(reader.name()) + ">";
  }
}

void ExpectTokens(std::string_view document, std::string_view expected) {
  ASSERT_OK_AND_ASSIGN(const auto tokens, TokensOf(document));
  EXPECT_EQ(tokens, expected) << document;
}

TEST(XmlReaderTest, ElementsAndTextComeInOrder) {
  ExpectTokens("<a><b>x</b><c/></a>", "<a><b>[x]</b><c></c></a>");
  ExpectTokens("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a xmlns='http://x/'>t</a>\n", "<a>[t]</a>");
  ExpectTokens("<s3:a q=\"1>2\" ><s3:b/></s3:a >", "<a><b></b></a>");
  ExpectTokens("<a><!-- no --><?pi x?>t<!-- in -->u</a>", "<a>[tu]</a>");
  ExpectTokens("<a></a>", "<a></a>");
}

TEST(XmlReaderTest, ReferencesBecomeTheirCharacters) {
  ExpectTokens("<a>&lt;&gt;&amp;&quot;&apos;</a>", "<a>[<>&\"']</a>");
  ExpectTokens("<a>&#13;&#xfc;&#x1F600;</a>", "<a>[\r\xC3\xBC\xF0\x9F\x98\x80]</a>");
  ExpectTokens("<a>x<![CDATA[<&]]>y</a>", "<a>[x<&y]</a>");
}

TEST(XmlReaderTest, MalformedDocumentsAreRefused) {
  for (const auto* document : {"",
                               "text",
                               "<a>",
                               "<a></b>",
                               "</a>",
                               "<a/><b/>",
                               "<a/>text",
                               "<a",
                               "<a b>",
                               "<a b=c/>",
                               "<a b='<'/>",
                               "<a b='1'c='2'/>",
                               "<a>&nbsp;</a>",
                               "<a>&amp</a>",
                               "<a>&#0;</a>",
                               "<a>&#xD800;</a>",
                               "<a>&#;</a>",
                               "<a>&#12x;</a>",
                               "<a>]]></a>",
                               "<a><![CDATA[x</a>",
                               "<!-- <a/>",
                               "<1/>",
                               "< a/>",
                               "<a/ >"}) {
    EXPECT_THAT(TokensOf(document), ErrorIs(ErrorCode::kInvalidArgument)) << document;
  }
  std::string deep;
  for (size_t i = 0; i <= kMaxXmlDepth; ++i) deep += "<a>";
  EXPECT_THAT(TokensOf(deep), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST(XmlReaderTest, DocumentTypesAreRefusedByName) {
  EXPECT_THAT(TokensOf("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), ErrorIs(ErrorCode::kUnsupported));
}

TEST(XmlReaderTest, TextOfElementStopsAtItsEnd) {
  XmlReader reader("<a><b>1&amp;2</b><c/><d><e>x</e></d></a>");
  ASSERT_THAT(reader.Next(), IsOk());
  ASSERT_THAT(reader.Next(), IsOk());
  EXPECT_EQ(reader.TextOfElement(), "1&2");
  ASSERT_OK_AND_ASSIGN(auto token, reader.Next());
  EXPECT_EQ(token, Token::kStart);
  EXPECT_EQ(reader.name(), "c");
  EXPECT_EQ(reader.TextOfElement(), "");
  ASSERT_THAT(reader.Next(), IsOk());
  EXPECT_THAT(reader.TextOfElement(), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST(XmlReaderTest, SkippedElementsTakeTheirChildrenAlong) {
  XmlReader reader("<a><b><c/><b>x</b></b><d/></a>");
  ASSERT_THAT(reader.Next(), IsOk());
  ASSERT_THAT(reader.Next(), IsOk());
  ASSERT_THAT(reader.SkipElement(), IsOk());
  ASSERT_THAT(reader.Next(), IsOk());
  EXPECT_EQ(reader.name(), "d");
}

TEST(XmlEscapeTest, EscapedTextReadsBackAsItWas) {
  const std::string text = "a<b>&\"'\r\n\t\xC3\xBC";
  const auto document = "<k>" + XmlEscape(text) + "</k>";
  ExpectTokens(document, "<k>[" + text + "]</k>");
  EXPECT_EQ(XmlEscape("a<b"), "a&lt;b");
}

}  // namespace
}  // namespace tarn::codec
