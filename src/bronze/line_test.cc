// SPDX-License-Identifier: Apache-2.0
#include "bronze/line.h"

#include <gtest/gtest.h>

#include <vector>

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
    LineReader reader;
    ASSERT_OK_AND_ASSIGN(const auto back, reader.Read(line.data(), line.size()));
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
  LineReader reader;
  ASSERT_OK_AND_ASSIGN(const auto back, reader.Read(line.data(), line.size()));
  EXPECT_FALSE(back.is_object);
  EXPECT_EQ(back.payload, "[1, \"x\"");
}

TEST(LineTest, LinesOfAnyOrderComeBackThroughOneReader) {
  std::vector<StoredRecord> records;
  for (const std::string_view payload :
       {R"({"a":1})", R"({"a":22})", R"({})", R"({ })", R"({"_len":7})", R"(no object)"}) {
    for (const std::string_view request : {"r-1", "r-1", R"(odd "id" \ )"}) {
      for (const uint64_t sequence : {9U, 10U, 1234U}) {
        auto record = Sample(payload);
        record.request_id = request;
        record.offset.sequence = sequence;
        record.is_object = payload.starts_with('{');
        if (!record.is_object) record.disposition = "quarantined";
        records.push_back(record);
        record.insert_date.micros += 1;
        record.schema_version = sequence;
        record.operation = "delete";
        records.push_back(record);
        record.replay_of = "1-5";
        records.push_back(record);
      }
    }
  }
  LineReader reader;
  for (const auto& record : records) {
    auto line = Written(record);
    line.pop_back();
    ASSERT_OK_AND_ASSIGN(const auto back, reader.Read(line.data(), line.size()));
    EXPECT_EQ(Written(back), Written(record));
    EXPECT_EQ(back.payload, record.payload);
  }
}

TEST(LineTest, ATailThatOnlyEndsLikeTheLastOneIsCorrupt) {
  const auto good = Written(Sample(R"({"a":1})"));
  const std::string tail = good.substr(good.find("\"_len\""));
  for (const std::string front : {R"({"a":1)", R"({"a":1,,)", R"({"a":12345,)", "", "{"}) {
    LineReader reader;
    auto first = good.substr(0, good.size() - 1);
    ASSERT_THAT(reader.Read(first.data(), first.size()), IsOk());
    auto line = front + tail.substr(0, tail.size() - 1);
    const bool fits = front == R"({"a":1)";  // without the comma: the payload that ends there
    if (fits) {
      EXPECT_THAT(reader.Read(line.data(), line.size()), IsOk());
    } else {
      EXPECT_THAT(reader.Read(line.data(), line.size()), ErrorIs(ErrorCode::kCorrupt)) << line;
    }
  }
}

TEST(LineTest, ForeignTextIsCorrupt) {
  for (std::string line : {R"({"a":1})", R"({"a":1,"_len":99,"_insert_date":"x"})", "", "\"_len\":1"}) {
    LineReader reader;
    EXPECT_THAT(reader.Read(line.data(), line.size()), ErrorIs(ErrorCode::kCorrupt)) << line;
  }
}

}  // namespace
}  // namespace tarn::bronze
