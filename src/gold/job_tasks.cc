// SPDX-License-Identifier: Apache-2.0
#include "gold/job_tasks.h"

#include <algorithm>

#include "gold/view_reads.h"
#include "lake/table_history.h"

namespace tarn::gold {
namespace {

std::pair<std::string, std::string> ReadId(const std::string& id) {
  const auto slash = id.find('/');
  return {id.substr(0, slash), id.substr(slash + 1)};
}

/// The job's newest run.
Result<std::optional<Execution>> LastRun(Runs& runs, const std::string& domain, const std::string& name) {
  RunFilter filter;
  filter.domain = domain;
  filter.job_name = name;
  filter.limit = 1;
  TARN_ASSIGN(auto found, runs.List(filter));
  return found.empty() ? std::optional<Execution>() : std::optional(std::move(found.front()));
}

}  // namespace

JobPtr JobTasks::JobOf(const std::string& id) const {
  const auto [domain, name] = ReadId(id);
  return dependencies_.jobs.Find(domain, name);
}

std::vector<lake::TaskPlan> JobTasks::Plans() {
  std::vector<lake::TaskPlan> plans;
  for (const auto& job : dependencies_.jobs.List()) {
    if (job->status != JobStatus::kActive || job->schedule_type == ScheduleType::kManual) continue;
    lake::TaskPlan plan;
    plan.id = job->id();
    plan.version = job->version;
    plan.since = job->updated_at;
    plan.catch_up = job->catchup;
    plan.follows_upstreams = job->schedule_type == ScheduleType::kDependency;
    if (plan.follows_upstreams) {
      plan.debounce = ParseDuration(job->debounce).value_or(std::chrono::milliseconds(0));
      for (const auto& name : TablesBehind(dependencies_.jobs, UpstreamsOf(*job)))
        plan.reads.push_back(name.ToString());
      plan.upstream_tasks = UpstreamJobs(*job);
    } else {
      plan.schedule = job->cron_schedule.value_or(kDefaultSchedule);
    }
    plans.push_back(std::move(plan));
  }
  return plans;
}

Result<std::optional<Timestamp>> JobTasks::LastScheduled(const std::string& id) {
  const auto [domain, name] = ReadId(id);
  return dependencies_.runs.LastScheduled(domain, name);
}

bool JobTasks::IsBusy(const std::string& id) { return dependencies_.runner.IsBusy(id); }

Result<bool> JobTasks::HasFailed(const engine::TableName& upstream) {
  if (upstream.layer != "gold") return false;
  TARN_ASSIGN(const auto last, LastRun(dependencies_.runs, upstream.domain, upstream.table));
  return last && IsFinal(last->status) && last->status != RunStatus::kSucceeded;
}

Result<std::optional<Timestamp>> JobTasks::ChangeBehind(const table::PinnedTable& upstream, int64_t seen) {
  const auto& newest = *upstream.snapshot;
  if (newest.snapshot_id == seen) return std::optional<Timestamp>();
  const auto table = dependencies_.tables.Get(upstream.location);
  TARN_ASSIGN(const auto history, table->History());
  const auto from = std::ranges::find(history, seen);
  if (from == history.end()) return std::optional(newest.committed_at);  // it expired: changed or not, nobody knows
  for (auto at = history.end(); at != from + 1;) {
    --at;
    TARN_ASSIGN(const auto change, table->LoadChange(*at));
    if (!lake::KeepsRows(change)) return std::optional(change.committed_at);
  }
  return std::optional<Timestamp>();
}

Result<lake::UpstreamNews> JobTasks::NewsFor(const std::string& id) {
  lake::UpstreamNews news;
  const auto job = JobOf(id);
  if (!job) return news;
  TARN_ASSIGN(const auto last, LastRun(dependencies_.runs, job->domain, job->name));
  // What was there when the job was made, or when an attempt began that saw nothing, is no news.
  const auto known_at = last ? std::max(last->started_at, job->created_at) : job->created_at;
  const auto upstreams = UpstreamsOf(*job);
  for (const auto& name : upstreams) {
    TARN_ASSIGN(const bool failed, HasFailed(name));
    if (failed) return lake::UpstreamNews();
  }
  for (const auto& name : TablesBehind(dependencies_.jobs, upstreams)) {
    const auto bound = dependencies_.names.Resolve(name, std::nullopt);
    if (!bound && bound.error().code == ErrorCode::kNotFound) return lake::UpstreamNews();
    if (!bound) return Fail(bound.error());
    const auto* pinned = std::get_if<table::PinnedTable>(&(*bound)->source);
    if (pinned == nullptr) continue;  // bronze and quarantine have no commits to follow
    if (!pinned->snapshot->exists()) return lake::UpstreamNews();
    std::optional<Timestamp> changed;
    const auto seen = last ? last->upstreams.find(name.ToString()) : decltype(last->upstreams.find(""))();
    if (last && seen != last->upstreams.end()) {
      TARN_ASSIGN(changed, ChangeBehind(*pinned, seen->second));
    } else if (pinned->snapshot->committed_at > known_at) {
      changed = pinned->snapshot->committed_at;
    }
    if (changed && (!news.changed_at || *news.changed_at < *changed)) news.changed_at = changed;
  }
  return news;
}

Status JobTasks::Run(const std::string& id, std::string_view trigger, std::optional<Timestamp> scheduled_for) {
  const auto [domain, name] = ReadId(id);
  TARN_TRY(dependencies_.runner.Run(domain, name, {std::string(trigger), scheduled_for}));
  return {};
}

}  // namespace tarn::gold
