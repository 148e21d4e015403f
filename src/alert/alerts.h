// SPDX-License-Identifier: Apache-2.0
#pragma once
// The alerts of a lake: opened once, repeated while they stay open, resolved once, each change durable before anybody
// is told (docs/guide/monitors.md). One document `_control/alerts/{about}/{n}` for each thing. Thread-safe.

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "alert/alert.h"
#include "lake/alert_keys.h"
#include "lake/named_documents.h"

namespace tarn::alert {

/// What is known of a thing now.
struct Condition {
  std::string about;  ///< as Alert::about
  bool is_bad = false;
  Severity severity = Severity::kError;
  std::string title;
  std::string message;
  std::string reference;
};

struct AlertFilter {
  std::optional<bool> is_open{};
  std::string about;  ///< empty = all
  size_t limit = 100;
};

class Alerts {
 public:
  struct Options {
    std::vector<std::string> webhooks;    ///< who is told
    std::chrono::milliseconds repeat{0};  ///< how often of an open alert; 0 = once only
  };

  Alerts(store::ObjectStore& store, Clock& clock, Options options)
      : store_(store), clock_(clock), options_(std::move(options)), documents_(store, clock) {}

  /// Reads what is kept; once at start.
  Status Open() { return documents_.Open(); }

  /// Called after a change that somebody is to be told of. Before the first one.
  void OnEvent(std::function<void()> listener) { on_event_ = std::move(listener); }

  /// Opens an alert, or resolves the open one; nothing when it is as it was.
  Status Note(const Condition& condition);
  /// Repeats what has been open for long enough and answers when the next one will have been.
  Result<std::optional<Timestamp>> Repeat();

  /// An event that somebody is to be told of.
  struct Owed {
    Alert alert;
    AlertEvent event;
  };
  /// In the order in which they happened.
  std::vector<Owed> OwedTo(const std::string& webhook) const;
  enum class Outcome : uint8_t { kTold, kGivenUp };
  Status Settle(const Owed& owed, const std::string& webhook, Outcome outcome);

  /// Newest first.
  std::vector<Alert> List(const AlertFilter& filter) const;
  std::optional<Alert> Find(const std::string& id) const;

 private:
  struct Kind {
    static constexpr const char* kWord = "Alert";
    static const std::string& NameOf(const AlertLog& log) { return log.name; }
    static Result<std::vector<std::string>> Names(store::ObjectStore& store) {
      return store.ListFolders(std::string(lake::kAlertsRoot));
    }
    static store::SeriesName SeriesOf(const std::string& about) { return lake::AlertSeries(about); }
    static std::string Encode(const StoredAlertLog& stored) { return EncodeAlertLog(stored); }
    static Result<StoredAlertLog> Decode(std::string_view text) { return DecodeAlertLog(text); }
  };

  std::shared_ptr<std::mutex> TurnOf(const std::string& about);
  AlertLog LogOf(const std::string& about) const;
  void Remember(const Condition& condition);
  std::string LatestOf(const Alert& open);
  AlertEvent EventOf(EventKind kind, uint64_t number, std::string message) const;
  Status Keep(AlertLog log);
  Status CollectOld(const AlertLog& log);

  store::ObjectStore& store_;
  Clock& clock_;
  const Options options_;
  lake::NamedDocuments<AlertLog, Kind> documents_;
  std::function<void()> on_event_ = [] {};
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<std::mutex>> turns_;  ///< one writer of a document in this process
  std::map<std::string, std::string> latest_;                 ///< what was last said of open alerts
};

}  // namespace tarn::alert
