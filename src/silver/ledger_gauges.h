// SPDX-License-Identifier: Apache-2.0
#pragma once
// The totals of the ledger as metrics, one gauge for each endpoint and fate. Set after merges from what those know
// anyway, so that a scrape reads nothing. Owned by Silver; thread-safe.

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "base/metrics.h"
#include "silver/side_manifest.h"

namespace tarn::silver {

/// Totals of one endpoint.
struct LedgerTotals {
  int64_t stored = 0;
  int64_t pending = 0;
  int64_t purged = 0;
  Counters counters;
};

class LedgerGauges {
 public:
  explicit LedgerGauges(MetricRegistry& metrics) : metrics_(metrics) {}

  void Set(const std::string& domain, const std::string& table, const LedgerTotals& totals);

 private:
  struct Gauges {
    Gauge* stored;
    Gauge* pending;
    Gauge* purged;
    Gauge* applied;
    Gauge* superseded;
    Gauge* deleted;
    Gauge* quarantined;
    Gauge* rolled_back;
  };
  Gauges& Of(const std::string& domain, const std::string& table);

  MetricRegistry& metrics_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, Gauges> gauges_;
};

}  // namespace tarn::silver
