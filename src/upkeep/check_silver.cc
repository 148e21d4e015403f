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
  for (const auto& file : side.tombstones) {
    CheckObjectSize(check.store, lake::SideKey(check.location, file.path), file.size_bytes, report);
  }
  for (const auto& object : side.refused) CheckQuarantineObject(check.store, object, report);
}

/// Every row of a merged entry is applied, superseded, deleted, quarantined or rolled back.
void CheckCounters(const SilverCheck& check, uint64_t position, const silver::Counters& counters, CheckReport& report) {
  if (position < check.bronze.purged_through) return;  // the merge that empties the table is still to come
  uint64_t merged = 0;
  for (const auto& entry : check.bronze.entries) {
    if (entry.number <= position && entry.folder_generation == check.folder_generation) merged += entry.rows;
  }
  const auto counted = counters.Sum();
  if (counted == merged) return;
  report.Add(check.location, "its counters sum up to " + std::to_string(counted) + " records (" +
                                 std::to_string(counters.applied) + " applied, " + std::to_string(counters.superseded) +
                                 " superseded, " + std::to_string(counters.deleted) + " deleted, " +
                                 std::to_string(counters.quarantined) + " quarantined, " +
                                 std::to_string(counters.rolled_back) + " rolled back), bronze up to entry " +
                                 std::to_string(position) + " has " + std::to_string(merged));
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
  CheckCounters(check, position, side.counters, report);
  return {};
}

}  // namespace

void CheckSilver(const SilverCheck& check, CheckReport& report) {
  if (const auto done = Check(check, report); !done) report.Add(check.location, done.error());
}

}  // namespace tarn::upkeep
