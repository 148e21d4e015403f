// SPDX-License-Identifier: Apache-2.0
#include "upkeep/merge_bronze.h"

#include "base/crash_point.h"
#include "bronze/replacement.h"

namespace tarn::upkeep {

Result<std::vector<BronzeGroup>> MergeBronze::Plan(const EndpointPass& request) {
  std::vector<BronzeGroup> groups;
  MergedPositions positions(dependencies_.tables, dependencies_.registry, request.domain, request.table);
  if (!positions.has_endpoint()) return groups;
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
    if (!merged || entry.entry->retires()) continue;
    stretch.push_back(entry);
    if (!ranges.empty()) generation = ranges.front().generation;
  }
  close();
  return groups;
}

Status MergeBronze::Merge(const EndpointPass& request, const BronzeGroup& group, MergeBronzeOutcome& outcome) {
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

Result<MergeBronzeOutcome> MergeBronze::Run(const EndpointPass& request) {
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
