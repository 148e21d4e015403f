// SPDX-License-Identifier: Apache-2.0
#pragma once
// The monitors and alerts of a node, wired to each other. Thread-safe.

#include <memory>

#include "alert/alert_loop.h"
#include "app/config.h"
#include "quality/monitor_watch.h"

namespace tarn::app {

class Alerting {
 public:
  struct Dependencies {
    store::ObjectStore& store;
    engine::NameResolver& names;
    lake::OpenTables& tables;
    Clock& clock;
    MetricRegistry& metrics;
    alert::RunRecords records;
  };

  Alerting(const Config& config, const Dependencies& dependencies);

  /// Reads what is kept; once, before the others.
  Status Open();
  void Start();
  /// Idempotent.
  void Stop();

  quality::Monitors& monitors() { return monitors_; }
  quality::MonitorWatch& watch() { return watch_; }
  alert::Alerts& alerts() { return alerts_; }
  alert::AlertLoop& loop() { return loop_; }

 private:
  quality::Monitors monitors_;
  alert::Alerts alerts_;
  alert::AlertLoop loop_;
  quality::MonitorWatch watch_;
};

}  // namespace tarn::app
