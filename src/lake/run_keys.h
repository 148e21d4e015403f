// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where lies what runs of jobs leave besides their records and tables (architecture.md, "The lake on disk"); the rest
// of lake/keys.h.

#include <cstdint>
#include <string>
#include <string_view>

#include "store/series.h"

namespace tarn::lake {

/// _control/tests/: below it, by domain and table, what data tests came to
inline constexpr std::string_view kTestResultsRoot = "_control/tests/";
/// _control/tests/{d}/{t}/{run}-{n}.json: results of the tests of one execution, by attempt
store::SeriesName TestResultsSeries(std::string_view domain, std::string_view table, uint64_t run);

/// {gold location}/_staged/: results that were not published
std::string StagedFolder(std::string_view gold_location);
/// {gold location}/_staged/{run}.json
std::string StagedKey(std::string_view gold_location, uint64_t run);

/// _control/pipelines/: below it, by name, definitions of pipelines
inline constexpr std::string_view kPipelinesRoot = "_control/pipelines/";
store::SeriesName PipelineSeries(std::string_view name);  ///< _control/pipelines/{name}/{n}.json
/// _control/pipeline_runs/: below it, by name, records of their runs
inline constexpr std::string_view kPipelineRunsRoot = "_control/pipeline_runs/";
store::SeriesName PipelineRunsSeries(std::string_view name);  ///< _control/pipeline_runs/{name}/{n}.json

}  // namespace tarn::lake
