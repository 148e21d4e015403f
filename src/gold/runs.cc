// SPDX-License-Identifier: Apache-2.0
#include "gold/runs.h"

#include <algorithm>

#include "base/crash_point.h"
#include "lake/keys.h"

namespace tarn::gold {
namespace {

constexpr std::string_view kRunsPrefix = "_control/runs/";
constexpr int kMaxAttempts = 20;

/// Newest first; ties by id so that pages are stable.
bool Newer(const Execution& a, const Execution& b) {
  if (a.started_at != b.started_at) return a.started_at > b.started_at;
  return a.id() > b.id();
}

}  // namespace

Runs::JobRuns& Runs::Of(const std::string& domain, const std::string& job) {
  const std::lock_guard lock(mutex_);
  auto& slot = jobs_[{domain, job}];
  if (!slot) slot = std::make_unique<JobRuns>(store_, lake::RunsSeries(domain, job), clock_);
  return *slot;
}

Status Runs::Refresh(JobRuns& job) {
  TARN_ASSIGN(const auto head, job.series.Head());
  while (head && job.seen < *head) {
    TARN_ASSIGN(const auto body, job.series.Read(job.seen + 1));
    TARN_ASSIGN(auto execution, DecodeExecution(body));
    job.runs[execution.run] = std::move(execution);
    ++job.seen;
  }
  return {};
}

Status Runs::Append(JobRuns& job, Execution& execution) {
  const bool opens = execution.run == 0;
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    TARN_TRY(Refresh(job));
    const auto number = job.seen + 1;
    if (opens) execution.run = number;
    const auto put = job.series.Put(number, EncodeExecution(execution));
    if (put) {
      job.seen = number;
      job.runs[execution.run] = execution;
      return {};
    }
    if (put.error().code != ErrorCode::kConflict) return put;
  }
  return Fail(ErrorCode::kConflict, "run records of " + execution.domain + "/" + execution.job_name + " are contended");
}

Result<Execution> Runs::Start(Execution execution) {
  auto& job = Of(execution.domain, execution.job_name);
  const std::lock_guard lock(job.mutex);
  execution.run = 0;
  execution.started_at = clock_.Now();
  TARN_TRY(Append(job, execution));
  TARN_CRASH_POINT("gold.run_opened");
  return execution;
}

Status Runs::Update(const Execution& execution) {
  auto& job = Of(execution.domain, execution.job_name);
  const std::lock_guard lock(job.mutex);
  auto copy = execution;
  return Append(job, copy);
}

Result<std::optional<Execution>> Runs::Find(const ExecutionId& id) {
  auto& job = Of(id.domain, id.job_name);
  const std::lock_guard lock(job.mutex);
  TARN_TRY(Refresh(job));
  const auto found = job.runs.find(id.run);
  if (found == job.runs.end()) return std::optional<Execution>();
  return std::optional(found->second);
}

Result<std::vector<std::pair<std::string, std::string>>> Runs::JobsWithRuns(const RunFilter& filter) {
  std::vector<std::pair<std::string, std::string>> jobs;
  std::vector<std::string> domains{filter.domain};
  if (filter.domain.empty()) {
    TARN_ASSIGN(domains, store_.ListFolders(std::string(kRunsPrefix)));
  }
  for (const auto& domain : domains) {
    if (!filter.job_name.empty()) {
      jobs.emplace_back(domain, filter.job_name);
      continue;
    }
    TARN_ASSIGN(const auto names, store_.ListFolders(std::string(kRunsPrefix) + domain + "/"));
    for (const auto& name : names) jobs.emplace_back(domain, name);
  }
  return jobs;
}

Result<std::vector<Execution>> Runs::List(const RunFilter& filter) {
  TARN_ASSIGN(const auto names, JobsWithRuns(filter));
  std::vector<Execution> found;
  std::optional<Execution> cursor;
  if (filter.before) {
    TARN_ASSIGN(cursor, Find(*filter.before));
  }
  for (const auto& [domain, name] : names) {
    auto& job = Of(domain, name);
    const std::lock_guard lock(job.mutex);
    TARN_TRY(Refresh(job));
    for (const auto& [run, execution] : job.runs) {
      if (filter.status && execution.status != *filter.status) continue;
      if (cursor && !Newer(*cursor, execution)) continue;
      found.push_back(execution);
    }
  }
  std::ranges::sort(found, Newer);
  if (found.size() > filter.limit) found.resize(filter.limit);
  return found;
}

Result<std::optional<Timestamp>> Runs::LastScheduled(const std::string& domain, const std::string& job_name) {
  auto& job = Of(domain, job_name);
  const std::lock_guard lock(job.mutex);
  TARN_TRY(Refresh(job));
  std::optional<Timestamp> last;
  for (const auto& [number, execution] : job.runs) last = std::max(last, execution.scheduled_for);
  return last;
}

Result<std::vector<Execution>> Runs::Unfinished() {
  RunFilter every;
  every.limit = SIZE_MAX;
  TARN_ASSIGN(auto all, List(every));
  std::erase_if(all, [](const Execution& execution) { return IsFinal(execution.status); });
  return all;
}

}  // namespace tarn::gold
