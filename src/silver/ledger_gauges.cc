// SPDX-License-Identifier: Apache-2.0
#include "silver/ledger_gauges.h"

namespace tarn::silver {

LedgerGauges::Gauges& LedgerGauges::Of(const std::string& domain, const std::string& table) {
  const auto [found, added] = gauges_.try_emplace({domain, table});
  auto& gauges = found->second;
  if (!added) return gauges;
  const auto endpoint = R"(domain=")" + domain + R"(",endpoint=")" + table + '"';
  const auto fate = [&](const std::string& name) {
    return &metrics_.GetGauge("tarn_ledger_records", "bronze records by what became of them",
                              endpoint + R"(,state=")" + name + '"');
  };
  gauges = {.stored = &metrics_.GetGauge("tarn_ledger_stored_records", "records that bronze has ever held", endpoint),
            .pending = fate("pending"),
            .purged = fate("purged"),
            .applied = fate("applied"),
            .superseded = fate("superseded"),
            .deleted = fate("deleted"),
            .quarantined = fate("quarantined"),
            .rolled_back = fate("rolled_back")};
  return gauges;
}

void LedgerGauges::Set(const std::string& domain, const std::string& table, const LedgerTotals& totals) {
  const std::lock_guard lock(mutex_);
  const auto& gauges = Of(domain, table);
  const auto set = [](Gauge* gauge, uint64_t count) { gauge->Set(static_cast<int64_t>(count)); };
  gauges.stored->Set(totals.stored);
  gauges.pending->Set(totals.pending);
  gauges.purged->Set(totals.purged);
  set(gauges.applied, totals.counters.applied);
  set(gauges.superseded, totals.counters.superseded);
  set(gauges.deleted, totals.counters.deleted);
  set(gauges.quarantined, totals.counters.quarantined);
  set(gauges.rolled_back, totals.counters.rolled_back);
}

}  // namespace tarn::silver
