// SPDX-License-Identifier: Apache-2.0
#pragma once
// Runs pipelines: each job as an execution of its own once those before it have succeeded, or their dbt project; one
// run of a pipeline at a time (lake.md §6.6, durability.md §7.3). Every change of a run is recorded before the next
// step; a server that starts goes on where the records end (docs/guide/pipelines.md). Owned by app; thread-safe.

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/keyed_loop.h"
#include "gold/jobs.h"
#include "gold/runner.h"
#include "gold/runs.h"
#include "pipeline/pipeline_runs.h"
#include "pipeline/pipelines.h"
#include "pipeline/project_runs.h"

namespace tarn::pipeline {

class PipelineRunner {
 public:
  /// Executions of one job that stops of the server may interrupt before its step counts as failed.
  static constexpr int kMostReruns = 3;

  struct Dependencies {
    Pipelines& pipelines;
    PipelineRuns& runs;
    gold::Jobs& jobs;
    gold::Runs& executions;
    gold::Runner& runner;
    ProjectRuns& projects;
    Clock& clock;
  };

  explicit PipelineRunner(Dependencies dependencies);
  ~PipelineRunner();

  /// Takes up the runs that an earlier process left open; after the runner of jobs has started.
  Status Start();
  /// Before the runner of jobs stops. Idempotent.
  void Stop();

  /// Opens a run; its record is durable when this returns. kNotFound; kInvalidArgument: its jobs wait for each other.
  Result<PipelineRun> Run(const std::string& name, const std::string& trigger, std::optional<Timestamp> scheduled_for);
  /// No further job of the run starts, those in progress are cancelled. Answers the run as it was. kNotFound;
  /// kConflict when it has ended.
  Result<PipelineRun> Cancel(const std::string& name, uint64_t run);

  /// Whether a run of the pipeline is queued or in progress.
  bool IsBusy(const std::string& name) const;
  /// Whether a run in progress has yet to end the job ("sales/daily").
  bool Awaits(const std::string& job) const;

  /// An execution or a project ended: runs that wait for it go on.
  void OnJobEnd();
  /// Called after the record of a run was closed. Before Start.
  void OnEnd(std::function<void(const std::string& name)> listener) { on_end_ = std::move(listener); }

 private:
  struct Open {
    PipelineRun run;
    bool is_resumed = false;  ///< its record may be behind what was started for it
    bool is_cancelled = false;
  };
  Status Advance(const std::string& name);
  std::optional<Open> Front(const std::string& name) const;
  void Keep(const PipelineRun& run);
  Status Pass(Open& open);
  Status TakeUp(PipelineRun& run);
  Status Follow(Step& step, const PipelineRun& run);
  void FollowProject(Step& step, const PipelineRun& run);
  Status StartStep(Step& step, const PipelineRun& run);
  Status StartProject(Step& step, const PipelineRun& run);
  Status StartReady(PipelineRun& run);
  void CancelRunning(const PipelineRun& run);
  void Close(PipelineRun& run) const;

  const Dependencies dependencies_;
  mutable std::mutex mutex_;
  std::map<std::string, std::deque<Open>> open_;  ///< by pipeline, the first one is in progress
  std::function<void(const std::string& name)> on_end_ = [](const std::string&) {};
  KeyedLoop loop_;
};

}  // namespace tarn::pipeline
