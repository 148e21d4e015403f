// SPDX-License-Identifier: Apache-2.0
#include "upkeep/erase_silver.h"

#include <algorithm>

#include "base/crash_point.h"
#include "engine/select_numbers.h"
#include "lake/keys.h"
#include "quarantine/put_entries.h"
#include "silver/side_table.h"
#include "upkeep/erase_bronze.h"

namespace tarn::upkeep {
namespace {

/// What became of single records is not kept, so they are taken where most of a key's records are.
void CountPurged(uint64_t records, silver::Counters& counters) {
  for (auto* fate :
       {&counters.applied, &counters.superseded, &counters.deleted, &counters.quarantined, &counters.rolled_back}) {
    const auto taken = std::min(records, *fate);
    *fate -= taken;
    counters.purged += taken;
    records -= taken;
  }
}

/// As merges write them; the sequence is what the contract orders by.
table::Schema TombstoneSchema(const contract::Contract& contract, const table::Schema& table) {
  table::Schema schema;
  for (const auto* key : contract.key_columns()) {
    schema.fields.push_back({0, key->name, table.fields[*table.IndexOf(key->name)].type, true});
  }
  const auto sequence = contract.sequence_by ? table.IndexOf(*contract.sequence_by) : std::nullopt;
  const auto sequence_type = sequence ? table.fields[*sequence].type : table::Scalar(table::TypeKind::kInt64);
  schema.fields.push_back({0, "_sequence", sequence_type, true});
  schema.fields.push_back({0, "_insert_date", table::Scalar(table::TypeKind::kTimestamp), true});
  table::AssignFieldIds(schema, 0);
  return schema;
}

}  // namespace

EraseSilver::EraseSilver(const silver::MergeDependencies& dependencies)
    : dependencies_(dependencies),
      erase_rows_({dependencies.store, dependencies.engine, dependencies.tables, dependencies.seat_check}) {}

Status EraseSilver::DropTombstones(const Request& request, const table::Snapshot& base, silver::SideManifest& side,
                                   EraseSilverOutcome& outcome) {
  outcome.tombstones = 0;
  if (side.tombstones.empty()) return {};
  const auto location =
      lake::SilverLocation(request.contract.domain, request.contract.name, request.contract.folder_generation);
  const auto schema = TombstoneSchema(request.contract, base.schema);
  const auto condition = KeyCondition(request.keys, schema);
  TARN_ASSIGN(const auto workspace, dependencies_.engine.OpenWorkspace({}));
  TARN_TRY(workspace->AddInput("tombstones", silver::BindSideFiles(location, schema, side.tombstones)));
  TARN_ASSIGN(const auto buried,
              engine::SelectNumber(*workspace, "SELECT count(*) FROM input.tombstones WHERE " + condition));
  if (buried == 0) return {};
  outcome.tombstones = static_cast<uint64_t>(buried);
  outcome.side_objects += side.tombstones.size();
  if (request.dry_run) return {};
  engine::WriteRequest write;
  write.select = "SELECT * FROM input.tombstones WHERE NOT " + condition;
  write.schema = schema;
  write.location = lake::SideFolder(location);
  TARN_ASSIGN(const auto files, workspace->WriteParquet(write));
  side.tombstones.clear();
  for (const auto& file : files) side.tombstones.push_back({file.path, file.size_bytes, file.record_count});
  return {};
}

Status EraseSilver::DropRefused(const Request& request, silver::SideManifest& side, EraseSilverOutcome& outcome) {
  outcome.refused = 0;
  outcome.gone.clear();
  std::vector<quarantine::EntryObject> kept;
  for (const auto& object : side.refused) {
    TARN_ASSIGN(auto entries, quarantine::ReadEntries(dependencies_.store, object));
    const auto gone = std::erase_if(
        entries, [&](const quarantine::Entry& entry) { return request.found.refused.contains(entry.id); });
    if (gone == 0) {
      kept.push_back(object);
      continue;
    }
    outcome.refused += gone;
    ++outcome.side_objects;
    outcome.gone.push_back(object.key);
    if (entries.empty() || request.dry_run) continue;
    const auto key = lake::QuarantineObjectKey(request.contract.domain, request.contract.name,
                                               dependencies_.clock.Now(), "kept-" + NewUuid(dependencies_.randomness));
    TARN_ASSIGN(auto rest, quarantine::PutEntries(dependencies_.store, key, entries));
    kept.push_back(std::move(rest));
  }
  if (!request.dry_run) side.refused = std::move(kept);
  return {};
}

Result<uint64_t> EraseSilver::ErasedRows(const contract::Contract& contract, uint64_t position) {
  uint64_t others = 0;
  TARN_ASSIGN(const auto entries, EntriesOfFolder(dependencies_.bronze, dependencies_.registry, contract, others));
  uint64_t rows = 0;
  for (const auto& entry : entries) {
    if (entry.last_position() <= position) rows += entry.entry->erased_rows();
  }
  return rows;
}

Result<EraseSilverOutcome> EraseSilver::Run(const Request& request) {
  const auto& contract = request.contract;
  const auto location = lake::SilverLocation(contract.domain, contract.name, contract.folder_generation);
  EraseSilverOutcome outcome;
  const auto complete = [&](const table::Snapshot& base, table::CommitIntent& intent) -> Result<bool> {
    TARN_ASSIGN(const auto position, silver::PositionOf(base));
    TARN_ASSIGN(auto side, silver::SideManifestOf(dependencies_.store, location, base));
    outcome.side_objects = 0;
    TARN_TRY(DropTombstones(request, base, side, outcome));
    TARN_TRY(DropRefused(request, side, outcome));
    TARN_ASSIGN(const auto erased, ErasedRows(contract, position));
    const auto uncounted = erased - std::min(erased, side.counters.purged);
    if (intent.remove.empty() && outcome.side_objects == 0 && uncounted == 0) return false;
    CountPurged(uncounted, side.counters);
    side.MarkHour(position, dependencies_.clock.Now());
    const auto number = silver::NewSideNumber(dependencies_.randomness);
    intent.pending.push_back({lake::SideKey(location, silver::SideManifestName(number)), EncodeSideManifest(side)});
    intent.transactions[silver::kSideTransaction] = number;
    return true;
  };
  TARN_ASSIGN(outcome.rows, erase_rows_.Run({location, request.keys, true, request.dry_run}, complete));
  if (!request.dry_run) return outcome;
  TARN_ASSIGN(const auto base, dependencies_.tables.Get(location)->Load());
  if (!base->exists()) return outcome;
  TARN_ASSIGN(auto side, silver::SideManifestOf(dependencies_.store, location, *base));
  TARN_TRY(DropTombstones(request, *base, side, outcome));
  TARN_TRY(DropRefused(request, side, outcome));
  return outcome;
}

}  // namespace tarn::upkeep
