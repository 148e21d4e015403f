// SPDX-License-Identifier: Apache-2.0
#pragma once
// Run records of all jobs: `_control/runs/{domain}/{job}/{n}` (durability.md §7.1). The entry that opens a run gives it
// its number; later entries name it. Thread-safe; a job's series is read once, on first use.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gold/execution.h"
#include "gold/run_series.h"

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
  Runs(store::ObjectStore& store, Clock& clock) : store_(store), series_(store, clock) {}

  /// Opens a run: puts the first entry and fills in `run`.
  Result<Execution> Start(Execution execution);
  /// Puts the new state of a run.
  Status Update(const Execution& execution);

  /// nullopt when there is no such run.
  Result<std::optional<Execution>> Find(const ExecutionId& id);
  /// Newest first.
  Result<std::vector<Execution>> List(const RunFilter& filter);
  /// The job's last run whose status fits; nullopt: none.
  Result<std::optional<Execution>> LastWith(const std::string& domain, const std::string& job_name,
                                            bool (*status_fits)(RunStatus));
  /// The latest time of a schedule that a run of the job was for.
  Result<std::optional<Timestamp>> LastScheduled(const std::string& domain, const std::string& job_name);
  /// Runs that an earlier process left queued or running.
  Result<std::vector<Execution>> Unfinished();

 private:
  struct Codec {
    static std::string Encode(const Execution& execution) { return EncodeExecution(execution); }
    static Result<Execution> Decode(std::string_view text) { return DecodeExecution(text); }
  };
  RunSeries<Execution, Codec>& Of(const std::string& domain, const std::string& job);
  Result<std::vector<std::pair<std::string, std::string>>> JobsWithRuns(const RunFilter& filter);

  store::ObjectStore& store_;
  RunSeriesByName<Execution, Codec> series_;
};

}  // namespace tarn::gold
