// SPDX-License-Identifier: Apache-2.0
#include "quality/monitor_watch.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "quality/commit_counter.h"

namespace tarn::quality {
namespace {

Timestamp After(Timestamp at, std::chrono::microseconds pause) { return {at.micros + pause.count()}; }

/// Without the times of looks, which alone are not worth a write.
std::string WhatCounts(MonitorState state) {
  state.through_at = {};
  state.result.checked_at = {};
  return EncodeMonitorState(state);
}

}  // namespace

MonitorWatch::MonitorWatch(Dependencies dependencies, std::chrono::milliseconds pause)
    : dependencies_(dependencies), pause_(pause) {}

MonitorWatch::~MonitorWatch() { Stop(); }

void MonitorWatch::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void MonitorWatch::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void MonitorWatch::Nudge() {
  {
    const std::lock_guard lock(mutex_);
    nudged_ = true;
  }
  wake_.notify_all();
}

void MonitorWatch::OnCommit(const std::string& table) {
  {
    const std::lock_guard lock(mutex_);
    committed_.insert(table);
    nudged_ = true;
  }
  wake_.notify_all();
}

void MonitorWatch::Loop() {
  for (;;) {
    const auto again = Look();
    const auto pause = std::chrono::microseconds(again.micros - dependencies_.clock.Now().micros);
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, std::clamp<std::chrono::microseconds>(pause, std::chrono::microseconds(0), kLongestPause),
                   [this] { return nudged_ || stopping_; });
    if (stopping_) return;
    nudged_ = false;
  }
}

bool MonitorWatch::IsStopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

std::optional<MonitorResult> MonitorWatch::ResultOf(const std::string& monitor) const {
  const std::lock_guard lock(mutex_);
  const auto found = results_.find(monitor);
  return found == results_.end() ? std::nullopt : std::optional(found->second);
}

MonitorWatch::Known& MonitorWatch::Learn(const Monitor& monitor, Timestamp now) {
  auto& known = known_[monitor.name];
  if (known.version == monitor.version) return known;
  known = Known();
  known.due = now;
  auto state = LoadMonitorState(dependencies_.store, monitor.name);
  if (!state) {
    LogWarning("state of a monitor not read", {{"monitor", monitor.name}, {"error", state.error().ToString()}});
    known.due = After(now, kRetryPause);
    return known;
  }
  known.version = monitor.version;
  if (state->version != monitor.version) *state = MonitorState();
  known.saved = WhatCounts(*state);
  known.saved_status = state->result.status;
  known.state = std::move(*state);
  known.state.version = monitor.version;
  return known;
}

/// The monitor's rule, applied to the table as it is now.
Result<MonitorResult> MonitorWatch::Find(const Monitor& monitor, MonitorState& state, Timestamp now) {
  const auto bound = dependencies_.names.Resolve(monitor.table, std::nullopt);
  if (!bound && bound.error().code != ErrorCode::kNotFound) return Fail(bound.error());
  if (!bound) {
    if (state.counted_from.micros == 0) state.counted_from = now;
    return Judge(monitor, state, {}, now);
  }
  const auto* pinned = std::get_if<table::PinnedTable>(&(*bound)->source);
  if (pinned == nullptr) {
    return Fail(ErrorCode::kFailedPrecondition, "it has no commits to look at: " + monitor.table.ToString());
  }
  if (!state.location.empty() && state.location != pinned->location) {
    state = MonitorState();
    state.version = monitor.version;
  }
  state.location = pinned->location;
  const auto table = dependencies_.tables.Get(pinned->location);
  TARN_TRY(CountCommits(*table, monitor, now, state));
  return Judge(monitor, state, {pinned->snapshot, (*bound)->visible}, now);
}

Status MonitorWatch::Keep(const Monitor& monitor, Known& known, Timestamp now) {
  const auto status = known.state.result.status;
  if (status == known.saved_status && After(known.saved_at, kSavePause) > now) return {};
  auto text = WhatCounts(known.state);
  if (text == known.saved) return {};
  TARN_TRY(SaveMonitorState(dependencies_.store, monitor.name, known.state));
  known.saved = std::move(text);
  known.saved_status = status;
  known.saved_at = now;
  return {};
}

void MonitorWatch::LookAt(const Monitor& monitor, Known& known, Timestamp now) {
  known.looked_at = now;
  auto found = Find(monitor, known.state, now);
  known.due = found ? NextLook(monitor, known.state, now).value_or(Timestamp{INT64_MAX}) : After(now, kRetryPause);
  if (found) {
    known.state.result = std::move(*found);
  } else {
    auto& result = known.state.result;
    if (result.checked_at.micros == 0 || result.status != MonitorStatus::kUnknown) result.since = now;
    result.status = MonitorStatus::kUnknown;
    result.value.reset();
    result.message = "the table could not be looked at: " + found.error().message;
    result.checked_at = now;
  }
  // Who hears of it must have it before the state says that it was found.
  auto kept = on_result_(monitor, known.state.result);
  if (kept) kept = Keep(monitor, known, now);
  if (kept) return;
  known.due = After(now, kRetryPause);
  LogWarning("result of a monitor not kept", {{"monitor", monitor.name}, {"error", kept.error().ToString()}});
}

/// What was found becomes visible.
void MonitorWatch::Publish() {
  std::map<MonitorStatus, int64_t> counts{
      {MonitorStatus::kUnknown, 0}, {MonitorStatus::kPass, 0}, {MonitorStatus::kFail, 0}};
  std::map<std::string, MonitorResult> results;
  for (const auto& [name, known] : known_) {
    if (known.state.result.checked_at.micros == 0) continue;
    results[name] = known.state.result;
    ++counts[known.state.result.status];
  }
  for (const auto& [status, count] : counts) {
    dependencies_.metrics
        .GetGauge("tarn_monitors", "monitors by what was found last",
                  "status=\"" + std::string(MonitorStatusName(status)) + "\"")
        .Set(count);
  }
  const std::lock_guard lock(mutex_);
  results_ = std::move(results);
}

Timestamp MonitorWatch::Look() {
  std::set<std::string> committed;
  {
    const std::lock_guard lock(mutex_);
    committed.swap(committed_);
  }
  auto next = Timestamp{INT64_MAX};
  std::set<std::string> names;
  for (const auto& monitor : dependencies_.monitors.List()) {
    names.insert(monitor->name);
    if (IsStopping()) continue;
    const auto now = dependencies_.clock.Now();
    auto& known = Learn(*monitor, now);
    if (monitor->is_paused) continue;
    if (committed.contains(monitor->table.ToString())) {
      known.due = std::min(known.due, std::max(now, After(known.looked_at, pause_)));
    }
    if (known.due <= now && known.version == monitor->version) LookAt(*monitor, known, now);
    next = std::min(next, known.due);
  }
  std::erase_if(known_, [&](const auto& one) { return !names.contains(one.first); });
  Publish();
  return next;
}

}  // namespace tarn::quality
