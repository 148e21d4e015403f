// SPDX-License-Identifier: Apache-2.0
#pragma once
// Pipelines as numbered objects `_control/pipelines/{name}/{n}`. Thread-safe.

#include <memory>
#include <string>
#include <vector>

#include "lake/named_documents.h"
#include "lake/run_keys.h"
#include "pipeline/pipeline.h"

namespace tarn::pipeline {

using PipelinePtr = std::shared_ptr<const Pipeline>;

class Pipelines {
 public:
  Pipelines(store::ObjectStore& store, Clock& clock) : documents_(store, clock) {}

  /// As NamedDocuments, whose errors these are.
  Status Open() { return documents_.Open(); }
  PipelinePtr Find(const std::string& name) const { return documents_.Find(name); }
  std::vector<PipelinePtr> List() const { return documents_.List(); }
  Result<PipelinePtr> Save(Pipeline pipeline);
  Status Remove(const std::string& name);

 private:
  struct Kind {
    static constexpr const char* kWord = "Pipeline";
    static const std::string& NameOf(const Pipeline& pipeline) { return pipeline.name; }
    static Result<std::vector<std::string>> Names(store::ObjectStore& store) {
      return store.ListFolders(std::string(lake::kPipelinesRoot));
    }
    static store::SeriesName SeriesOf(const std::string& name) { return lake::PipelineSeries(name); }
    static std::string Encode(const StoredPipeline& stored) { return EncodePipeline(stored); }
    static Result<StoredPipeline> Decode(std::string_view text) { return DecodePipeline(text); }
  };
  lake::NamedDocuments<Pipeline, Kind> documents_;
};

}  // namespace tarn::pipeline
