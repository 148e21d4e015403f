// SPDX-License-Identifier: Apache-2.0
#include "upkeep/check_silver.h"

#include "lake/keys.h"
#include "silver/merge.h"
#include "upkeep/check_key_filters.h"
#include "upkeep/check_quarantine.h"
#include "upkeep/check_table.h"

namespace tarn::upkeep {
namespace {

void CheckSideManifest(const SilverCheck& check, const silver::SideManifest& side, CheckReport& report) {
  for (const auto& file : side.Files()) {
    CheckObjectSize(check.store, lake::SideKey(check.location, file.path), file.size_bytes, report);
  }
  for (const auto& object : side.refused) CheckQuarantineObject(check.store, object, report);
}

/// Rows of the folder's entries behind `after`, up to `through`.
uint64_t RowsBetween(const SilverCheck& check, uint64_t after, uint64_t through) {
  uint64_t rows = 0;
  for (const auto& entry : check.bronze.entries) {
    const bool within = entry.number > after && entry.number <= through;
    if (within && entry.folder_generation == check.folder_generation) rows += entry.rows;
  }
  return rows;
}

std::string Words(const silver::Counters& counters) {
  return std::to_string(counters.Sum()) + " records (" + std::to_string(counters.applied) + " applied, " +
         std::to_string(counters.superseded) + " superseded, " + std::to_string(counters.deleted) + " deleted, " +
         std::to_string(counters.quarantined) + " quarantined, " + std::to_string(counters.rolled_back) +
         " rolled back, " + std::to_string(counters.purged) + " purged)";
}

/// Every row of a merged entry is applied, superseded, deleted, quarantined or rolled back, hour by hour.
void CheckLedger(const SilverCheck& check, uint64_t position, const silver::SideManifest& side, CheckReport& report) {
  if (position < check.bronze.purged_through) return;  // the merge that empties the table is still to come
  const auto merged = RowsBetween(check, 0, position);
  if (side.counters.Sum() != merged) {
    report.Add(check.location, "its ledger does not balance: its counters sum up to " + Words(side.counters) +
                                   ", bronze up to entry " + std::to_string(position) + " has " +
                                   std::to_string(merged));
  }
  uint64_t through = 0;
  silver::Counters before;
  for (const auto& mark : side.hours) {
    // Of what was retired only the sum is known.
    if (mark.through < check.bronze.retired_through) continue;
    const auto counted = mark.counters.Sum() - before.Sum();
    const auto stored = mark.through < through ? 0 : RowsBetween(check, through, mark.through);
    if (mark.through < through || counted != stored) {
      report.Add(check.location, "its ledger does not balance in the hour until " + FormatTimestamp(mark.at) +
                                     ": counters went from " + Words(before) + " to " + Words(mark.counters) +
                                     ", bronze entries " + std::to_string(through + 1) + " to " +
                                     std::to_string(mark.through) + " have " + std::to_string(stored));
    }
    through = mark.through;
    before = mark.counters;
  }
  if (side.counters.Sum() != merged) return;
  const bool agrees = side.hours.empty() || (through == position && before == side.counters);
  if (!agrees) report.Add(check.location, "the last hour of its ledger says something else than its counters");
}

std::vector<std::string> KeyOf(const SilverCheck& check, const table::Schema& schema) {
  std::vector<std::string> key;
  // A table with a history has a row for every version of a key.
  if (check.contract == nullptr || check.contract->history != contract::History::kNone) return key;
  for (const auto* column : check.contract->key_columns()) {
    if (!schema.IndexOf(column->name)) return {};
    key.push_back(column->name);
  }
  return key;
}

Status Check(const SilverCheck& check, CheckReport& report) {
  const auto& snapshot = check.snapshot;
  const auto& location = check.location;
  const auto key = KeyOf(check, snapshot->schema);
  CheckTable({check.store, check.engine, location, snapshot, key}, report);
  CheckKeyFilters({check.store, check.engine, location, snapshot, key}, report);
  TARN_ASSIGN(const auto position, silver::PositionOf(*snapshot));
  if (position > check.bronze.head) {
    report.Add(location, "it has merged bronze entry " + std::to_string(position) + ", the bronze log ends at " +
                             std::to_string(check.bronze.head));
  }
  TARN_ASSIGN(const auto side, silver::SideManifestOf(check.store, location, *snapshot));
  CheckSideManifest(check, side, report);
  CheckLedger(check, position, side, report);
  return {};
}

}  // namespace

void CheckSilver(const SilverCheck& check, CheckReport& report) {
  if (const auto done = Check(check, report); !done) report.Add(check.location, done.error());
}

}  // namespace tarn::upkeep
