// SPDX-License-Identifier: Apache-2.0
#include "contract/inference.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "contract/record_checker.h"

namespace tarn::contract {
namespace {

/// Text with the spare bytes a scanner may read.
std::vector<ProposedColumn> Propose(std::string text) {
  text.reserve(text.size() + RecordChecker::kPadding);
  auto columns = ProposeColumns(text);
  EXPECT_TRUE(columns.has_value()) << text;
  return columns ? *columns : std::vector<ProposedColumn>();
}

TEST(InferenceTest, ProposesTypesByValue) {
  const std::pair<const char*, const char*> cases[] = {{"true", "boolean"},
                                                       {"7", "integer"},
                                                       {"-9223372036854775808", "integer"},
                                                       {"9223372036854775808", "decimal"},
                                                       {"1.0", "float"},
                                                       {"1e3", "float"},
                                                       {"[1,\"a\"]", "array"},
                                                       {"{\"a\":1}", "json"},
                                                       {"null", "string"},
                                                       {"\"2026-01-31\"", "date"},
                                                       {"\"2026-02-31\"", "string"},
                                                       {"\"2026-01-31T10:00:00Z\"", "timestamp"},
                                                       {"\"2026-01-31 10:00:00.5+02:00\"", "timestamp"},
                                                       {"\"2026-01-31T25:00:00Z\"", "string"},
                                                       {"\"word\"", "string"}};
  for (const auto& [value, type] : cases) {
    const auto columns = Propose(std::string("{\"v\":") + value + "}");
    ASSERT_EQ(columns.size(), 1U);
    EXPECT_EQ(TypeWord(columns[0].column), type) << value;
    EXPECT_EQ(columns[0].column.required, std::string_view(value) != "null");
  }
}

TEST(InferenceTest, NamesAreSnakeCaseUniqueAndInOrder) {
  const auto columns = Propose(R"({"userID":1,"user_id":2,"id":3,"firstName":"Ü","x":null,"id":"last"})");
  ASSERT_EQ(columns.size(), 5U);
  EXPECT_EQ(columns[0].column.name, "user_id");
  EXPECT_EQ(columns[1].column.name, "user_id_2");
  EXPECT_EQ(columns[2].column.name, "id");
  EXPECT_TRUE(columns[2].column.primary_key);
  EXPECT_EQ(columns[2].sample, "last");
  EXPECT_EQ(columns[3].sample, "Ü");
  EXPECT_FALSE(columns[4].has_sample);
}

TEST(InferenceTest, SamplesAreCutAtACharacter) {
  std::string text = "{\"s\":\"";
  for (int i = 0; i < 150; ++i) text += "ü";
  const auto columns = Propose(text + "\"}");
  EXPECT_EQ(columns[0].sample.size(), 200U);
}

TEST(InferenceTest, DeclaredColumnsKeepTheirDefinition) {
  Contract contract;
  contract.mode = Mode::kAutoInference;
  Column declared;
  declared.name = "order_id";
  declared.type = ColumnType::kString;
  declared.primary_key = true;
  contract.columns.push_back(declared);
  std::string record = R"({"orderId":1,"amount":2.5,"_insert_date":"x"})";
  record.reserve(record.size() + RecordChecker::kPadding);
  ASSERT_OK_AND_ASSIGN(const auto columns, FixedColumns(contract, record));
  ASSERT_EQ(columns.size(), 2U);
  EXPECT_EQ(columns[0], declared);
  EXPECT_EQ(columns[1].name, "amount");
  EXPECT_TRUE(columns[1].inferred);
  EXPECT_FALSE(columns[1].required);
}

}  // namespace
}  // namespace tarn::contract
