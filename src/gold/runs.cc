// SPDX-License-Identifier: Apache-2.0
#include "gold/runs.h"

#include <algorithm>
#include <iterator>

#include "base/crash_point.h"
#include "lake/keys.h"

namespace tarn::gold {
namespace {

constexpr std::string_view kRunsPrefix = "_control/runs/";

/// Newest first; ties by id so that pages are stable.
bool Newer(const Execution& a, const Execution& b) {
  if (a.started_at != b.started_at) return a.started_at > b.started_at;
  return a.id() > b.id();
}

}  // namespace

RunSeries<Execution, Runs::Codec>& Runs::Of(const std::string& domain, const std::string& job) {
  return series_.Of(lake::RunsSeries(domain, job));
}

Result<Execution> Runs::Start(Execution execution) {
  auto& series = Of(execution.domain, execution.job_name);
  TARN_ASSIGN(execution, series.Open(std::move(execution)));
  TARN_CRASH_POINT("gold.run_opened");
  return execution;
}

Status Runs::Update(const Execution& execution) { return Of(execution.domain, execution.job_name).Update(execution); }

Result<std::optional<Execution>> Runs::Find(const ExecutionId& id) { return Of(id.domain, id.job_name).Find(id.run); }

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
    TARN_ASSIGN(auto of_job, Of(domain, name).Where([&](const Execution& one) {
      return (!filter.status || one.status == *filter.status) && (!cursor || Newer(*cursor, one));
    }));
    std::ranges::move(of_job, std::back_inserter(found));
  }
  std::ranges::sort(found, Newer);
  if (found.size() > filter.limit) found.resize(filter.limit);
  return found;
}

Result<std::optional<Execution>> Runs::LastWith(const std::string& domain, const std::string& job_name,
                                                bool (*status_fits)(RunStatus)) {
  return Of(domain, job_name).Last([&](const Execution& one) { return status_fits(one.status); });
}

Result<std::optional<Timestamp>> Runs::LastScheduled(const std::string& domain, const std::string& job_name) {
  return Of(domain, job_name).LastScheduled();
}

Result<std::vector<Execution>> Runs::Unfinished() {
  RunFilter every;
  every.limit = SIZE_MAX;
  TARN_ASSIGN(auto all, List(every));
  std::erase_if(all, [](const Execution& execution) { return IsFinal(execution.status); });
  return all;
}

}  // namespace tarn::gold
