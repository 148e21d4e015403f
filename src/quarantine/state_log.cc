// SPDX-License-Identifier: Apache-2.0
#include "quarantine/state_log.h"

#include <algorithm>

#include "base/crash_point.h"
#include "base/log.h"
#include "lake/keys.h"

namespace tarn::quarantine {

std::string StateCheckpointKey(const store::SeriesName& log, uint64_t number) {
  auto key = log.KeyOf(number);
  key.resize(key.size() - log.suffix.size());
  return key + ".checkpoint" + log.suffix;
}

StateLog::StateLog(store::ObjectStore& store, Clock& clock, const std::string& domain, const std::string& table)
    : store_(store), series_(store, lake::QuarantineLogSeries(domain, table), clock) {}

StateFold& StateLog::Writable() {
  if (fold_.use_count() > 1) fold_ = std::make_shared<StateFold>(*fold_);
  return *fold_;
}

Status StateLog::LoadCheckpoint(uint64_t head) {
  for (uint64_t number = head - head % kCheckpointInterval; number > 0; number -= kCheckpointInterval) {
    const auto key = StateCheckpointKey(series_.name(), number);
    const auto body = store_.Get(key);
    // Its writer died before: an older one will do.
    if (!body && body.error().code == ErrorCode::kNotFound) continue;
    TARN_TRY(body);
    auto fold = DecodeStateCheckpoint(*body);
    if (!fold) return Fail(std::move(fold).error().In(key));
    fold_ = std::make_shared<StateFold>(*std::move(fold));
    return {};
  }
  return {};
}

Status StateLog::Refresh() {
  TARN_ASSIGN(const auto head, series_.Head());
  if (fold_->head == 0 && head) TARN_TRY(LoadCheckpoint(*head));
  while (fold_->head < head.value_or(0)) {
    const auto number = fold_->head + 1;
    TARN_ASSIGN(const auto body, series_.Read(number));
    auto change = DecodeStateChange(body);
    if (!change) return Fail(std::move(change).error().In(series_.name().KeyOf(number)));
    Writable().Add(*change);
  }
  return {};
}

Result<std::shared_ptr<const StateFold>> StateLog::Pin() {
  const std::lock_guard lock(mutex_);
  TARN_TRY(Refresh());
  return std::shared_ptr<const StateFold>(fold_);
}

Result<bool> StateLog::Append(const Plan& plan) {
  for (;;) {
    TARN_ASSIGN(auto now, Pin());
    TARN_ASSIGN(const auto change, plan(*now));
    if (!change) return false;
    const auto number = now->head + 1;
    now.reset();
    TARN_CRASH_POINT("quarantine.before_state");
    const auto put = series_.Put(number, EncodeStateChange(*change));
    if (!put && put.error().code == ErrorCode::kConflict) continue;
    TARN_TRY(put);
    TARN_CRASH_POINT("quarantine.after_state");
    if (number % kCheckpointInterval == 0) PutCheckpoint(number);
    return true;
  }
}

/// Readers do without one that is missing.
void StateLog::PutCheckpoint(uint64_t number) {
  const auto now = Pin();
  if (!now || (*now)->head != number) return;
  const auto key = StateCheckpointKey(series_.name(), number);
  const auto put = store_.PutIfAbsent(key, EncodeStateCheckpoint(**now));
  if (!put && put.error().code != ErrorCode::kAlreadyExists) {
    LogWarning("quarantine checkpoint not written", {{"key", key}, {"error", put.error().ToString()}});
  }
}

Result<std::vector<Replay>> StateLog::ReplaysBehind(uint64_t after) {
  TARN_ASSIGN(const auto now, Pin());
  const auto first = std::ranges::upper_bound(now->replays, after, {}, &Replay::number);
  return std::vector<Replay>(first, now->replays.end());
}

Result<std::unordered_set<std::string>> StateLog::Handled() {
  TARN_ASSIGN(const auto now, Pin());
  std::unordered_set<std::string> handled;
  for (const auto& [record, state] : now->states) {
    if (!state.status.empty()) handled.insert(record);
  }
  return handled;
}

Result<std::vector<EntryObject>> StateLog::Objects() {
  TARN_ASSIGN(const auto now, Pin());
  return now->objects;
}

StateLog& StateLogs::Of(const std::string& domain, const std::string& table) {
  const std::lock_guard lock(mutex_);
  auto& log = logs_[{domain, table}];
  if (!log) log = std::make_unique<StateLog>(store_, clock_, domain, table);
  return *log;
}

}  // namespace tarn::quarantine
