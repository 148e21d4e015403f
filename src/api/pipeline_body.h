// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bodies of PUT /pipelines/{name} into pipelines: every member checked. Free function.

#include <string>
#include <vector>

#include "api/answers.h"
#include "gold/jobs.h"
#include "pipeline/pipeline.h"

namespace tarn::api {

struct PipelineBody {
  pipeline::Pipeline pipeline;
  std::vector<Problem> problems;  ///< 422
};

/// What names of jobs and projects mean.
struct PipelineParts {
  const gold::Jobs& jobs;
  const std::string& dbt_projects;  ///< the folder that holds them; empty: there are none
};

/// `present` is the pipeline that is changed: absent members keep its values; nullptr for a new one.
PipelineBody ReadPipelineBody(const codec::Json& body, const std::string& name, const pipeline::Pipeline* present,
                              const PipelineParts& parts);

}  // namespace tarn::api
