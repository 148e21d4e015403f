// SPDX-License-Identifier: Apache-2.0
#include "upkeep/retire_bronze.h"

#include "base/crash_point.h"
#include "bronze/replacement.h"
#include "lake/keys.h"
#include "upkeep/merged_positions.h"

namespace tarn::upkeep {

Result<RetireBronzeOutcome> RetireBronze::Run(const EndpointPass& request) {
  RetireBronzeOutcome outcome;
  const auto endpoint = dependencies_.registry.FindLast(request.domain, request.table);
  if (!endpoint || !endpoint->contract().bronze_retention) return outcome;
  // A rebuild that is under way reads bronze from the beginning.
  TARN_ASSIGN(const auto staged,
              dependencies_.store.List(lake::RebuildStagingFolder(request.domain, request.table), "", 1));
  outcome.at_rest = false;
  if (!staged.empty()) return outcome;
  const auto kept = std::chrono::duration_cast<std::chrono::microseconds>(*endpoint->contract().bronze_retention);
  const auto oldest = dependencies_.clock.Now().micros - kept.count();
  TARN_ASSIGN(auto view, dependencies_.bronze.LogOf(request.domain, request.table).View());
  MergedPositions positions(dependencies_.tables, dependencies_.registry, request.domain, request.table);
  size_t count = 0;
  RetireBronzeOutcome seen;
  bool inside_of_file = false;  // its entries share one object, which goes when nothing needs it any more
  for (size_t i = 0; i < view.entries.size(); ++i) {
    const auto& entry = view.entries[i];
    TARN_ASSIGN(const bool merged, positions.IsMerged(entry));
    const bool old = entry.entry->retires() || entry.entry->newest_at().micros <= oldest;
    if (!merged || !old || seen.entries >= kMaxEntries) break;
    if (!entry.entry->retires()) {
      ++seen.entries;
      seen.rows += entry.rows();
    }
    if (const auto& file = entry.entry->file) inside_of_file = !file->ends;
    if (inside_of_file) continue;
    count = i + 1;
    outcome = seen;
  }
  outcome.at_rest = count == view.entries.size();
  if (outcome.entries == 0 || request.dry_run) return outcome;
  view.entries.resize(count);
  TARN_ASSIGN(auto entry,
              bronze::BuildRetirement({dependencies_.store, dependencies_.randomness, view.entries, 0}, view.summary));
  entry.replacement->swept_through = request.swept_through;
  TARN_CRASH_POINT("upkeep.retire_bronze.before_entry");
  const auto put = dependencies_.bronze.Replace(request.domain, request.table, std::move(entry));
  // Somebody replaced or purged what was to be retired: the next run looks again.
  if (!put && put.error().code == ErrorCode::kConflict) return RetireBronzeOutcome{0, 0, false};
  TARN_TRY(put);
  TARN_CRASH_POINT("upkeep.retire_bronze.retired");
  return outcome;
}

}  // namespace tarn::upkeep
