// SPDX-License-Identifier: Apache-2.0
#include "upkeep/erase_bronze.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/crash_point.h"
#include "bronze/erasing_entry.h"
#include "quarantine/entry.h"
#include "upkeep/merged_positions.h"

namespace tarn::upkeep {
namespace {

using bronze::NumberedEntry;

/// Entries of one dropped file share its object: all of them become lines when one does.
void AddWholeFiles(const std::vector<NumberedEntry>& entries, std::set<uint64_t>& affected) {
  std::set<std::string> claims;
  for (const auto& entry : entries) {
    if (entry.entry->file && affected.contains(entry.number)) claims.insert(entry.entry->file->claim);
  }
  for (const auto& entry : entries) {
    if (entry.entry->file && claims.contains(entry.entry->file->claim)) affected.insert(entry.number);
  }
}

/// How many of the entries name each object.
std::map<std::string, int> CountNames(const std::vector<NumberedEntry>& entries) {
  std::map<std::string, int> names;
  for (const auto& entry : entries) {
    std::set<std::string> keys;
    for (const auto& object : entry.entry->objects) keys.insert(object.key);
    for (const auto& key : keys) ++names[key];
  }
  return names;
}

/// Keys of the entry's objects that another one names as well; the entry is no longer counted afterwards.
std::set<std::string> StillUsed(const NumberedEntry& entry, std::map<std::string, int>& names) {
  std::set<std::string> keys;
  for (const auto& object : entry.entry->objects) keys.insert(object.key);
  std::erase_if(keys, [&](const std::string& key) { return --names[key] == 0; });
  return keys;
}

}  // namespace

Result<std::vector<NumberedEntry>> EntriesOfFolder(bronze::Bronze& bronze, const contract::Registry& registry,
                                                   const contract::Contract& contract, uint64_t& others) {
  TARN_ASSIGN(auto view, bronze.LogOf(contract.domain, contract.name).View());
  std::vector<NumberedEntry> own;
  for (auto& entry : view.entries) {
    if (!entry.entry->ranges.empty()) {
      const auto& range = entry.entry->ranges.front();
      TARN_ASSIGN(const auto then,
                  registry.Historic(contract.domain, contract.name, range.generation, range.contract_version));
      if (then->contract().folder_generation != contract.folder_generation) {
        others += entry.rows();
        continue;
      }
    }
    own.push_back(std::move(entry));
  }
  return own;
}

Result<bool> EraseBronze::IsAffected(const NumberedEntry& entry, const FoundRecords& found) {
  if (found.lines.contains(entry.number)) return true;
  if (found.refused.empty()) return false;
  for (const auto& object : entry.entry->quarantine) {
    TARN_ASSIGN(const auto refused, quarantine::ReadEntries(dependencies_.store, {object.key, object.size_bytes,
                                                                                  object.crc32c, object.rows}));
    const auto is_found = [&](const quarantine::Entry& one) { return found.refused.contains(one.id); };
    if (std::ranges::any_of(refused, is_found)) return true;
  }
  return false;
}

Result<EraseBronzeOutcome> EraseBronze::Run(const std::string& domain, const std::string& table,
                                            const FoundRecords& found) {
  TARN_ASSIGN(const auto view, dependencies_.bronze.LogOf(domain, table).View());
  std::set<uint64_t> affected;
  for (const auto& entry : view.entries) {
    TARN_ASSIGN(const bool is_affected, IsAffected(entry, found));
    if (is_affected) affected.insert(entry.number);
  }
  AddWholeFiles(view.entries, affected);
  MergedPositions positions(dependencies_.tables, dependencies_.registry, domain, table);
  auto names = CountNames(view.entries);
  const std::set<lake::Offset> none;
  EraseBronzeOutcome outcome;
  for (const auto& entry : view.entries) {
    if (!affected.contains(entry.number)) continue;
    TARN_ASSIGN(const bool merged, positions.IsMerged(entry));
    const bool open = entry.entry->file && entry.entry->file->claim == view.summary.open_file;
    if (!merged || open) {
      return Fail(ErrorCode::kUnavailable, "records that are to be erased are still on their way to silver");
    }
    const auto lines = found.lines.find(entry.number);
    TARN_CRASH_POINT("upkeep.erase.before_bronze_objects");
    TARN_ASSIGN(auto made, bronze::BuildErasingEntry({dependencies_.store, dependencies_.randomness, domain, table,
                                                      entry, dependencies_.bronze.UnitsOf({entry}),
                                                      lines == found.lines.end() ? none : lines->second, found.refused,
                                                      StillUsed(entry, names)}));
    TARN_CRASH_POINT("upkeep.erase.bronze_objects_put");
    const auto put = dependencies_.bronze.Replace(domain, table, std::move(made.entry));
    if (!put && put.error().code == ErrorCode::kConflict) {
      return Fail(ErrorCode::kUnavailable, "bronze changed while records were erased: " + put.error().message);
    }
    TARN_TRY(put);
    TARN_CRASH_POINT("upkeep.erase.bronze_replaced");
    outcome.records += made.records;
    outcome.refused += made.refused;
    outcome.rewritten += made.rewritten;
    outcome.rewritten_refused += made.rewritten_refused;
  }
  return outcome;
}

}  // namespace tarn::upkeep
