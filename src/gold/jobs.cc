// SPDX-License-Identifier: Apache-2.0
#include "gold/jobs.h"

#include <set>

#include "base/parallel.h"
#include "lake/keys.h"
#include "store/series.h"

namespace tarn::gold {
namespace {

constexpr int kMaxAttempts = 10;

std::string JobMissing(const std::string& domain, const std::string& name) {
  return "Job " + domain + "/" + name + " not found";
}

}  // namespace

Status Jobs::LoadJob(const std::string& domain, const std::string& name) {
  store::Series series(store_, lake::JobSeries(domain, name), clock_);
  TARN_ASSIGN(const auto head, series.Head());
  if (!head) return {};
  TARN_ASSIGN(const auto body, series.Read(*head));
  TARN_ASSIGN(auto stored, DecodeJob(body));
  const std::lock_guard lock(mutex_);
  jobs_[{domain, name}] = {stored.deleted ? nullptr : std::make_shared<const Job>(std::move(stored.job)), *head};
  return {};
}

Status Jobs::Open() {
  std::vector<std::pair<std::string, std::string>> found;
  TARN_ASSIGN(const auto domains, store_.ListFolders("schemas/"));
  for (const auto& domain : domains) {
    TARN_ASSIGN(const auto names, store_.ListFolders("schemas/" + domain + "/gold/"));
    for (const auto& name : names) found.emplace_back(domain, name);
  }
  return ForEachInParallel(found.size(), [&](size_t i) { return LoadJob(found[i].first, found[i].second); });
}

JobPtr Jobs::Find(const std::string& domain, const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = jobs_.find({domain, name});
  return found == jobs_.end() ? nullptr : found->second.job;
}

std::vector<JobPtr> Jobs::List(const std::string& domain) const {
  const std::lock_guard lock(mutex_);
  std::vector<JobPtr> jobs;
  for (const auto& [key, known] : jobs_) {
    if (known.job && (domain.empty() || key.first == domain)) jobs.push_back(known.job);
  }
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
    const auto slash = id.find('/');
    const auto found = jobs_.find({id.substr(0, slash), id.substr(slash + 1)});
    if (found == jobs_.end() || !found->second.job) continue;
    for (auto& upstream : UpstreamJobs(*found->second.job)) open.push_back(std::move(upstream));
  }
  return {};
}

Result<JobPtr> Jobs::Put(Job job, uint64_t after) {
  job.version = after + 1;
  store::Series series(store_, lake::JobSeries(job.domain, job.name), clock_);
  TARN_TRY(series.Put(job.version, EncodeJob(job)));
  auto stored = std::make_shared<const Job>(std::move(job));
  const std::lock_guard lock(mutex_);
  jobs_[{stored->domain, stored->name}] = {stored, stored->version};
  return stored;
}

Result<JobPtr> Jobs::Create(Job job) {
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    uint64_t after = 0;
    {
      const std::lock_guard lock(mutex_);
      const auto& known = jobs_[{job.domain, job.name}];
      if (known.job) return Fail(ErrorCode::kAlreadyExists, "Job " + job.id() + " already exists");
      TARN_TRY(CheckCycle(job));
      after = known.version;
    }
    job.created_at = job.updated_at = clock_.Now();
    auto put = Put(job, after);
    if (put || put.error().code != ErrorCode::kConflict) return put;
    TARN_TRY(LoadJob(job.domain, job.name));
  }
  return Fail(ErrorCode::kConflict, "job " + job.id() + " is being changed by others, try again");
}

Result<JobPtr> Jobs::Replace(Job job) {
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    uint64_t after = 0;
    {
      const std::lock_guard lock(mutex_);
      const auto& known = jobs_[{job.domain, job.name}];
      if (!known.job) return Fail(ErrorCode::kNotFound, JobMissing(job.domain, job.name));
      TARN_TRY(CheckCycle(job));
      after = known.version;
      job.created_at = known.job->created_at;
    }
    job.updated_at = clock_.Now();
    auto put = Put(job, after);
    if (put || put.error().code != ErrorCode::kConflict) return put;
    TARN_TRY(LoadJob(job.domain, job.name));
  }
  return Fail(ErrorCode::kConflict, "job " + job.id() + " is being changed by others, try again");
}

Status Jobs::Remove(const std::string& domain, const std::string& name) {
  const auto job = Find(domain, name);
  if (!job) return Fail(ErrorCode::kNotFound, JobMissing(domain, name));
  auto deleted = *job;
  deleted.version = job->version + 1;
  store::Series series(store_, lake::JobSeries(domain, name), clock_);
  TARN_TRY(series.Put(deleted.version, EncodeDeletedJob(deleted, clock_.Now())));
  const std::lock_guard lock(mutex_);
  jobs_[{domain, name}] = {nullptr, deleted.version};
  return {};
}

}  // namespace tarn::gold
