// SPDX-License-Identifier: Apache-2.0
#include "bronze/bronze_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "contract/record_checker.h"

namespace tarn::bronze {
namespace {

using testing::ElementsAre;

contract::EndpointPtr Orders() {
  contract::Contract contract;
  contract.domain = "sales";
  contract.name = "orders";
  contract::Column id;
  id.name = "id";
  EXPECT_TRUE(contract::ReadTypeWord("integer", id));
  contract.columns.push_back(id);
  auto compiled = contract::CompiledContract::Compile(std::move(contract));
  EXPECT_THAT(compiled, IsOk());
  return *compiled;
}

struct Given {
  std::string payload;
  std::string request_id;
  std::string operation = "upsert";
};

/// The given records, whose texts are gone with the next one.
RecordUnit UnitOf(std::vector<Given> records) {
  RecordUnit unit;
  unit.rows = records.size();
  unit.open = [records](Payloads) -> Result<RecordFeed> {
    auto next = std::make_shared<size_t>(0);
    auto current = std::make_shared<Given>();
    return RecordFeed([=](StoredRecord& record) -> Result<bool> {
      if (*next == records.size()) return false;
      *current = records[*next];
      current->payload.append(contract::RecordChecker::kPadding, ' ');
      record = {};
      record.payload = std::string_view(current->payload).substr(0, records[*next].payload.size());
      record.offset = {7, ++*next};
      record.request_id = current->request_id;
      record.operation = current->operation;
      record.disposition = "valid";
      return true;
    });
  };
  return unit;
}

/// Texts of one column.
std::vector<std::string> Texts(BronzeRows& rows, const std::string& name) {
  const std::vector<size_t> columns{rows.schema().IndexOf(name).value()};
  auto reader = rows.Open(0, columns);
  EXPECT_THAT(reader, IsOk());
  std::vector<std::string> texts;
  table::BatchView batch;
  for (;;) {
    const auto more = (*reader)->Next(batch);
    EXPECT_THAT(more, IsOk());
    if (!more || !*more) return texts;
    for (size_t row = 0; row < batch.rows; ++row) {
      EXPECT_TRUE(batch.columns[0].IsValid(row));
      texts.emplace_back(batch.columns[0].At<std::string_view>(row));
    }
  }
}

TEST(BronzeRowsTest, ServerMembersFollowTheirRecords) {
  BronzeRows rows(LayoutForSql(Orders(), {}), {UnitOf({{"{\"id\":1}", "a"},
                                                       {"{\"id\":2}", "a"},
                                                       {"{\"id\":3}", "a request with a longer name", "delete"},
                                                       {"{\"id\":4}", "", "delete"},
                                                       {"{\"id\":5}", "a"}})});
  EXPECT_THAT(Texts(rows, "_request_id"), ElementsAre("a", "a", "a request with a longer name", "", "a"));
  EXPECT_THAT(Texts(rows, "_op"), ElementsAre("upsert", "upsert", "delete", "delete", "upsert"));
  EXPECT_THAT(Texts(rows, "_domain"), testing::Each(std::string("sales")));
  EXPECT_THAT(Texts(rows, "_offset"), ElementsAre("7-1", "7-2", "7-3", "7-4", "7-5"));
}

TEST(BronzeRowsTest, ServerMembersStayWithTheirBatch) {
  std::vector<Given> records;
  for (int i = 0; i < 5000; ++i) records.push_back({"{\"id\":1}", "request " + std::to_string(i / 3000)});
  BronzeRows rows(LayoutForSql(Orders(), {}), {UnitOf(records)});
  const auto texts = Texts(rows, "_request_id");
  ASSERT_EQ(texts.size(), records.size());
  for (size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(texts[i], records[i].request_id) << i;
}

TEST(BronzeRowsTest, ColumnsComeInTheOrderTheyAreAskedFor) {
  BronzeRows rows(LayoutForSql(Orders(), {}), {UnitOf({{"{\"id\":41}", "r"}, {"{\"id\":42}", "s"}})});
  const auto at = [&](const char* name) { return rows.schema().IndexOf(name).value(); };
  const std::vector<size_t> columns{at("_request_id"), at("_offset"), at("id"), at("_request_id")};
  ASSERT_OK_AND_ASSIGN(const auto reader, rows.Open(0, columns));
  table::BatchView batch;
  ASSERT_OK_AND_ASSIGN(const bool more, reader->Next(batch));
  ASSERT_TRUE(more);
  ASSERT_EQ(batch.columns.size(), 4U);
  EXPECT_EQ(batch.columns[0].At<std::string_view>(1), "s");
  EXPECT_EQ(batch.columns[1].At<std::string_view>(1), "7-2");
  EXPECT_EQ(batch.columns[2].At<int64_t>(1), 42);
  EXPECT_EQ(batch.columns[3].At<std::string_view>(0), "r");
}

}  // namespace
}  // namespace tarn::bronze
