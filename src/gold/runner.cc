// SPDX-License-Identifier: Apache-2.0
#include "gold/runner.h"

#include <algorithm>
#include <thread>

#include "base/log.h"
#include "base/this_thread.h"
#include "gold/publish.h"
#include "gold/result_schema.h"
#include "gold/test_gate.h"
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

/// Decides where the rows of the result are: those of an overwrite go from the query straight into files; other
/// publishes read them more than once, from a temp table, which also tells repeated names apart. Answers how many are
/// in that table.
Result<std::optional<uint64_t>> PlaceResult(PublishRequest& request) {
  auto& workspace = request.workspace;
  if (request.job.write_mode == WriteMode::kOverwrite) {
    TARN_ASSIGN(request.result, workspace.Describe(request.job.query));
    request.place = ResultPlace::kQuery;
    if (!RepeatedName(request.result)) return std::optional<uint64_t>();
  }
  request.place = ResultPlace::kTempTable;
  TARN_TRY(workspace.Execute("CREATE TEMP TABLE result AS " + request.job.query));
  TARN_ASSIGN(request.result, workspace.Describe("SELECT * FROM result"));
  TARN_ASSIGN(const auto counted, workspace.Query("SELECT count(*) FROM result"));
  table::BatchView batch;
  TARN_ASSIGN(const bool more, counted->Next(batch));
  return std::optional(more ? static_cast<uint64_t>(batch.columns[0].At<int64_t>(0)) : 0);
}

codec::Json InputOf(const Job& job) {
  codec::Json input;
  input["run_mode"] = "single";
  input["domain"] = job.domain;
  input["job_name"] = job.name;
  input["query"] = job.query;
  input["write_mode"] = WriteModeName(job.write_mode);
  input["unique_key"] = job.unique_key_echo ? *job.unique_key_echo : codec::Json(nullptr);
  return input;
}

}  // namespace

Runner::Runner(Dependencies dependencies)
    : dependencies_(std::move(dependencies)),
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
  loop_.Stop();
}

Status Runner::CloseLeftOver(Execution execution) {
  Job job;
  job.domain = execution.domain;
  job.name = execution.job_name;
  const auto table = dependencies_.tables.Get(lake::GoldLocation(job.domain, job.name));
  TARN_ASSIGN(const auto snapshot, table->Load());
  execution.stopped_at = dependencies_.clock.Now();
  if (IsPublished(*snapshot, job, execution.run)) {
    execution.status = RunStatus::kSucceeded;
    const bool overwrote = execution.input.value("write_mode", "") == WriteModeName(WriteMode::kOverwrite);
    if (overwrote) execution.rows = static_cast<uint64_t>(snapshot->RecordCount());
  } else {
    execution.status = RunStatus::kFailed;
    execution.error = "the server stopped before the run was published; nothing of it is in the table";
    TARN_ASSIGN(const auto tested, dependencies_.test_results.Find(job.domain, job.name, execution.run));
    if (tested && !quality::MayPublish(tested->results)) execution.error = TestsFailedText(tested->results, execution);
  }
  return dependencies_.runs.Update(execution);
}

Result<Execution> Runner::Run(const std::string& domain, const std::string& name, const Occasion& occasion) {
  const auto job = dependencies_.jobs.Find(domain, name);
  if (!job) return Fail(ErrorCode::kNotFound, "Job " + domain + "/" + name + " not found");
  Execution execution;
  execution.domain = domain;
  execution.job_name = name;
  execution.trigger = occasion.trigger;
  execution.scheduled_for = occasion.scheduled_for;
  execution.input = InputOf(*job);
  TARN_ASSIGN(execution, dependencies_.runs.Start(std::move(execution)));
  {
    const std::lock_guard lock(mutex_);
    queues_[job->id()].push_back({job, execution});
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
  const auto oldest = std::ranges::min_element(in_flight_, {}, [](const auto& run) { return run.second.micros; });
  return oldest == in_flight_.end() ? std::nullopt : std::optional(oldest->second);
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
      in_flight_[key] = dependencies_.clock.Now();
    }
    RunOne(next);
    {
      const std::lock_guard lock(mutex_);
      in_flight_.erase(key);
    }
    on_end_();
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
  }
  execution.stopped_at = dependencies_.clock.Now();
  if (outcome) {
    execution.status = RunStatus::kSucceeded;
  } else {
    execution.status = StatusOf(outcome.error().code);
    execution.error = outcome.error().message;
    LogWarning("job run failed", {{"execution", execution.id()}, {"error", outcome.error().ToString()}});
  }
  run_seconds_.Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
  Record(execution);
}

Result<std::map<std::string, int64_t>> Runner::UpstreamVersions(const std::string& query) {
  TARN_ASSIGN(const auto statement, dependencies_.engine.Classify(query));
  std::map<std::string, int64_t> versions;
  for (const auto& name : statement.tables) {
    const auto bound = dependencies_.names.Resolve(name, std::nullopt);
    if (!bound) continue;  // the query itself will say so
    const auto* pinned = std::get_if<table::PinnedTable>(&(*bound)->source);
    if (pinned != nullptr) versions[name.ToString()] = pinned->snapshot->snapshot_id;
  }
  return versions;
}

Status Runner::TryOnce(const Queued& queued, Execution& execution) {
  const auto& job = *queued.job;
  TARN_ASSIGN(execution.upstreams, UpstreamVersions(job.query));
  TARN_ASSIGN(const auto workspace,
              dependencies_.engine.OpenWorkspace({.timeout = job.timeout, .stop = stop_.get_token()}));
  const auto table = dependencies_.tables.Get(lake::GoldLocation(job.domain, job.name));
  TestGate gate({dependencies_.engine, dependencies_.test_results, dependencies_.clock},
                {job, execution, *workspace, *table});
  PublishRequest request{job, execution.run, *workspace, {}, ResultPlace::kTempTable, dependencies_.seat_check};
  if (!job.tests.empty()) {
    request.check = [&](const StagedResult& staged, const table::SnapshotPtr& base) {
      return gate.Check(staged, base);
    };
  }
  TARN_ASSIGN(const auto collected, PlaceResult(request));
  TARN_ASSIGN(const auto published, Publish(request, *table));
  execution.rows = collected ? *collected : static_cast<uint64_t>(published->RecordCount());
  if (const auto kept = table->Maintain(); !kept) {
    LogWarning("checkpoint not written", {{"table", table->location()}, {"error", kept.error().ToString()}});
  }
  return {};
}

}  // namespace tarn::gold
