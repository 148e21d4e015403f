// SPDX-License-Identifier: Apache-2.0
#pragma once
// What alerts do by themselves: look at runs that ended, repeat what stays open, tell webhooks with backoff. A webhook
// that hangs holds up neither others nor a stop (docs/guide/monitors.md). Owned by app; thread-safe.

#include <stop_token>
#include <string>
#include <vector>

#include "alert/alert_message.h"
#include "alert/alerts.h"
#include "alert/conditions.h"
#include "alert/webhook.h"
#include "base/keyed_loop.h"
#include "base/metrics.h"
#include "net/outbound_client.h"

namespace tarn::alert {

class AlertLoop {
 public:
  /// A webhook that answers later was not told.
  static constexpr std::chrono::seconds kAnswerTimeout{10};
  /// What a webhook did not take within it is given up.
  static constexpr std::chrono::hours kGiveUpAfter{24};

  struct Dependencies {
    Alerts& alerts;
    RunRecords records;
    quality::Monitors& monitors;
    Clock& clock;
    MetricRegistry& metrics;
  };
  struct Options {
    std::vector<Webhook> webhooks;
    std::string public_url;
  };

  AlertLoop(Dependencies dependencies, Options options);
  ~AlertLoop();

  /// Looks at everything once: an earlier process may have ended before it did.
  void Start();
  /// Exchanges in flight are broken off. Idempotent.
  void Stop();

  /// A run of the job ("sales/daily") ended, or the job was deleted.
  void OnJob(const std::string& job);
  void OnPipeline(const std::string& name);
  /// The monitor was saved or deleted.
  void OnMonitor(const std::string& name);
  /// As MonitorWatch::Listener.
  Status OnResult(const quality::Monitor& monitor, const quality::MonitorResult& result);

 private:
  Status RunKey(const std::string& key);
  Status NoteAll(const Result<std::vector<Condition>>& conditions);
  Status LookAtMonitor(const std::string& name);
  Status Repeat();
  Status Tell(const Webhook& webhook);
  Status Post(const Webhook& webhook, const Alerts::Owed& owed);
  void Schedule(const std::string& work, const std::string& what);

  const Dependencies dependencies_;
  const Options options_;
  net::OutboundClient client_;
  std::stop_source stop_;
  KeyedLoop loop_;
};

}  // namespace tarn::alert
