// SPDX-License-Identifier: Apache-2.0
#pragma once
// Jobs and pipelines as the scheduler sees them: pipelines with a schedule are tasks of their own, and a job that a
// run of a pipeline has yet to end is not started besides. Owned by app; thread-safe.

#include <string>
#include <vector>

#include "lake/tasks.h"
#include "pipeline/pipeline_runner.h"

namespace tarn::pipeline {

class PipelineTasks final : public lake::Tasks {
 public:
  struct Dependencies {
    lake::Tasks& jobs;
    Pipelines& pipelines;
    PipelineRuns& runs;
    PipelineRunner& runner;
  };

  explicit PipelineTasks(Dependencies dependencies) : dependencies_(dependencies) {}

  /// Ids of pipelines are their names, those of jobs have a slash.
  std::vector<lake::TaskPlan> Plans() override;
  Result<std::optional<Timestamp>> LastScheduled(const std::string& id) override;
  bool IsBusy(const std::string& id) override;
  Result<lake::UpstreamNews> NewsFor(const std::string& id) override;
  Status Run(const std::string& id, std::string_view trigger, std::optional<Timestamp> scheduled_for) override;

 private:
  const Dependencies dependencies_;
};

}  // namespace tarn::pipeline
