// SPDX-License-Identifier: Apache-2.0
#pragma once
// The state of all tested and monitored tables for people and programs: the last results of each and open alerts, as
// JSON and as one page of HTML that needs nothing else (lake.md §6.4). Pure functions.

#include <optional>
#include <string>
#include <vector>

#include "codec/json.h"
#include "alert/alert.h"
#include "quality/monitor.h"
#include "quality/monitor_state.h"
#include "quality/test_results.h"

namespace tarn::api {

struct MonitorState {
  quality::MonitorPtr monitor;
  std::optional<quality::MonitorResult> result;  ///< nullopt: it was not looked at yet
};

struct QualityState {
  std::vector<quality::TestReportPtr> tests;
  std::vector<MonitorState> monitors;
  std::vector<alert::Alert> alerts;
};

/// {"generated_at", "summary": {pass, fail, warn, error}, "tables": [{domain, table, execution_id, …, results}],
/// "monitors": […, result], "alerts": […]}.
codec::OrderedJson TestReportJson(const QualityState& state, Timestamp now);

std::string TestReportHtml(const QualityState& state, Timestamp now);

/// As GET /monitors/{name} answers.
codec::OrderedJson MonitorStateToJson(const MonitorState& state);

}  // namespace tarn::api
