// SPDX-License-Identifier: Apache-2.0
#pragma once
// Pipelines as numbered objects `_control/pipelines/{name}/{n}` (durability.md §1); a deletion is a version too.
// Thread-safe.

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "pipeline/pipeline.h"
#include "store/object_store.h"

namespace tarn::pipeline {

using PipelinePtr = std::shared_ptr<const Pipeline>;

class Pipelines {
 public:
  Pipelines(store::ObjectStore& store, Clock& clock) : store_(store), clock_(clock) {}

  /// Reads every pipeline's head; once at start.
  Status Open();

  /// nullptr when there is none.
  PipelinePtr Find(const std::string& name) const;
  /// By name.
  std::vector<PipelinePtr> List() const;

  /// Makes the pipeline or gives it this definition. kConflict: others change it all the time.
  Result<PipelinePtr> Save(Pipeline pipeline);
  /// kNotFound.
  Status Remove(const std::string& name);

 private:
  struct Known {
    PipelinePtr pipeline;  ///< nullptr while deleted
    uint64_t version = 0;  ///< head of the series
  };
  Known KnownOf(const std::string& name) const;
  Status Load(const std::string& name);
  Status Put(StoredPipeline stored, uint64_t after);

  store::ObjectStore& store_;
  Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, Known> pipelines_;
};

}  // namespace tarn::pipeline
