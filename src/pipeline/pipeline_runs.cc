// SPDX-License-Identifier: Apache-2.0
#include "pipeline/pipeline_runs.h"

#include <algorithm>
#include <iterator>

#include "base/crash_point.h"
#include "lake/run_keys.h"

namespace tarn::pipeline {
namespace {

/// Newest first; ties by number so that pages are stable.
bool Newer(const PipelineRun& a, const PipelineRun& b) {
  if (a.started_at != b.started_at) return a.started_at > b.started_at;
  return a.run > b.run;
}

}  // namespace

gold::RunSeries<PipelineRun, PipelineRuns::Codec>& PipelineRuns::Of(const std::string& pipeline) {
  return series_.Of(lake::PipelineRunsSeries(pipeline));
}

Result<PipelineRun> PipelineRuns::Start(PipelineRun run) {
  auto& series = Of(run.pipeline);
  TARN_ASSIGN(run, series.Open(std::move(run)));
  TARN_CRASH_POINT("pipeline.run_opened");
  return run;
}

Status PipelineRuns::Update(const PipelineRun& run) { return Of(run.pipeline).Update(run); }

Result<std::optional<PipelineRun>> PipelineRuns::Find(const std::string& pipeline, uint64_t run) {
  return Of(pipeline).Find(run);
}

Result<std::vector<PipelineRun>> PipelineRuns::List(const PipelineRunFilter& filter) {
  std::vector<std::string> names{filter.pipeline};
  if (filter.pipeline.empty()) {
    TARN_ASSIGN(names, store_.ListFolders(std::string(lake::kPipelineRunsRoot)));
  }
  std::vector<PipelineRun> found;
  for (const auto& name : names) {
    TARN_ASSIGN(auto of_pipeline, Of(name).Where([&](const PipelineRun& one) {
      return (!filter.status || one.status == *filter.status) && (!filter.before || one.run < *filter.before);
    }));
    std::ranges::move(of_pipeline, std::back_inserter(found));
  }
  std::ranges::sort(found, Newer);
  if (found.size() > filter.limit) found.resize(filter.limit);
  return found;
}

Result<std::optional<PipelineRun>> PipelineRuns::LastWith(const std::string& pipeline,
                                                          bool (*status_fits)(gold::RunStatus)) {
  return Of(pipeline).Last([&](const PipelineRun& one) { return status_fits(one.status); });
}

Result<std::optional<Timestamp>> PipelineRuns::LastScheduled(const std::string& pipeline) {
  return Of(pipeline).LastScheduled();
}

Result<std::vector<PipelineRun>> PipelineRuns::Unfinished() {
  PipelineRunFilter every;
  every.limit = SIZE_MAX;
  TARN_ASSIGN(auto all, List(every));
  std::erase_if(all, [](const PipelineRun& run) { return gold::IsFinal(run.status); });
  std::ranges::reverse(all);
  return all;
}

}  // namespace tarn::pipeline
