// SPDX-License-Identifier: Apache-2.0
#pragma once
// Run records of all pipelines: `_control/pipeline_runs/{name}/{n}`. The entry that opens a run gives it its number;
// the last entry of a run is its state. Thread-safe; a pipeline's series is read once, on first use.

#include <optional>
#include <string>
#include <vector>

#include "gold/run_series.h"
#include "pipeline/pipeline_run.h"

namespace tarn::pipeline {

struct PipelineRunFilter {
  std::string pipeline;  ///< empty = all
  std::optional<gold::RunStatus> status{};
  size_t limit = 100;
  std::optional<uint64_t> before{};  ///< cursor of one pipeline's runs: the last run of the page before
};

class PipelineRuns {
 public:
  PipelineRuns(store::ObjectStore& store, Clock& clock) : store_(store), series_(store, clock) {}

  /// Opens a run: puts the first entry and fills in number and start.
  Result<PipelineRun> Start(PipelineRun run);
  /// Puts the new state of a run.
  Status Update(const PipelineRun& run);

  /// nullopt when there is no such run.
  Result<std::optional<PipelineRun>> Find(const std::string& pipeline, uint64_t run);
  /// Newest first.
  Result<std::vector<PipelineRun>> List(const PipelineRunFilter& filter);
  /// The pipeline's last run whose status fits; nullopt: none.
  Result<std::optional<PipelineRun>> LastWith(const std::string& pipeline, bool (*status_fits)(gold::RunStatus));
  /// The latest time of a schedule that a run of the pipeline was for.
  Result<std::optional<Timestamp>> LastScheduled(const std::string& pipeline);
  /// Runs that an earlier process left queued or running, oldest first.
  Result<std::vector<PipelineRun>> Unfinished();

 private:
  struct Codec {
    static std::string Encode(const PipelineRun& run) { return EncodePipelineRun(run); }
    static Result<PipelineRun> Decode(std::string_view text) { return DecodePipelineRun(text); }
  };
  gold::RunSeries<PipelineRun, Codec>& Of(const std::string& pipeline);

  store::ObjectStore& store_;
  gold::RunSeriesByName<PipelineRun, Codec> series_;
};

}  // namespace tarn::pipeline
