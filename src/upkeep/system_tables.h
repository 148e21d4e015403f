// SPDX-License-Identifier: Apache-2.0
#pragma once
// The lake's own tables by SQL: `tarn.system.upkeep_runs` (what ran since the server started), `tarn.system.tables`
// (how fit the tables are now), `tarn.system.ledger` (what became of every record), `tarn.system.files` (what became of
// dropped files), `tarn.system.executions` (runs of jobs), `tarn.system.pipeline_runs` (runs of pipelines),
// `tarn.system.test_results` (what tests of jobs came to), `tarn.system.monitors` (what monitors found last) and
// `tarn.system.alerts`. Owned by app; thread-safe.

#include "alert/alerts.h"
#include "bronze/bronze.h"
#include "gold/runs.h"
#include "lake/catalog.h"
#include "lake/open_tables.h"
#include "pipeline/pipeline_runs.h"
#include "quality/monitor_watch.h"
#include "quality/test_results.h"
#include "silver/silver.h"
#include "upkeep/run_log.h"

namespace tarn::upkeep {

class SystemTables final : public lake::LayerTables {
 public:
  struct Dependencies {
    store::ObjectStore& store;
    lake::OpenTables& tables;
    silver::Silver& silver;
    const RunLog& runs;
    bronze::Bronze& bronze;
    gold::Runs& executions;
    quality::TestResults& test_results;
    pipeline::PipelineRuns& pipeline_runs;
    quality::Monitors& monitors;
    quality::MonitorWatch& monitor_watch;
    alert::Alerts& alerts;
  };

  explicit SystemTables(Dependencies dependencies) : dependencies_(dependencies) {}

  Result<engine::BoundTablePtr> Resolve(const std::string& domain, const std::string& table,
                                        const std::optional<engine::TimeTravel>& at) override;
  Result<std::vector<std::string>> Domains() override;
  Result<std::vector<std::string>> Tables(const std::string& domain) override;

 private:
  const Dependencies dependencies_;
};

}  // namespace tarn::upkeep
