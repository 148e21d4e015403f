// SPDX-License-Identifier: Apache-2.0
#include "app/alerting.h"

namespace tarn::app {
namespace {

alert::Alerts::Options OptionsOf(const Config& config) {
  alert::Alerts::Options options;
  for (const auto& webhook : config.webhooks) options.webhooks.push_back(webhook.name);
  options.repeat = config.alert_repeat;
  return options;
}

}  // namespace

Alerting::Alerting(const Config& config, const Dependencies& dependencies)
    : monitors_(dependencies.store, dependencies.clock),
      alerts_(dependencies.store, dependencies.clock, OptionsOf(config)),
      loop_({alerts_, dependencies.records, monitors_, dependencies.clock, dependencies.metrics},
            {config.webhooks, config.public_url}),
      watch_({monitors_, dependencies.store, dependencies.names, dependencies.tables, dependencies.clock,
              dependencies.metrics},
             config.monitor_interval) {
  watch_.OnResult([this](const quality::Monitor& monitor, const quality::MonitorResult& result) {
    return loop_.OnResult(monitor, result);
  });
}

Status Alerting::Open() {
  TARN_TRY(monitors_.Open());
  return alerts_.Open();
}

void Alerting::Start() {
  loop_.Start();
  watch_.Start();
}

void Alerting::Stop() {
  watch_.Stop();
  loop_.Stop();
}

}  // namespace tarn::app
