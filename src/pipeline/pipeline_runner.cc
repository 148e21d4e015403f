// SPDX-License-Identifier: Apache-2.0
#include "pipeline/pipeline_runner.h"

#include <algorithm>

#include "base/crash_point.h"
#include "base/log.h"
#include "pipeline/step_order.h"

namespace tarn::pipeline {
namespace {

using gold::Execution;
using gold::RunStatus;

StepStatus StepStatusOf(RunStatus status) {
  switch (status) {
    case RunStatus::kSucceeded:
      return StepStatus::kSucceeded;
    case RunStatus::kTimedOut:
      return StepStatus::kTimedOut;
    case RunStatus::kAborted:
      return StepStatus::kAborted;
    case RunStatus::kFailed:
      return StepStatus::kFailed;
    default:
      return StepStatus::kRunning;
  }
}

const Step* StepOf(const PipelineRun& run, const std::string& job) {
  const auto found = std::ranges::find(run.steps, job, &Step::job);
  return found == run.steps.end() ? nullptr : &*found;
}

/// Nothing that was asked for wrongly: the same call may succeed later.
bool MayPass(ErrorCode code) {
  return code == ErrorCode::kUnavailable || code == ErrorCode::kConflict || code == ErrorCode::kUnknownOutcome;
}

std::pair<std::string, std::string> ReadJobId(const std::string& id) {
  const auto slash = id.find('/');
  return {id.substr(0, slash), id.substr(slash + 1)};
}

/// "1 of 4 jobs failed: d/b; not run: d/c"
std::string ErrorOf(const PipelineRun& run) {
  std::string failed;
  std::string skipped;
  size_t failures = 0;
  for (const auto& step : run.steps) {
    if (step.status == StepStatus::kSucceeded) continue;
    auto& names = step.status == StepStatus::kSkipped ? skipped : failed;
    if (step.status != StepStatus::kSkipped) ++failures;
    names += (names.empty() ? "" : ", ") + step.job;
  }
  auto text = run.is_cancelled ? std::string("cancelled") : std::string();
  if (failures > 0) {
    text += (text.empty() ? "" : "; ") + std::to_string(failures) + " of " + std::to_string(run.steps.size()) +
            " jobs did not succeed: " + failed;
  }
  if (!skipped.empty()) text += (text.empty() ? "" : "; ") + std::string("not run: ") + skipped;
  return text;
}

}  // namespace

PipelineRunner::PipelineRunner(Dependencies dependencies)
    : dependencies_(dependencies),
      loop_({.name = "tarn-pipeline"}, [this](const std::string& name) { return Advance(name); }) {}

PipelineRunner::~PipelineRunner() { Stop(); }

Status PipelineRunner::Start() {
  TARN_ASSIGN(auto left_over, dependencies_.runs.Unfinished());
  {
    const std::lock_guard lock(mutex_);
    for (auto& run : left_over) {
      const bool is_cancelled = run.is_cancelled;
      open_[run.pipeline].push_back({std::move(run), true, is_cancelled});
    }
  }
  loop_.Start();
  OnJobEnd();
  return {};
}

void PipelineRunner::Stop() { loop_.Stop(); }

Result<PipelineRun> PipelineRunner::Run(const std::string& name, const std::string& trigger,
                                        std::optional<Timestamp> scheduled_for) {
  const auto pipeline = dependencies_.pipelines.Find(name);
  if (!pipeline) return Fail(ErrorCode::kNotFound, "Pipeline " + name + " not found");
  TARN_ASSIGN(const auto order, OrderSteps(dependencies_.jobs, pipeline->jobs));
  PipelineRun run;
  run.pipeline = name;
  run.trigger = trigger;
  run.scheduled_for = scheduled_for;
  run.dbt = pipeline->dbt;
  if (run.dbt) run.steps.emplace_back().job = run.dbt->step();
  for (const auto& one : order) {
    Step step;
    step.job = one.job;
    step.after = one.after;
    run.steps.push_back(std::move(step));
  }
  TARN_ASSIGN(run, dependencies_.runs.Start(std::move(run)));
  {
    const std::lock_guard lock(mutex_);
    open_[name].push_back({run, false, false});
  }
  loop_.ScheduleNow(name);
  return run;
}

Result<PipelineRun> PipelineRunner::Cancel(const std::string& name, uint64_t run) {
  TARN_ASSIGN(const auto recorded, dependencies_.runs.Find(name, run));
  if (!recorded) return Fail(ErrorCode::kNotFound, "no such run");
  {
    const std::lock_guard lock(mutex_);
    auto& queue = open_[name];
    const auto found = std::ranges::find(queue, run, [](const Open& open) { return open.run.run; });
    if (found == queue.end()) {
      return Fail(ErrorCode::kConflict, "the run has ended: " + std::string(gold::RunStatusName(recorded->status)));
    }
    found->is_cancelled = true;
  }
  loop_.ScheduleNow(name);
  return *recorded;
}

bool PipelineRunner::IsBusy(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto queue = open_.find(name);
  return queue != open_.end() && !queue->second.empty();
}

bool PipelineRunner::Awaits(const std::string& job) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [name, queue] : open_) {
    if (queue.empty()) continue;
    const auto* step = StepOf(queue.front().run, job);
    if (step != nullptr && !step->has_ended()) return true;
  }
  return false;
}

void PipelineRunner::OnJobEnd() {
  std::vector<std::string> names;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, queue] : open_) {
      if (!queue.empty()) names.push_back(name);
    }
  }
  for (const auto& name : names) loop_.ScheduleNow(name);
}

std::optional<PipelineRunner::Open> PipelineRunner::Front(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto queue = open_.find(name);
  return queue == open_.end() || queue->second.empty() ? std::nullopt : std::optional(queue->second.front());
}

void PipelineRunner::Keep(const PipelineRun& run) {
  const std::lock_guard lock(mutex_);
  auto& front = open_[run.pipeline].front();
  front.run = run;
  front.is_resumed = false;
}

Status PipelineRunner::Advance(const std::string& name) {
  for (;;) {
    auto open = Front(name);
    if (!open) return {};
    TARN_TRY(Pass(*open));
    if (!gold::IsFinal(open->run.status)) return {};  // the end of an execution goes on
    {
      const std::lock_guard lock(mutex_);
      open_[name].pop_front();
    }
    on_end_(name);
  }
}

/// What was started for the run, as the executions say that name it.
Status PipelineRunner::TakeUp(PipelineRun& run) {
  if (run.dbt) return {};  // recorded before it starts
  for (auto& step : run.steps) {
    if (step.has_ended()) continue;
    const auto [domain, name] = ReadJobId(step.job);
    gold::RunFilter filter;
    filter.domain = domain;
    filter.job_name = name;
    filter.limit = SIZE_MAX;
    TARN_ASSIGN(auto executions, dependencies_.executions.List(filter));
    std::erase_if(executions, [&](const Execution& one) { return one.input.value("pipeline_run", "") != run.id(); });
    if (executions.empty()) continue;
    step.status = StepStatus::kRunning;
    step.execution_id = executions.front().id();
    step.started_at = executions.back().started_at;
    step.reruns = static_cast<int>(executions.size()) - 1;
  }
  return {};
}

Status PipelineRunner::StartStep(Step& step, const PipelineRun& run) {
  const auto [domain, name] = ReadJobId(step.job);
  const auto started = dependencies_.runner.Run(
      domain, name, {.trigger = "pipeline", .scheduled_for = {}, .scope = {}, .pipeline_run = run.id()});
  if (!started && MayPass(started.error().code)) return Fail(started.error());
  if (!started) {
    step.status = StepStatus::kFailed;
    step.error = started.error().message;
    step.stopped_at = dependencies_.clock.Now();
    return {};
  }
  TARN_CRASH_POINT("pipeline.step_opened");
  step.status = StepStatus::kRunning;
  step.execution_id = started->id();
  if (!step.started_at) step.started_at = started->started_at;
  return {};
}

/// Recorded as started before it is: what it has published by a crash is not known, so it is not run a second time.
Status PipelineRunner::StartProject(Step& step, const PipelineRun& run) {
  step.status = StepStatus::kRunning;
  step.started_at = dependencies_.clock.Now();
  TARN_TRY(dependencies_.runs.Update(run));
  TARN_CRASH_POINT("pipeline.project_recorded");
  return dependencies_.projects.Start(run.id(), *run.dbt);
}

void PipelineRunner::FollowProject(Step& step, const PipelineRun& run) {
  if (dependencies_.projects.IsRunning(run.id())) return;
  const auto outcome = dependencies_.projects.TakeOutcome(run.id());
  step.stopped_at = dependencies_.clock.Now();
  if (outcome && *outcome) {
    step.status = StepStatus::kSucceeded;
    return;
  }
  const bool was_cancelled = outcome && outcome->error().code == ErrorCode::kCancelled;
  step.status = was_cancelled ? StepStatus::kAborted : StepStatus::kFailed;
  step.error = outcome ? outcome->error().message
                       : "the server stopped before the project's end was recorded; what it built by then is published";
}

/// Takes over how the execution of the step ended, if it has.
Status PipelineRunner::Follow(Step& step, const PipelineRun& run) {
  if (step.status != StepStatus::kRunning) return {};
  if (run.dbt) {
    FollowProject(step, run);
    return {};
  }
  const bool is_busy = dependencies_.runner.IsBusy(step.job);
  const auto id = gold::ParseExecutionId(step.execution_id);
  if (!id) return Fail(ErrorCode::kCorrupt, "not an execution: " + step.execution_id);
  TARN_ASSIGN(const auto execution, dependencies_.executions.Find(*id));
  const bool has_ended = execution && gold::IsFinal(execution->status);
  if (execution && !has_ended && is_busy) return {};
  if (has_ended && execution->is_interrupted && !run.is_cancelled && step.reruns < kMostReruns) {
    TARN_TRY(StartStep(step, run));
    ++step.reruns;
    return {};
  }
  step.stopped_at = dependencies_.clock.Now();
  if (!has_ended) {
    step.status = StepStatus::kFailed;
    step.error = "the end of its execution is not recorded";
    return {};
  }
  step.status = StepStatusOf(execution->status);
  step.stopped_at = execution->stopped_at;
  step.rows = execution->rows;
  step.error = execution->error.value_or("");
  return {};
}

/// Starts what nothing holds up any more; what waits for a step that did not succeed is skipped.
Status PipelineRunner::StartReady(PipelineRun& run) {
  for (auto& step : run.steps) {
    if (step.status != StepStatus::kPending) continue;
    bool is_ready = true;
    bool is_lost = run.is_cancelled;
    for (const auto& before : step.after) {
      const auto* one = StepOf(run, before);
      is_ready = is_ready && one != nullptr && one->status == StepStatus::kSucceeded;
      is_lost = is_lost || (one != nullptr && one->has_ended() && one->status != StepStatus::kSucceeded);
    }
    if (is_lost) step.status = StepStatus::kSkipped;
    if (is_lost || !is_ready) continue;
    TARN_TRY(run.dbt ? StartProject(step, run) : StartStep(step, run));
    Keep(run);  // started is started, even if the next one cannot be
  }
  return {};
}

void PipelineRunner::CancelRunning(const PipelineRun& run) {
  if (run.dbt) dependencies_.projects.Cancel(run.id());
  for (const auto& step : run.steps) {
    if (step.status != StepStatus::kRunning) continue;
    const auto id = gold::ParseExecutionId(step.execution_id);
    if (!id) continue;
    const auto cancelled = dependencies_.runner.Cancel(*id);
    if (!cancelled && cancelled.error().code != ErrorCode::kConflict) {
      LogWarning("job of a cancelled pipeline not cancelled",
                 {{"execution", step.execution_id}, {"error", cancelled.error().ToString()}});
    }
  }
}

void PipelineRunner::Close(PipelineRun& run) const {
  const bool all_good = run.Count(StepStatus::kSucceeded) == run.steps.size();
  run.status = all_good ? RunStatus::kSucceeded : run.is_cancelled ? RunStatus::kAborted : RunStatus::kFailed;
  run.stopped_at = dependencies_.clock.Now();
  if (!all_good) run.error = ErrorOf(run);
}

/// Looks at every step once and records what changed. What was done is kept also when its record could not be written:
/// the next pass writes it.
Status PipelineRunner::Pass(Open& open) {
  auto& run = open.run;
  if (open.is_resumed) TARN_TRY(TakeUp(run));
  run.status = RunStatus::kRunning;
  if (open.is_cancelled && !run.is_cancelled) {
    run.is_cancelled = true;
    TARN_TRY(dependencies_.runs.Update(run));
    TARN_CRASH_POINT("pipeline.cancelled");
  }
  Keep(run);
  if (run.is_cancelled) CancelRunning(run);
  for (auto& step : run.steps) {
    TARN_TRY(Follow(step, run));
    Keep(run);
  }
  TARN_TRY(StartReady(run));
  Keep(run);
  if (std::ranges::all_of(run.steps, &Step::has_ended)) Close(run);
  TARN_ASSIGN(const auto recorded, dependencies_.runs.Find(run.pipeline, run.run));
  if (recorded && EncodePipelineRun(*recorded) == EncodePipelineRun(run)) return {};
  TARN_CRASH_POINT("pipeline.before_record");
  TARN_TRY(dependencies_.runs.Update(run));
  TARN_CRASH_POINT("pipeline.recorded");
  return {};
}

}  // namespace tarn::pipeline
