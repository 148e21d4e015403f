// SPDX-License-Identifier: Apache-2.0
#include "pipeline/pipeline_runs.h"

#include <algorithm>

#include "base/crash_point.h"
#include "lake/run_keys.h"

namespace tarn::pipeline {
namespace {

constexpr int kMaxAttempts = 20;

/// Newest first; ties by number so that pages are stable.
bool Newer(const PipelineRun& a, const PipelineRun& b) {
  if (a.started_at != b.started_at) return a.started_at > b.started_at;
  return a.run > b.run;
}

}  // namespace

PipelineRuns::Known& PipelineRuns::Of(const std::string& pipeline) {
  const std::lock_guard lock(mutex_);
  auto& slot = pipelines_[pipeline];
  if (!slot) slot = std::make_unique<Known>(store_, lake::PipelineRunsSeries(pipeline), clock_);
  return *slot;
}

Status PipelineRuns::Refresh(Known& known) {
  TARN_ASSIGN(const auto head, known.series.Head());
  while (head && known.seen < *head) {
    TARN_ASSIGN(const auto body, known.series.Read(known.seen + 1));
    TARN_ASSIGN(auto run, DecodePipelineRun(body));
    known.runs[run.run] = std::move(run);
    ++known.seen;
  }
  return {};
}

Status PipelineRuns::Append(Known& known, PipelineRun& run) {
  const bool opens = run.run == 0;
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    TARN_TRY(Refresh(known));
    const auto number = known.seen + 1;
    if (opens) run.run = number;
    const auto put = known.series.Put(number, EncodePipelineRun(run));
    if (put) {
      known.seen = number;
      known.runs[run.run] = run;
      return {};
    }
    if (put.error().code != ErrorCode::kConflict) return put;
  }
  return Fail(ErrorCode::kConflict, "run records of the pipeline are contended: " + run.pipeline);
}

Result<PipelineRun> PipelineRuns::Start(PipelineRun run) {
  auto& known = Of(run.pipeline);
  const std::lock_guard lock(known.mutex);
  run.run = 0;
  run.started_at = clock_.Now();
  TARN_TRY(Append(known, run));
  TARN_CRASH_POINT("pipeline.run_opened");
  return run;
}

Status PipelineRuns::Update(const PipelineRun& run) {
  auto& known = Of(run.pipeline);
  const std::lock_guard lock(known.mutex);
  auto copy = run;
  return Append(known, copy);
}

Result<std::optional<PipelineRun>> PipelineRuns::Find(const std::string& pipeline, uint64_t run) {
  auto& known = Of(pipeline);
  const std::lock_guard lock(known.mutex);
  TARN_TRY(Refresh(known));
  const auto found = known.runs.find(run);
  return found == known.runs.end() ? std::optional<PipelineRun>() : std::optional(found->second);
}

Result<std::vector<PipelineRun>> PipelineRuns::List(const PipelineRunFilter& filter) {
  std::vector<std::string> names{filter.pipeline};
  if (filter.pipeline.empty()) {
    TARN_ASSIGN(names, store_.ListFolders(std::string(lake::kPipelineRunsRoot)));
  }
  std::vector<PipelineRun> found;
  for (const auto& name : names) {
    auto& known = Of(name);
    const std::lock_guard lock(known.mutex);
    TARN_TRY(Refresh(known));
    for (const auto& [number, run] : known.runs) {
      if (filter.status && run.status != *filter.status) continue;
      if (filter.before && number >= *filter.before) continue;
      found.push_back(run);
    }
  }
  std::ranges::sort(found, Newer);
  if (found.size() > filter.limit) found.resize(filter.limit);
  return found;
}

Result<std::optional<Timestamp>> PipelineRuns::LastScheduled(const std::string& pipeline) {
  auto& known = Of(pipeline);
  const std::lock_guard lock(known.mutex);
  TARN_TRY(Refresh(known));
  std::optional<Timestamp> last;
  for (const auto& [number, run] : known.runs) last = std::max(last, run.scheduled_for);
  return last;
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
