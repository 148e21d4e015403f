// SPDX-License-Identifier: Apache-2.0
#include "pipeline/pipelines.h"

#include "base/crash_point.h"

namespace tarn::pipeline {

Result<PipelinePtr> Pipelines::Save(Pipeline pipeline) {
  auto saved = documents_.Save(std::move(pipeline));
  if (saved) TARN_CRASH_POINT("pipeline.saved");
  return saved;
}

Status Pipelines::Remove(const std::string& name) { return documents_.Remove(name); }

}  // namespace tarn::pipeline
