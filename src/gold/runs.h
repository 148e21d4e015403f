// SPDX-License-Identifier: Apache-2.0
#pragma once
// Run records of all jobs: `_control/runs/{domain}/{job}/{n}` (durability.md §7.1). The entry that opens a run gives it
// its number; later entries name it. Thread-safe; a job's series is read once, on first use.

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "gold/execution.h"
#include "store/series.h"

namespace tarn::gold {

struct RunFilter {
  std::string domain;    ///< empty = all
  std::string job_name;  ///< empty = all; needs domain
  std::optional<RunStatus> status;
  size_t limit = 100;
  std::optional<ExecutionId> before;  ///< cursor: the last execution of the page before
};

class Runs {
 public:
  Runs(store::ObjectStore& store, Clock& clock) : store_(store), clock_(clock) {}

  /// Opens a run: puts the first entry and fills in `run`.
  Result<Execution> Start(Execution execution);
  /// Puts the new state of a run.
  Status Update(const Execution& execution);

  /// nullopt when there is no such run.
  Result<std::optional<Execution>> Find(const ExecutionId& id);
  /// Newest first.
  Result<std::vector<Execution>> List(const RunFilter& filter);
  /// The latest time of a schedule that a run of the job was for.
  Result<std::optional<Timestamp>> LastScheduled(const std::string& domain, const std::string& job_name);
  /// Runs that an earlier process left queued or running.
  Result<std::vector<Execution>> Unfinished();

 private:
  struct JobRuns {
    JobRuns(store::ObjectStore& store, store::SeriesName name, Clock& clock) : series(store, std::move(name), clock) {}
    store::Series series;
    std::mutex mutex;  ///< one writer of the series in this process
    uint64_t seen = 0;
    std::map<uint64_t, Execution> runs;
  };
  JobRuns& Of(const std::string& domain, const std::string& job);
  Status Refresh(JobRuns& job);                       ///< job's mutex held
  Status Append(JobRuns& job, Execution& execution);  ///< job's mutex held; run 0 = opens a run
  Result<std::vector<std::pair<std::string, std::string>>> JobsWithRuns(const RunFilter& filter);

  store::ObjectStore& store_;
  Clock& clock_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<JobRuns>> jobs_;
};

}  // namespace tarn::gold
