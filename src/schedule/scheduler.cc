// SPDX-License-Identifier: Apache-2.0
#include "schedule/scheduler.h"

#include <algorithm>

#include "base/log.h"
#include "base/parallel.h"
#include "schedule/next_time.h"

namespace tarn::schedule {
namespace {

using lake::CatchUp;
using lake::TaskPlan;

Timestamp After(Timestamp at, std::chrono::microseconds pause) { return {at.micros + pause.count()}; }

/// The latest time at or before `now`, from `next` on, which is one.
Timestamp LatestDue(const Schedule& schedule, Timestamp next, Timestamp now) {
  // A rate counts itself; a cron that was missed for long fires at most once a minute.
  if (const auto* rate = std::get_if<Rate>(&schedule)) {
    const auto period = std::chrono::duration_cast<std::chrono::microseconds>(rate->period).count();
    return {now.micros / period * period};
  }
  for (auto later = NextTime(schedule, next); later && *later <= now; later = NextTime(schedule, next)) next = *later;
  return next;
}

}  // namespace

Scheduler::Scheduler(lake::Tasks& tasks, Clock& clock, MetricRegistry& metrics)
    : tasks_(tasks),
      clock_(clock),
      lateness_(metrics.GetHistogram("tarn_schedule_lateness_seconds", "from the time of a schedule to its run")) {}

Scheduler::~Scheduler() { Stop(); }

void Scheduler::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void Scheduler::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Scheduler::Nudge() {
  {
    const std::lock_guard lock(mutex_);
    nudged_ = true;
  }
  wake_.notify_all();
}

void Scheduler::NudgeUpstream(const std::string& table) {
  {
    const std::lock_guard lock(mutex_);
    nudged_ = true;
    committed_.insert(table);
  }
  wake_.notify_all();
}

void Scheduler::Loop() {
  for (;;) {
    const auto again = Look();
    const auto pause = std::chrono::microseconds(again.micros - clock_.Now().micros);
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, std::clamp<std::chrono::microseconds>(pause, std::chrono::microseconds(0), kLongestPause),
                   [this] { return nudged_ || stopping_; });
    if (stopping_) return;
    nudged_ = false;
  }
}

Scheduler::Known& Scheduler::Learn(const TaskPlan& plan) {
  auto& known = known_[plan.id];
  if (known.version == plan.version) return known;
  known = Known();
  known.version = plan.version;
  if (plan.schedule.empty()) return known;
  const auto schedule = ParseSchedule(plan.schedule);
  const auto last = tasks_.LastScheduled(plan.id);
  if (!schedule || !last) {
    const auto& error = schedule ? last.error() : schedule.error();
    LogError("schedule not understood", {{"task", plan.id}, {"error", error.ToString()}});
    known.version = 0;  // looked at again next time
    return known;
  }
  known.schedule = *schedule;
  known.next = NextTime(*schedule, std::max(plan.since, last->value_or(plan.since)));
  return known;
}

bool Scheduler::Open(const TaskPlan& plan, std::string_view trigger, std::optional<Timestamp> scheduled_for,
                     Timestamp now) {
  const auto opened = tasks_.Run(plan.id, trigger, scheduled_for);
  if (!opened) {
    LogWarning("run not opened", {{"task", plan.id}, {"error", opened.error().ToString()}});
    return false;
  }
  if (scheduled_for) lateness_.Observe(static_cast<double>(now.micros - scheduled_for->micros) / 1e6);
  return true;
}

std::optional<Timestamp> Scheduler::DueBySchedule(const TaskPlan& plan, Known& known, Timestamp now) {
  if (!known.next || *known.next > now) return std::nullopt;
  if (plan.catch_up == CatchUp::kNone && After(*known.next, kMissedAfter) < now) {
    known.next = NextTime(*known.schedule, After(now, -std::chrono::microseconds(kMissedAfter)));
    if (!known.next || *known.next > now) return std::nullopt;
  }
  if (tasks_.IsBusy(plan.id)) return std::nullopt;  // its end is a nudge
  return plan.catch_up == CatchUp::kAll ? *known.next : LatestDue(*known.schedule, *known.next, now);
}

std::optional<Timestamp> Scheduler::OpenScheduled(const std::vector<TaskPlan>& plans, Timestamp now) {
  struct Due {
    const TaskPlan* plan;
    Known* known;
    Timestamp at;
    bool opened = false;
  };
  std::vector<Due> due;
  for (const auto& plan : plans) {
    auto& known = Learn(plan);
    if (!known.schedule) continue;
    if (const auto at = DueBySchedule(plan, known, now)) due.push_back({&plan, &known, *at});
  }
  // Each waits for its record to be durable.
  static_cast<void>(ForEachInParallel(due.size(), [&](size_t i) -> Status {
    due[i].opened = Open(*due[i].plan, "schedule", due[i].at, now);
    return {};
  }));
  std::optional<Timestamp> again;
  for (const auto& one : due) {
    if (!one.opened) continue;
    one.known->next = NextTime(*one.known->schedule, one.at);
    if (one.known->next && (!again || *one.known->next < *again)) again = one.known->next;
  }
  return again;
}

std::optional<Timestamp> Scheduler::DueByNews(const TaskPlan& plan, Known& known, Timestamp now) {
  if (tasks_.IsBusy(plan.id)) return std::nullopt;
  const auto news = tasks_.NewsFor(plan.id);
  if (!news) {
    LogWarning("upstreams not read", {{"task", plan.id}, {"error", news.error().ToString()}});
    return std::nullopt;
  }
  if (!news->changed_at) {
    known.news_since.reset();
    known.looks_upstream = false;
    return std::nullopt;
  }
  if (!known.news_since) known.news_since = now;
  return std::min(After(*news->changed_at, plan.debounce), After(*known.news_since, kLongestDebounce));
}

Timestamp Scheduler::Look() {
  std::set<std::string> committed;
  {
    const std::lock_guard lock(mutex_);
    committed.swap(committed_);
  }
  const auto now = clock_.Now();
  const auto plans = tasks_.Plans();
  auto again = After(now, kLongestPause);
  const auto look_again = [&](std::optional<Timestamp> at) {
    if (at && *at < again) again = std::max(*at, now);
  };
  look_again(OpenScheduled(plans, now));
  std::set<std::string> waiting;  // those that have a run to come or in progress
  std::vector<std::pair<const TaskPlan*, Timestamp>> followers;
  for (const auto& plan : plans) {
    auto& known = Learn(plan);
    if (tasks_.IsBusy(plan.id)) waiting.insert(plan.id);
    if (known.next && *known.next > now) look_again(known.next);
    if (!plan.follows_upstreams) continue;
    const auto is_news = [&](const std::string& table) { return committed.contains(table); };
    known.looks_upstream = known.looks_upstream || committed.contains("") || std::ranges::any_of(plan.reads, is_news);
    if (!known.looks_upstream) continue;
    const auto due = DueByNews(plan, known, now);
    if (!due) continue;
    waiting.insert(plan.id);
    followers.emplace_back(&plan, *due);
  }
  for (const auto& [plan, due] : followers) {
    const auto is_before = [&](const std::string& upstream) { return waiting.contains(upstream); };
    if (std::ranges::any_of(plan->upstream_tasks, is_before)) continue;  // its end is a nudge
    if (due > now) {
      look_again(due);
    } else if (Open(*plan, "dependency", std::nullopt, now)) {
      known_[plan->id].news_since.reset();
    }
  }
  std::set<std::string_view> ids;
  for (const auto& plan : plans) ids.insert(plan.id);
  std::erase_if(known_, [&](const auto& entry) { return !ids.contains(entry.first); });
  return again;
}

}  // namespace tarn::schedule
