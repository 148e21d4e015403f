// SPDX-License-Identifier: Apache-2.0
#pragma once
// What is to be alerted of: failing monitors, jobs and pipelines whose last run failed, tests that warned
// (docs/guide/monitors.md). Nothing in it quotes rows. Free functions; thread-safe.

#include <optional>
#include <string>
#include <vector>

#include "alert/alerts.h"
#include "gold/jobs.h"
#include "gold/runs.h"
#include "pipeline/pipeline_runs.h"
#include "pipeline/pipelines.h"
#include "quality/monitor_state.h"
#include "quality/monitors.h"
#include "quality/test_results.h"

namespace tarn::alert {

std::string AboutMonitor(const std::string& name);

/// nullopt: nothing can be said, what is open stays open.
std::optional<Condition> ConditionOf(const quality::Monitor& monitor, const quality::MonitorResult& result);

/// Nothing is wrong with what is not there.
Condition Gone(const std::string& about, const std::string& why);

struct RunRecords {
  gold::Jobs& jobs;
  gold::Runs& runs;
  quality::TestResults& test_results;
  pipeline::Pipelines& pipelines;
  pipeline::PipelineRuns& pipeline_runs;
};

/// Of the job "sales/daily" and of its tests, by its last run that was not cancelled.
Result<std::vector<Condition>> ConditionsOfJob(const RunRecords& records, const std::string& job);
/// Of the pipeline, likewise.
Result<std::vector<Condition>> ConditionsOfPipeline(const RunRecords& records, const std::string& name);

}  // namespace tarn::alert
