// SPDX-License-Identifier: Apache-2.0
#include "codec/csv_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tarn::codec {
namespace {

using testing::ElementsAre;

/// Fields of all records, "!" for one with a bad quote; the text arrives whole.
std::vector<std::vector<std::string>> Split(std::string_view text, const CsvDialect& dialect = {}) {
  std::vector<std::vector<std::string>> records;
  std::vector<CsvField> fields;
  std::string scratch;
  while (!text.empty()) {
    const auto scan = ScanCsvRecord(text, dialect, true, fields);
    if (scan.outcome == CsvOutcome::kMore) return {{"more"}};
    if (scan.outcome == CsvOutcome::kBadQuote) records.push_back({"!" + std::string(text.substr(0, scan.size))});
    if (scan.outcome == CsvOutcome::kRecord) {
      records.emplace_back();
      for (const auto& field : fields) records.back().emplace_back(ValueOf(field, dialect.quote, scratch));
    }
    text.remove_prefix(scan.consumed);
  }
  return records;
}

TEST(CsvRecordTest, QuotesHideDelimitersAndLineEnds) {
  EXPECT_THAT(Split("a,\"b,c\",\"d\r\ne\"\r\n\"say \"\"hi\"\"\",,x\n"),
              ElementsAre(ElementsAre("a", "b,c", "d\r\ne"), ElementsAre("say \"hi\"", "", "x")));
  EXPECT_THAT(Split("a|'b|c'", {'|', '\'', true}), ElementsAre(ElementsAre("a", "b|c")));
}

TEST(CsvRecordTest, AnyLineEndEndsARecordAndBlankLinesAreNone) {
  EXPECT_THAT(Split("1,2\r\n\r\n3,4\n\n5,6\r7,8"),
              ElementsAre(ElementsAre("1", "2"), ElementsAre("3", "4"), ElementsAre("5", "6"), ElementsAre("7", "8")));
}

TEST(CsvRecordTest, FieldsOfAnyLengthEndWhereTheyDo) {
  // The byte behind and before the delimiter in value, and non-ASCII text, must not be taken for it.
  const std::string_view letters = "-+\x0b\x0c\x0e\x09\x8a\xacxyz";
  std::vector<std::string> fields;
  std::string text;
  for (size_t size = 0; size < 40; ++size) {
    std::string field;
    for (size_t i = 0; i < size; ++i) field += letters[(i + size) % letters.size()];
    text += (size == 0 ? "" : ",") + field;
    fields.push_back(field);
  }
  EXPECT_THAT(Split(text + "\n" + text), ElementsAre(fields, fields));
  EXPECT_THAT(Split(text + "\r" + text + "\r\n"), ElementsAre(fields, fields));
}

TEST(CsvRecordTest, AStrayQuoteCostsItsLineOnly) {
  EXPECT_THAT(Split("1,\"a\"b\n2,c\n"), ElementsAre(ElementsAre("!1,\"a\"b"), ElementsAre("2", "c")));
  EXPECT_THAT(Split("1,\"open\n2,c\n"), ElementsAre(ElementsAre("!1,\"open"), ElementsAre("2", "c")));
}

TEST(CsvRecordTest, ARecordThatDoesNotEndWantsMoreWhereverTheTextIsCut) {
  const std::string text = "a,\"b\"\"c\"\r\n";
  std::vector<CsvField> fields;
  for (size_t cut = 0; cut < text.size(); ++cut) {
    EXPECT_EQ(ScanCsvRecord(std::string_view(text).substr(0, cut), {}, false, fields).outcome, CsvOutcome::kMore)
        << cut;
  }
  const auto scan = ScanCsvRecord(text, {}, false, fields);
  EXPECT_EQ(scan.outcome, CsvOutcome::kRecord);
  EXPECT_EQ(scan.consumed, text.size());
}

TEST(CsvRecordTest, DelimiterAndHeaderAreFound) {
  EXPECT_EQ(SniffCsv("id;name\n1;a,b\n2;c,d\n", true, {}), (CsvDialect{';', '"', true}));
  EXPECT_EQ(SniffCsv("id\tname\n1\ta\n", true, {}), (CsvDialect{'\t', '"', true}));
  EXPECT_EQ(SniffCsv("1,a\n2,b\n", true, {}), (CsvDialect{',', '"', false}));
  EXPECT_EQ(SniffCsv("red,a\nred,b\n", true, {}), (CsvDialect{',', '"', false}));
  EXPECT_EQ(SniffCsv("only\nwords\n", true, {}), (CsvDialect{',', '"', true}));
  EXPECT_EQ(SniffCsv("id;name\n1;a\n", true, {.delimiter = '|', .header = false}), (CsvDialect{'|', '"', false}));
}

TEST(CsvRecordTest, OnlyJsonNumbersAreNumbers) {
  for (const auto* text : {"0", "-1", "12.50", "1e9", "-0.5E-3"}) EXPECT_TRUE(IsJsonNumber(text)) << text;
  for (const auto* text : {"", "-", "007", "+1", ".5", "1.", "1e", "0x1", "1 ", "NaN"}) {
    EXPECT_FALSE(IsJsonNumber(text)) << text;
  }
}

}  // namespace
}  // namespace tarn::codec
