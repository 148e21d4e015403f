// SPDX-License-Identifier: Apache-2.0
#include "upkeep/merge_bronze.h"

#include "base/crash_point.h"
#include "bronze/replacement.h"
#include "lake/keys.h"
#include "silver/merge.h"

namespace tarn::upkeep {

/// How far silver has read the rows of an endpoint, by the table folder they belong to.
struct MergeBronze::Positions {
  const Dependencies& dependencies;
  const Request& request;
  contract::EndpointPtr newest;
  std::map<std::pair<uint64_t, uint64_t>, uint64_t> folders{};  ///< by generation and contract version
  std::map<uint64_t, uint64_t> positions{};                     ///< by folder generation

  /// Folder generation of the rows; entries without rows count as the newest one's.
  Result<uint64_t> FolderOf(const bronze::LogEntry& entry) {
    if (entry.ranges.empty()) return newest->contract().folder_generation;
    const auto& range = entry.ranges.front();
    const auto key = std::pair(range.generation, range.contract_version);
    auto known = folders.find(key);
    if (known == folders.end()) {
      TARN_ASSIGN(const auto endpoint,
                  dependencies.registry.Historic(request.domain, request.table, key.first, key.second));
      known = folders.emplace(key, endpoint->contract().folder_generation).first;
    }
    return known->second;
  }

  Result<bool> IsMerged(const bronze::NumberedEntry& entry) {
    TARN_ASSIGN(const auto folder, FolderOf(*entry.entry));
    auto known = positions.find(folder);
    if (known == positions.end()) {
      const auto location = lake::SilverLocation(request.domain, request.table, folder);
      TARN_ASSIGN(const auto snapshot, dependencies.tables.Get(location)->Load());
      TARN_ASSIGN(const auto position, silver::PositionOf(*snapshot));
      known = positions.emplace(folder, position).first;
    }
    return entry.last_position() <= known->second;
  }
};

Result<std::vector<BronzeGroup>> MergeBronze::Plan(const Request& request) {
  std::vector<BronzeGroup> groups;
  Positions positions{dependencies_, request, dependencies_.registry.FindLast(request.domain, request.table)};
  if (!positions.newest) return groups;
  TARN_ASSIGN(const auto view, dependencies_.bronze.LogOf(request.domain, request.table).View());
  std::vector<bronze::NumberedEntry> stretch;
  std::optional<uint64_t> generation;
  const auto close = [&] {
    for (auto& group : PlanBronzeMerge(stretch, rule_)) groups.push_back(std::move(group));
    stretch.clear();
    generation.reset();
  };
  for (const auto& entry : view.entries) {
    TARN_ASSIGN(const bool merged, positions.IsMerged(entry));
    const auto& ranges = entry.entry->ranges;
    const bool other = generation && !ranges.empty() && ranges.front().generation != *generation;
    if (!merged || other) close();
    if (!merged) continue;
    stretch.push_back(entry);
    if (!ranges.empty()) generation = ranges.front().generation;
  }
  close();
  return groups;
}

Status MergeBronze::Merge(const Request& request, const BronzeGroup& group, MergeBronzeOutcome& outcome) {
  TARN_CRASH_POINT("upkeep.merge_bronze.before_objects");
  TARN_ASSIGN(auto entry,
              bronze::BuildReplacement({dependencies_.store, dependencies_.randomness, group, rule_.object_bytes}));
  TARN_CRASH_POINT("upkeep.merge_bronze.written");
  entry.replacement->swept_through = request.swept_through;
  const auto bytes = ObjectBytes(entry);
  const auto put = dependencies_.bronze.Replace(request.domain, request.table, std::move(entry));
  if (!put && put.error().code == ErrorCode::kConflict) {
    ++outcome.groups_lost;
    return {};
  }
  TARN_TRY(put);
  TARN_CRASH_POINT("upkeep.merge_bronze.replaced");
  outcome.entries_before += group.size();
  ++outcome.entries_after;
  outcome.bytes_written += bytes;
  return {};
}

Result<MergeBronzeOutcome> MergeBronze::Run(const Request& request) {
  TARN_ASSIGN(const auto groups, Plan(request));
  MergeBronzeOutcome outcome;
  uint64_t bytes = 0;
  for (const auto& group : groups) {
    for (const auto& entry : group) bytes += ObjectBytes(*entry.entry);
    if (bytes > rule_.bytes_per_run && outcome.bytes_read > 0) break;
    outcome.bytes_read = bytes;
    if (request.dry_run) {
      outcome.entries_before += group.size();
      ++outcome.entries_after;
    } else {
      TARN_TRY(Merge(request, group, outcome));
    }
  }
  if (request.dry_run) outcome.bytes_read = 0;
  return outcome;
}

}  // namespace tarn::upkeep
