// SPDX-License-Identifier: Apache-2.0
#include "gold/jobs.h"

#include <set>
#include <utility>

#include "lake/keys.h"

namespace tarn::gold {

Result<std::vector<std::string>> Jobs::Kind::Names(store::ObjectStore& store) {
  std::vector<std::string> ids;
  TARN_ASSIGN(const auto domains, store.ListFolders("schemas/"));
  for (const auto& domain : domains) {
    TARN_ASSIGN(const auto names, store.ListFolders("schemas/" + domain + "/gold/"));
    for (const auto& name : names) ids.push_back(domain + "/" + name);
  }
  return ids;
}

store::SeriesName Jobs::Kind::SeriesOf(const std::string& id) {
  const auto slash = id.find('/');
  return lake::JobSeries(id.substr(0, slash), id.substr(slash + 1));
}

JobPtr Jobs::Find(const std::string& domain, const std::string& name) const {
  return documents_.Find(domain + "/" + name);
}

std::vector<JobPtr> Jobs::List(const std::string& domain) const {
  auto jobs = documents_.List();
  if (!domain.empty()) std::erase_if(jobs, [&](const JobPtr& job) { return job->domain != domain; });
  return jobs;
}

Status Jobs::CheckCycle(const Job& job) const {
  std::set<std::string> seen;
  auto open = UpstreamJobs(job);
  while (!open.empty()) {
    const auto id = open.back();
    open.pop_back();
    if (id == job.id()) return Fail(ErrorCode::kInvalidArgument, "dependencies form a cycle through " + id);
    if (!seen.insert(id).second) continue;
    const auto found = documents_.Find(id);
    if (!found) continue;
    for (auto& upstream : UpstreamJobs(*found)) open.push_back(std::move(upstream));
  }
  return {};
}

Result<JobPtr> Jobs::Create(const Job& job) {
  return documents_.Save(job, [&](const JobPtr& present) -> Status {
    if (present) return Fail(ErrorCode::kAlreadyExists, "Job " + job.id() + " already exists");
    return CheckCycle(job);
  });
}

Result<JobPtr> Jobs::Replace(const Job& job) {
  return documents_.Save(job, [&](const JobPtr& present) -> Status {
    if (!present) return Fail(ErrorCode::kNotFound, "Job " + job.id() + " not found");
    return CheckCycle(job);
  });
}

Status Jobs::Remove(const std::string& domain, const std::string& name) {
  return documents_.Remove(domain + "/" + name);
}

}  // namespace tarn::gold
