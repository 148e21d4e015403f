// SPDX-License-Identifier: Apache-2.0
#include "lake/run_keys.h"

#include <fmt/format.h>

namespace tarn::lake {

store::SeriesName TestResultsSeries(std::string_view domain, std::string_view table, uint64_t run) {
  return {
      .prefix = fmt::format("{}{}/{}/{:020}-", kTestResultsRoot, domain, table, run), .suffix = ".json", .digits = 4};
}

std::string StagedFolder(std::string_view gold_location) { return fmt::format("{}/_staged/", gold_location); }

std::string StagedKey(std::string_view gold_location, uint64_t run) {
  return fmt::format("{}{:020}.json", StagedFolder(gold_location), run);
}

store::SeriesName PipelineSeries(std::string_view name) {
  return {.prefix = fmt::format("{}{}/", kPipelinesRoot, name), .suffix = ".json"};
}

store::SeriesName PipelineRunsSeries(std::string_view name) {
  return {.prefix = fmt::format("{}{}/", kPipelineRunsRoot, name), .suffix = ".json"};
}

}  // namespace tarn::lake
