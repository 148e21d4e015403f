// SPDX-License-Identifier: Apache-2.0
#include "api/transform_routes.h"

#include "api/breaks.h"
#include "api/job_body.h"
#include "api/ordering.h"
#include "api/parameters.h"
#include "api/rebuild_routes.h"
#include "codec/or_null.h"
#include "schedule/next_time.h"

namespace tarn::api {
namespace {

using codec::Json;
using codec::OrderedJson;
using codec::OrNull;

std::string Domain(const net::Request& request) { return std::string(request.Param("domain")); }
std::string JobName(const net::Request& request) { return std::string(request.Param("job_name")); }

net::Response JobMissing(const net::Request& request) {
  return ErrorAnswer({ErrorCode::kNotFound, "Job " + Domain(request) + "/" + JobName(request) + " not found", ""});
}

/// Whether an engine that took the one takes the other.
bool IsSameWork(const gold::Job& a, const gold::Job& b) {
  return a.engine == b.engine && a.query == b.query && a.materialization == b.materialization;
}

/// The answer that refuses a body; nullopt when it is good. `present` is the job that it changes.
std::optional<net::Response> Refused(Services& services, const gold::Job* present, const JobBody& body) {
  if (!body.problems.empty()) return ProblemsAnswer(body.problems);
  if (present != nullptr && IsSameWork(*present, body.job)) return std::nullopt;
  const auto fits = services.runner.CheckEngine(body.job);
  if (fits) return std::nullopt;
  if (fits.error().code != ErrorCode::kInvalidArgument) return ErrorAnswer(fits.error());
  return ProblemsAnswer({{"value_error", {"body", "engine"}, fits.error().message}});
}

/// The time of its schedule that comes next, of a job that has one.
OrderedJson NextRunOf(const Services& services, const gold::Job& job) {
  if (job.status != gold::JobStatus::kActive || job.schedule_type != gold::ScheduleType::kCron) return nullptr;
  const auto schedule = schedule::ParseSchedule(job.cron_schedule.value_or(gold::kDefaultSchedule));
  const auto next = schedule ? schedule::NextTime(*schedule, services.clock.Now()) : std::nullopt;
  return OrNull(next);
}

OrderedJson JobJson(const Services& services, const gold::Job& job) {
  auto json = gold::JobToJson(job);
  json["next_run_at"] = NextRunOf(services, job);
  return json;
}

/// A cycle is a body that does not fit (422); the rest by code.
net::Response JobResult(Services& services, const Result<gold::JobPtr>& job) {
  if (job) {
    services.scheduler.Nudge();
    return JsonAnswer(JobJson(services, **job));
  }
  if (job.error().code != ErrorCode::kInvalidArgument) return ErrorAnswer(job.error());
  return ProblemsAnswer({{"value_error", {"body", "dependencies"}, job.error().message}});
}

net::Response CreateJob(Services& services, const net::Request& request) {
  std::vector<Problem> problems;
  const auto json = BodyObject(request, problems);
  if (!json) return ProblemsAnswer(problems);
  auto body = ReadJobBody(*json, nullptr, services.settings.default_format, services.engine);
  if (auto refused = Refused(services, nullptr, body)) return std::move(*refused);
  return JobResult(services, services.jobs.Create(std::move(body.job)));
}

net::Response ReplaceJob(Services& services, const net::Request& request) {
  const auto present = services.jobs.Find(Domain(request), JobName(request));
  if (!present) return JobMissing(request);
  std::vector<Problem> problems;
  const auto json = BodyObject(request, problems);
  if (!json) return ProblemsAnswer(problems);
  auto body = ReadJobBody(*json, present.get(), services.settings.default_format, services.engine);
  if (auto refused = Refused(services, present.get(), body)) return std::move(*refused);
  Parameters parameters(request);
  const bool force = parameters.Bool("force", false);
  if (!parameters.problems().empty()) return ProblemsAnswer(parameters.problems());
  if (!force) {
    if (auto refused = RefusedByReaders(services, *present, body.job)) return std::move(*refused);
  }
  return JobResult(services, services.jobs.Replace(std::move(body.job)));
}

net::Response GetJob(Services& services, const net::Request& request) {
  const auto job = services.jobs.Find(Domain(request), JobName(request));
  return job ? JsonAnswer(JobJson(services, *job)) : JobMissing(request);
}

net::Response ListJobs(Services& services, const net::Request& request) {
  Parameters parameters(request);
  std::vector<OrderedJson> jobs;
  for (const auto& job : services.jobs.List(parameters.Text("domain"))) jobs.push_back(JobJson(services, *job));
  OrderBy(jobs, parameters.Text("order_by"));
  return JsonAnswer(OrderedJson(jobs));
}

net::Response DeleteJob(Services& services, const net::Request& request) {
  const auto removed = services.jobs.Remove(Domain(request), JobName(request));
  if (!removed) return ErrorAnswer(removed.error());
  services.alert_loop.OnJob(Domain(request) + "/" + JobName(request));
  return MessageAnswer("Job " + Domain(request) + "/" + JobName(request) + " deleted");
}

/// A date or an instant.
std::optional<Timestamp> ReadTime(const Json& body, const char* member, std::vector<Problem>& problems) {
  const auto given = body.find(member);
  if (given == body.end() || given->is_null()) return std::nullopt;
  if (given->is_string()) {
    const auto text = given->get<std::string>();
    auto at = ParseTimestamp(text);
    if (!at) at = ParseTimestamp(text + "T00:00:00Z");
    if (at) return *at;
  }
  problems.push_back({"value_error", {"body", member}, "Input should be a date or a time with a zone"});
  return std::nullopt;
}

/// What part of its table an incremental job shall do; an empty body asks for what is new.
gold::RunScope ReadScope(const net::Request& request, std::vector<Problem>& problems) {
  gold::RunScope scope;
  if (request.body.empty()) return scope;
  const auto body = BodyObject(request, problems);
  if (!body) return scope;
  scope.from = ReadTime(*body, "from", problems);
  scope.to = ReadTime(*body, "to", problems);
  if (const auto full = body->find("full_refresh"); full != body->end() && !full->is_null()) {
    if (full->is_boolean()) scope.full_refresh = full->get<bool>();
    if (!full->is_boolean()) {
      problems.push_back({"bool_type", {"body", "full_refresh"}, "Input should be a valid boolean"});
    }
  }
  return scope;
}

net::Response RunJob(Services& services, const net::Request& request) {
  if (!services.settings.runs_jobs) {
    return ErrorAnswer({ErrorCode::kUnavailable, "the scheduler is off: no job runs (setting scheduler)", ""});
  }
  std::vector<Problem> problems;
  gold::Runner::Occasion occasion;
  occasion.scope = ReadScope(request, problems);
  if (!problems.empty()) return ProblemsAnswer(problems);
  const auto run = services.runner.Run(Domain(request), JobName(request), occasion);
  if (!run && run.error().code == ErrorCode::kInvalidArgument) {
    return ProblemsAnswer({{"value_error", {"body"}, run.error().message}});
  }
  if (!run) return ErrorAnswer(run.error());
  return JsonAnswer({{"execution_id", run->id()},
                     {"job_name", run->job_name},
                     {"domain", run->domain},
                     {"status", "RUNNING"},
                     {"started_at", FormatTimestamp(run->started_at)}});
}

net::Response GetExecution(Services& services, const net::Request& request) {
  const std::string text(request.Param("execution_id"));
  if (auto rebuild = RebuildExecution(services, text)) return std::move(*rebuild);
  const auto id = gold::ParseExecutionId(text);
  const auto missing = [&] { return ErrorAnswer({ErrorCode::kNotFound, "Execution " + text + " not found", ""}); };
  if (!id) return missing();
  const auto execution = services.runs.Find(*id);
  if (!execution) return ErrorAnswer(execution.error());
  return *execution ? JsonAnswer(gold::ExecutionToJson(**execution)) : missing();
}

net::Response CancelExecution(Services& services, const net::Request& request) {
  const std::string text(request.Param("execution_id"));
  const auto id = gold::ParseExecutionId(text);
  if (!id) return ErrorAnswer({ErrorCode::kNotFound, "Execution " + text + " not found", ""});
  const auto execution = services.runner.Cancel(*id);
  if (execution) return JsonAnswer(gold::ExecutionToJson(*execution));
  if (execution.error().code != ErrorCode::kNotFound) return ErrorAnswer(execution.error());
  return ErrorAnswer({ErrorCode::kNotFound, "Execution " + text + " not found", ""});
}

net::Response ListExecutions(Services& services, const net::Request& request, gold::RunFilter filter) {
  Parameters parameters(request);
  const auto status = parameters.Text("status");
  if (!status.empty()) {
    filter.status = gold::RunStatusOf(status);
    if (!filter.status)
      parameters.Refuse("status", "enum", "Input should be an execution status such as RUNNING or FAILED");
  }
  filter.limit = static_cast<size_t>(parameters.Integer("limit", 1, 1000).value_or(100));
  const auto cursor = parameters.Text("cursor");
  if (!cursor.empty()) {
    filter.before = gold::ParseExecutionId(cursor);
    if (!filter.before) parameters.Refuse("cursor", "value_error", "not a cursor of an earlier answer");
  }
  if (!parameters.problems().empty()) return ProblemsAnswer(parameters.problems());
  const auto limit = filter.limit++;
  auto found = services.runs.List(filter);
  if (!found) return ErrorAnswer(found.error());
  const bool more = found->size() > limit;
  if (more) found->resize(limit);
  auto executions = OrderedJson::array();
  for (const auto& execution : *found) executions.push_back(gold::ExecutionToJson(execution));
  const auto count = executions.size();
  return JsonAnswer({{"executions", std::move(executions)},
                     {"count", count},
                     {"next_cursor", more ? OrderedJson(found->back().id()) : OrderedJson(nullptr)}});
}

net::Response ListAllExecutions(Services& services, const net::Request& request) {
  Parameters parameters(request);
  gold::RunFilter filter;
  filter.domain = parameters.Text("domain");
  filter.job_name = parameters.Text("job_name");
  return ListExecutions(services, request, std::move(filter));
}

net::Response ListJobExecutions(Services& services, const net::Request& request) {
  if (!services.jobs.Find(Domain(request), JobName(request))) return JobMissing(request);
  gold::RunFilter filter;
  filter.domain = Domain(request);
  filter.job_name = JobName(request);
  return ListExecutions(services, request, std::move(filter));
}

}  // namespace

void AddTransformRoutes(Routes& routes) {
  routes.Add(net::Method::kPost, "/transform/jobs", CreateJob);
  routes.Add(net::Method::kGet, "/transform/jobs", ListJobs);
  routes.Add(net::Method::kGet, "/transform/jobs/{domain}/{job_name}", GetJob);
  routes.Add(net::Method::kPut, "/transform/jobs/{domain}/{job_name}", ReplaceJob);
  routes.Add(net::Method::kDelete, "/transform/jobs/{domain}/{job_name}", DeleteJob);
  routes.Add(net::Method::kPost, "/transform/jobs/{domain}/{job_name}/run", RunJob);
  routes.Add(net::Method::kGet, "/transform/jobs/{domain}/{job_name}/executions", ListJobExecutions);
  routes.Add(net::Method::kGet, "/transform/executions", ListAllExecutions);
  routes.Add(net::Method::kGet, "/transform/executions/{execution_id}", GetExecution);
  routes.Add(net::Method::kPost, "/transform/executions/{execution_id}/cancel", CancelExecution);
}

}  // namespace tarn::api
