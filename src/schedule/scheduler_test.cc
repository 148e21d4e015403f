// SPDX-License-Identifier: Apache-2.0
#include "schedule/scheduler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>

#include "base/result_matchers.h"

namespace tarn::schedule {
namespace {

using lake::CatchUp;
using lake::TaskPlan;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// Tasks of a test, with the records that a restart leaves.
class FakeTasks final : public lake::Tasks {
 public:
  std::vector<TaskPlan> Plans() override { return plans; }
  Result<std::optional<Timestamp>> LastScheduled(const std::string& id) override {
    const auto found = last.find(id);
    return found == last.end() ? std::nullopt : std::optional(found->second);
  }
  bool IsBusy(const std::string& id) override { return busy.contains(id); }
  Result<lake::UpstreamNews> NewsFor(const std::string& id) override {
    ++looks;
    const auto found = news.find(id);
    return found == news.end() ? lake::UpstreamNews() : lake::UpstreamNews{found->second};
  }
  Status Run(const std::string& id, std::string_view trigger, std::optional<Timestamp> scheduled_for) override {
    const std::lock_guard lock(mutex);
    if (!failure.empty()) return Fail(ErrorCode::kUnavailable, failure);
    auto text = id + " " + std::string(trigger);
    if (scheduled_for) {
      text += " " + FormatTimestamp(*scheduled_for).substr(5, 11);
      last[id] = *scheduled_for;
    }
    opened.push_back(std::move(text));
    news.erase(id);
    if (stays_busy) busy.insert(id);
    return {};
  }

  std::mutex mutex;  ///< runs are opened side by side
  std::vector<TaskPlan> plans;
  std::map<std::string, Timestamp> last;
  std::map<std::string, Timestamp> news;
  std::set<std::string> busy;
  std::vector<std::string> opened;
  std::string failure;
  bool stays_busy = false;
  int looks = 0;
};

using Texts = std::vector<std::string>;

class SchedulerTest : public testing::Test {
 protected:
  static Timestamp At(const std::string& text) { return ParseTimestamp(text).value(); }

  TaskPlan& Scheduled(const std::string& id, const std::string& schedule, CatchUp catch_up = CatchUp::kOne) {
    TaskPlan plan;
    plan.id = id;
    plan.version = 1;
    plan.since = clock_.Now();
    plan.schedule = schedule;
    plan.catch_up = catch_up;
    tasks_.plans.push_back(plan);
    return tasks_.plans.back();
  }

  TaskPlan& Follower(const std::string& id, const Texts& upstream_tasks = {}) {
    auto& plan = Scheduled(id, "");
    plan.follows_upstreams = true;
    plan.upstream_tasks = upstream_tasks;
    plan.reads = {"d.silver.t"};
    return plan;
  }

  /// What is opened now, sorted.
  Texts Look() {
    tasks_.opened.clear();
    again_ = scheduler_->Look();
    std::ranges::sort(tasks_.opened);
    return tasks_.opened;
  }

  Texts LookAfter(std::chrono::microseconds pause) {
    clock_.Advance(pause);
    return Look();
  }

  /// Another process on the same records.
  void Restart() { scheduler_ = std::make_unique<Scheduler>(tasks_, clock_, metrics_); }

  MetricRegistry metrics_;
  ManualClock clock_{At("2026-01-01T00:00:30Z")};
  FakeTasks tasks_;
  std::unique_ptr<Scheduler> scheduler_ = std::make_unique<Scheduler>(tasks_, clock_, metrics_);
  Timestamp again_;
};

TEST_F(SchedulerTest, EachTimeIsRunOnceAndWaitedForExactly) {
  Scheduled("d/a", "*/15 * * * *");
  Scheduled("d/b", "rate(1 hour)");
  EXPECT_EQ(Look(), Texts());
  EXPECT_EQ(again_.micros - clock_.Now().micros, 5'000'000) << "a clock may jump";
  clock_.Advance(minutes(14) + seconds(27));
  EXPECT_EQ(Look(), Texts());
  EXPECT_EQ(again_, At("2026-01-01T00:15:00Z"));
  EXPECT_EQ(LookAfter(seconds(3)), Texts{"d/a schedule 01-01T00:15"});
  EXPECT_EQ(Look(), Texts());
  EXPECT_EQ(LookAfter(minutes(45)), (Texts{"d/a schedule 01-01T01:00", "d/b schedule 01-01T01:00"}));
}

TEST_F(SchedulerTest, MissedTimesAreCaughtUpAsThePlanSays) {
  Scheduled("d/one", "daily", CatchUp::kOne);
  Scheduled("d/all", "daily", CatchUp::kAll);
  Scheduled("d/none", "daily", CatchUp::kNone);
  Look();
  clock_.Advance(days(3) + hours(3));
  Restart();
  EXPECT_EQ(Look(), (Texts{"d/all schedule 01-01T02:00", "d/one schedule 01-04T02:00"}));
  EXPECT_EQ(Look(), Texts{"d/all schedule 01-02T02:00"});
  Restart();
  EXPECT_EQ(Look(), Texts{"d/all schedule 01-03T02:00"});
  EXPECT_EQ(Look(), Texts{"d/all schedule 01-04T02:00"});
  EXPECT_EQ(Look(), Texts());
  EXPECT_EQ(LookAfter(hours(23)),
            (Texts{"d/all schedule 01-05T02:00", "d/none schedule 01-05T02:00", "d/one schedule 01-05T02:00"}));
}

TEST_F(SchedulerTest, ARestartNeitherForgetsNorRepeatsATime) {
  Scheduled("d/a", "hourly");
  EXPECT_EQ(LookAfter(hours(1)), Texts{"d/a schedule 01-01T01:00"});
  Restart();
  EXPECT_EQ(Look(), Texts());
  EXPECT_EQ(LookAfter(hours(1)), Texts{"d/a schedule 01-01T02:00"});
}

TEST_F(SchedulerTest, AClockThatGoesBackRepeatsNothing) {
  Scheduled("d/a", "hourly");
  EXPECT_EQ(LookAfter(hours(2)), Texts{"d/a schedule 01-01T02:00"});
  EXPECT_EQ(LookAfter(-hours(1)), Texts());
  EXPECT_EQ(LookAfter(hours(1)), Texts());
  EXPECT_EQ(LookAfter(hours(1)), Texts{"d/a schedule 01-01T03:00"});
}

TEST_F(SchedulerTest, AChangedPlanHasNoPast) {
  auto& plan = Scheduled("d/a", "hourly");
  EXPECT_EQ(LookAfter(hours(1)), Texts{"d/a schedule 01-01T01:00"});
  clock_.Advance(hours(5));
  plan.version = 2;
  plan.since = clock_.Now();
  plan.schedule = "30 * * * *";
  EXPECT_EQ(Look(), Texts());
  EXPECT_EQ(LookAfter(minutes(30)), Texts{"d/a schedule 01-01T06:30"});
}

TEST_F(SchedulerTest, ARunningTaskRunsAgainWhenItHasEnded) {
  tasks_.stays_busy = true;
  Scheduled("d/a", "rate(1 minute)");
  EXPECT_EQ(LookAfter(minutes(1)), Texts{"d/a schedule 01-01T00:01"});
  EXPECT_EQ(LookAfter(minutes(3)), Texts());
  tasks_.busy.clear();
  EXPECT_EQ(Look(), Texts{"d/a schedule 01-01T00:04"}) << "one run for what passed meanwhile";
}

TEST_F(SchedulerTest, WhatCannotBeOpenedIsTriedAgain) {
  Scheduled("d/a", "hourly");
  tasks_.failure = "the store is away";
  EXPECT_EQ(LookAfter(hours(1)), Texts());
  EXPECT_LE(again_.micros - clock_.Now().micros, 5'000'000);
  tasks_.failure.clear();
  EXPECT_EQ(LookAfter(seconds(5)), Texts{"d/a schedule 01-01T01:00"});
}

TEST_F(SchedulerTest, AFollowerRunsAfterNewsAndLooksOnlyWhenSomethingWasCommitted) {
  Follower("d/f");
  EXPECT_EQ(Look(), Texts());
  const int looks = tasks_.looks;
  EXPECT_EQ(LookAfter(hours(1)), Texts());
  EXPECT_EQ(tasks_.looks, looks) << "nothing was committed";
  scheduler_->NudgeUpstream("d.silver.other");
  EXPECT_EQ(Look(), Texts());
  EXPECT_EQ(tasks_.looks, looks) << "it does not read that table";
  tasks_.news["d/f"] = clock_.Now();
  scheduler_->NudgeUpstream("d.silver.t");
  EXPECT_EQ(Look(), Texts{"d/f dependency"});
  EXPECT_EQ(Look(), Texts());
}

TEST_F(SchedulerTest, NewsBeforeARestartAreSeenAfterIt) {
  Follower("d/f");
  Look();
  tasks_.news["d/f"] = clock_.Now();
  Restart();
  EXPECT_EQ(Look(), Texts{"d/f dependency"});
}

TEST_F(SchedulerTest, ADebouncedFollowerWaitsForQuietButNotForEver) {
  Follower("d/f").debounce = seconds(3);
  Look();
  int opened = 0;
  for (int second = 0; second < 45; ++second) {
    tasks_.news["d/f"] = clock_.Now();
    scheduler_->NudgeUpstream("d.silver.t");
    opened += static_cast<int>(LookAfter(seconds(1)).size());
  }
  EXPECT_EQ(opened, 4) << "every ten seconds under constant commits";
  Look();
  tasks_.news["d/f"] = clock_.Now();
  scheduler_->NudgeUpstream("d.silver.t");
  EXPECT_EQ(LookAfter(seconds(2)), Texts());
  EXPECT_EQ(LookAfter(seconds(1)), Texts{"d/f dependency"});
}

TEST_F(SchedulerTest, AChainRunsInItsOrder) {
  tasks_.stays_busy = true;
  Follower("d/c", {"d/a", "d/b"});
  Follower("d/b", {"d/a"});
  Follower("d/a");
  for (const auto* id : {"d/a", "d/b", "d/c"}) tasks_.news[id] = clock_.Now();
  EXPECT_EQ(Look(), Texts{"d/a dependency"});
  EXPECT_EQ(Look(), Texts());
  tasks_.busy.erase("d/a");
  EXPECT_EQ(Look(), Texts{"d/b dependency"});
  EXPECT_EQ(Look(), Texts());
  tasks_.busy.erase("d/b");
  EXPECT_EQ(Look(), Texts{"d/c dependency"});
}

TEST_F(SchedulerTest, ItsThreadRunsWhatIsDueAndStopsAtOnce) {
  SystemClock clock;
  FakeTasks tasks;
  TaskPlan plan;
  plan.id = "d/a";
  plan.version = 1;
  plan.since = {clock.Now().micros - 7'200'000'000};
  plan.schedule = "hourly";
  tasks.plans.push_back(plan);
  Scheduler scheduler(tasks, clock, metrics_);
  scheduler.Start();
  // Its first look comes before it can be stopped.
  scheduler.Nudge();
  scheduler.Stop();
  EXPECT_EQ(tasks.opened.size(), 1U);
}

}  // namespace
}  // namespace tarn::schedule
