// SPDX-License-Identifier: Apache-2.0
#pragma once
// In which order the jobs of a pipeline run (lake.md §6.5, durability.md §7.3). Free function; thread-safe.

#include <string>
#include <vector>

#include "base/result.h"
#include "gold/jobs.h"

namespace tarn::pipeline {

struct StepPlan {
  std::string job;
  std::vector<std::string> after;  ///< jobs of the same pipeline that come before it
};

/// Each job behind those it depends on: its `dependencies` when they are given, else what its query reads, views that
/// are no part of the pipeline looked through. Jobs that nothing orders keep the order they were given in.
/// kInvalidArgument: they wait for each other.
Result<std::vector<StepPlan>> OrderSteps(const gold::Jobs& jobs, const std::vector<std::string>& ids);

}  // namespace tarn::pipeline
