// SPDX-License-Identifier: Apache-2.0
#include "pipeline/pipelines.h"

#include "base/crash_point.h"
#include "base/parallel.h"
#include "lake/run_keys.h"

namespace tarn::pipeline {
namespace {

constexpr int kMaxAttempts = 10;

}  // namespace

Status Pipelines::Load(const std::string& name) {
  store::Series series(store_, lake::PipelineSeries(name), clock_);
  TARN_ASSIGN(const auto head, series.Head());
  if (!head) return {};
  TARN_ASSIGN(const auto body, series.Read(*head));
  TARN_ASSIGN(auto stored, DecodePipeline(body));
  const std::lock_guard lock(mutex_);
  pipelines_[name] = {stored.deleted ? nullptr : std::make_shared<const Pipeline>(std::move(stored.pipeline)), *head};
  return {};
}

Status Pipelines::Open() {
  TARN_ASSIGN(const auto names, store_.ListFolders(std::string(lake::kPipelinesRoot)));
  return ForEachInParallel(names.size(), [&](size_t i) { return Load(names[i]); });
}

Pipelines::Known Pipelines::KnownOf(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = pipelines_.find(name);
  return found == pipelines_.end() ? Known() : found->second;
}

PipelinePtr Pipelines::Find(const std::string& name) const { return KnownOf(name).pipeline; }

std::vector<PipelinePtr> Pipelines::List() const {
  const std::lock_guard lock(mutex_);
  std::vector<PipelinePtr> pipelines;
  for (const auto& [name, known] : pipelines_) {
    if (known.pipeline) pipelines.push_back(known.pipeline);
  }
  return pipelines;
}

Status Pipelines::Put(StoredPipeline stored, uint64_t after) {
  auto& pipeline = stored.pipeline;
  pipeline.version = after + 1;
  pipeline.updated_at = clock_.Now();
  store::Series series(store_, lake::PipelineSeries(pipeline.name), clock_);
  TARN_TRY(series.Put(pipeline.version, EncodePipeline(stored)));
  TARN_CRASH_POINT("pipeline.saved");
  const auto name = pipeline.name;
  const auto version = pipeline.version;
  auto kept = stored.deleted ? nullptr : std::make_shared<const Pipeline>(std::move(pipeline));
  const std::lock_guard lock(mutex_);
  auto& known = pipelines_[name];
  if (known.version < version) known = {std::move(kept), version};
  return {};
}

Result<PipelinePtr> Pipelines::Save(Pipeline pipeline) {
  const auto name = pipeline.name;
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    const auto known = KnownOf(name);
    pipeline.created_at = known.pipeline ? known.pipeline->created_at : clock_.Now();
    const auto put = Put({pipeline, false}, known.version);
    if (put) return Find(name);
    if (put.error().code != ErrorCode::kConflict) return Fail(put.error());
    TARN_TRY(Load(name));
  }
  return Fail(ErrorCode::kConflict, "the pipeline is being changed by others, try again: " + name);
}

Status Pipelines::Remove(const std::string& name) {
  const auto known = KnownOf(name);
  if (!known.pipeline) return Fail(ErrorCode::kNotFound, "Pipeline " + name + " not found");
  return Put({*known.pipeline, true}, known.version);
}

}  // namespace tarn::pipeline
