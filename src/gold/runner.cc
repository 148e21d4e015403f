// SPDX-License-Identifier: Apache-2.0
#include "gold/runner.h"

#include <algorithm>
#include <thread>

#include "base/log.h"
#include "base/this_thread.h"
#include "gold/job_words.h"
#include "gold/view_reads.h"
#include "lake/keys.h"

namespace tarn::gold {
namespace {

constexpr std::chrono::milliseconds kRetryPause{200};

bool IsTransient(ErrorCode code) {
  return code == ErrorCode::kUnavailable || code == ErrorCode::kConflict || code == ErrorCode::kUnknownOutcome;
}

RunStatus StatusOf(ErrorCode code) {
  if (code == ErrorCode::kDeadlineExceeded) return RunStatus::kTimedOut;
  return code == ErrorCode::kCancelled ? RunStatus::kAborted : RunStatus::kFailed;
}

codec::Json InputOf(const Job& job, const Runner::Occasion& occasion) {
  codec::Json input;
  input["run_mode"] = "single";
  input["domain"] = job.domain;
  input["job_name"] = job.name;
  input["query"] = job.query;
  input["write_mode"] = WriteModeName(job.write_mode);
  input["unique_key"] = job.unique_key_echo ? *job.unique_key_echo : codec::Json(nullptr);
  input["engine"] = WordOf(kJobEngines, job.engine);
  input["materialization"] = WordOf(kMaterializations, job.materialization);
  WriteScope(occasion.scope, input);
  if (!occasion.pipeline_run.empty()) input["pipeline_run"] = occasion.pipeline_run;
  return input;
}

}  // namespace

Runner::Runner(Dependencies dependencies)
    : dependencies_(std::move(dependencies)),
      remote_queries_(dependencies_.names, dependencies_.tables, dependencies_.remotes),
      run_seconds_(
          dependencies_.metrics.GetHistogram("tarn_gold_run_seconds", "time of one job run, publish included")),
      loop_({.name = "tarn-gold", .niceness = kBackgroundNiceness},
            [this](const std::string& key) { return RunQueued(key); }) {}

Runner::~Runner() { Stop(); }

Status Runner::Start() {
  TARN_ASSIGN(auto left_over, dependencies_.runs.Unfinished());
  for (auto& execution : left_over) TARN_TRY(CloseLeftOver(std::move(execution)));
  loop_.Start();
  return {};
}

void Runner::Stop() {
  stop_.request_stop();
  {
    const std::lock_guard lock(mutex_);
    for (auto& [job, run] : in_flight_) run.stop.request_stop();
  }
  loop_.Stop();
}

/// A backfill goes on where its last commit says, if its job is still the same.
bool Runner::Resume(const Execution& execution) {
  const auto job = dependencies_.jobs.Find(execution.domain, execution.job_name);
  if (!job || !job->replaces_intervals() || execution.input.value("query", "") != job->query) return false;
  {
    const std::lock_guard lock(mutex_);
    queues_[job->id()].push_back({job, execution, {}});
  }
  loop_.ScheduleNow(job->id());
  return true;
}

Status Runner::CloseLeftOver(Execution execution) {
  if (ScopeOf(execution).is_backfill() && Resume(execution)) return {};
  Job job;
  job.domain = execution.domain;
  job.name = execution.job_name;
  const auto table = dependencies_.tables.Get(lake::GoldLocation(job.domain, job.name));
  TARN_ASSIGN(const auto snapshot, table->Load());
  execution.stopped_at = dependencies_.clock.Now();
  if (IsPublished(*snapshot, job, execution.run)) {
    execution.status = RunStatus::kSucceeded;
    const bool overwrote = execution.input.value("write_mode", "") == WriteModeName(WriteMode::kOverwrite) &&
                           execution.input.value("materialization", "table") == "table";
    if (overwrote) execution.rows = static_cast<uint64_t>(snapshot->RecordCount());
  } else {
    execution.status = RunStatus::kFailed;
    execution.error = "the server stopped before the run was published; nothing of it is in the table";
    TARN_ASSIGN(const auto tested, dependencies_.test_results.Find(job.domain, job.name, execution.run));
    execution.is_interrupted = !tested || quality::MayPublish(tested->results);
    if (!execution.is_interrupted) execution.error = TestsFailedText(tested->results, execution);
  }
  return dependencies_.runs.Update(execution);
}

Status Runner::CheckScope(const Job& job, const RunScope& scope) {
  if (scope.full_refresh && job.materialization != Materialization::kIncremental) {
    return Fail(ErrorCode::kInvalidArgument, "full_refresh is for incremental jobs");
  }
  if (scope.from.has_value() != scope.to.has_value()) {
    return Fail(ErrorCode::kInvalidArgument, "a backfill needs from and to");
  }
  if (!scope.is_backfill()) return {};
  if (!job.replaces_intervals()) {
    return Fail(ErrorCode::kInvalidArgument, "a backfill is for incremental jobs with an interval_column");
  }
  if (scope.full_refresh) return Fail(ErrorCode::kInvalidArgument, "give a range or full_refresh, not both");
  if (*scope.from < *scope.to) return {};
  return Fail(ErrorCode::kInvalidArgument, "the range of a backfill ends before it begins");
}

Result<Execution> Runner::Run(const std::string& domain, const std::string& name, const Occasion& occasion) {
  const auto job = dependencies_.jobs.Find(domain, name);
  if (!job) return Fail(ErrorCode::kNotFound, "Job " + domain + "/" + name + " not found");
  TARN_TRY(CheckScope(*job, occasion.scope));
  Execution execution;
  execution.domain = domain;
  execution.job_name = name;
  execution.trigger = occasion.trigger;
  execution.scheduled_for = occasion.scheduled_for;
  execution.input = InputOf(*job, occasion);
  TARN_ASSIGN(execution, dependencies_.runs.Start(std::move(execution)));
  {
    const std::lock_guard lock(mutex_);
    queues_[job->id()].push_back({job, execution, {}});
  }
  loop_.ScheduleNow(job->id());
  return execution;
}

bool Runner::IsBusy(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto queue = queues_.find(id);
  return in_flight_.contains(id) || (queue != queues_.end() && !queue->second.empty());
}

std::optional<Timestamp> Runner::OldestInFlight() const {
  const std::lock_guard lock(mutex_);
  const auto oldest = std::ranges::min_element(in_flight_, {}, [](const auto& run) { return run.second.began; });
  return oldest == in_flight_.end() ? std::nullopt : std::optional(oldest->second.began);
}

Status Runner::RunQueued(const std::string& key) {
  while (!stop_.stop_requested()) {
    Queued next;
    {
      const std::lock_guard lock(mutex_);
      auto& queue = queues_[key];
      if (queue.empty()) return {};
      next = std::move(queue.front());
      queue.pop_front();
      in_flight_[key] = {dependencies_.clock.Now(), next.execution.run, next.stop};
      if (stop_.stop_requested()) next.stop.request_stop();
    }
    RunOne(next);
    {
      const std::lock_guard lock(mutex_);
      in_flight_.erase(key);
    }
    on_end_(key);
  }
  return {};
}

void Runner::Record(const Execution& execution) {
  if (const auto put = dependencies_.runs.Update(execution); !put) {
    LogError("run record not written", {{"execution", execution.id()}, {"error", put.error().ToString()}});
  }
}

void Runner::RunOne(const Queued& queued) {
  const auto started = std::chrono::steady_clock::now();
  auto execution = queued.execution;
  execution.status = RunStatus::kRunning;
  Record(execution);
  Status outcome;
  for (int attempt = 0; attempt <= queued.job->retries; ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(kRetryPause * (1 << std::min(attempt, 6)));
    outcome = TryOnce(queued, execution);
    if (outcome || !IsTransient(outcome.error().code)) break;
    if (queued.stop.stop_requested()) outcome = Fail(ErrorCode::kCancelled, "the run was stopped between attempts");
  }
  // The next server goes on with a backfill.
  const bool goes_on = stop_.stop_requested() && ScopeOf(execution).is_backfill();
  if (goes_on && !outcome && outcome.error().code == ErrorCode::kCancelled) return;
  execution.stopped_at = dependencies_.clock.Now();
  if (outcome) {
    execution.status = RunStatus::kSucceeded;
  } else {
    execution.status = StatusOf(outcome.error().code);
    execution.error = outcome.error().message;
    execution.is_interrupted = stop_.stop_requested() && execution.status == RunStatus::kAborted;
    LogWarning("job run failed", {{"execution", execution.id()}, {"error", outcome.error().ToString()}});
  }
  run_seconds_.Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
  Record(execution);
}

Result<std::map<std::string, int64_t>> Runner::UpstreamVersions(const std::string& query) {
  TARN_ASSIGN(const auto statement, dependencies_.engine.Classify(query));
  std::map<std::string, int64_t> versions;
  for (const auto& name : TablesBehind(dependencies_.jobs, statement.tables)) {
    const auto bound = dependencies_.names.Resolve(name, std::nullopt);
    if (!bound) continue;  // the query itself will say so
    const auto* pinned = std::get_if<table::PinnedTable>(&(*bound)->source);
    if (pinned != nullptr) versions[name.ToString()] = pinned->snapshot->snapshot_id;
  }
  return versions;
}

Status Runner::TryOnce(const Queued& queued, Execution& execution) {
  TARN_ASSIGN(auto remote, remote_queries_.Bind(*queued.job, execution.upstreams));
  if (!remote) {
    TARN_ASSIGN(execution.upstreams, UpstreamVersions(queued.job->query));
  }
  Attempt attempt({dependencies_.engine, dependencies_.tables, dependencies_.test_results, dependencies_.clock,
                   dependencies_.seat_check, std::move(remote)},
                  *queued.job, execution, queued.stop.get_token());
  return attempt.Run();
}

Result<Execution> Runner::Cancel(const ExecutionId& id) {
  TARN_ASSIGN(auto execution, dependencies_.runs.Find(id));
  if (!execution) return Fail(ErrorCode::kNotFound, "no such execution");
  std::optional<Queued> waiting;
  {
    const std::lock_guard lock(mutex_);
    const auto key = id.domain + "/" + id.job_name;
    if (const auto run = in_flight_.find(key); run != in_flight_.end() && run->second.run == id.run) {
      run->second.stop.request_stop();
      return *execution;
    }
    auto& queue = queues_[key];
    const auto queued = std::ranges::find(queue, id.run, [](const Queued& one) { return one.execution.run; });
    if (queued != queue.end()) {
      waiting = std::move(*queued);
      queue.erase(queued);
    }
  }
  if (!waiting)
    return Fail(ErrorCode::kConflict, "the execution has ended: " + std::string(RunStatusName(execution->status)));
  waiting->execution.status = RunStatus::kAborted;
  waiting->execution.stopped_at = dependencies_.clock.Now();
  waiting->execution.error = "cancelled before it began";
  TARN_TRY(dependencies_.runs.Update(waiting->execution));
  on_end_(id.domain + "/" + id.job_name);
  return waiting->execution;
}

}  // namespace tarn::gold
