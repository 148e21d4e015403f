// SPDX-License-Identifier: Apache-2.0
#include "alert/alerts.h"

#include <algorithm>
#include <utility>

#include "base/crash_point.h"
#include "base/log.h"

namespace tarn::alert {
namespace {

/// Versions of a document that are put between two looks for old ones.
constexpr uint64_t kVersionsBetweenCollections = 50;
/// A superseded number stays for so long (durability.md §1.3).
constexpr std::chrono::hours kKeptFor{24};

Timestamp After(Timestamp at, std::chrono::microseconds pause) { return {at.micros + pause.count()}; }

}  // namespace

std::shared_ptr<std::mutex> Alerts::TurnOf(const std::string& about) {
  const std::lock_guard lock(mutex_);
  auto& turn = turns_[about];
  if (!turn) turn = std::make_shared<std::mutex>();
  return turn;
}

AlertLog Alerts::LogOf(const std::string& about) const {
  const auto known = documents_.Find(about);
  if (known) return *known;
  AlertLog log;
  log.name = about;
  return log;
}

void Alerts::Remember(const Condition& condition) {
  const std::lock_guard lock(mutex_);
  if (condition.is_bad) {
    latest_[condition.about] = condition.message;
  } else {
    latest_.erase(condition.about);
  }
}

std::string Alerts::LatestOf(const Alert& open) {
  const std::lock_guard lock(mutex_);
  const auto found = latest_.find(open.about);
  return found == latest_.end() ? open.events.back().message : found->second;
}

AlertEvent Alerts::EventOf(EventKind kind, uint64_t number, std::string message) const {
  AlertEvent event;
  event.number = number;
  event.kind = kind;
  event.at = clock_.Now();
  event.message = std::move(message);
  event.pending = options_.webhooks;
  return event;
}

Status Alerts::Keep(AlertLog log) {
  TARN_ASSIGN(const auto kept, documents_.Save(std::move(log)));
  if (kept->version % kVersionsBetweenCollections != 0) return {};
  if (const auto collected = CollectOld(*kept); !collected) {
    LogWarning("old versions of alerts stay", {{"about", kept->name}, {"error", collected.error().ToString()}});
  }
  return {};
}

Status Alerts::CollectOld(const AlertLog& log) {
  const auto name = lake::AlertSeries(log.name);
  TARN_ASSIGN(const auto objects, store_.List(name.prefix));
  const auto before = After(clock_.Now(), -std::chrono::microseconds(kKeptFor));
  std::vector<std::string> old;
  for (const auto& object : objects) {
    const auto number = name.NumberOf(object.key);
    if (number && *number < log.version && object.modified < before) old.push_back(object.key);
  }
  return store_.DeleteAll(old);
}

Status Alerts::Note(const Condition& condition) {
  Remember(condition);
  {
    const auto turn = TurnOf(condition.about);
    const std::lock_guard lock(*turn);
    auto log = LogOf(condition.about);
    auto* const open = log.Open();
    if (condition.is_bad == (open != nullptr)) return {};
    if (open != nullptr) {
      open->Add(EventOf(EventKind::kResolved, open->events.back().number + 1, condition.message));
    } else {
      Alert alert;
      alert.about = condition.about;
      alert.number = log.alerts.empty() ? 1 : log.alerts.back().number + 1;
      alert.severity = condition.severity;
      alert.title = condition.title;
      alert.reference = condition.reference;
      alert.events.push_back(EventOf(EventKind::kOpened, 1, condition.message));
      log.alerts.push_back(std::move(alert));
      if (log.alerts.size() > AlertLog::kMostAlerts) log.alerts.erase(log.alerts.begin());
    }
    TARN_TRY(Keep(std::move(log)));
    TARN_CRASH_POINT("alert.noted");
  }
  on_event_();
  return {};
}

Result<std::optional<Timestamp>> Alerts::Repeat() {
  std::optional<Timestamp> next;
  if (options_.repeat.count() == 0) return next;
  bool repeated = false;
  for (const auto& one : documents_.List()) {
    const auto turn = TurnOf(one->name);
    const std::lock_guard lock(*turn);
    auto log = LogOf(one->name);
    auto* const open = log.Open();
    if (open == nullptr) continue;
    const auto due = After(open->events.back().at, options_.repeat);
    if (due > clock_.Now()) {
      next = std::min(next.value_or(due), due);
      continue;
    }
    auto event = EventOf(EventKind::kRepeated, open->events.back().number + 1, LatestOf(*open));
    const auto again = After(event.at, options_.repeat);
    next = std::min(next.value_or(again), again);
    open->Add(std::move(event));
    TARN_TRY(Keep(std::move(log)));
    repeated = true;
  }
  if (repeated) on_event_();
  return next;
}

std::vector<Alerts::Owed> Alerts::OwedTo(const std::string& webhook) const {
  std::vector<Owed> owed;
  for (const auto& log : documents_.List()) {
    for (const auto& alert : log->alerts) {
      for (const auto& event : alert.events) {
        if (std::ranges::find(event.pending, webhook) != event.pending.end()) owed.push_back({alert, event});
      }
    }
  }
  std::ranges::stable_sort(owed, {}, [](const Owed& one) { return one.event.at; });
  return owed;
}

Status Alerts::Settle(const Owed& owed, const std::string& webhook, Outcome outcome) {
  const auto turn = TurnOf(owed.alert.about);
  const std::lock_guard lock(*turn);
  auto log = LogOf(owed.alert.about);
  const auto alert = std::ranges::find(log.alerts, owed.alert.number, &Alert::number);
  if (alert == log.alerts.end()) return {};
  const auto event = std::ranges::find(alert->events, owed.event.number, &AlertEvent::number);
  if (event == alert->events.end()) return {};
  std::erase(event->pending, webhook);
  if (outcome == Outcome::kGivenUp) event->missed.push_back(webhook);
  return Keep(std::move(log));
}

std::vector<Alert> Alerts::List(const AlertFilter& filter) const {
  std::vector<Alert> alerts;
  for (const auto& log : documents_.List()) {
    if (!filter.about.empty() && filter.about != log->name) continue;
    for (const auto& alert : log->alerts) {
      if (!filter.is_open || *filter.is_open == alert.is_open()) alerts.push_back(alert);
    }
  }
  std::ranges::sort(alerts, std::greater{}, [](const Alert& one) { return std::pair(one.opened_at(), one.id()); });
  if (alerts.size() > filter.limit) alerts.resize(filter.limit);
  return alerts;
}

std::optional<Alert> Alerts::Find(const std::string& id) const {
  const auto dot = id.rfind('.');
  if (dot == std::string::npos) return std::nullopt;
  const auto log = documents_.Find(id.substr(0, dot));
  if (!log) return std::nullopt;
  const auto found = std::ranges::find(log->alerts, id, [](const Alert& one) { return one.id(); });
  return found == log->alerts.end() ? std::nullopt : std::optional(*found);
}

}  // namespace tarn::alert
