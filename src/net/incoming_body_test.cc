// SPDX-License-Identifier: Apache-2.0
#include "net/incoming_body.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/result_matchers.h"

namespace tarn::net {
namespace {

TEST(IncomingBodyTest, PiecesAreHandedOverTogether) {
  IncomingBody body([] {});
  const std::string half(IncomingBody::kPieceBytes / 2, 'a');
  body.Push(half);
  body.Push(half + "b");
  ASSERT_OK_AND_ASSIGN(const auto piece, body.Read());
  EXPECT_EQ(piece, half + half);
  body.Push(half + half);
  ASSERT_OK_AND_ASSIGN(const auto next, body.Read());
  EXPECT_EQ(next, "b" + (half + half).substr(1));
}

TEST(IncomingBodyTest, TheEndGivesWhatIsThere) {
  IncomingBody body([] {});
  body.Push("few");
  std::jthread connection([&] { body.End({}); });
  ASSERT_OK_AND_ASSIGN(const auto rest, body.Read());
  EXPECT_EQ(rest, "few");
  ASSERT_OK_AND_ASSIGN(const auto end, body.Read());
  EXPECT_EQ(end, "");
}

TEST(IncomingBodyTest, AnErrorComesBehindWhatWasReceived) {
  IncomingBody body([] {});
  body.Push("few");
  body.End(Fail(ErrorCode::kCancelled, "the client left"));
  ASSERT_OK_AND_ASSIGN(const auto rest, body.Read());
  EXPECT_EQ(rest, "few");
  EXPECT_THAT(body.Read(), ErrorIs(ErrorCode::kCancelled));
}

TEST(IncomingBodyTest, TheConnectionIsWokenWhenThereIsRoomAgain) {
  int woken = 0;
  IncomingBody body([&] { ++woken; });
  body.Push("few");
  EXPECT_TRUE(body.HasRoom());
  body.Push(std::string(IncomingBody::kMaxWaitingBytes, 'a'));
  EXPECT_FALSE(body.HasRoom());
  ASSERT_THAT(body.Read(), IsOk());
  EXPECT_TRUE(body.HasRoom());
  EXPECT_EQ(woken, 0) << "there is room for little";
  for (size_t left = IncomingBody::kMaxWaitingBytes / IncomingBody::kPieceBytes / 2; left > 0; --left) {
    ASSERT_THAT(body.Read(), IsOk());
  }
  EXPECT_EQ(woken, 1);
}

TEST(IncomingBodyTest, NothingIsKeptForAReaderThatClosed) {
  int woken = 0;
  IncomingBody body([&] { ++woken; });
  body.Close();
  body.Push(std::string(IncomingBody::kMaxWaitingBytes, 'a'));
  EXPECT_TRUE(body.is_closed());
  EXPECT_TRUE(body.HasRoom());
  EXPECT_EQ(woken, 1);
}

}  // namespace
}  // namespace tarn::net
