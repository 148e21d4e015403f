// SPDX-License-Identifier: Apache-2.0
#include "app/derived_outputs.h"

#include "lake/keys.h"

namespace tarn::app {

std::vector<std::string> MirroredTables(const contract::Registry& registry, const gold::Jobs& jobs) {
  std::vector<std::string> locations;
  for (const auto& endpoint : registry.ListLast()) {
    const auto& contract = endpoint->contract();
    if (!contract.mirror) continue;
    locations.push_back(lake::SilverLocation(contract.domain, contract.name, contract.folder_generation));
  }
  for (const auto& job : jobs.List()) {
    if (job->mirror) locations.push_back(lake::GoldLocation(job->domain, job->name));
  }
  return locations;
}

std::vector<upkeep::ExportTarget> ExportedTables(const contract::Registry& registry, const gold::Jobs& jobs) {
  std::vector<upkeep::ExportTarget> targets;
  for (const auto& endpoint : registry.List()) {
    const auto& contract = endpoint->contract();
    if (contract.exports.empty()) continue;
    const auto location = lake::SilverLocation(contract.domain, contract.name, contract.folder_generation);
    targets.push_back({upkeep::TableAt(location), contract.exports});
  }
  for (const auto& job : jobs.List()) {
    if (job->exports.empty()) continue;
    targets.push_back({upkeep::TableAt(lake::GoldLocation(job->domain, job->name)), job->exports});
  }
  return targets;
}

}  // namespace tarn::app
