// SPDX-License-Identifier: Apache-2.0
#include "upkeep/merged_positions.h"

#include "lake/keys.h"
#include "silver/merge.h"

namespace tarn::upkeep {

MergedPositions::MergedPositions(lake::OpenTables& tables, const contract::Registry& registry, std::string domain,
                                 std::string table)
    : tables_(tables),
      registry_(registry),
      domain_(std::move(domain)),
      table_(std::move(table)),
      newest_(registry.FindLast(domain_, table_)) {}

Result<uint64_t> MergedPositions::FolderOf(const bronze::LogEntry& entry) {
  if (entry.ranges.empty()) return newest_->contract().folder_generation;
  const auto& range = entry.ranges.front();
  const auto key = std::pair(range.generation, range.contract_version);
  auto known = folders_.find(key);
  if (known == folders_.end()) {
    TARN_ASSIGN(const auto endpoint, registry_.Historic(domain_, table_, key.first, key.second));
    known = folders_.emplace(key, endpoint->contract().folder_generation).first;
  }
  return known->second;
}

Result<bool> MergedPositions::IsMerged(const bronze::NumberedEntry& entry) {
  TARN_ASSIGN(const auto folder, FolderOf(*entry.entry));
  auto known = positions_.find(folder);
  if (known == positions_.end()) {
    TARN_ASSIGN(const auto snapshot, tables_.Get(lake::SilverLocation(domain_, table_, folder))->Load());
    TARN_ASSIGN(const auto position, silver::PositionOf(*snapshot));
    known = positions_.emplace(folder, position).first;
  }
  return entry.last_position() <= known->second;
}

}  // namespace tarn::upkeep
