// SPDX-License-Identifier: Apache-2.0
#include "bronze/line.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "codec/json.h"

namespace tarn::bronze {
namespace {

StoredRecord Sample(std::string_view payload) {
  StoredRecord record;
  record.payload = payload;
  record.insert_date = {1'767'225'600'123'456};
  record.offset = {7, 1234};
  record.request_id = "r-1";
  record.schema_version = 3;
  record.operation = "upsert";
  record.disposition = "valid";
  return record;
}

std::string Written(const StoredRecord& record) {
  LineWriter writer("sales", "orders");
  std::string line;
  writer.Append(record, line);
  return line;
}

TEST(LineTest, KeepsTheRecordsBytesAndSplicesMembersBehindTheLast) {
  EXPECT_EQ(
      Written(Sample(R"({"id":1.0, "a":"ü"})")),
      R"({"id":1.0, "a":"ü","_len":20,"_insert_date":"2026-01-01T00:00:00.123456Z","_domain":"sales","_endpoint":"orders",)"
      R"("_offset":"7-1234","_request_id":"r-1","_schema_version":3,"_op":"upsert","_disposition":"valid"})"
      "\n");
}

TEST(LineTest, EveryPayloadComesBackAndTheLineIsJson) {
  for (const std::string payload : {R"({})", R"({ })", R"({"a":1})", R"({"a":1 })", "{\n \"a\" : [1,\r\n2]}",
                                    R"({"_len":5,"x":"\"_len\":7"})", R"({"_raw":"mine"})"}) {
    auto record = Sample(payload);
    record.request_id = R"(odd "id" \ )";
    auto line = Written(record);
    ASSERT_THAT(codec::ParseJson(line), IsOk()) << line;
    line.pop_back();
    LineScratch scratch;
    ASSERT_OK_AND_ASSIGN(const auto back, ParseLine(line.data(), line.size(), scratch));
    auto expected = payload;
    for (auto& c : expected) c = c == '\n' || c == '\r' ? ' ' : c;
    EXPECT_EQ(back.payload, expected);
    EXPECT_EQ(back.request_id, record.request_id);
    EXPECT_EQ(back.offset, record.offset);
    EXPECT_EQ(back.insert_date, record.insert_date);
    EXPECT_TRUE(back.is_object);
  }
}

TEST(LineTest, TextThatIsNoObjectTravelsAsRaw) {
  auto record = Sample("[1, \"x\"");
  record.is_object = false;
  record.disposition = "quarantined";
  auto line = Written(record);
  ASSERT_THAT(codec::ParseJson(line), IsOk());
  line.pop_back();
  LineScratch scratch;
  ASSERT_OK_AND_ASSIGN(const auto back, ParseLine(line.data(), line.size(), scratch));
  EXPECT_FALSE(back.is_object);
  EXPECT_EQ(back.payload, "[1, \"x\"");
}

TEST(LineTest, ForeignTextIsCorrupt) {
  for (std::string line : {R"({"a":1})", R"({"a":1,"_len":99,"_insert_date":"x"})", "", "\"_len\":1"}) {
    LineScratch scratch;
    EXPECT_THAT(ParseLine(line.data(), line.size(), scratch), ErrorIs(ErrorCode::kCorrupt)) << line;
  }
}

}  // namespace
}  // namespace tarn::bronze
