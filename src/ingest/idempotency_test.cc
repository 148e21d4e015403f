// SPDX-License-Identifier: Apache-2.0
#include "ingest/idempotency.h"

#include <gmock/gmock.h>

#include "base/result_matchers.h"
#include "ingest/log_harness_testing.h"
#include "store/memory/memory_store.h"

namespace tarn::ingest {
namespace {

using Outcome = IdempotencyMap::Outcome;

constexpr const char* kNode = "node-1";

class IdempotencyTest : public ::testing::Test {
 protected:
  IdempotencyMap Make(IdempotencyMap::Limits limits = {}) { return {store_, harness_.clock, kNode, limits}; }

  codec::Digest256 Hash(std::string_view body) { return codec::Sha256(body); }

  KeptAnswer Answer(std::string members = R"({"status":"success")") {
    return {200, std::move(members), "request-1", {1, 5}, 2, harness_.clock.Now()};
  }

  LogHarness harness_;
  store::MemoryStore store_;
};

TEST_F(IdempotencyTest, AKeyIsInFlightThenReplayedAndNeverReusedForAnotherBody) {
  auto map = Make();
  EXPECT_EQ(map.Begin("k", Hash("a")).outcome, Outcome::kNew);
  EXPECT_EQ(map.Begin("k", Hash("a")).outcome, Outcome::kInFlight);
  EXPECT_EQ(map.Begin("k", Hash("b")).outcome, Outcome::kOtherBody);
  map.Finish("k", Answer(), 1);
  const auto replay = map.Begin("k", Hash("a"));
  EXPECT_EQ(replay.outcome, Outcome::kReplay);
  EXPECT_EQ(replay.answer.members, Answer().members);
  EXPECT_EQ(replay.answer.first, (lake::Offset{1, 5}));
  EXPECT_EQ(map.Begin("k", Hash("b")).outcome, Outcome::kOtherBody);
}

TEST_F(IdempotencyTest, ARefusedRequestLeavesItsKeyFree) {
  auto map = Make();
  EXPECT_EQ(map.Begin("k", Hash("a")).outcome, Outcome::kNew);
  map.Abandon("k");
  EXPECT_EQ(map.Begin("k", Hash("b")).outcome, Outcome::kNew);
}

TEST_F(IdempotencyTest, AKeyIsForgottenAfterADay) {
  auto map = Make();
  map.Begin("k", Hash("a"));
  map.Finish("k", Answer(), 1);
  harness_.clock.Advance(std::chrono::hours(24));
  EXPECT_EQ(map.Begin("k", Hash("a")).outcome, Outcome::kReplay);
  harness_.clock.Advance(std::chrono::minutes(1));
  EXPECT_EQ(map.Begin("k", Hash("a")).outcome, Outcome::kNew);
}

TEST_F(IdempotencyTest, MemoryIsBounded) {
  auto map = Make({.memory_bytes = 2'000});
  int taken = 0;
  while (map.Begin("k" + std::to_string(taken), Hash("a")).outcome == Outcome::kNew) ++taken;
  EXPECT_GT(taken, 1);
  EXPECT_LT(taken, 10);
  map.Abandon("k0");
  EXPECT_EQ(map.Begin("new", Hash("a")).outcome, Outcome::kNew);
}

TEST_F(IdempotencyTest, AnswersOfErasedRecordsAreForgotten) {
  {
    auto map = Make();
    for (const std::string key : {"stored", "kept", "held"}) {
      map.Begin(key, Hash("a"));
      auto answer = Answer();
      if (key == "kept") answer.first = {1, 7};
      map.Finish(key, answer, key == "held" ? 4 : 3);
    }
    ASSERT_THAT(map.Persist(3), IsOk());
    const std::vector<lake::Offset> records{{1, 4}, {1, 6}, {2, 7}};
    ASSERT_OK_AND_ASSIGN(const auto forgotten, map.Forget(records));
    EXPECT_EQ(forgotten, 2U);
    EXPECT_EQ(map.Begin("stored", Hash("b")).outcome, Outcome::kNew);
    EXPECT_EQ(map.Begin("held", Hash("b")).outcome, Outcome::kNew);
    EXPECT_EQ(map.Begin("kept", Hash("a")).outcome, Outcome::kReplay);
  }
  auto map = Make();
  ASSERT_THAT(map.Load(), IsOk());
  EXPECT_EQ(map.Begin("stored", Hash("b")).outcome, Outcome::kNew);
  EXPECT_EQ(map.Begin("kept", Hash("a")).outcome, Outcome::kReplay);
}

TEST_F(IdempotencyTest, RecordsOfARecycledSegmentComeBackFromTheStore) {
  {
    auto map = Make();
    map.Begin("k", Hash("a"));
    map.Finish("k", Answer("{\"status\":\"ü\""), 3);
    map.Begin("other", Hash("a"));
    map.Finish("other", Answer(), 4);
    ASSERT_THAT(map.Persist(3), IsOk());
    ASSERT_THAT(map.Persist(3), IsOk());
  }
  auto map = Make();
  ASSERT_THAT(map.Load(), IsOk());
  const auto replay = map.Begin("k", Hash("a"));
  EXPECT_EQ(replay.outcome, Outcome::kReplay);
  EXPECT_EQ(replay.answer.members, "{\"status\":\"ü\"");
  EXPECT_EQ(replay.answer.record_count, 2U);
  EXPECT_EQ(map.Begin("k", Hash("b")).outcome, Outcome::kOtherBody);
  EXPECT_EQ(map.Begin("other", Hash("a")).outcome, Outcome::kNew) << "its segment was not recycled";
}

TEST_F(IdempotencyTest, OldObjectsAreRemovedButTheNewestNumberStays) {
  auto map = Make();
  for (int i = 0; i < 3; ++i) {
    const auto key = "k" + std::to_string(i);
    map.Begin(key, Hash("a"));
    map.Finish(key, Answer(), static_cast<uint64_t>(i));
    ASSERT_THAT(map.Persist(static_cast<uint64_t>(i)), IsOk());
    harness_.clock.Advance(std::chrono::hours(30));
  }
  ASSERT_OK_AND_ASSIGN(const auto objects, store_.List("_control/idempotency/"));
  EXPECT_EQ(objects.size(), 2U);
  auto next = Make();
  ASSERT_THAT(next.Load(), IsOk());
  EXPECT_EQ(next.size(), 0U);
}

TEST_F(IdempotencyTest, KeyedFramesComeBackFromTheLogLandedOrNot) {
  const auto hash = Hash("body");
  const KeyedAnswer keyed{"k", codec::AsBytes(hash), 400, "{\"detail\":1"};
  ASSERT_THAT(harness_.Open(), IsOk());
  harness_.Append("a", "body", [](Result<FrameRef>) {}, 1, keyed);
  harness_.log->WriteGroups();
  harness_.Land("a");
  harness_.Kill();
  auto map = Make();
  NodeLog::Request request;
  request.data_dir = "/data";
  request.lake_id = kTestLake;
  request.incarnation = 2;
  request.limits = harness_.limits;
  request.landed = [&](const EndpointKey&) -> Result<std::optional<lake::Offset>> { return harness_.landed.at("a"); };
  request.on_keyed = [&](const FrameView& frame, uint64_t segment) { map.AddFrame(frame, segment); };
  request.threads = LogThreads::kNone;
  ASSERT_OK_AND_ASSIGN(const auto log,
                       NodeLog::Open({harness_.disk, harness_.clock, harness_.metrics}, std::move(request)));
  const auto replay = map.Begin("k", hash);
  EXPECT_EQ(replay.outcome, Outcome::kReplay);
  EXPECT_EQ(replay.answer.status, 400);
  EXPECT_EQ(replay.answer.members, "{\"detail\":1");
  EXPECT_EQ(replay.answer.first, (lake::Offset{1, 1}));
}

TEST_F(IdempotencyTest, DamagedObjectsAreNamed) {
  EXPECT_THAT(DecodeIdempotencyRecords("{"), ErrorIs(ErrorCode::kCorrupt));
  EXPECT_THAT(DecodeIdempotencyRecords(R"({"version":2,"records":[]})"), ErrorIs(ErrorCode::kUnsupported));
  EXPECT_THAT(DecodeIdempotencyRecords(R"({"version":1,"records":[{"key":"k"}]})"), ErrorIs(ErrorCode::kCorrupt));
}

}  // namespace
}  // namespace tarn::ingest
