// SPDX-License-Identifier: Apache-2.0
// What bronze persists about dropped files: golden texts of claims and log entries, and how formats are found out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "bronze/file_claim.h"
#include "bronze/log_entry.h"

namespace tarn::bronze {
namespace {

using testing::ElementsAre;

FileFormat Csv() {
  FileFormat format;
  format.kind = FileKind::kCsv;
  format.compression = codec::Encoding::kGzip;
  format.csv = {';', '\0', false};
  format.columns = {{"id", CsvValue::kText}, {"n", CsvValue::kLiteral}, {"j", CsvValue::kJson}};
  format.nulls = "NA";
  return format;
}

constexpr std::string_view kReadAs =
    R"({"columns":[["id","text"],["n","literal"],["j","json"]],"compression":"gzip","delimiter":";","format":"csv",)"
    R"("header":false,"null":"NA","quote":""})";

const std::string kEntry =
    R"({"fields":[],"file":{"checked":true,"claim":"ab12","ends":true,"error":"no end","etag":"e","insert_date":5,)"
    R"("name":"a.csv","number":3,"quarantined":2,"read_as":)" +
    std::string(kReadAs) +
    R"(,"request_id":"r","rows":9,"size":77,"slices":[{"deletes":[[9,9]],"first_row":4,"offset":100,)"
    R"("quarantined":[[5,5],[7,8]]}]},"id":"x","incarnation":2,"objects":[{"crc32c":7,"key":"k","rows":6,"size":50}],)"
    R"("purge":false,"quarantine":[],"ranges":[[1,2,6]],"sources":[{"after":[2305843009213693955,3],)"
    R"("first":[2305843009213693955,4],"last":[2305843009213693955,9],"rows":6,"source":"files"}],"version":4,)"
    R"("written_at":6})";

LogEntry FileEntry() {
  LogEntry entry;
  entry.id = "x";
  entry.incarnation = 2;
  entry.written_at = {6};
  entry.sources.push_back(
      {kFileSource, lake::Offset::OfFile(3, 3), lake::Offset::OfFile(3, 4), lake::Offset::OfFile(3, 9), 6});
  entry.objects.push_back({"k", 50, 7, 6});
  entry.ranges.push_back({1, 2, 6});
  auto& part = entry.file.emplace();
  part.number = 3;
  part.claim = "ab12";
  part.name = "a.csv";
  part.etag = "e";
  part.size_bytes = 77;
  part.format = Csv();
  part.insert_date = {5};
  part.request_id = "r";
  FileSlice slice{100, 4, {}, {}};
  slice.quarantined.Add({5, 5});
  slice.quarantined.Add({7, 8});
  slice.deletes.Add({9, 9});
  part.slices.push_back(slice);
  part.rows = 9;
  part.quarantined = 2;
  part.ends = true;
  part.error = "no end";
  return entry;
}

TEST(FileFormatsTest, AnEntryOfAFileHasItsGoldenText) {
  EXPECT_EQ(EncodeLogEntry(FileEntry()), kEntry);
  ASSERT_OK_AND_ASSIGN(const auto read, DecodeLogEntry(kEntry));
  EXPECT_EQ(read, FileEntry());
}

TEST(FileFormatsTest, TheLogKnowsWhichFileIsOpen) {
  auto entry = FileEntry();
  entry.file->ends = false;
  entry.sources.front().after = std::nullopt;
  LogSummary summary;
  ASSERT_THAT(Fold(1, entry, summary), IsOk());
  EXPECT_EQ(summary.open_file, "ab12");
  ASSERT_OK_AND_ASSIGN(const auto checkpoint, DecodeLogCheckpoint(EncodeLogCheckpoint({summary, 1, {entry}})));
  EXPECT_EQ(checkpoint.summary, summary);
  EXPECT_EQ(checkpoint.entries, std::vector{entry});
  entry.sources.front().after = entry.sources.front().last;
  entry.file->ends = true;
  ASSERT_THAT(Fold(2, entry, summary), IsOk());
  EXPECT_EQ(summary.open_file, "");
}

TEST(FileFormatsTest, AClaimHasItsGoldenText) {
  FileClaim claim;
  claim.state = FileClaim::State::kTaken;
  claim.domain = "sales";
  claim.table = "orders";
  claim.generation = 1;
  claim.contract_version = 2;
  claim.number = 3;
  claim.key = "k";
  claim.name = "a.csv";
  claim.etag = "e";
  claim.size_bytes = 77;
  claim.format = Csv();
  claim.operation = contract::Operation::kDelete;
  claim.insert_date = {5};
  claim.request_id = "r";
  claim.incarnation = 2;
  claim.rows = 9;
  claim.quarantined = 2;
  claim.first_entry = 4;
  claim.last_entry = 6;
  const auto golden =
      R"({"checked":true,"contract_version":2,"domain":"sales","etag":"e","first_entry":4,"generation":1,"incarnation":2,)"
      R"("insert_date":5,"key":"k","last_entry":6,"name":"a.csv","number":3,"op":"delete","quarantined":2,"read_as":)" +
      std::string(kReadAs) + R"(,"request_id":"r","rows":9,"size":77,"state":"taken","table":"orders","version":1})";
  EXPECT_EQ(FileClaimCodec::Encode(claim), golden);
  ASSERT_OK_AND_ASSIGN(const auto read, FileClaimCodec::Decode(golden));
  EXPECT_EQ(read, claim);
  EXPECT_EQ(ClaimOf(claim), "612296f05a2bb2f09b2f266821f8dec1dba3bffcebf5a0cc7749a75d1506e1ed");
}

class DetectFormatTest : public testing::Test {
 protected:
  static Result<FileFormat> Detect(const std::string& name, const std::string& text, const FileHints& hints = {}) {
    contract::Contract contract;
    contract.domain = "d";
    contract.name = "t";
    contract::Column id;
    id.name = "id";
    id.type = contract::ColumnType::kInteger;
    contract::Column list;
    list.name = "list";
    list.type = contract::ColumnType::kArray;
    contract.columns = {id, list};
    TARN_ASSIGN(const auto compiled, contract::CompiledContract::Compile(contract));
    return DetectFormat(name, text, true, hints, *compiled);
  }
};

TEST_F(DetectFormatTest, TheNameAndTheFirstBytesTell) {
  EXPECT_EQ(Detect("a.jsonl", "{}")->kind, FileKind::kNdjson);
  EXPECT_EQ(Detect("a.NDJSON.gz", "{}")->kind, FileKind::kNdjson);
  EXPECT_EQ(Detect("a.json", "\n[1]")->json_array, true);
  EXPECT_EQ(Detect("a.json", "{}")->json_array, false);
  EXPECT_EQ(Detect("a", "[{}]")->kind, FileKind::kJson);
  EXPECT_EQ(Detect("a", "{\"a\":1}\n{\"a\":2}\n")->kind, FileKind::kNdjson);
  EXPECT_EQ(Detect("a", "{\n\"a\":1}\n")->kind, FileKind::kJson);
  EXPECT_EQ(Detect("a", "x,y\n1,2\n")->kind, FileKind::kCsv);
  EXPECT_THAT(Detect("a", ""), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_EQ(Detect("a", "PAR1")->kind, FileKind::kParquet);
  EXPECT_THAT(Detect("a.parquet", "x,y\n1,2\n"), ErrorIs(ErrorCode::kInvalidArgument));
  FileHints hints;
  hints.kind = FileKind::kCsv;
  EXPECT_EQ(Detect("a", "PAR1,x\n1,2\n", hints)->kind, FileKind::kCsv);
  hints.kind = FileKind::kParquet;
  EXPECT_THAT(Detect("a", "{}", hints), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_EQ(CompressionOf("a.csv", "\x1F\x8B..", {}), codec::Encoding::kGzip);
  EXPECT_EQ(CompressionOf("a.csv.zst", "x", {}), codec::Encoding::kZstd);
}

TEST_F(DetectFormatTest, CsvColumnsAreNamedAndTyped) {
  ASSERT_OK_AND_ASSIGN(const auto format, Detect("a.csv", "id,n,n,,list\n1,2,x,true,[1]\n2,,y,false,[]\n"));
  EXPECT_THAT(format.columns, ElementsAre(CsvColumn{"id", CsvValue::kText}, CsvColumn{"n", CsvValue::kLiteral},
                                          CsvColumn{"n_2", CsvValue::kText}, CsvColumn{"column4", CsvValue::kLiteral},
                                          CsvColumn{"list", CsvValue::kJson}));
  ASSERT_OK_AND_ASSIGN(const auto bare, Detect("a.csv", "1,[]\n2,[]\n"));
  EXPECT_THAT(bare.columns, ElementsAre(CsvColumn{"id", CsvValue::kText}, CsvColumn{"list", CsvValue::kJson}));
  FileHints hints;
  ASSERT_THAT(ReadFileHint("columns", "p,q", hints), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto named, Detect("a.csv", "1,a\n", hints));
  EXPECT_THAT(named.columns, ElementsAre(CsvColumn{"p", CsvValue::kLiteral}, CsvColumn{"q", CsvValue::kText}));
}

TEST_F(DetectFormatTest, OptionsAreReadByName) {
  FileHints hints;
  for (const auto& [name, value] : {std::pair{"format", "CSV"},
                                    {"delimiter", "tab"},
                                    {"quote", "none"},
                                    {"header", "No"},
                                    {"null", "-"},
                                    {"compression", "zstd"}}) {
    ASSERT_OK_AND_ASSIGN(const bool known, ReadFileHint(name, value, hints));
    EXPECT_TRUE(known) << name;
  }
  EXPECT_EQ(hints.kind, FileKind::kCsv);
  EXPECT_EQ(hints.csv.delimiter, '\t');
  EXPECT_EQ(hints.csv.quote, '\0');
  EXPECT_EQ(hints.csv.header, false);
  ASSERT_OK_AND_ASSIGN(const bool other, ReadFileHint("ack", "wal", hints));
  EXPECT_FALSE(other);
  EXPECT_THAT(ReadFileHint("delimiter", "ab", hints), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(ReadFileHint("format", "orc", hints), ErrorIs(ErrorCode::kInvalidArgument));
}

}  // namespace
}  // namespace tarn::bronze
