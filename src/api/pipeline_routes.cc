// SPDX-License-Identifier: Apache-2.0
#include "api/pipeline_routes.h"

#include <charconv>

#include "api/ordering.h"
#include "api/parameters.h"
#include "api/pipeline_body.h"
#include "lake/name.h"
#include "schedule/next_time.h"

namespace tarn::api {
namespace {

using codec::OrderedJson;

constexpr int64_t kMaxPage = 1'000;
constexpr int64_t kPage = 100;

std::string Name(const net::Request& request) { return std::string(request.Param("name")); }

net::Response PipelineMissing(const net::Request& request) {
  return ErrorAnswer({ErrorCode::kNotFound, "Pipeline " + Name(request) + " not found", ""});
}

net::Response RunMissing(const net::Request& request) {
  return ErrorAnswer(
      {ErrorCode::kNotFound, "Run " + Name(request) + "." + std::string(request.Param("run")) + " not found", ""});
}

/// 0 for what is no number: no run has it.
uint64_t RunNumber(const net::Request& request) {
  const auto text = request.Param("run");
  uint64_t run = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), run);
  return error == std::errc() && end == text.data() + text.size() ? run : 0;
}

OrderedJson PipelineJson(const Services& services, const pipeline::Pipeline& pipeline) {
  auto json = pipeline::PipelineToJson(pipeline);
  if (pipeline.is_paused || !pipeline.schedule) return json;
  const auto schedule = schedule::ParseSchedule(*pipeline.schedule);
  const auto next = schedule ? schedule::NextTime(*schedule, services.clock.Now()) : std::nullopt;
  if (next) json["next_run_at"] = FormatTimestamp(*next);
  return json;
}

net::Response SavePipeline(Services& services, const net::Request& request) {
  std::vector<Problem> problems;
  const auto json = BodyObject(request, problems);
  if (!json) return ProblemsAnswer(problems);
  const auto present = services.pipelines.Find(Name(request));
  auto body = ReadPipelineBody(*json, Name(request), present.get(), {services.jobs, services.settings.dbt_projects});
  if (!body.problems.empty()) return ProblemsAnswer(body.problems);
  const auto saved = services.pipelines.Save(std::move(body.pipeline));
  if (!saved) return ErrorAnswer(saved.error());
  services.scheduler.Nudge();
  return JsonAnswer(PipelineJson(services, **saved));
}

net::Response GetPipeline(Services& services, const net::Request& request) {
  const auto pipeline = services.pipelines.Find(Name(request));
  return pipeline ? JsonAnswer(PipelineJson(services, *pipeline)) : PipelineMissing(request);
}

net::Response ListPipelines(Services& services, const net::Request& request) {
  std::vector<OrderedJson> pipelines;
  for (const auto& pipeline : services.pipelines.List()) pipelines.push_back(PipelineJson(services, *pipeline));
  OrderBy(pipelines, Parameters(request).Text("order_by"));
  return JsonAnswer(OrderedJson(pipelines));
}

net::Response DeletePipeline(Services& services, const net::Request& request) {
  const auto removed = services.pipelines.Remove(Name(request));
  if (removed) services.alert_loop.OnPipeline(Name(request));
  return removed ? MessageAnswer("Pipeline " + Name(request) + " deleted") : ErrorAnswer(removed.error());
}

net::Response RunPipeline(Services& services, const net::Request& request) {
  if (!services.settings.runs_jobs) {
    return ErrorAnswer({ErrorCode::kUnavailable, "the scheduler is off: no pipeline runs (setting scheduler)", ""});
  }
  const auto run = services.pipeline_runner.Run(Name(request), "manual", std::nullopt);
  if (!run) return ErrorAnswer(run.error());
  return JsonAnswer({{"run_id", run->id()},
                     {"pipeline", run->pipeline},
                     {"run", run->run},
                     {"status", "RUNNING"},
                     {"started_at", FormatTimestamp(run->started_at)}});
}

net::Response ListRuns(Services& services, const net::Request& request) {
  if (!lake::IsName(request.Param("name"))) return PipelineMissing(request);
  Parameters parameters(request);
  pipeline::PipelineRunFilter filter;
  filter.pipeline = Name(request);
  const auto status = parameters.Choice("status", "", {"", "queued", "running", "succeeded", "failed", "aborted"});
  if (!status.empty()) {
    filter.status = gold::RunStatusOf(status);
  }
  const auto limit = static_cast<size_t>(parameters.Integer("limit", 1, kMaxPage).value_or(kPage));
  if (const auto cursor = parameters.Integer("cursor", 1, INT64_MAX)) filter.before = static_cast<uint64_t>(*cursor);
  if (!parameters.problems().empty()) return ProblemsAnswer(parameters.problems());
  filter.limit = limit + 1;
  auto found = services.pipeline_runs.List(filter);
  if (!found) return ErrorAnswer(found.error());
  if (found->empty() && !services.pipelines.Find(filter.pipeline)) return PipelineMissing(request);
  const bool more = found->size() > limit;
  if (more) found->resize(limit);
  auto runs = OrderedJson::array();
  for (const auto& run : *found) runs.push_back(pipeline::PipelineRunToJson(run));
  const auto count = runs.size();
  return JsonAnswer({{"runs", std::move(runs)},
                     {"count", count},
                     {"next_cursor", more ? OrderedJson(std::to_string(found->back().run)) : OrderedJson(nullptr)}});
}

net::Response GetRun(Services& services, const net::Request& request) {
  if (!lake::IsName(request.Param("name"))) return RunMissing(request);
  const auto run = services.pipeline_runs.Find(Name(request), RunNumber(request));
  if (!run) return ErrorAnswer(run.error());
  return *run ? JsonAnswer(pipeline::PipelineRunToJson(**run)) : RunMissing(request);
}

net::Response CancelRun(Services& services, const net::Request& request) {
  if (!lake::IsName(request.Param("name"))) return RunMissing(request);
  const auto run = services.pipeline_runner.Cancel(Name(request), RunNumber(request));
  if (run) return JsonAnswer(pipeline::PipelineRunToJson(*run));
  return run.error().code == ErrorCode::kNotFound ? RunMissing(request) : ErrorAnswer(run.error());
}

}  // namespace

void AddPipelineRoutes(Routes& routes) {
  routes.Add(net::Method::kGet, "/pipelines", ListPipelines);
  routes.Add(net::Method::kGet, "/pipelines/{name}", GetPipeline);
  routes.Add(net::Method::kPut, "/pipelines/{name}", SavePipeline);
  routes.Add(net::Method::kDelete, "/pipelines/{name}", DeletePipeline);
  routes.Add(net::Method::kPost, "/pipelines/{name}/run", RunPipeline);
  routes.Add(net::Method::kGet, "/pipelines/{name}/runs", ListRuns);
  routes.Add(net::Method::kGet, "/pipelines/{name}/runs/{run}", GetRun);
  routes.Add(net::Method::kPost, "/pipelines/{name}/runs/{run}/cancel", CancelRun);
}

}  // namespace tarn::api
