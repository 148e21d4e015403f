// SPDX-License-Identifier: Apache-2.0
#include "upkeep/check_pipelines.h"

#include <set>

#include "lake/run_keys.h"
#include "pipeline/pipeline.h"
#include "pipeline/pipeline_run.h"
#include "upkeep/check_series.h"

namespace tarn::upkeep {
namespace {

void CheckDefinitions(store::ObjectStore& store, Clock& clock, const std::string& name, CheckReport& report) {
  const auto visit = [&](uint64_t number, std::string_view body) -> Status {
    TARN_ASSIGN(const auto stored, pipeline::DecodePipeline(body));
    if (stored.value.name == name && stored.value.version == number) return {};
    return Fail(ErrorCode::kCorrupt, "the document is of another pipeline or version");
  };
  CheckSeries(store, clock, lake::PipelineSeries(name), visit, report);
}

void CheckRuns(store::ObjectStore& store, Clock& clock, const std::string& name, CheckReport& report) {
  std::set<uint64_t> opened;
  std::set<uint64_t> ended;
  const auto visit = [&](uint64_t number, std::string_view body) -> Status {
    TARN_ASSIGN(const auto run, pipeline::DecodePipelineRun(body));
    if (run.pipeline != name) return Fail(ErrorCode::kCorrupt, "the record is about another pipeline");
    if (run.run == number) opened.insert(number);
    const auto text = std::to_string(run.run);
    if (!opened.contains(run.run)) return Fail(ErrorCode::kCorrupt, "it names run " + text + ", which nothing opened");
    if (ended.contains(run.run)) return Fail(ErrorCode::kCorrupt, "it goes on with run " + text + ", which has ended");
    if (gold::IsFinal(run.status)) ended.insert(run.run);
    return {};
  };
  CheckSeries(store, clock, lake::PipelineRunsSeries(name), visit, report);
}

}  // namespace

void CheckPipelines(store::ObjectStore& store, Clock& clock, CheckReport& report) {
  for (const auto root : {lake::kPipelinesRoot, lake::kPipelineRunsRoot}) {
    const auto names = store.ListFolders(std::string(root));
    if (!names) {
      report.Add(std::string(root), names.error());
      continue;
    }
    for (const auto& name : *names) {
      if (root == lake::kPipelinesRoot) CheckDefinitions(store, clock, name, report);
      if (root == lake::kPipelineRunsRoot) CheckRuns(store, clock, name, report);
    }
  }
}

}  // namespace tarn::upkeep
