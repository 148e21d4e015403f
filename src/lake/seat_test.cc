// SPDX-License-Identifier: Apache-2.0
#include "lake/seat.h"

#include <gmock/gmock.h>

#include "base/result_matchers.h"
#include "lake/keys.h"
#include "lake/lake_document.h"
#include "store/faulty/simulated_disk.h"
#include "store/memory/memory_store.h"

namespace tarn::lake {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SeatTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<Seat>> Take(const std::string& data_dir = "/a", bool take_over = false,
                                     const std::string& lake_id = "lake-1") {
    return Seat::Take(store_, disk_, clock_, randomness_, {lake_id, data_dir, take_over});
  }

  /// What an administrator does who copies a data directory.
  void CopyFile(const std::string& from, const std::string& to) {
    ASSERT_OK_AND_ASSIGN(const auto source, disk_.Open(from, store::OpenMode::kRead));
    ASSERT_OK_AND_ASSIGN(const auto size, source->Size());
    std::string text(size, '\0');
    ASSERT_THAT(source->ReadAt(0, text), IsOk());
    ASSERT_OK_AND_ASSIGN(const auto target, disk_.Open(to, store::OpenMode::kCreateNew));
    ASSERT_THAT(target->WriteAt(0, text), IsOk());
  }

  ManualClock clock_{Timestamp{1'700'000'000'000'000}};
  SeededRandomness randomness_{7};
  store::MemoryStore store_;
  store::SimulatedDisk disk_;
};

TEST_F(SeatTest, EachStartIsANewIncarnationOfTheSameNode) {
  std::string node_id;
  {
    ASSERT_OK_AND_ASSIGN(const auto seat, Take());
    EXPECT_EQ(seat->incarnation(), 1U);
    EXPECT_THAT(seat->previous_incarnations(), IsEmpty());
    node_id = seat->node_id();
  }
  {
    ASSERT_OK_AND_ASSIGN(const auto seat, Take());
    EXPECT_EQ(seat->incarnation(), 2U);
    EXPECT_EQ(seat->node_id(), node_id);
    EXPECT_THAT(seat->previous_incarnations(), ElementsAre(1));
  }
  ASSERT_OK_AND_ASSIGN(const auto seat, Take());
  EXPECT_THAT(seat->previous_incarnations(), ElementsAre(1, 2));
}

TEST_F(SeatTest, ADataDirectoryInUseIsRefused) {
  ASSERT_OK_AND_ASSIGN(const auto seat, Take());
  const auto second = Take();
  ASSERT_THAT(second, ErrorIs(ErrorCode::kFailedPrecondition));
  EXPECT_THAT(second.error().message, HasSubstr("in use"));
}

TEST_F(SeatTest, ADataDirectoryOfAnotherLakeIsRefusedByName) {
  ASSERT_THAT(Take(), IsOk());
  const auto other = Take("/a", false, "lake-2");
  ASSERT_THAT(other, ErrorIs(ErrorCode::kFailedPrecondition));
  EXPECT_THAT(other.error().message, HasSubstr("belongs to lake lake-1, not to lake-2"));
}

TEST_F(SeatTest, AnotherNodeIsRefusedUntilItTakesOver) {
  ASSERT_OK_AND_ASSIGN(const auto first, Take("/a"));
  const auto refused = Take("/b");
  ASSERT_THAT(refused, ErrorIs(ErrorCode::kFailedPrecondition));
  EXPECT_THAT(refused.error().message, HasSubstr("--take-over"));
  EXPECT_THAT(refused.error().message, HasSubstr("live on its own disk"));
  EXPECT_THAT(refused.error().message, HasSubstr(first->node_id()));
  ASSERT_OK_AND_ASSIGN(const auto second, Take("/b", true));
  EXPECT_EQ(second->incarnation(), 2U);
  EXPECT_NE(second->node_id(), first->node_id());
}

TEST_F(SeatTest, ALostSeatIsFoundBeforeTheNextCommitAndReportedOnce) {
  ASSERT_OK_AND_ASSIGN(const auto first, Take("/a"));
  int lost = 0;
  first->OnLost([&](const Error&) { ++lost; });
  EXPECT_THAT(first->CheckStillMine(), IsOk());
  ASSERT_THAT(Take("/b", true), IsOk());
  EXPECT_THAT(first->CheckStillMine(), ErrorIs(ErrorCode::kFailedPrecondition));
  EXPECT_THAT(first->CheckStillMine(), ErrorIs(ErrorCode::kFailedPrecondition));
  EXPECT_EQ(lost, 1);
}

TEST_F(SeatTest, ALostSeatIsFoundAfterTheNextNumberWasCollected) {
  ASSERT_OK_AND_ASSIGN(const auto first, Take("/a"));
  {
    ASSERT_THAT(Take("/b", true), IsOk());
  }
  ASSERT_THAT(Take("/b"), IsOk());
  ASSERT_THAT(store_.Delete(NodesSeries().KeyOf(2)), IsOk());
  clock_.Advance(std::chrono::hours(25));
  EXPECT_THAT(first->CheckStillMine(), ErrorIs(ErrorCode::kFailedPrecondition));
}

TEST_F(SeatTest, ACopyOfADataDirectoryIsRefused) {
  {
    ASSERT_THAT(Take("/a"), IsOk());
  }
  ASSERT_THAT(disk_.MakeDirectories("/copy"), IsOk());
  CopyFile("/a/node.json", "/copy/node.json");
  CopyFile("/a/incarnations.json", "/copy/incarnations.json");
  {
    ASSERT_THAT(Take("/a"), IsOk());
  }
  const auto copy = Take("/copy", true);
  ASSERT_THAT(copy, ErrorIs(ErrorCode::kFailedPrecondition));
  EXPECT_THAT(copy.error().message, HasSubstr("is a copy or an older state"));
}

TEST_F(SeatTest, ANodeThatWasTakenOverMayTakeOverAgainButItsOldCopyMayNot) {
  {
    ASSERT_THAT(Take("/a"), IsOk());
  }
  ASSERT_THAT(disk_.MakeDirectories("/copy"), IsOk());
  CopyFile("/a/node.json", "/copy/node.json");
  CopyFile("/a/incarnations.json", "/copy/incarnations.json");
  {
    ASSERT_THAT(Take("/b", true), IsOk());
  }
  EXPECT_THAT(Take("/a"), ErrorIs(ErrorCode::kFailedPrecondition));
  {
    ASSERT_THAT(Take("/a", true), IsOk());
  }
  {
    ASSERT_THAT(Take("/b", true), IsOk());
  }
  EXPECT_THAT(Take("/copy", true), ErrorIs(ErrorCode::kFailedPrecondition));
}

TEST_F(SeatTest, ADirectoryWithALogAndNoIdentityIsDamaged) {
  ASSERT_THAT(disk_.MakeDirectories("/a/log"), IsOk());
  EXPECT_THAT(Take("/a"), ErrorIs(ErrorCode::kCorrupt));
}

TEST_F(SeatTest, AnUnreadableIdentityIsDamageNotANewNode) {
  {
    ASSERT_THAT(Take("/a"), IsOk());
  }
  {
    ASSERT_OK_AND_ASSIGN(const auto file, disk_.Open("/a/node.json", store::OpenMode::kWrite));
    ASSERT_THAT(file->WriteAt(0, "?"), IsOk());
  }
  EXPECT_THAT(Take("/a"), ErrorIs(ErrorCode::kCorrupt));
}

TEST_F(SeatTest, AfterACrashAtAnyStepTheSameDirectoryStartsAgain) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    store::SimulatedDisk disk;
    store::MemoryStore store;
    SeededRandomness randomness(seed);
    uint64_t last = 0;
    for (int life = 0; life < 6; ++life) {
      disk.CrashAfter(randomness.Next() % 24,
                      randomness.Next() % 2 == 0 ? store::DiskEffect::kHalf : store::DiskEffect::kNothing);
      const auto crashed = Seat::Take(store, disk, clock_, randomness, {"lake-1", "/a", false});
      if (crashed) last = (*crashed)->incarnation();
      disk.Crash(randomness);
      ASSERT_OK_AND_ASSIGN(const auto seat, Seat::Take(store, disk, clock_, randomness, {"lake-1", "/a", false}));
      ASSERT_GT(seat->incarnation(), last);
      ASSERT_THAT(seat->CheckStillMine(), IsOk());
      last = seat->incarnation();
      disk.Crash(randomness);
    }
  }
}

TEST(LakeDocument, IsWrittenOnceAndKeepsItsId) {
  ManualClock clock(Timestamp{1'700'000'000'000'000});
  SeededRandomness randomness(1);
  store::MemoryStore store;
  EXPECT_THAT(OpenLake(store, clock), ErrorIs(ErrorCode::kNotFound));
  ASSERT_OK_AND_ASSIGN(const auto made, OpenOrCreateLake(store, clock, randomness));
  ASSERT_OK_AND_ASSIGN(const auto again, OpenOrCreateLake(store, clock, randomness));
  EXPECT_EQ(made.id, again.id);
  EXPECT_EQ(again.created_at, clock.Now());
  ASSERT_OK_AND_ASSIGN(const auto control, store.Get(LakeSeries().KeyOf(1)));
  EXPECT_EQ(control, R"({"version":1,"nodes":"one"})");
}

TEST(LakeDocument, ALakeOfManyNodesIsRefusedByTheNameOfTheLaterWork) {
  ManualClock clock(Timestamp{1'700'000'000'000'000});
  SeededRandomness randomness(1);
  store::MemoryStore store;
  ASSERT_THAT(OpenOrCreateLake(store, clock, randomness), IsOk());
  ASSERT_THAT(store.PutIfAbsent(LakeSeries().KeyOf(2), R"({"version":1,"nodes":"many"})"), IsOk());
  const auto opened = OpenOrCreateLake(store, clock, randomness);
  ASSERT_THAT(opened, ErrorIs(ErrorCode::kUnsupported));
  EXPECT_THAT(opened.error().message, HasSubstr("nodes: many"));
}

TEST(LakeDocument, ANewerLayoutIsRefused) {
  EXPECT_THAT(DecodeLakeDocument(R"({"lake_id":"x","layout_version":2,"created_at":"2026-01-01T00:00:00Z"})"),
              ErrorIs(ErrorCode::kUnsupported));
  EXPECT_THAT(DecodeLakeDocument("{}"), ErrorIs(ErrorCode::kCorrupt));
}

}  // namespace
}  // namespace tarn::lake
