// SPDX-License-Identifier: Apache-2.0
#pragma once
// Run records of all pipelines: `_control/pipeline_runs/{name}/{n}`. The entry that opens a run gives it its number;
// the last entry of a run is its state. Thread-safe; a pipeline's series is read once, on first use.

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/pipeline_run.h"
#include "store/series.h"

namespace tarn::pipeline {

struct PipelineRunFilter {
  std::string pipeline;  ///< empty = all
  std::optional<gold::RunStatus> status{};
  size_t limit = 100;
  std::optional<uint64_t> before{};  ///< cursor of one pipeline's runs: the last run of the page before
};

class PipelineRuns {
 public:
  PipelineRuns(store::ObjectStore& store, Clock& clock) : store_(store), clock_(clock) {}

  /// Opens a run: puts the first entry and fills in number and start.
  Result<PipelineRun> Start(PipelineRun run);
  /// Puts the new state of a run.
  Status Update(const PipelineRun& run);

  /// nullopt when there is no such run.
  Result<std::optional<PipelineRun>> Find(const std::string& pipeline, uint64_t run);
  /// Newest first.
  Result<std::vector<PipelineRun>> List(const PipelineRunFilter& filter);
  /// The latest time of a schedule that a run of the pipeline was for.
  Result<std::optional<Timestamp>> LastScheduled(const std::string& pipeline);
  /// Runs that an earlier process left queued or running, oldest first.
  Result<std::vector<PipelineRun>> Unfinished();

 private:
  struct Known {
    Known(store::ObjectStore& store, store::SeriesName name, Clock& clock) : series(store, std::move(name), clock) {}
    store::Series series;
    std::mutex mutex;  ///< one writer of the series in this process
    uint64_t seen = 0;
    std::map<uint64_t, PipelineRun> runs;
  };
  Known& Of(const std::string& pipeline);
  static Status Refresh(Known& known);                   ///< known's mutex held
  static Status Append(Known& known, PipelineRun& run);  ///< known's mutex held; run 0 = opens a run

  store::ObjectStore& store_;
  Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Known>> pipelines_;
};

}  // namespace tarn::pipeline
