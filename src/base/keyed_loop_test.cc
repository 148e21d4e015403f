// SPDX-License-Identifier: Apache-2.0
#include "base/keyed_loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

namespace tarn {
namespace {

TEST(KeyedLoopTest, RunsADueKeyAndOnceMoreWhenScheduledDuringItsRun) {
  std::latch both(2);
  std::atomic<int> runs{0};
  KeyedLoop* self = nullptr;
  KeyedLoop loop({.name = "test"}, [&](const std::string& key) -> Status {
    if (++runs == 1) self->ScheduleNow(key);
    if (runs <= 2) both.count_down();
    return {};
  });
  self = &loop;
  loop.Start();
  loop.ScheduleNow("a");
  both.wait();
  loop.Stop();
  EXPECT_EQ(runs, 2);
}

TEST(KeyedLoopTest, TriesAFailedKeyAgain) {
  std::latch done(3);
  std::atomic<int> runs{0};
  KeyedLoop loop({.name = "test", .first_retry = std::chrono::milliseconds(1)}, [&](const std::string&) -> Status {
    const int run = ++runs;
    if (run <= 3) done.count_down();
    if (run < 3) return Fail(ErrorCode::kUnavailable, "not yet");
    return {};
  });
  loop.Start();
  loop.ScheduleNow("a");
  done.wait();
  loop.Stop();
  EXPECT_EQ(runs, 3);
}

TEST(KeyedLoopTest, HurriesWhatIsDueLaterAndForgetsTheUnscheduled) {
  std::latch ran(1);
  std::atomic<int> forgotten{0};
  KeyedLoop loop({.name = "test"}, [&](const std::string& key) -> Status {
    if (key == "late") ran.count_down();
    if (key == "forgotten") ++forgotten;
    return {};
  });
  loop.Start();
  const auto in_an_hour = std::chrono::steady_clock::now() + std::chrono::hours(1);
  loop.Schedule("late", in_an_hour);
  loop.Schedule("forgotten", in_an_hour);
  loop.Unschedule("forgotten");
  loop.HurryAll();
  ran.wait();
  loop.Stop();
  EXPECT_EQ(forgotten, 0);
}

}  // namespace
}  // namespace tarn
