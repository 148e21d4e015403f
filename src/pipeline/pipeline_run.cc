// SPDX-License-Identifier: Apache-2.0
#include "pipeline/pipeline_run.h"

#include <algorithm>

#include "base/words.h"
#include "codec/document.h"
#include "codec/or_null.h"

namespace tarn::pipeline {
namespace {

using codec::Json;
using codec::OrderedJson;
using codec::OrNull;

constexpr int kFormatVersion = 2;
constexpr int kWithoutProjects = 1;  ///< the version of records of jobs
constexpr Words<StepStatus, 7> kStatuses{{{"PENDING", StepStatus::kPending},
                                          {"RUNNING", StepStatus::kRunning},
                                          {"SUCCEEDED", StepStatus::kSucceeded},
                                          {"FAILED", StepStatus::kFailed},
                                          {"TIMED_OUT", StepStatus::kTimedOut},
                                          {"ABORTED", StepStatus::kAborted},
                                          {"SKIPPED", StepStatus::kSkipped}}};

Result<std::optional<Timestamp>> ReadTime(const Json& json, const char* member) {
  const auto& given = json.at(member);
  if (given.is_null()) return std::optional<Timestamp>();
  TARN_ASSIGN(const auto at, ParseTimestamp(given.get<std::string>()));
  return std::optional(at);
}

std::string ReadText(const Json& json, const char* member) {
  const auto& given = json.at(member);
  return given.is_null() ? std::string() : given.get<std::string>();
}

Result<Step> StepFromJson(const Json& json) {
  Step step;
  step.job = json.at("job");
  step.after = json.at("after").get<std::vector<std::string>>();
  const auto word = json.at("status").get<std::string>();
  const auto status = ValueOf(kStatuses, word);
  if (!status) return Fail(ErrorCode::kCorrupt, "a step has an unknown status: " + word);
  step.status = *status;
  step.execution_id = ReadText(json, "execution_id");
  step.reruns = json.at("reruns");
  TARN_ASSIGN(step.started_at, ReadTime(json, "started_at"));
  TARN_ASSIGN(step.stopped_at, ReadTime(json, "stopped_at"));
  if (!json.at("rows").is_null()) step.rows = json.at("rows").get<uint64_t>();
  step.error = ReadText(json, "error");
  return step;
}

/// Throws Json::exception on another shape.
Result<PipelineRun> FromJson(const Json& json) {
  const int version = json.at("format_version");
  PipelineRun run;
  run.pipeline = json.at("pipeline");
  run.run = json.at("run");
  const auto status = gold::RunStatusOf(json.at("status").get<std::string>());
  if (!status) return Fail(ErrorCode::kCorrupt, "a run record of a pipeline has an unknown status");
  run.status = *status;
  run.trigger = json.at("trigger");
  TARN_ASSIGN(run.scheduled_for, ReadTime(json, "scheduled_for"));
  TARN_ASSIGN(run.started_at, ParseTimestamp(json.at("started_at").get<std::string>()));
  TARN_ASSIGN(run.stopped_at, ReadTime(json, "stopped_at"));
  run.is_cancelled = json.at("cancelled");
  if (version == kFormatVersion) run.dbt = ProjectCallFromJson(json.at("dbt"));
  for (const auto& one : json.at("jobs")) {
    TARN_ASSIGN(auto step, StepFromJson(one));
    run.steps.push_back(std::move(step));
  }
  run.error = ReadText(json, "error");
  return run;
}

}  // namespace

std::string_view StepStatusName(StepStatus status) { return WordOf(kStatuses, status); }

size_t PipelineRun::Count(StepStatus wanted) const {
  return static_cast<size_t>(std::ranges::count(steps, wanted, &Step::status));
}

OrderedJson StepsToJson(const std::vector<Step>& steps) {
  auto json = OrderedJson::array();
  for (const auto& step : steps) {
    json.push_back({{"job", step.job},
                    {"after", step.after},
                    {"status", StepStatusName(step.status)},
                    {"execution_id", OrNull(step.execution_id)},
                    {"reruns", step.reruns},
                    {"started_at", OrNull(step.started_at)},
                    {"stopped_at", OrNull(step.stopped_at)},
                    {"rows", OrNull(step.rows)},
                    {"error", OrNull(step.error)}});
  }
  return json;
}

OrderedJson PipelineRunToJson(const PipelineRun& run) {
  OrderedJson json;
  json["run_id"] = run.id();
  json["pipeline"] = run.pipeline;
  json["run"] = run.run;
  json["status"] = gold::RunStatusName(run.status);
  json["trigger"] = run.trigger;
  json["scheduled_for"] = OrNull(run.scheduled_for);
  json["started_at"] = FormatTimestamp(run.started_at);
  json["stopped_at"] = OrNull(run.stopped_at);
  if (run.dbt) json["dbt"] = ProjectCallToJson(*run.dbt);
  json["jobs"] = StepsToJson(run.steps);
  json["error"] = OrNull(run.error);
  return json;
}

std::string EncodePipelineRun(const PipelineRun& run) {
  auto json = PipelineRunToJson(run);
  json.erase("run_id");
  json["format_version"] = run.dbt ? kFormatVersion : kWithoutProjects;
  json["cancelled"] = run.is_cancelled;
  return codec::Dump(json);
}

Result<PipelineRun> DecodePipelineRun(std::string_view text) {
  return codec::ReadDocument(text, {"run record of a pipeline", kFormatVersion, kWithoutProjects, "format_version"},
                             FromJson);
}

}  // namespace tarn::pipeline
