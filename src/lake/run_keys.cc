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

}  // namespace tarn::lake
