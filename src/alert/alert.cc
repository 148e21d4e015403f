// SPDX-License-Identifier: Apache-2.0
#include "alert/alert.h"

#include <utility>

#include "base/words.h"
#include "codec/document.h"

namespace tarn::alert {
namespace {

using codec::Json;
using codec::OrderedJson;

constexpr int kFormatVersion = 1;
constexpr Words<EventKind, 3> kKinds{
    {{"opened", EventKind::kOpened}, {"repeated", EventKind::kRepeated}, {"resolved", EventKind::kResolved}}};

OrderedJson EventJson(const AlertEvent& event) {
  return {{"number", event.number},   {"event", EventKindName(event.kind)}, {"at", FormatTimestamp(event.at)},
          {"message", event.message}, {"pending", event.pending},           {"missed", event.missed}};
}

/// Throws Json::exception on another shape; so do those below.
Result<AlertEvent> EventOf(const Json& json) {
  AlertEvent event;
  event.number = json.at("number");
  const auto kind = ValueOf(kKinds, json.at("event").get<std::string>());
  if (!kind) return Fail(ErrorCode::kCorrupt, "an alert with an unknown event");
  event.kind = *kind;
  TARN_ASSIGN(event.at, ParseTimestamp(json.at("at").get<std::string>()));
  event.message = json.at("message");
  event.pending = json.at("pending").get<std::vector<std::string>>();
  event.missed = json.at("missed").get<std::vector<std::string>>();
  return event;
}

OrderedJson StoredJson(const Alert& alert) {
  auto events = OrderedJson::array();
  for (const auto& event : alert.events) events.push_back(EventJson(event));
  return {{"number", alert.number},
          {"severity", SeverityName(alert.severity)},
          {"title", alert.title},
          {"reference", alert.reference},
          {"events", std::move(events)}};
}

Result<Alert> AlertOf(const Json& json, const std::string& about) {
  Alert alert;
  alert.about = about;
  alert.number = json.at("number");
  alert.severity = json.at("severity") == SeverityName(Severity::kWarning) ? Severity::kWarning : Severity::kError;
  alert.title = json.at("title");
  alert.reference = json.at("reference");
  for (const auto& one : json.at("events")) {
    TARN_ASSIGN(auto event, EventOf(one));
    alert.events.push_back(std::move(event));
  }
  if (alert.events.empty()) return Fail(ErrorCode::kCorrupt, "an alert without events");
  return alert;
}

Result<StoredAlertLog> FromJson(const Json& json) {
  StoredAlertLog stored;
  auto& log = stored.value;
  log.name = json.at("about");
  log.version = json.at("version");
  for (const auto& one : json.at("alerts")) {
    TARN_ASSIGN(auto alert, AlertOf(one, log.name));
    log.alerts.push_back(std::move(alert));
  }
  TARN_ASSIGN(log.created_at, ParseTimestamp(json.at("created_at").get<std::string>()));
  TARN_ASSIGN(log.updated_at, ParseTimestamp(json.at("updated_at").get<std::string>()));
  return stored;
}

}  // namespace

std::string_view SeverityName(Severity severity) { return severity == Severity::kError ? "error" : "warning"; }

std::string_view EventKindName(EventKind kind) { return WordOf(kKinds, kind); }

void Alert::Add(AlertEvent event) {
  events.push_back(std::move(event));
  for (size_t i = 1; i + 1 < events.size() && events.size() > kMostEvents;) {
    if (events[i].pending.empty()) {
      events.erase(events.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
}

Alert* AlertLog::Open() { return !alerts.empty() && alerts.back().is_open() ? &alerts.back() : nullptr; }

OrderedJson AlertToJson(const Alert& alert) {
  const auto& last = alert.events.back();
  auto json = StoredJson(alert);
  const auto events = std::move(json["events"]);
  json.erase("events");
  OrderedJson answer{{"id", alert.id()}, {"about", alert.about}, {"status", alert.is_open() ? "open" : "resolved"}};
  answer.update(json);
  answer["message"] = last.message;
  answer["opened_at"] = FormatTimestamp(alert.opened_at());
  answer["resolved_at"] = alert.is_open() ? OrderedJson(nullptr) : OrderedJson(FormatTimestamp(last.at));
  answer["events"] = events;
  return answer;
}

std::string EncodeAlertLog(const StoredAlertLog& stored) {
  const auto& log = stored.value;
  auto alerts = OrderedJson::array();
  for (const auto& alert : log.alerts) alerts.push_back(StoredJson(alert));
  return codec::Dump(OrderedJson{{"format_version", kFormatVersion},
                                 {"about", log.name},
                                 {"version", log.version},
                                 {"alerts", std::move(alerts)},
                                 {"created_at", FormatTimestamp(log.created_at)},
                                 {"updated_at", FormatTimestamp(log.updated_at)}});
}

Result<StoredAlertLog> DecodeAlertLog(std::string_view text) {
  return codec::ReadDocument(text, {"document of alerts", kFormatVersion, 1, "format_version"}, FromJson);
}

}  // namespace tarn::alert
