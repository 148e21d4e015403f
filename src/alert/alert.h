// SPDX-License-Identifier: Apache-2.0
#pragma once
// An alert: one time in which something was wrong, from the finding that opened it to the one that resolved it, with
// whom was told what (docs/guide/monitors.md). Plain values and their codec (docs/formats/monitors.md).

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "codec/json.h"
#include "lake/stored_document.h"

namespace tarn::alert {

enum class Severity : uint8_t { kWarning, kError };
std::string_view SeverityName(Severity severity);

enum class EventKind : uint8_t {
  kOpened,
  kRepeated,  ///< it is still open
  kResolved
};
std::string_view EventKindName(EventKind kind);

/// Something to be told.
struct AlertEvent {
  uint64_t number = 1;  ///< in its alert
  EventKind kind = EventKind::kOpened;
  Timestamp at;
  std::string message;
  std::vector<std::string> pending{};  ///< webhooks that were not told yet
  std::vector<std::string> missed{};   ///< webhooks that were given up on
};

struct Alert {
  static constexpr size_t kMostEvents = 12;  ///< the first and the newest ones are kept

  std::string about;    ///< "monitor.orders_volume", "job.sales.daily"
  uint64_t number = 1;  ///< among those about the same
  Severity severity = Severity::kError;
  std::string title;
  std::string reference;           ///< path of the API that says more
  std::vector<AlertEvent> events;  ///< never empty; by number

  std::string id() const { return about + "." + std::to_string(number); }
  bool is_open() const { return events.back().kind != EventKind::kResolved; }
  Timestamp opened_at() const { return events.front().at; }
  /// Adds one and forgets those in the middle that are too many and owed to nobody.
  void Add(AlertEvent event);
};

/// All that is kept about one thing: a document of the lake.
struct AlertLog {
  static constexpr size_t kMostAlerts = 20;

  std::string name;  ///< Alert::about
  uint64_t version = 1;
  std::vector<Alert> alerts;  ///< oldest first
  Timestamp created_at;
  Timestamp updated_at;

  Alert* Open();
};
using AlertLogPtr = std::shared_ptr<const AlertLog>;
using StoredAlertLog = lake::StoredDocument<AlertLog>;

/// What the HTTP API answers.
codec::OrderedJson AlertToJson(const Alert& alert);

std::string EncodeAlertLog(const StoredAlertLog& stored);
Result<StoredAlertLog> DecodeAlertLog(std::string_view text);

}  // namespace tarn::alert
