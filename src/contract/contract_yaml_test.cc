// SPDX-License-Identifier: Apache-2.0
#include "contract/contract_yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace tarn::contract {
namespace {

Column Make(std::string name, std::string_view type) {
  Column column;
  column.name = std::move(name);
  EXPECT_TRUE(ReadTypeWord(type, column)) << type;
  return column;
}

Contract Orders() {
  Contract contract;
  contract.domain = "sales";
  contract.name = "orders";
  contract.generation = 3;
  contract.version = 7;
  contract.folder_generation = 2;
  contract.mode = Mode::kAutoInference;
  contract.columns = {Make("order_id", "integer"), Make("amount", "decimal(10,2)"), Make("note", "string")};
  contract.columns[0].primary_key = contract.columns[0].required = true;
  contract.columns[1].description = "net: in euro";
  contract.columns[1].default_text = "1.50";
  contract.columns[2].pii = contract.columns[2].inferred = true;
  contract.columns_fixed = true;
  contract.description = "yes";
  contract.sequence_by = "amount";
  contract.format = "delta";
  contract.land_interval = std::chrono::seconds(5);
  contract.tombstone_retention = std::chrono::hours(24 * 7);
  contract.created_at = *ParseTimestamp("2026-01-01T00:00:00Z");
  contract.updated_at = *ParseTimestamp("2026-01-02T03:04:05.678901Z");
  contract.created_by = "tarn";
  return contract;
}

constexpr std::string_view kGolden = R"(name: orders
domain: sales
version: 7
mode: auto_inference
description: "yes"
created_at: "2026-01-01T00:00:00Z"
updated_at: "2026-01-02T03:04:05.678901Z"
created_by: tarn
schema:
  columns:
    - name: order_id
      type: integer
      required: true
      primary_key: true
    - name: amount
      type: decimal(10,2)
      required: false
      primary_key: false
      description: "net: in euro"
      default: "1.50"
    - name: note
      type: string
      required: false
      primary_key: false
      pii: true
sequence_by: amount
land_interval: "5s"
tombstone_retention: "7d"
tarn:
  generation: 3
  folder_generation: 2
  columns_fixed: true
  inferred:
    - note
  format: delta
)";

bool SameContract(const Contract& a, const Contract& b) {
  return EncodeContract(a) == EncodeContract(b) && a.columns == b.columns && a.generation == b.generation &&
         a.folder_generation == b.folder_generation && a.columns_fixed == b.columns_fixed && a.format == b.format;
}

TEST(ContractYamlTest, GoldenDocument) {
  EXPECT_EQ(EncodeContract(Orders()), kGolden);
  ASSERT_OK_AND_ASSIGN(const auto read, DecodeContract(kGolden));
  EXPECT_TRUE(SameContract(read, Orders()));
}

TEST(ContractYamlTest, ClientsDoNotSeeTheBookkeeping) {
  const auto document = ToDocument(Orders());
  EXPECT_FALSE(document.contains("tarn"));
  EXPECT_EQ(document["schema"]["columns"].size(), 3U);
  EXPECT_FALSE(document["schema"]["columns"][0].contains("description"));
  EXPECT_FALSE(document["schema"]["columns"][0].contains("default"));
  EXPECT_EQ(ToYaml(Orders()), kGolden.substr(0, kGolden.find("tarn:\n")));
}

TEST(ContractYamlTest, OptionsComeBackAsTheyWere) {
  auto contract = Orders();
  contract.unknown_fields = UnknownFields::kIgnore;
  contract.merge_mode = MergeMode::kPatch;
  contract.soft_delete = true;
  ASSERT_OK_AND_ASSIGN(const auto read, DecodeContract(EncodeContract(contract)));
  EXPECT_EQ(read.unknown_fields, UnknownFields::kIgnore);
  EXPECT_EQ(read.merge_mode, MergeMode::kPatch);
  EXPECT_TRUE(read.soft_delete);
  EXPECT_EQ(read.history, History::kNone);
  contract.history = History::kScd2;
  EXPECT_THAT(EncodeContract(contract), testing::HasSubstr("history: scd2\n"));
}

TEST(ContractYamlTest, OptionsAreWrittenOnlyWhenSet) {
  Contract contract;
  contract.domain = "d";
  contract.name = "t";
  contract.format = "delta";
  const auto document = ToDocument(contract);
  EXPECT_TRUE(document["description"].is_null());
  EXPECT_TRUE(document["schema"]["columns"].empty());
  for (const auto* member : {"sequence_by", "unknown_fields", "merge_mode", "soft_delete", "history", "land_interval",
                             "tombstone_retention"}) {
    EXPECT_FALSE(document.contains(member)) << member;
  }
  ASSERT_OK_AND_ASSIGN(const auto read, DecodeContract(EncodeContract(contract)));
  EXPECT_TRUE(SameContract(read, contract));
}

TEST(ContractYamlTest, AMirrorIsKept) {
  Contract contract = Orders();
  contract.mirror = "iceberg";
  const auto text = EncodeContract(contract);
  EXPECT_TRUE(text.ends_with("  format: delta\n  mirror: iceberg\n")) << text;
  ASSERT_OK_AND_ASSIGN(const auto read, DecodeContract(text));
  EXPECT_EQ(read.mirror, "iceberg");
  ASSERT_OK_AND_ASSIGN(const auto before, DecodeContract(kGolden));
  EXPECT_EQ(before.mirror, std::nullopt);
}

TEST(ContractYamlTest, AwkwardTextsSurvive) {
  for (const std::string text : {"",
                                 "null",
                                 "1.0",
                                 "2024-01-01",
                                 "a: b # c",
                                 "- x",
                                 "line\nbreak\n",
                                 " lead",
                                 "trail ",
                                 "\"q\" 'p'",
                                 "\xF0\x9F\x98\x80",
                                 "tab\there",
                                 "0x10",
                                 "~",
                                 "@",
                                 "%",
                                 "no",
                                 "{a}",
                                 "[b]",
                                 "\r\n",
                                 "*x",
                                 "&y"}) {
    auto contract = Orders();
    contract.description = text;
    contract.columns[0].default_text = std::nullopt;
    contract.columns[2].default_text = text;
    ASSERT_OK_AND_ASSIGN(const auto read, DecodeContract(EncodeContract(contract)));
    EXPECT_EQ(read.description, text);
    EXPECT_EQ(read.columns[2].default_text, text);
  }
}

TEST(ContractYamlTest, EveryTypeWordSurvives) {
  for (const auto* word :
       {"string", "varchar", "integer", "bigint", "float", "double", "boolean", "timestamp", "date", "json", "array",
        "decimal", "decimal(38,9)", "decimal(1,0)", "list<integer>", "struct<a:list<struct<b:decimal(3,1),c:json>>>"}) {
    auto contract = Orders();
    contract.columns = {Make("a", word)};
    contract.sequence_by.reset();
    ASSERT_OK_AND_ASSIGN(const auto read, DecodeContract(EncodeContract(contract)));
    EXPECT_EQ(TypeWord(read.columns[0]), word);
  }
}

TEST(ContractYamlTest, BrokenDocumentsAreRefused) {
  EXPECT_FALSE(DecodeContract(""));
  EXPECT_FALSE(DecodeContract("name: x\n"));
  EXPECT_FALSE(DecodeContract("[]"));
  EXPECT_FALSE(DecodeContract("name: [\n"));
  std::string unknown(kGolden);
  unknown.replace(unknown.find("integer"), 7, "complex");
  EXPECT_THAT(DecodeContract(unknown), ErrorIs(ErrorCode::kCorrupt));
}

}  // namespace
}  // namespace tarn::contract
