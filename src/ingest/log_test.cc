// SPDX-License-Identifier: Apache-2.0
// What the log does with torn tails, damage, full and failing disks (durability.md §3; performance-and-reliability.md
// R2, R3).
#include "ingest/node_log.h"

#include <gmock/gmock.h>

#include <iostream>
#include <thread>

#include "base/result_matchers.h"
#include "ingest/log_harness_testing.h"

namespace tarn::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kFirstSegment = "/data/log/00000000000000000001.log";

class LogTest : public ::testing::Test {
 protected:
  /// Changes one byte of a file behind the log's back.
  void Flip(const std::string& path, uint64_t offset) {
    ASSERT_OK_AND_ASSIGN(const auto file, harness_.disk.Open(path, store::OpenMode::kWrite));
    std::string byte(1, '\0');
    ASSERT_THAT(file->ReadAt(offset, byte), IsOk());
    byte[0] = static_cast<char>(byte[0] ^ 1);
    ASSERT_THAT(file->WriteAt(offset, byte), IsOk());
    ASSERT_THAT(file->Sync(), IsOk());
  }

  void Inject(store::DiskOperation operation, ErrorCode code, uint64_t times = 1) {
    store::DiskFault fault;
    fault.operation = operation;
    fault.error = {code, "injected", {}};
    fault.times = times;
    harness_.disk.Inject(fault);
  }

  LogHarness harness_;
};

TEST_F(LogTest, StoredFramesAreReadBackInOrderWithOffsetsAndDates) {
  ASSERT_THAT(harness_.Open(), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto first, harness_.Store("a", "one", 3));
  ASSERT_OK_AND_ASSIGN(const auto second, harness_.Store("a", "two"));
  EXPECT_EQ(first.first, (lake::Offset{1, 1}));
  EXPECT_EQ(second.first, (lake::Offset{1, 4}));
  EXPECT_LT(first.insert_date, second.insert_date);
  EXPECT_THAT(harness_.Bodies("a"), ElementsAre("one", "two"));
  EXPECT_THAT(harness_.Bodies("b"), IsEmpty());
}

TEST_F(LogTest, NothingIsVisibleBeforeItsGroupIsSynced) {
  ASSERT_THAT(harness_.Open(), IsOk());
  bool acknowledged = false;
  harness_.Append("a", "one", [&](Result<FrameRef> place) { acknowledged = place.has_value(); });
  EXPECT_THAT(harness_.Bodies("a"), IsEmpty());
  EXPECT_FALSE(acknowledged);
  harness_.log->WriteGroups();
  EXPECT_THAT(harness_.Bodies("a"), ElementsAre("one"));
  EXPECT_TRUE(acknowledged);
}

TEST_F(LogTest, FramesOfOneGroupCostOneSync) {
  ASSERT_THAT(harness_.Open(), IsOk());
  const auto before = harness_.metrics.GetCounter("tarn_log_groups_total", "").value();
  for (int i = 0; i < 20; ++i) harness_.Append("a", "body", [](Result<FrameRef>) {});
  harness_.log->WriteGroups();
  EXPECT_EQ(harness_.metrics.GetCounter("tarn_log_groups_total", "").value(), before + 1);
  EXPECT_EQ(harness_.log->tail().StateOf(kTestDomain, "a").frames, 20U);
}

TEST_F(LogTest, ARestartFindsUnlandedFramesOnlyAndGoesOnWithTheNextIncarnation) {
  ASSERT_THAT(harness_.Open(), IsOk());
  ASSERT_THAT(harness_.Store("a", "landed"), IsOk());
  harness_.Land("a");
  ASSERT_THAT(harness_.Store("a", "kept"), IsOk());
  harness_.log->Close();
  ASSERT_THAT(harness_.Open(), IsOk());
  EXPECT_TRUE(harness_.log->replay_report().clean_stop);
  EXPECT_EQ(harness_.log->replay_report().frames, 2U);
  EXPECT_THAT(harness_.Bodies("a"), ElementsAre("kept"));
  ASSERT_OK_AND_ASSIGN(const auto next, harness_.Store("a", "new"));
  EXPECT_EQ(next.first, (lake::Offset{2, 1}));
  EXPECT_THAT(harness_.Bodies("a"), ElementsAre("kept", "new"));
}

TEST_F(LogTest, InsertDatesGrowAcrossRestartsOnAClockThatWentBack) {
  ASSERT_THAT(harness_.Open(), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto before, harness_.Store("a", "one"));
  harness_.Land("a");
  for (int restart = 0; restart < 2; ++restart) {
    harness_.log->Close();
    ASSERT_THAT(harness_.Open(), IsOk());
    harness_.log->RunUpkeep();  // the segment that holds the record goes
  }
  harness_.clock.Advance(-std::chrono::hours(5));
  ASSERT_OK_AND_ASSIGN(const auto after, harness_.Store("a", "two"));
  EXPECT_EQ(after.insert_date.micros, before.insert_date.micros + 1);
}

TEST_F(LogTest, ATornTailIsSetAsideAndNamed) {
  ASSERT_THAT(harness_.Open(), IsOk());
  ASSERT_THAT(harness_.Store("a", "one"), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto torn, harness_.Store("a", "two"));
  harness_.Kill();
  Flip(kFirstSegment, torn.file_offset + torn.size_bytes - 1);
  EXPECT_THAT(CheckLog(harness_.disk, "/data"), ::testing::Optional(IsEmpty())) << "a torn tail is no damage";
  ASSERT_THAT(harness_.Open(), IsOk());
  EXPECT_THAT(harness_.Bodies("a"), ElementsAre("one"));
  const auto& report = harness_.log->replay_report();
  ASSERT_TRUE(report.torn.has_value());
  EXPECT_EQ(report.torn->file, kFirstSegment);
  EXPECT_EQ(report.torn->offset, 2 * kBlockBytes);
  EXPECT_EQ(report.torn->bytes, kBlockBytes);
  EXPECT_THAT(harness_.disk.Exists(report.torn->set_aside), IsOk());
  ASSERT_THAT(harness_.Open(), IsOk()) << "the end that replay found is the end from then on";
  EXPECT_FALSE(harness_.log->replay_report().torn.has_value());
}

TEST_F(LogTest, ABadGroupWithAGoodOneBehindIsRefusedByFileAndOffset) {
  ASSERT_THAT(harness_.Open(), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto bad, harness_.Store("a", "one"));
  ASSERT_THAT(harness_.Store("a", "two"), IsOk());
  harness_.Kill();
  Flip(kFirstSegment, bad.file_offset + 20);
  const auto opened = harness_.Open();
  ASSERT_THAT(opened, ErrorIs(ErrorCode::kCorrupt));
  EXPECT_THAT(opened.error().message, HasSubstr(std::string(kFirstSegment) + " at byte 4096"));
  ASSERT_OK_AND_ASSIGN(const auto damages, CheckLog(harness_.disk, "/data"));
  ASSERT_EQ(damages.size(), 1U);
  EXPECT_EQ(damages[0].file, kFirstSegment);
  EXPECT_EQ(damages[0].offset, kBlockBytes);
}

TEST_F(LogTest, ABadGroupBeforeACleanStopIsDamage) {
  ASSERT_THAT(harness_.Open(), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto bad, harness_.Store("a", "one"));
  harness_.log->Close();
  Flip(kFirstSegment, bad.file_offset + 20);
  EXPECT_THAT(harness_.Open(), ErrorIs(ErrorCode::kCorrupt));
}

TEST_F(LogTest, ABadGroupOfAnOlderIncarnationIsDamage) {
  ASSERT_THAT(harness_.Open(), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto bad, harness_.Store("a", "one"));
  harness_.Kill();
  ASSERT_THAT(harness_.Open(), IsOk());
  harness_.Kill();
  Flip(kFirstSegment, bad.file_offset + 20);
  EXPECT_THAT(harness_.Open(), ErrorIs(ErrorCode::kCorrupt));
}

TEST_F(LogTest, ACutSegmentIsDamage) {
  ASSERT_THAT(harness_.Open(), IsOk());
  ASSERT_THAT(harness_.Store("a", "one"), IsOk());
  harness_.Kill();
  {
    ASSERT_OK_AND_ASSIGN(const auto file, harness_.disk.Open(kFirstSegment, store::OpenMode::kWrite));
    ASSERT_THAT(file->Truncate(kBlockBytes), IsOk());
  }
  const auto opened = harness_.Open();
  ASSERT_THAT(opened, ErrorIs(ErrorCode::kCorrupt));
  EXPECT_THAT(opened.error().message, HasSubstr("cut off"));
  ASSERT_OK_AND_ASSIGN(const auto damages, CheckLog(harness_.disk, "/data"));
  EXPECT_EQ(damages.size(), 1U);
}

TEST_F(LogTest, AMissingSegmentIsDamage) {
  ASSERT_THAT(harness_.Open(), IsOk());
  for (int i = 0; i < 3; ++i) ASSERT_THAT(harness_.Store("a", std::string(60'000, 'x')), IsOk());
  harness_.Kill();
  ASSERT_THAT(harness_.disk.Remove("/data/log/00000000000000000002.log"), IsOk());
  const auto opened = harness_.Open();
  ASSERT_THAT(opened, ErrorIs(ErrorCode::kCorrupt));
  EXPECT_THAT(opened.error().message, HasSubstr("missing"));
}

TEST_F(LogTest, TheLogOfAnotherLakeIsRefused) {
  ASSERT_THAT(harness_.Open(), IsOk());
  harness_.log->Close();
  NodeLog::Request request;
  request.data_dir = "/data";
  request.lake_id = "another";
  request.limits = SmallLimits();
  EXPECT_THAT(NodeLog::Open({harness_.disk, harness_.clock, harness_.metrics}, std::move(request)),
              ErrorIs(ErrorCode::kFailedPrecondition));
}

TEST_F(LogTest, AFrameAboveHalfASegmentGetsASegmentOfItsOwnSize) {
  ASSERT_THAT(harness_.Open(), IsOk());
  const std::string giant(200'000, 'g');
  ASSERT_THAT(harness_.Store("a", "small"), IsOk());
  ASSERT_THAT(harness_.Store("a", giant), IsOk());
  ASSERT_THAT(harness_.Store("a", "behind"), IsOk());
  harness_.Kill();
  ASSERT_THAT(harness_.Open(), IsOk());
  EXPECT_THAT(harness_.Bodies("a"), ElementsAre("small", giant, "behind"));
}

TEST_F(LogTest, AFullDiskRefusesWithoutATraceAndRecoversByItself) {
  ASSERT_THAT(harness_.Open(), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto before, harness_.Store("a", "before"));
  Inject(store::DiskOperation::kPreallocate, ErrorCode::kResourceExhausted, UINT64_MAX);
  const std::string large(30'000, 'l');
  EXPECT_THAT(harness_.Store("a", large), ErrorIs(ErrorCode::kResourceExhausted));
  EXPECT_THAT(harness_.Store("a", "also refused while full"), ErrorIs(ErrorCode::kResourceExhausted));
  EXPECT_FALSE(harness_.fatal.has_value());
  harness_.disk.ClearFaults();
  harness_.clock.Advance(std::chrono::seconds(2));
  ASSERT_OK_AND_ASSIGN(const auto after, harness_.Store("a", large));
  EXPECT_EQ(after.first.sequence, before.first.sequence + 1);
  EXPECT_THAT(harness_.Bodies("a"), ElementsAre("before", large));
}

TEST_F(LogTest, AStartOnAFullDiskReadsAndLandsAndTakesRecordsOnceThereIsSpace) {
  ASSERT_THAT(harness_.Open(), IsOk());
  ASSERT_THAT(harness_.Store("a", "before"), IsOk());
  harness_.Kill();
  Inject(store::DiskOperation::kPreallocate, ErrorCode::kResourceExhausted, UINT64_MAX);
  ASSERT_THAT(harness_.Open(), IsOk());
  EXPECT_THAT(harness_.Bodies("a"), ElementsAre("before"));
  EXPECT_THAT(harness_.Store("a", "refused"), ErrorIs(ErrorCode::kResourceExhausted));
  harness_.Land("a");
  harness_.log->RunUpkeep();
  EXPECT_THAT(harness_.disk.Exists(kFirstSegment), ::testing::Optional(false)) << "landing gives space back";
  harness_.disk.ClearFaults();
  ASSERT_OK_AND_ASSIGN(const auto place, harness_.Store("a", "after"));
  EXPECT_EQ(place.first, (lake::Offset{2, 1}));
  EXPECT_THAT(harness_.Bodies("a"), ElementsAre("after"));
}

TEST_F(LogTest, ASmallBoundGetsSmallSegments) {
  LogLimits limits;
  limits.unlanded_bytes = 4 << 20;
  EXPECT_EQ(Fitting(limits).segment_bytes, 1U << 20);
  limits.unlanded_bytes = 1000;
  EXPECT_EQ(Fitting(limits).segment_bytes, 256U << 10);
  EXPECT_EQ(Fitting(limits).unlanded_bytes, 1U << 20);
  EXPECT_EQ(Fitting(LogLimits()).segment_bytes, LogLimits().segment_bytes);
}

TEST_F(LogTest, AFailedSyncEndsTheProcessWithoutAnAnswer) {
  ASSERT_THAT(harness_.Open(), IsOk());
  Inject(store::DiskOperation::kSync, ErrorCode::kUnavailable);
  EXPECT_THAT(harness_.Store("a", "one"), ErrorIs(ErrorCode::kUnknownOutcome));
  EXPECT_TRUE(harness_.fatal.has_value());
  EXPECT_THAT(harness_.Bodies("a"), IsEmpty());
  EXPECT_THAT(harness_.Store("a", "two"), ErrorIs(ErrorCode::kUnavailable));
}

TEST_F(LogTest, AShortWriteEndsTheProcessWithoutAnAnswer) {
  ASSERT_THAT(harness_.Open(), IsOk());
  Inject(store::DiskOperation::kWrite, ErrorCode::kResourceExhausted);
  EXPECT_THAT(harness_.Store("a", "one"), ErrorIs(ErrorCode::kUnknownOutcome));
  EXPECT_TRUE(harness_.fatal.has_value());
}

TEST_F(LogTest, SegmentsAreRecycledOnceLandedAndNotPinned) {
  ASSERT_THAT(harness_.Open(), IsOk());
  for (int i = 0; i < 6; ++i) ASSERT_THAT(harness_.Store("a", std::string(20'000, 'x')), IsOk());
  harness_.log->RunUpkeep();  // the first, small segment holds nothing
  auto pin = harness_.log->tail().Pin(kTestDomain, "a");
  const auto held = harness_.log->tail().held_bytes();
  harness_.Land("a");
  harness_.log->RunUpkeep();
  EXPECT_EQ(harness_.log->tail().held_bytes(), held) << "a read needs them";
  FrameReader reader(pin);
  ASSERT_OK_AND_ASSIGN(const auto* frame, reader.Next());
  EXPECT_EQ(frame->body().size(), 20'000U);
  pin = TailPin();
  harness_.log->RunUpkeep();
  EXPECT_LE(harness_.log->tail().held_bytes(), held / 2);
  EXPECT_THAT(harness_.disk.Exists(kFirstSegment), ::testing::Optional(false));
}

TEST_F(LogTest, ASegmentStaysUntilWhatOnlyItHoldsIsKeptElsewhere) {
  bool available = false;
  harness_.before_recycle = [&](uint64_t) -> Status {
    if (!available) return Fail(ErrorCode::kUnavailable, "store is away");
    return {};
  };
  ASSERT_THAT(harness_.Open(), IsOk());
  ASSERT_THAT(harness_.Store("a", "one"), IsOk());
  ASSERT_THAT(harness_.Store("a", std::string(20'000, 'x')), IsOk());
  harness_.Land("a");
  harness_.log->RunUpkeep();
  EXPECT_THAT(harness_.disk.Exists(kFirstSegment), ::testing::Optional(true));
  available = true;
  harness_.log->RunUpkeep();
  EXPECT_THAT(harness_.disk.Exists(kFirstSegment), ::testing::Optional(false));
}

class Listener final : public TailListener {
 public:
  void OnFramesSynced(const EndpointKey& endpoint, const TailState& state) override {
    heard.emplace_back(endpoint.table, state.frames);
  }
  void OnPressure() override { ++pressure; }

  std::vector<std::pair<std::string, uint64_t>> heard;
  int pressure = 0;
};

TEST_F(LogTest, TheListenerHearsOncePerGroupAndEndpoint) {
  ASSERT_THAT(harness_.Open(), IsOk());
  Listener listener;
  harness_.log->tail().SetListener(&listener);
  for (const auto* table : {"a", "b", "a"}) harness_.Append(table, "body", [](Result<FrameRef>) {});
  harness_.log->WriteGroups();
  EXPECT_THAT(listener.heard,
              ElementsAre(std::pair<std::string, uint64_t>("a", 2), std::pair<std::string, uint64_t>("b", 1)));
  harness_.log->tail().SetListener(nullptr);
}

TEST_F(LogTest, AtHalfTheBoundEveryEndpointIsAskedToCutAndAtTheBoundRequestsAreRefused) {
  ASSERT_THAT(harness_.Open(), IsOk());
  Listener listener;
  harness_.log->tail().SetListener(&listener);
  const std::string body(20'000, 'x');
  uint64_t stored = 0;
  while (harness_.Store("a", body)) {
    ++stored;
    if (stored * body.size() < harness_.limits.unlanded_bytes / 3) {
      EXPECT_EQ(listener.pressure, 0);
    }
  }
  EXPECT_GT(listener.pressure, 0);
  EXPECT_GT(stored * body.size(), harness_.limits.unlanded_bytes / 2);
  EXPECT_LE(harness_.log->tail().held_bytes(), harness_.limits.unlanded_bytes);
  EXPECT_THAT(harness_.Store("a", body), ErrorIs(ErrorCode::kResourceExhausted));
  harness_.Land("a");
  harness_.log->RunUpkeep();
  EXPECT_THAT(harness_.Store("a", body), IsOk());
  harness_.log->tail().SetListener(nullptr);
}

TEST_F(LogTest, TooManyUnsyncedBytesAreRefused) {
  ASSERT_THAT(harness_.Open(), IsOk());
  const std::string body(100'000, 'x');
  int refused = 0;
  for (int i = 0; i < 8; ++i) {
    harness_.Append("a", body, [&](Result<FrameRef> place) { refused += place ? 0 : 1; });
  }
  EXPECT_EQ(refused, 3);
  harness_.log->WriteGroups();
  EXPECT_EQ(harness_.Bodies("a").size(), 5U);
}

TEST_F(LogTest, AnAbandonedLogGivesItsTail) {
  ASSERT_THAT(harness_.Open(), IsOk());
  ASSERT_THAT(harness_.Store("a", "one"), IsOk());
  harness_.Land("a");
  ASSERT_THAT(harness_.Store("a", "two"), IsOk());
  harness_.Kill();
  const ReplayRequest request{harness_.disk,
                              harness_.clock,
                              "/data",
                              kTestLake,
                              [this](const EndpointKey& endpoint) -> Result<std::optional<lake::Offset>> {
                                return harness_.landed.at(endpoint.table);
                              },
                              {}};
  ASSERT_OK_AND_ASSIGN(const auto tail, OpenAbandonedLog(request));
  const auto pin = tail->Pin(kTestDomain, "a");
  ASSERT_EQ(pin.frames().size(), 1U);
  EXPECT_EQ(pin.frames()[0].first, (lake::Offset{1, 2}));
}

// Not timed, printed only: performance-and-reliability.md, row 16, is measured by the benchmarks.
TEST_F(LogTest, ReplayReadsManyFramesInOnePass) {
  constexpr uint64_t kFrames = 20'000;
  harness_.limits = LogLimits();
  ASSERT_THAT(harness_.Open(), IsOk());
  const std::string body(300, 'b');
  for (uint64_t i = 0; i < kFrames; ++i) harness_.Append("a", body, [](Result<FrameRef>) {});
  harness_.log->WriteGroups();
  harness_.Kill();
  const auto started = std::chrono::steady_clock::now();
  ASSERT_THAT(harness_.Open(), IsOk());
  const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  const auto& report = harness_.log->replay_report();
  EXPECT_EQ(report.unlanded_frames, kFrames);
  std::cout << "replayed " << report.bytes << " bytes at " << static_cast<double>(report.bytes) / took / 1e6
            << " MB/s in this build\n";
}

TEST_F(LogTest, ConcurrentSendersAreAllAcknowledgedOnceInOrder) {
  constexpr int kThreads = 4;
  constexpr int kFrames = 300;
  ASSERT_THAT(harness_.Open(LogThreads::kOwn), IsOk());
  std::atomic<int> acknowledged{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      FrameBuilder builder;
      const auto table = "t" + std::to_string(t);
      const auto id = harness_.log->tail().IdOf(kTestDomain, table);
      for (int i = 0; i < kFrames; ++i) {
        const auto body = std::to_string(i);
        BuildFrame(builder, table, body);
        harness_.log->writer().Append(builder, id, [&](Result<FrameRef> place) { acknowledged += place ? 1 : 0; });
      }
    });
  }
  for (auto& thread : threads) thread.join();
  harness_.log->Close();
  EXPECT_EQ(acknowledged, kThreads * kFrames);
  ASSERT_THAT(harness_.Open(), IsOk());
  for (int t = 0; t < kThreads; ++t) {
    const auto bodies = harness_.Bodies("t" + std::to_string(t));
    ASSERT_EQ(bodies.size(), static_cast<size_t>(kFrames));
    for (int i = 0; i < kFrames; ++i) EXPECT_EQ(bodies[static_cast<size_t>(i)], std::to_string(i));
  }
}

TEST_F(LogTest, ScrubbingLeavesNothingOfWhatLandedOnTheDisk) {
  ASSERT_THAT(harness_.Open(), IsOk());
  for (int i = 0; i < 40; ++i) ASSERT_THAT(harness_.Store("t", "zebra-" + std::string(4'000, 'x')), IsOk());
  harness_.Land("t");
  harness_.log->RunUpkeep();  // full segments become spares with what was in them
  ASSERT_THAT(harness_.Store("t", "zebra again"), IsOk());
  harness_.Land("t");
  const auto holders = [&] {
    std::vector<std::string> found;
    const auto names = harness_.disk.List("/data/log");
    EXPECT_THAT(names, IsOk());
    for (const auto& name : *names) {
      const auto file = harness_.disk.Open("/data/log/" + name, store::OpenMode::kRead);
      EXPECT_THAT(file, IsOk());
      const auto size = (*file)->Size();
      EXPECT_THAT(size, IsOk());
      std::string text(*size, '\0');
      EXPECT_THAT((*file)->ReadAt(0, text), IsOk());
      if (text.find("zebra") != std::string::npos) found.push_back(name);
    }
    return found;
  };
  ASSERT_GT(holders().size(), 1U);
  ASSERT_THAT(harness_.log->Scrub(std::chrono::milliseconds(100)), IsOk());
  EXPECT_THAT(holders(), testing::IsEmpty());
  ASSERT_THAT(harness_.Store("t", "after"), IsOk());
  harness_.Kill();
  ASSERT_THAT(harness_.Open(), IsOk());
  EXPECT_THAT(harness_.Bodies("t"), testing::ElementsAre("after"));
}

TEST_F(LogTest, ScrubbingWaitsForWhatHasNotLanded) {
  ASSERT_THAT(harness_.Open(), IsOk());
  ASSERT_THAT(harness_.Store("t", "zebra"), IsOk());
  EXPECT_THAT(harness_.log->Scrub(std::chrono::milliseconds(1)), ErrorIs(ErrorCode::kUnavailable));
  EXPECT_THAT(harness_.Bodies("t"), testing::ElementsAre("zebra"));
}

}  // namespace
}  // namespace tarn::ingest
