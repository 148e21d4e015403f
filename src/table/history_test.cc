// SPDX-License-Identifier: Apache-2.0
#include "table/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tarn::table {
namespace {

using testing::ElementsAre;

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kHour = 3'600 * kSecond;
constexpr Timestamp kStart{1'767'225'600LL * kSecond};  // 2026-01-01T00:00:00Z

std::vector<VersionChange> EverySecond(int64_t count) {
  std::vector<VersionChange> history;
  for (int64_t version = 0; version < count; ++version) {
    history.push_back(
        {.version = version, .committed_at = {kStart.micros + version * kSecond}, .added = {}, .transactions = {}});
  }
  return history;
}

Timestamp EndOf(const std::vector<VersionChange>& history) { return history.back().committed_at; }

TEST(KeptVersionsTest, FewVersionsAllStayHoweverOld) {
  const auto history = EverySecond(100);
  EXPECT_EQ(KeptVersions(history, {}, {kStart.micros + 1000 * kHour}).size(), 100);
}

TEST(KeptVersionsTest, BehindTheLastHundredOneOfEachMinuteOfTheHourAndEachHourOfTheWeekStays) {
  const auto history = EverySecond(3 * 3'600);
  const auto kept = KeptVersions(history, {}, EndOf(history));
  EXPECT_EQ(kept.size(), 100 + 58 + 2);
  EXPECT_TRUE(kept.contains(3 * 3'600 - 100));
  EXPECT_FALSE(kept.contains(3 * 3'600 - 102));
  EXPECT_TRUE(kept.contains(3 * 3'600 - 121)) << "the last of its minute";
  EXPECT_TRUE(kept.contains(3'599)) << "the last of its hour";
  EXPECT_FALSE(kept.contains(3'659)) << "the last of a minute two hours ago";
}

TEST(KeptVersionsTest, AfterAWeekOnlyTheLastHundredStay) {
  const auto history = EverySecond(3'600);
  const auto kept = KeptVersions(history, {}, {EndOf(history).micros + 7 * 24 * kHour});
  EXPECT_EQ(kept.size(), 100);
}

TEST(KeptVersionsTest, WhatLeftNeverComesBack) {
  const auto history = EverySecond(2 * 3'600);
  std::set<int64_t> gone;
  for (size_t head = 200; head <= history.size(); head += 37) {
    const std::span seen(history.data(), head);
    const auto kept = KeptVersions(seen, {}, seen.back().committed_at);
    for (const auto& change : seen) {
      if (!kept.contains(change.version)) gone.insert(change.version);
    }
    for (const auto version : kept) EXPECT_FALSE(gone.contains(version)) << version << " at " << head;
  }
}

TEST(KeptVersionsTest, AClockThatWentBackDoesNotReopenAnOldMinute) {
  std::vector<VersionChange> history = EverySecond(4);
  history[0].committed_at = {kStart.micros + 90 * kSecond};
  const RetentionRule rule{.last = 1, .minutes_for = std::chrono::hours(1), .hours_for = std::chrono::seconds(0)};
  EXPECT_THAT(KeptVersions(history, rule, {kStart.micros + 91 * kSecond}), ElementsAre(3));
}

}  // namespace
}  // namespace tarn::table
