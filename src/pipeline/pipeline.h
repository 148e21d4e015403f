// SPDX-License-Identifier: Apache-2.0
#pragma once
// A pipeline: a named set of jobs that run together, each after those of the set it reads from, or a dbt project
// (docs/guide/pipelines.md). Plain value and its codec (docs/formats/pipelines.md).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "codec/json.h"
#include "lake/stored_document.h"
#include "lake/tasks.h"
#include "pipeline/project_call.h"

namespace tarn::pipeline {

struct Pipeline {
  std::string name;
  uint64_t version = 1;                 ///< number in the pipeline's series
  std::vector<std::string> jobs;        ///< ids "domain/job_name", in the order they were given
  std::optional<ProjectCall> dbt;       ///< instead of jobs
  std::optional<std::string> schedule;  ///< text of http-api.md §8.1, as given; nullopt: it runs when it is asked to
  lake::CatchUp catchup = lake::CatchUp::kOne;
  bool is_paused = false;
  Timestamp created_at;
  Timestamp updated_at;
};

/// What the HTTP API answers; `next_run_at` is null.
codec::OrderedJson PipelineToJson(const Pipeline& pipeline);

/// A version of the pipeline's series.
using StoredPipeline = lake::StoredDocument<Pipeline>;
std::string EncodePipeline(const StoredPipeline& stored);
Result<StoredPipeline> DecodePipeline(std::string_view text);

/// "one", "all", "none" in any letter case.
std::optional<lake::CatchUp> CatchUpOf(std::string_view word);

}  // namespace tarn::pipeline
