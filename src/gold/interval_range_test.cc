// SPDX-License-Identifier: Apache-2.0
#include "gold/interval_range.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace tarn::gold {
namespace {

using std::chrono::hours;

Timestamp At(const char* text) { return *ParseTimestamp(text); }

std::vector<std::string> Steps(const char* from, const char* to, std::chrono::milliseconds interval, size_t most) {
  std::vector<std::string> texts;
  for (const auto& step : BackfillSteps(At(from), At(to), interval, most)) {
    texts.push_back(FormatTimestamp(step.from) + " " + FormatTimestamp(*step.to));
  }
  return texts;
}

TEST(IntervalRangeTest, IntervalsBeginAtMultiplesAlsoBefore1970) {
  EXPECT_EQ(IntervalStart(At("2026-03-01T23:59:59.999999Z"), hours(24)), At("2026-03-01T00:00:00Z"));
  EXPECT_EQ(IntervalStart(At("2026-03-01T00:00:00Z"), hours(24)), At("2026-03-01T00:00:00Z"));
  EXPECT_EQ(IntervalStart(At("1969-12-31T12:00:00Z"), hours(24)), At("1969-12-31T00:00:00Z"));
}

TEST(IntervalRangeTest, ABackfillCoversWholeIntervalsOnce) {
  EXPECT_THAT(
      Steps("2026-03-01T10:00:00Z", "2026-03-03T00:00:01Z", hours(24), 50),
      testing::ElementsAre("2026-03-01T00:00:00Z 2026-03-02T00:00:00Z", "2026-03-02T00:00:00Z 2026-03-03T00:00:00Z",
                           "2026-03-03T00:00:00Z 2026-03-04T00:00:00Z"));
  EXPECT_THAT(
      Steps("2026-03-01T00:00:00Z", "2026-03-06T00:00:00Z", hours(24), 2),
      testing::ElementsAre("2026-03-01T00:00:00Z 2026-03-04T00:00:00Z", "2026-03-04T00:00:00Z 2026-03-06T00:00:00Z"));
}

TEST(IntervalRangeTest, LiteralsHaveTheColumnsZone) {
  IntervalRange range{At("2026-03-01T00:00:00Z"), At("2026-03-02T00:00:00Z"), table::TypeKind::kTimestamp};
  EXPECT_EQ(InRange("c", range), "c >= TIMESTAMPTZ '2026-03-01T00:00:00Z' AND c < TIMESTAMPTZ '2026-03-02T00:00:00Z'");
  range.type = table::TypeKind::kDate;
  range.to.reset();
  EXPECT_EQ(InRange("c", range), "c >= TIMESTAMP '2026-03-01T00:00:00'");
}

}  // namespace
}  // namespace tarn::gold
