// SPDX-License-Identifier: Apache-2.0
#include "pipeline/pipeline_tasks.h"

namespace tarn::pipeline {
namespace {

bool IsJob(const std::string& id) { return id.contains('/'); }

}  // namespace

std::vector<lake::TaskPlan> PipelineTasks::Plans() {
  auto plans = dependencies_.jobs.Plans();
  for (const auto& pipeline : dependencies_.pipelines.List()) {
    if (pipeline->is_paused || !pipeline->schedule) continue;
    lake::TaskPlan plan;
    plan.id = pipeline->name;
    plan.version = pipeline->version;
    plan.since = pipeline->updated_at;
    plan.schedule = *pipeline->schedule;
    plan.catch_up = pipeline->catchup;
    plans.push_back(std::move(plan));
  }
  return plans;
}

Result<std::optional<Timestamp>> PipelineTasks::LastScheduled(const std::string& id) {
  return IsJob(id) ? dependencies_.jobs.LastScheduled(id) : dependencies_.runs.LastScheduled(id);
}

bool PipelineTasks::IsBusy(const std::string& id) {
  if (!IsJob(id)) return dependencies_.runner.IsBusy(id);
  return dependencies_.jobs.IsBusy(id) || dependencies_.runner.Awaits(id);
}

Result<lake::UpstreamNews> PipelineTasks::NewsFor(const std::string& id) {
  if (IsJob(id)) return dependencies_.jobs.NewsFor(id);
  return lake::UpstreamNews();  // pipelines follow nothing
}

Status PipelineTasks::Run(const std::string& id, std::string_view trigger, std::optional<Timestamp> scheduled_for) {
  if (IsJob(id)) return dependencies_.jobs.Run(id, trigger, scheduled_for);
  TARN_TRY(dependencies_.runner.Run(id, std::string(trigger), scheduled_for));
  return {};
}

}  // namespace tarn::pipeline
