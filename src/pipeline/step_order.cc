// SPDX-License-Identifier: Apache-2.0
#include "pipeline/step_order.h"

#include <algorithm>
#include <set>

namespace tarn::pipeline {
namespace {

gold::JobPtr JobOf(const gold::Jobs& jobs, const std::string& id) {
  const auto slash = id.find('/');
  return jobs.Find(id.substr(0, slash), id.substr(slash + 1));
}

std::vector<engine::TableName> NeededBy(const gold::Job& job) {
  return job.dependencies ? gold::UpstreamsOf(job) : job.reads;
}

/// Members that the job needs, directly or through views outside of the pipeline.
std::vector<std::string> MembersBefore(const gold::Jobs& jobs, const std::string& id,
                                       const std::vector<std::string>& members) {
  std::vector<std::string> before;
  const auto job = JobOf(jobs, id);
  if (!job) return before;
  std::set<std::string> seen{id};
  auto open = NeededBy(*job);
  while (!open.empty()) {
    const auto name = open.back();
    open.pop_back();
    const auto upstream = name.domain + "/" + name.table;
    if (name.layer != "gold" || !seen.insert(upstream).second) continue;
    if (std::ranges::find(members, upstream) != members.end()) {
      before.push_back(upstream);
      continue;
    }
    const auto between = JobOf(jobs, upstream);
    if (between && between->is_view()) open.insert(open.end(), between->reads.begin(), between->reads.end());
  }
  std::ranges::sort(before);
  return before;
}

}  // namespace

Result<std::vector<StepPlan>> OrderSteps(const gold::Jobs& jobs, const std::vector<std::string>& ids) {
  std::vector<StepPlan> waiting;
  for (const auto& id : ids) waiting.push_back({id, MembersBefore(jobs, id, ids)});
  std::vector<StepPlan> ordered;
  std::set<std::string> placed;
  while (!waiting.empty()) {
    const auto is_ready = [&](const StepPlan& step) {
      return std::ranges::all_of(step.after, [&](const std::string& id) { return placed.contains(id); });
    };
    const auto next = std::ranges::find_if(waiting, is_ready);
    if (next == waiting.end()) {
      std::string names;
      for (const auto& step : waiting) names += (names.empty() ? "" : ", ") + step.job;
      return Fail(ErrorCode::kInvalidArgument, "jobs of the pipeline wait for each other: " + names);
    }
    placed.insert(next->job);
    ordered.push_back(std::move(*next));
    waiting.erase(next);
  }
  return ordered;
}

}  // namespace tarn::pipeline
