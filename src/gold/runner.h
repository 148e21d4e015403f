// SPDX-License-Identifier: Apache-2.0
#pragma once
// Runs jobs: a record, a workspace, the result, one publish (durability.md §7, http-api.md §8.2). One run per job at a
// time; transient failures are retried under the same execution. Owned by app; thread-safe.

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/keyed_loop.h"
#include "base/metrics.h"
#include "engine/query_engine.h"
#include "gold/attempt.h"
#include "gold/jobs.h"
#include "gold/remote_queries.h"
#include "gold/runs.h"
#include "lake/open_tables.h"
#include "quality/test_results.h"

namespace tarn::gold {

class Runner {
 public:
  struct Dependencies {
    engine::QueryEngine& engine;
    engine::NameResolver& names;
    lake::OpenTables& tables;
    Jobs& jobs;
    Runs& runs;
    Clock& clock;
    MetricRegistry& metrics;
    quality::TestResults& test_results;
    std::function<Status()> seat_check;
    RemoteEngines remotes{};
  };

  explicit Runner(Dependencies dependencies);
  ~Runner();

  /// Closes the records of runs that an earlier process left open: SUCCEEDED when their result is published, else
  /// FAILED; backfills go on. Then runs may start.
  Status Start();
  void Stop();

  /// As RemoteQueries::CheckSaved.
  Status CheckEngine(const Job& job) { return remote_queries_.CheckSaved(job); }

  /// Why a run is opened.
  struct Occasion {
    std::string trigger = "manual";
    std::optional<Timestamp> scheduled_for{};  ///< the time of the schedule it is for
    RunScope scope{};
    std::string pipeline_run{};  ///< id of the run of a pipeline that it is a part of
  };
  /// Opens a run and queues it; the record is durable when this returns. kNotFound; kInvalidArgument for a scope that
  /// the job cannot have.
  Result<Execution> Run(const std::string& domain, const std::string& name, const Occasion& occasion);

  /// Ends a run that is queued, or tells one that is running to end: ABORTED, unless it has published by then. Answers
  /// the execution as it was or became. kNotFound; kConflict when it has ended.
  Result<Execution> Cancel(const ExecutionId& id);

  /// Whether a run of the job ("sales/daily") is queued or running.
  bool IsBusy(const std::string& id) const;

  /// Called after the record of a run was closed, on the thread that ran it. Before Start.
  void OnEnd(std::function<void(const std::string& job)> listener) { on_end_ = std::move(listener); }

  /// When the oldest run in flight began: nobody may delete what its snapshots name.
  std::optional<Timestamp> OldestInFlight() const;

 private:
  struct Queued {
    JobPtr job;
    Execution execution;
    std::stop_source stop;
  };
  struct InFlight {
    Timestamp began;
    uint64_t run = 0;
    std::stop_source stop;
  };
  Status RunQueued(const std::string& key);
  void RunOne(const Queued& queued);
  Status TryOnce(const Queued& queued, Execution& execution);
  Result<std::map<std::string, int64_t>> UpstreamVersions(const std::string& query);
  static Status CheckScope(const Job& job, const RunScope& scope);
  bool Resume(const Execution& execution);
  Status CloseLeftOver(Execution execution);
  void Record(const Execution& execution);

  Dependencies dependencies_;
  RemoteQueries remote_queries_;
  Histogram& run_seconds_;
  mutable std::mutex mutex_;
  std::map<std::string, std::deque<Queued>> queues_;
  std::map<std::string, InFlight> in_flight_;  ///< by job, of which one runs at a time
  std::function<void(const std::string& job)> on_end_ = [](const std::string&) {};
  std::stop_source stop_;
  KeyedLoop loop_;
};

}  // namespace tarn::gold
