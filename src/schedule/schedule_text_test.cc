// SPDX-License-Identifier: Apache-2.0
#include "schedule/schedule_text.h"

#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace tarn::schedule {
namespace {

TEST(ScheduleTextTest, AcceptsEveryDocumentedForm) {
  for (const auto* text : {"hour",
                           "HOURLY",
                           "@hourly",
                           "day",
                           "daily",
                           "week",
                           "@weekly",
                           "month",
                           "@monthly",
                           "0 6 * * *",
                           "*/15 * * * *",
                           "0 2 * * MON-FRI",
                           "0 2 1,15 JAN-MAR *",
                           "5/10 * * * *",
                           "0 2 * * ? *",
                           "cron(0 6 ? * MON-FRI *)",
                           "cron(0/15 * * * ? 2026-2030)",
                           "rate(1 minute)",
                           "rate(15 minutes)",
                           "rate(2 hours)",
                           "rate(1 day)",
                           "0 0 * * 7"}) {
    EXPECT_THAT(ParseSchedule(text), IsOk()) << text;
  }
}

TEST(ScheduleTextTest, RefusesEverythingElse) {
  for (const auto* text : {"",
                           "sometimes",
                           "60 * * * *",
                           "* 24 * * *",
                           "* * 0 * *",
                           "* * 32 * *",
                           "* * * 13 *",
                           "* * * * 8",
                           "* * *",
                           "1-a * * * *",
                           "5-1 * * * *",
                           "*/0 * * * *",
                           "rate(0 minutes)",
                           "rate(minutes)",
                           "rate(-1 hours)",
                           "rate(5 weeks)",
                           "cron(0 6 * * *)",
                           "0 2 ? * ? *",
                           "? * * * *",
                           "0 2 * * 0 *"}) {
    EXPECT_THAT(ParseSchedule(text), ErrorIs(ErrorCode::kInvalidArgument)) << text;
  }
}

TEST(ScheduleTextTest, AwsCountsSundayAsOne) {
  ASSERT_OK_AND_ASSIGN(const auto aws, ParseSchedule("cron(0 2 ? * 1 *)"));
  ASSERT_OK_AND_ASSIGN(const auto weekly, ParseSchedule("weekly"));
  EXPECT_EQ(std::get<Cron>(aws).days_of_week, std::get<Cron>(weekly).days_of_week);
  EXPECT_EQ(std::get<Cron>(aws).days_of_week.to_ulong(), 1UL);
}

TEST(ScheduleTextTest, RateIsAPeriod) {
  ASSERT_OK_AND_ASSIGN(const auto rate, ParseSchedule("rate(15 minutes)"));
  EXPECT_EQ(std::get<Rate>(rate).period, std::chrono::minutes(15));
}

}  // namespace
}  // namespace tarn::schedule
