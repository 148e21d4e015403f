// SPDX-License-Identifier: Apache-2.0
#include "quarantine/state_log.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"
#include "lake/keys.h"
#include "store/memory/memory_store.h"

namespace tarn::quarantine {
namespace {

class StateLogTest : public testing::Test {
 protected:
  /// One record of its own is dealt with; every tenth is only edited.
  static StateChange Change(uint64_t number) {
    StateChange change;
    change.id = "c" + std::to_string(number);
    change.records = {"1-" + std::to_string(number)};
    if (number % 10 == 0) {
      change.payloads = EntryObject{"k" + std::to_string(number), 3, 4, 1};
    } else {
      change.status = number % 2 == 0 ? kDiscarded : kReplayed;
    }
    if (change.status == kReplayed) change.payloads = EntryObject{"r" + std::to_string(number), 5, 6, 1};
    return change;
  }

  void Append(StateLog& log, uint64_t number) {
    ASSERT_THAT(log.Append([&](const StateFold&) { return Result<std::optional<StateChange>>(Change(number)); }),
                IsOk());
  }

  std::string KeyOf(uint64_t number) const { return name_.KeyOf(number); }

  store::MemoryStore store_;
  ManualClock clock_{Timestamp{0}};
  const store::SeriesName name_ = lake::QuarantineLogSeries("d", "t");
};

TEST_F(StateLogTest, ACheckpointStandsForTheEntriesBeforeIt) {
  StateLog log(store_, clock_, "d", "t");
  for (uint64_t number = 1; number <= 205; ++number) Append(log, number);
  ASSERT_OK_AND_ASSIGN(const auto folded, log.Pin());
  EXPECT_EQ(folded->head, 205U);
  for (uint64_t number = 1; number < 200; ++number) ASSERT_THAT(store_.Delete(KeyOf(number)), IsOk());
  StateLog again(store_, clock_, "d", "t");
  ASSERT_OK_AND_ASSIGN(const auto read, again.Pin());
  EXPECT_EQ(*read, *folded);
  ASSERT_OK_AND_ASSIGN(const auto replays, again.ReplaysBehind(201));
  ASSERT_EQ(replays.size(), 2U);
  EXPECT_EQ(replays.front().payloads.key, "r203");
}

TEST_F(StateLogTest, AMissingCheckpointIsDoneWithout) {
  StateLog log(store_, clock_, "d", "t");
  for (uint64_t number = 1; number <= 200; ++number) Append(log, number);
  ASSERT_OK_AND_ASSIGN(const auto folded, log.Pin());
  ASSERT_THAT(store_.Delete(StateCheckpointKey(name_, 200)), IsOk());
  StateLog older(store_, clock_, "d", "t");
  EXPECT_EQ(**older.Pin(), *folded);
  ASSERT_THAT(store_.Delete(StateCheckpointKey(name_, 100)), IsOk());
  StateLog none(store_, clock_, "d", "t");
  EXPECT_EQ(**none.Pin(), *folded);
}

TEST_F(StateLogTest, WhatIsPinnedStaysAsItWas) {
  StateLog log(store_, clock_, "d", "t");
  Append(log, 1);
  ASSERT_OK_AND_ASSIGN(const auto before, log.Pin());
  Append(log, 2);
  EXPECT_EQ(before->states.size(), 1U);
  ASSERT_OK_AND_ASSIGN(const auto after, log.Pin());
  EXPECT_EQ(after->states.size(), 2U);
}

TEST_F(StateLogTest, AReplacingEntryTakesThePlaceOfAnObject) {
  StateLog log(store_, clock_, "d", "t");
  for (uint64_t number = 1; number <= 99; ++number) Append(log, number);
  StateChange kept;
  kept.id = "kept";
  kept.replaces = "r3";
  kept.payloads = EntryObject{"kept", 1, 2, 0};
  ASSERT_THAT(log.Append([&](const StateFold&) { return Result<std::optional<StateChange>>(kept); }), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto folded, log.Pin());
  EXPECT_EQ(folded->objects[*folded->states.at("1-3").payloads].key, "kept");
  EXPECT_EQ(folded->replays[1].payloads.key, "kept");
  for (const auto& object : folded->objects) EXPECT_NE(object.key, "r3");
  StateLog from_checkpoint(store_, clock_, "d", "t");
  EXPECT_EQ(**from_checkpoint.Pin(), *folded);
  ASSERT_THAT(store_.Delete(StateCheckpointKey(name_, 100)), IsOk());
  StateLog from_entries(store_, clock_, "d", "t");
  EXPECT_EQ(**from_entries.Pin(), *folded);
  ASSERT_OK_AND_ASSIGN(const auto text, store_.Get(KeyOf(100)));
  EXPECT_NE(text.find("\"version\":2"), std::string::npos) << "an older reader must not go on with the old object";
  ASSERT_OK_AND_ASSIGN(const auto older, store_.Get(KeyOf(99)));
  EXPECT_NE(older.find("\"version\":1"), std::string::npos);
}

TEST_F(StateLogTest, CheckpointsHaveOneForm) {
  StateFold fold;
  for (uint64_t number = 9; number <= 11; ++number) fold.Add(Change(number));
  const std::string golden =
      R"({"head":3,"objects":[{"crc32c":6,"entries":1,"key":"r9","size":5},{"crc32c":4,"entries":1,"key":"k10","size":3},)"
      R"({"crc32c":6,"entries":1,"key":"r11","size":5}],"replays":[[1,0,0,0],[3,2,0,0]],)"
      R"("states":[["1-10","",1],["1-11","replayed",2],["1-9","replayed",0]],"version":1})";
  EXPECT_EQ(EncodeStateCheckpoint(fold), golden);
  ASSERT_OK_AND_ASSIGN(const auto read, DecodeStateCheckpoint(golden));
  EXPECT_EQ(read, fold);
  EXPECT_THAT(DecodeStateCheckpoint(R"({"version":2})"), ErrorIs(ErrorCode::kUnsupported));
  EXPECT_THAT(DecodeStateCheckpoint("{}"), ErrorIs(ErrorCode::kCorrupt));
  EXPECT_THAT(DecodeStateCheckpoint(R"({"version":1,"head":1,"objects":[],"replays":[],"states":[["1-1","",0]]})"),
              ErrorIs(ErrorCode::kCorrupt));
}

}  // namespace
}  // namespace tarn::quarantine
