// SPDX-License-Identifier: Apache-2.0
#include "ingest/frame.h"

#include <gmock/gmock.h>

#include "base/random.h"
#include "base/result_matchers.h"
#include "codec/digest.h"
#include "ingest/log_layout.h"

namespace tarn::ingest {
namespace {

constexpr std::string_view kBody = "{\"id\":1}\n[2]\n{\"id\":3}";

contract::CheckedRecord Record(std::string_view body, size_t at, size_t size, uint32_t index) {
  contract::CheckedRecord record;
  record.raw = body.substr(at, size);
  record.index = index;
  return record;
}

/// A frame with everything a frame can hold.
std::string FullFrame() {
  FrameBuilder builder;
  builder.Begin(kBody);
  builder.AddRecord(Record(kBody, 0, 8, 0), Disposition::kUnchecked, {});
  auto broken = Record(kBody, 9, 3, 1);
  broken.is_object = false;
  builder.AddRecord(broken, Disposition::kQuarantined, R"([{"field":"","message":"m","type":"json_invalid"}])");
  auto removal = Record(kBody, 13, 8, 2);
  removal.operation = contract::Operation::kDelete;
  builder.AddRecord(removal, Disposition::kRejected, R"([{"field":"x","message":"m","type":"missing"}])");
  FrameHeader header;
  header.generation = 2;
  header.contract_version = 7;
  header.domain = "sales";
  header.table = "orders";
  header.request_id = "req";
  builder.Finish(header, KeyedAnswer{"scope\nkey", "0123456789abcdef0123456789abcdef", 200, "{\"status\":1"});
  builder.Stamp(41, Timestamp{1'700'000'000'000'001});
  return std::string(builder.head()) + std::string(builder.body());
}

TEST(FrameTest, ATruncateComesBack) {
  FrameBuilder builder;
  builder.Begin(kBody);
  auto truncate = Record(kBody, 0, 8, 0);
  truncate.operation = contract::Operation::kTruncate;
  builder.AddRecord(truncate, Disposition::kValid, {});
  FrameHeader header;
  header.domain = "sales";
  header.table = "orders";
  builder.Finish(header, std::nullopt);
  builder.Stamp(1, Timestamp{1});
  const auto bytes = std::string(builder.head()) + std::string(builder.body());
  ASSERT_OK_AND_ASSIGN(const auto frame, FrameView::Decode(bytes, 1));
  EXPECT_EQ(frame.record(0).operation, contract::Operation::kTruncate);
  EXPECT_EQ(frame.record(0).disposition, Disposition::kValid);
}

TEST(FrameTest, EverythingComesBack) {
  const auto bytes = FullFrame();
  ASSERT_OK_AND_ASSIGN(const auto frame, FrameView::Decode(bytes, 9));
  EXPECT_EQ(frame.header().first, (lake::Offset{9, 41}));
  EXPECT_EQ(frame.header().last(), (lake::Offset{9, 43}));
  EXPECT_EQ(frame.header().insert_date.micros, 1'700'000'000'000'001);
  EXPECT_EQ(frame.header().generation, 2U);
  EXPECT_EQ(frame.header().contract_version, 7U);
  EXPECT_EQ(frame.header().domain, "sales");
  EXPECT_EQ(frame.header().table, "orders");
  EXPECT_EQ(frame.header().request_id, "req");
  EXPECT_EQ(frame.body(), kBody);
  ASSERT_EQ(frame.header().record_count, 3U);
  EXPECT_EQ(frame.record(0).raw, "{\"id\":1}");
  EXPECT_EQ(frame.record(0).disposition, Disposition::kUnchecked);
  EXPECT_EQ(frame.record(0).errors, "");
  EXPECT_EQ(frame.record(1).raw, "[2]");
  EXPECT_FALSE(frame.record(1).is_object);
  EXPECT_THAT(frame.record(1).errors, ::testing::HasSubstr("json_invalid"));
  EXPECT_EQ(frame.record(2).operation, contract::Operation::kDelete);
  EXPECT_EQ(frame.record(2).disposition, Disposition::kRejected);
  EXPECT_THAT(frame.record(2).errors, ::testing::HasSubstr("missing"));
  EXPECT_EQ(frame.offset_of(2), (lake::Offset{9, 43}));
  ASSERT_TRUE(frame.keyed().has_value());
  EXPECT_EQ(frame.keyed()->key, "scope\nkey");
  EXPECT_EQ(frame.keyed()->status, 200);
  EXPECT_EQ(frame.keyed()->members, "{\"status\":1");
}

// Changing this text means a new frame version: logs written by released programs must stay readable.
TEST(FrameTest, VersionOneIsAsItWas) {
  EXPECT_EQ(codec::Hex(FullFrame()),
            "3001000001010000290000000000000001401e18240a06000300000002000000020000000700000005000600030000006000"
            "00004200000073616c65736f726465727372657100000000080000000109000000030000000a0d0000000800000007010000"
            "00000000003200000002000000320000002e0000005b7b226669656c64223a22222c226d657373616765223a226d222c2274"
            "797065223a226a736f6e5f696e76616c6964227d5d5b7b226669656c64223a2278222c226d657373616765223a226d222c22"
            "74797065223a226d697373696e67227d5d0900000073636f70650a6b65792000000030313233343536373839616263646566"
            "30313233343536373839616263646566c8000b0000007b22737461747573223a317b226964223a317d0a5b325d0a7b226964"
            "223a337d");
}

TEST(LogLayoutTest, VersionOneIsAsItWas) {
  const SegmentHeader header{"lake", 3, 12, 8192, {2, 11, 40}, Timestamp{99}};
  const auto block = EncodeSegmentHeader(header);
  EXPECT_EQ(block.size(), kBlockBytes);
  EXPECT_EQ(codec::Hex(block.substr(0, 80)),
            "5441524e4c4f470001000000040000006c616b6503000000000000000c000000000000000020000000000000020000000000"
            "00000b00000000000000280000000000000063000000000000002f60b472");
  std::string group(kGroupHeaderBytes, '\0');
  group += "payload";
  SealGroup({GroupKind::kData, 1, 12, 41, 7, 0}, GroupSeed(header), group);
  EXPECT_EQ(codec::Hex(group),
            "54475250db82fc0401000000010000000c00000000000000290000000000000007000000000000007061796c6f6164");
  ASSERT_OK_AND_ASSIGN(const auto decoded, DecodeSegmentHeader(block));
  EXPECT_EQ(decoded.lake_id, "lake");
  EXPECT_EQ(decoded.previous, header.previous);
  EXPECT_EQ(decoded.last_insert_date, header.last_insert_date);
  const auto read = ReadGroupHeader(group);
  ASSERT_TRUE(read.has_value());
  EXPECT_TRUE(GroupIsIntact(*read, GroupSeed(header), group));
  auto other = header;
  other.segment = 13;
  EXPECT_FALSE(GroupIsIntact(*read, GroupSeed(other), group)) << "a recycled file's old groups do not count";
}

TEST(FrameTest, DamagedBytesNeverReadOutside) {
  const auto whole = FullFrame();
  SeededRandomness randomness(3);
  for (int round = 0; round < 20'000; ++round) {
    auto bytes = whole;
    for (int i = 0; i < 3; ++i) bytes[randomness.Next() % bytes.size()] = static_cast<char>(randomness.Next());
    const std::string exact(bytes.data(), round % 2 == 0 ? bytes.size() : randomness.Next() % bytes.size());
    const auto frame = FrameView::Decode(exact, 1);
    if (!frame) continue;
    size_t read = 0;
    for (uint32_t i = 0; i < frame->header().record_count; ++i) {
      read += frame->record(i).raw.size() + frame->record(i).errors.size();
    }
    EXPECT_LE(read, (kBody.size() + exact.size()) * frame->header().record_count);
  }
}

}  // namespace
}  // namespace tarn::ingest
