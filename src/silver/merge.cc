// SPDX-License-Identifier: Apache-2.0
#include "silver/merge.h"

#include <algorithm>

#include "lake/keys.h"
#include "lake/mirror.h"
#include "silver/merge_execution.h"

namespace tarn::silver {
namespace {

std::vector<bronze::ObservedField> FieldsOf(const std::vector<bronze::NumberedEntry>& entries) {
  std::vector<bronze::ObservedField> fields;
  for (const auto& [number, entry, skip_rows] : entries) {
    for (const auto& field : entry->fields) bronze::ObserveField(fields, field);
  }
  return fields;
}

/// Rows of the entry that were erased before a table could take them: only one that is made again meets such.
uint64_t ErasedBehind(uint64_t position, const bronze::LogEntry& entry) {
  uint64_t rows = 0;
  if (!entry.replacement) return rows;
  for (const auto& run : entry.replacement->erased) {
    if (run.last() > position) rows += (run.last() - std::max(run.first, position + 1) + 1) * run.rows;
  }
  return rows;
}

}  // namespace

bool WaitsForRebuild(const contract::Contract& contract, const table::Snapshot& snapshot) {
  if (contract.rebuild_version == 0 || !snapshot.exists()) return false;
  const auto made_for = snapshot.transactions.find(kRebuildTransaction);
  return made_for == snapshot.transactions.end() || static_cast<uint64_t>(made_for->second) < contract.rebuild_version;
}

Result<uint64_t> PositionOf(const table::Snapshot& snapshot) {
  const auto position = snapshot.transactions.find(kPositionTransaction);
  if (position != snapshot.transactions.end()) return static_cast<uint64_t>(position->second);
  if (snapshot.files.empty()) return uint64_t{0};
  return Fail(ErrorCode::kCorrupt,
              "the silver table has data but no bronze position: it is blocked until it is repaired, or taken over "
              "with `tarn register`");
}

Result<SideManifest> SideManifestOf(store::ObjectStore& store, const std::string& location,
                                    const table::Snapshot& snapshot) {
  const auto number = snapshot.transactions.find(kSideTransaction);
  if (number == snapshot.transactions.end()) return SideManifest();
  TARN_ASSIGN(const auto body, store.Get(lake::SideKey(location, SideManifestName(number->second))));
  return DecodeSideManifest(body);
}

Result<uint64_t> Merge::FolderOf(const std::string& domain, const std::string& table, const bronze::LogEntry& entry) {
  if (entry.ranges.empty()) return uint64_t{0};
  const auto& range = entry.ranges.front();
  TARN_ASSIGN(const auto endpoint,
              dependencies_.registry.Historic(domain, table, range.generation, range.contract_version));
  return endpoint->contract().folder_generation;
}

Result<std::vector<Merge::Folder>> Merge::FoldersToMerge(const std::string& domain, const std::string& table) {
  const auto newest = dependencies_.registry.FindLast(domain, table);
  if (!newest) return Fail(ErrorCode::kNotFound, "no such endpoint: " + domain + "/" + table);
  const auto current = newest->contract().folder_generation;
  const auto location = lake::SilverLocation(domain, table, current);
  std::vector<Folder> folders;
  TARN_ASSIGN(const auto snapshot, dependencies_.tables.Get(location)->Load());
  if (current > 1 && !snapshot->exists()) {
    // Records of an earlier folder may still wait: they belong to that folder's table.
    TARN_ASSIGN(const auto view, dependencies_.bronze.LogOf(domain, table).View());
    for (const auto& [number, entry, skip_rows] : view.entries) {
      TARN_ASSIGN(const auto generation, FolderOf(domain, table, *entry));
      if (generation == 0 || generation >= current) continue;
      const auto older = lake::SilverLocation(domain, table, generation);
      const auto same = [&](const Folder& folder) { return folder.location == older; };
      if (std::ranges::any_of(folders, same)) continue;
      const auto& range = entry->ranges.front();
      TARN_ASSIGN(auto endpoint,
                  dependencies_.registry.Historic(domain, table, range.generation, range.contract_version));
      folders.push_back({std::move(endpoint), generation, older});
    }
  }
  folders.push_back({newest, current, location});
  return folders;
}

Result<Merge::Outcome> Merge::RunOnce(const std::string& domain, const std::string& table) {
  TARN_ASSIGN(const auto folders, FoldersToMerge(domain, table));
  Outcome outcome;
  for (const auto& folder : folders) {
    TARN_ASSIGN(outcome, RunFolder(folder));
    while (outcome.committed && folder.location != folders.back().location) {
      TARN_ASSIGN(outcome, RunFolder(folder));
    }
  }
  return outcome;
}

Result<Merge::Outcome> Merge::RunInto(const std::string& location, const contract::EndpointPtr& endpoint,
                                      std::shared_ptr<const HandledRecords> handled) {
  return RunFolder({endpoint, endpoint->contract().folder_generation, location, std::move(handled), true});
}

Result<Merge::Outcome> Merge::RunFolder(const Folder& folder) {
  const auto table = dependencies_.tables.Get(folder.location);
  TARN_ASSIGN(const auto done, table->Commit([&](const table::SnapshotPtr& base) { return Plan(folder, base); },
                                             dependencies_.seat_check));
  TARN_ASSIGN(const auto position, PositionOf(*done.snapshot));
  return Outcome{position, done.committed};
}

Result<SideManifest> Merge::SideOf(const std::string& location, const table::Snapshot& snapshot) {
  const auto number = snapshot.transactions.find(kSideTransaction);
  if (number == snapshot.transactions.end()) return SideManifest();
  if (auto known = caches_.sides.Find(location, number->second)) return *std::move(known);
  TARN_ASSIGN(auto side, SideManifestOf(dependencies_.store, location, snapshot));
  caches_.sides.Remember(location, number->second, side);
  return side;
}

Result<std::optional<table::CommitIntent>> Merge::Plan(const Folder& folder, const table::SnapshotPtr& base) {
  const auto& contract = folder.endpoint->contract();
  if (!folder.staged && WaitsForRebuild(contract, *base)) return std::optional<table::CommitIntent>();
  TARN_ASSIGN(const auto position, PositionOf(*base));
  TARN_ASSIGN(const auto summary, dependencies_.bronze.LogOf(contract.domain, contract.name).Summary());
  const bool purged = summary.purged_through > position && base->exists();
  if (folder.staged && base->exists() && summary.retired_through > position) {
    return Fail(ErrorCode::kFailedPrecondition, "bronze was retired while the table was rebuilt: ask for it again");
  }
  TARN_ASSIGN(auto entries,
              dependencies_.bronze.EntriesToMerge(contract.domain, contract.name, position, kMaxObjectBytes));
  if (entries.empty() && !purged) return std::optional<table::CommitIntent>();
  const auto upto = entries.empty() ? summary.purged_through : entries.back().last_position();
  std::vector<bronze::NumberedEntry> own;
  for (auto& entry : entries) {
    TARN_ASSIGN(const auto generation, FolderOf(contract.domain, contract.name, *entry.entry));
    if (generation == folder.generation) own.push_back(std::move(entry));
  }
  SideManifest before;
  if (!purged) {
    TARN_ASSIGN(before, SideOf(folder.location, *base));
  }
  // What a partial rebuild leaves out counts as undone.
  if (folder.staged && !base->exists()) {
    for (const auto& range : summary.retired) {
      TARN_ASSIGN(const auto retired, dependencies_.registry.Historic(contract.domain, contract.name, range.generation,
                                                                      range.contract_version));
      if (retired->contract().folder_generation == folder.generation) before.counters.rolled_back += range.rows;
    }
  }
  MergeExecution execution(dependencies_, caches_,
                           {folder.endpoint, dependencies_.tables.Get(folder.location), folder.location, base, purged,
                            std::move(before), folder.handled});
  TARN_ASSIGN(auto merged, execution.Run(own, FieldsOf(own)));
  for (const auto& entry : own) merged.side.counters.purged += ErasedBehind(position, *entry.entry);
  const auto side_number = NewSideNumber(dependencies_.randomness);
  merged.side.MarkHour(upto, dependencies_.clock.Now());
  const auto side_key = lake::SideKey(folder.location, SideManifestName(side_number));
  merged.intent.pending.push_back({side_key, EncodeSideManifest(merged.side)});
  caches_.sides.Remember(folder.location, side_number, std::move(merged.side));
  merged.intent.format = contract.format;
  if (contract.mirror && !base->exists() && !folder.staged) {
    merged.intent.properties[lake::kMirrorProperty] = *contract.mirror;
  }
  merged.intent.transactions[kPositionTransaction] = static_cast<int64_t>(upto);
  merged.intent.transactions[kSideTransaction] = side_number;
  if (!base->exists() && contract.rebuild_version > 0) {
    merged.intent.transactions[kRebuildTransaction] = static_cast<int64_t>(contract.rebuild_version);
  }
  return std::optional(std::move(merged.intent));
}

}  // namespace tarn::silver
