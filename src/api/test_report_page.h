// SPDX-License-Identifier: Apache-2.0
#pragma once
// The state of all tested tables for people and programs: the last results of each, as JSON and as one page of HTML
// that needs nothing else (lake.md §6.4). Pure functions.

#include <string>
#include <vector>

#include "codec/json.h"
#include "quality/test_results.h"

namespace tarn::api {

/// {"generated_at", "summary": {pass, fail, warn, error}, "tables": [{domain, table, execution_id, …, results}]}.
codec::OrderedJson TestReportJson(const std::vector<quality::TestReportPtr>& reports, Timestamp now);

std::string TestReportHtml(const std::vector<quality::TestReportPtr>& reports, Timestamp now);

}  // namespace tarn::api
