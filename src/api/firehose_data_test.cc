// SPDX-License-Identifier: Apache-2.0
#include "api/firehose_data.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "codec/base64.h"

namespace tarn::api {
namespace {

/// Lines of data, "count: lines".
std::string LinesOf(const std::string& data) {
  std::string lines = "before\n";
  const auto count = AppendStreamRecord(codec::Base64Encode(data), lines);
  return count ? std::to_string(*count) + ": " + lines.substr(7) : count.error().message;
}

TEST(FirehoseDataTest, AnObjectIsALine) {
  EXPECT_EQ(LinesOf(R"({"a":1})"), "1: {\"a\":1}\n");
  EXPECT_EQ(LinesOf("  {\"a\":\r\n 1}\n"), "1: {\"a\":   1}\n");
}

TEST(FirehoseDataTest, AnObjectThatWasEncodedTwiceIsDecodedTwice) {
  EXPECT_EQ(LinesOf(codec::Base64Encode(R"({"a":1})")), "1: {\"a\":1}\n");
  EXPECT_EQ(LinesOf(codec::Base64Encode("{\"a\":1}\n") + "\n"), "1: {\"a\":1}\n");
}

TEST(FirehoseDataTest, ObjectsOnLinesAreRecordsEach) {
  EXPECT_EQ(LinesOf("{\"a\":1}\n\n{\"a\":2}\n"), "2: {\"a\":1}\n{\"a\":2}\n");
  EXPECT_EQ(LinesOf("{\"a\":1}\nno"), "1: {\"a\":1} no\n");
}

TEST(FirehoseDataTest, AnythingElseIsOneLineForQuarantine) {
  EXPECT_EQ(LinesOf("hello\nworld"), "1: hello world\n");
  EXPECT_EQ(LinesOf("[1]"), "1: [1]\n");
  EXPECT_EQ(LinesOf(codec::Base64Encode("hello")), "1: aGVsbG8=\n");
  EXPECT_EQ(LinesOf(""), "1: base64:\n");
  EXPECT_EQ(LinesOf("\xff\xfe"), "1: base64://4=\n");
}

TEST(FirehoseDataTest, WhatIsNoBase64OrTooLargeIsRefused) {
  std::string lines;
  EXPECT_THAT(AppendStreamRecord("{}", lines), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(AppendStreamRecord(codec::Base64Encode(std::string(kMaxStreamRecordBytes + 1, 'x')), lines),
              ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_EQ(lines, "");
}

}  // namespace
}  // namespace tarn::api
