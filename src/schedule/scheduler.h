// SPDX-License-Identifier: Apache-2.0
#pragma once
// Runs tasks when they are due: at the times of their schedules, with times missed caught up, and after changes
// upstream (http-api.md §8.1, §8.2; lake.md §6.5). One thread looks when the next one is due or when it is nudged. What
// was opened is in the tasks' own records, so that a restart neither forgets a time nor takes it twice. Owned by app;
// thread-safe.

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/metrics.h"
#include "base/time.h"
#include "lake/tasks.h"
#include "schedule/schedule_text.h"

namespace tarn::schedule {

class Scheduler {
 public:
  /// A clock that jumps is noticed after this.
  static constexpr std::chrono::seconds kLongestPause{5};
  /// Changes upstream that never end are waited out no longer than this.
  static constexpr std::chrono::seconds kLongestDebounce{10};
  /// A time that passed longer ago was missed.
  static constexpr std::chrono::seconds kMissedAfter{60};

  Scheduler(lake::Tasks& tasks, Clock& clock, MetricRegistry& metrics);
  ~Scheduler();

  void Start();
  /// Idempotent.
  void Stop();

  /// A plan was made or changed, a run ended: look now.
  void Nudge();
  /// The table was committed to ("sales.silver.orders"): tasks that read it are looked at. Empty: it may be any.
  void NudgeUpstream(const std::string& table);

  /// Opens every run that is due and answers when to look again. Called by the thread, and by tests in its place.
  Timestamp Look();

 private:
  struct Known {
    uint64_t version = 0;
    std::optional<Schedule> schedule;
    std::optional<Timestamp> next;        ///< the first time that has had no run
    std::optional<Timestamp> news_since;  ///< of changes upstream that have had no run: when they were first seen
    bool looks_upstream = true;           ///< one of its tables was committed to since it last looked
  };

  void Loop();
  Known& Learn(const lake::TaskPlan& plan);
  /// The time of the schedule that is to have its run now.
  std::optional<Timestamp> DueBySchedule(const lake::TaskPlan& plan, Known& known, Timestamp now);
  /// Opens what schedules have due, several at once; answers the earliest next time of those opened.
  std::optional<Timestamp> OpenScheduled(const std::vector<lake::TaskPlan>& plans, Timestamp now);
  /// When the task is to run for changes upstream; nullopt: there are none.
  std::optional<Timestamp> DueByNews(const lake::TaskPlan& plan, Known& known, Timestamp now);
  bool Open(const lake::TaskPlan& plan, std::string_view trigger, std::optional<Timestamp> scheduled_for,
            Timestamp now);

  lake::Tasks& tasks_;
  Clock& clock_;
  Histogram& lateness_;
  std::map<std::string, Known> known_;  ///< of Look alone
  std::mutex mutex_;
  std::condition_variable wake_;
  bool nudged_ = false;
  std::set<std::string> committed_;  ///< tables, since the last look
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tarn::schedule
