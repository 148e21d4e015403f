// SPDX-License-Identifier: Apache-2.0
#include "schedule/next_time.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/result_matchers.h"

namespace tarn::schedule {
namespace {

/// The next `count` times of the schedule behind `after`, as RFC 3339 without seconds.
std::vector<std::string> TimesOf(const std::string& text, const std::string& after, size_t count) {
  const auto schedule = ParseSchedule(text);
  EXPECT_THAT(schedule, IsOk());
  std::vector<std::string> times;
  auto at = ParseTimestamp(after).value();
  while (times.size() < count) {
    const auto next = NextTime(*schedule, at);
    if (!next) break;
    EXPECT_GT(*next, at);
    EXPECT_EQ(next->micros % 60'000'000, 0);
    times.push_back(FormatTimestamp(*next).substr(0, 16));
    at = *next;
  }
  return times;
}

using Times = std::vector<std::string>;

TEST(NextTimeTest, Presets) {
  EXPECT_EQ(TimesOf("hourly", "2026-01-01T10:00:00Z", 2), (Times{"2026-01-01T11:00", "2026-01-01T12:00"}));
  EXPECT_EQ(TimesOf("daily", "2026-01-01T02:00:00Z", 2), (Times{"2026-01-02T02:00", "2026-01-03T02:00"}));
  EXPECT_EQ(TimesOf("weekly", "2026-01-01T00:00:00Z", 2), (Times{"2026-01-04T02:00", "2026-01-11T02:00"}));
  EXPECT_EQ(TimesOf("@monthly", "2026-01-31T03:00:00Z", 3),
            (Times{"2026-02-01T03:00", "2026-03-01T03:00", "2026-04-01T03:00"}));
}

TEST(NextTimeTest, ATimeIsBehindTheOneGivenByAWholeStep) {
  EXPECT_EQ(TimesOf("*/15 * * * *", "2026-01-01T00:14:59.999999Z", 1), (Times{"2026-01-01T00:15"}));
  EXPECT_EQ(TimesOf("*/15 * * * *", "2026-01-01T00:15:00Z", 1), (Times{"2026-01-01T00:30"}));
  EXPECT_EQ(TimesOf("59 23 31 12 *", "2026-12-31T23:58:30Z", 2), (Times{"2026-12-31T23:59", "2027-12-31T23:59"}));
}

TEST(NextTimeTest, MonthEndsAndLeapDays) {
  EXPECT_EQ(TimesOf("0 0 31 * *", "2026-01-31T00:00:00Z", 3),
            (Times{"2026-03-31T00:00", "2026-05-31T00:00", "2026-07-31T00:00"}));
  EXPECT_EQ(TimesOf("0 12 29 2 *", "2026-01-01T00:00:00Z", 3),
            (Times{"2028-02-29T12:00", "2032-02-29T12:00", "2036-02-29T12:00"}));
  EXPECT_EQ(TimesOf("0 0 29 2 *", "2096-03-01T00:00:00Z", 1), (Times{"2104-02-29T00:00"})) << "2100 is no leap year";
  EXPECT_EQ(TimesOf("0 0 30 2 *", "2026-01-01T00:00:00Z", 1), Times()) << "a day that never comes";
}

TEST(NextTimeTest, DaysOfMonthAndWeekTogetherMeanEither) {
  EXPECT_EQ(TimesOf("0 6 13 * FRI", "2026-02-01T00:00:00Z", 4),
            (Times{"2026-02-06T06:00", "2026-02-13T06:00", "2026-02-20T06:00", "2026-02-27T06:00"}));
  EXPECT_EQ(TimesOf("0 6 * * 7", "2026-02-02T00:00:00Z", 1), (Times{"2026-02-08T06:00"})) << "7 is Sunday, too";
}

TEST(NextTimeTest, AwsTextsCountSundayAsOneAndMayHaveYears) {
  EXPECT_EQ(TimesOf("cron(0 6 ? * 2-6 *)", "2026-01-02T06:00:00Z", 2), (Times{"2026-01-05T06:00", "2026-01-06T06:00"}));
  EXPECT_EQ(TimesOf("cron(0 0 1 1 ? 2027-2028)", "2026-06-01T00:00:00Z", 5),
            (Times{"2027-01-01T00:00", "2028-01-01T00:00"}));
  EXPECT_EQ(TimesOf("cron(0 0 1 1 ? 2020)", "2026-01-01T00:00:00Z", 1), Times());
}

TEST(NextTimeTest, RatesAreMultiplesSince1970) {
  EXPECT_EQ(TimesOf("rate(15 minutes)", "2026-01-01T00:07:00Z", 2), (Times{"2026-01-01T00:15", "2026-01-01T00:30"}));
  EXPECT_EQ(TimesOf("rate(1 day)", "2026-01-01T00:00:00Z", 1), (Times{"2026-01-02T00:00"}));
  EXPECT_EQ(TimesOf("rate(7 hours)", "1970-01-01T00:00:00Z", 2), (Times{"1970-01-01T07:00", "1970-01-01T14:00"}));
  EXPECT_EQ(TimesOf("rate(1 hour)", "1969-12-31T22:30:00Z", 1), (Times{"1969-12-31T23:00"}));
}

TEST(NextTimeTest, EveryMinuteFiresOnceWhateverClocksOnWallsDo) {
  const auto schedule = ParseSchedule("* * * * *");
  auto at = ParseTimestamp("2026-03-28T00:00:00Z").value();
  for (int i = 0; i < 3 * 1440; ++i) {
    const auto next = NextTime(*schedule, at);
    ASSERT_TRUE(next);
    ASSERT_EQ(next->micros - at.micros, 60'000'000) << FormatTimestamp(at);
    at = *next;
  }
}

}  // namespace
}  // namespace tarn::schedule
