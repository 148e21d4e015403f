// SPDX-License-Identifier: Apache-2.0
#pragma once
// The record of one run of a pipeline: when it started, how each of its jobs ended, how it ended itself
// (docs/formats/pipelines.md). Plain value and codec.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/json.h"
#include "gold/execution.h"
#include "pipeline/project_call.h"

namespace tarn::pipeline {

enum class StepStatus {
  kPending,  ///< those before it have not ended
  kRunning,  ///< its execution is queued or running
  kSucceeded,
  kFailed,
  kTimedOut,
  kAborted,
  kSkipped  ///< one before it did not succeed, or the run was cancelled
};

std::string_view StepStatusName(StepStatus status);

struct Step {
  std::string job;                 ///< "domain/job_name"; of a dbt project: ProjectCall::step
  std::vector<std::string> after;  ///< jobs of the run that must have succeeded
  StepStatus status = StepStatus::kPending;
  std::string execution_id;  ///< the last execution; empty: none yet
  int reruns = 0;            ///< executions that a stop of the server interrupted
  std::optional<Timestamp> started_at;
  std::optional<Timestamp> stopped_at;
  std::optional<uint64_t> rows;
  std::string error;

  bool has_ended() const { return status != StepStatus::kPending && status != StepStatus::kRunning; }
};

struct PipelineRun {
  std::string pipeline;
  uint64_t run = 0;  ///< number of the entry that opened it
  gold::RunStatus status = gold::RunStatus::kQueued;
  std::string trigger = "manual";
  std::optional<Timestamp> scheduled_for;  ///< the time of the schedule it is for
  Timestamp started_at;
  std::optional<Timestamp> stopped_at;
  bool is_cancelled = false;       ///< no further job starts
  std::optional<ProjectCall> dbt;  ///< the pipeline's then; its only step
  std::vector<Step> steps;         ///< each behind those it waits for
  std::string error;

  /// "{pipeline}.{run}"
  std::string id() const { return pipeline + "." + std::to_string(run); }
  size_t Count(StepStatus wanted) const;
};

/// What the HTTP API answers.
codec::OrderedJson PipelineRunToJson(const PipelineRun& run);
/// Its `jobs`.
codec::OrderedJson StepsToJson(const std::vector<Step>& steps);

std::string EncodePipelineRun(const PipelineRun& run);
Result<PipelineRun> DecodePipelineRun(std::string_view text);

}  // namespace tarn::pipeline
