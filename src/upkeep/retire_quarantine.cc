// SPDX-License-Identifier: Apache-2.0
#include "upkeep/retire_quarantine.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/crash_point.h"
#include "bronze/erasing_entry.h"
#include "lake/keys.h"
#include "quarantine/put_entries.h"
#include "silver/merge.h"
#include "upkeep/erase_reviews.h"
#include "upkeep/merged_positions.h"

namespace tarn::upkeep {
namespace {

using quarantine::EntryObject;

EntryObject ReferenceOf(const bronze::LandedObject& object) {
  return {object.key, object.size_bytes, object.crc32c, object.rows};
}

}  // namespace

/// One run over one endpoint.
struct RetireQuarantine::Pass {
  RetireQuarantine& owner;
  const EndpointPass& request;
  const contract::Contract& contract;
  std::map<std::string, Seen>& seen;
  const quarantine::StateFold& now;
  int64_t oldest_kept;  ///< arrivals up to this are too old, in microseconds
  RetireQuarantineOutcome outcome{};
  size_t looked = 0;             ///< objects
  bool complete = true;          ///< nothing too old was left for the next run
  std::set<std::string> keys{};  ///< of all objects there are

  const Dependencies& dependencies() const { return owner.dependencies_; }

  bool IsHandled(const quarantine::Entry& entry) const {
    const auto state = now.states.find(entry.id);
    const auto& status =
        state == now.states.end() || state->second.status.empty() ? entry.status : state->second.status;
    return status != quarantine::kPending;
  }

  /// Whether looking into the object may find something: its records are old enough, and it was not looked into since
  /// somebody dealt with one.
  bool IsWorthALook(const EntryObject& object) {
    keys.insert(object.key);
    const auto known = seen.find(object.key);
    if (known == seen.end()) return true;
    const auto& [handled, open, head] = known->second;
    Await(known->second);
    if (handled && handled->micros <= oldest_kept) return true;
    return open && open->micros <= oldest_kept && head != now.head;
  }

  /// Notes when the next one of an object will be too old. Whether somebody deals with an open one is looked at daily.
  void Await(const Seen& known) {
    const auto at = dependencies().clock.Now().micros;
    const auto note = [&](const std::optional<Timestamp>& arrival, int64_t not_before) {
      if (!arrival) return;
      const Timestamp due{std::max(arrival->micros + (at - oldest_kept), not_before)};
      if (!outcome.next || due.micros < outcome.next->micros) outcome.next = due;
    };
    note(known.handled, 0);
    note(known.open, at + std::chrono::microseconds(std::chrono::hours(24)).count());
  }

  /// Ids of records of the object that are to go.
  Result<std::set<std::string>> LookInto(const EntryObject& object) {
    ++looked;
    TARN_ASSIGN(const auto entries, quarantine::ReadEntries(dependencies().store, object));
    std::set<std::string> due;
    Seen known{std::nullopt, std::nullopt, now.head};
    for (const auto& entry : entries) {
      const bool handled = IsHandled(entry);
      if (handled && entry.received_at.micros <= oldest_kept) {
        due.insert(entry.id);
        continue;
      }
      auto& oldest = handled ? known.handled : known.open;
      if (!oldest || entry.received_at.micros < oldest->micros) oldest = entry.received_at;
    }
    Await(known);
    if (due.empty()) seen[object.key] = known;
    return due;
  }

  bool IsFull() {
    if (looked < kMaxObjects) return false;
    complete = false;
    return true;
  }

  Status FromBronze() {
    TARN_ASSIGN(const auto view, dependencies().bronze.LogOf(request.domain, request.table).View());
    MergedPositions positions(dependencies().tables, dependencies().registry, request.domain, request.table);
    for (const auto& entry : view.entries) {
      std::set<std::string> due;
      if (IsFull()) return {};
      for (const auto& object : entry.entry->quarantine) {
        if (!IsWorthALook(ReferenceOf(object))) continue;
        TARN_ASSIGN(auto found, LookInto(ReferenceOf(object)));
        due.merge(found);
      }
      if (due.empty()) continue;
      TARN_ASSIGN(const bool merged, positions.IsMerged(entry));
      const bool open = entry.entry->file && entry.entry->file->claim == view.summary.open_file;
      if (!merged || open) {
        complete = false;
        continue;
      }
      outcome.records += due.size();
      if (!request.dry_run) TARN_TRY(Replace(entry, due));
    }
    return {};
  }

  Status Replace(const bronze::NumberedEntry& entry, const std::set<std::string>& due) {
    const std::vector<bronze::RecordUnit> no_units;
    const std::set<lake::Offset> no_lines;
    const std::set<std::string> no_keys;
    bronze::ErasingRequest erasing{dependencies().store,
                                   dependencies().randomness,
                                   request.domain,
                                   request.table,
                                   entry,
                                   no_units,
                                   no_lines,
                                   due,
                                   no_keys};
    erasing.keeps_lines = true;
    TARN_ASSIGN(auto made, bronze::BuildErasingEntry(erasing));
    made.entry.replacement->swept_through = request.swept_through;
    TARN_CRASH_POINT("upkeep.retire_quarantine.before_entry");
    const auto put = dependencies().bronze.Replace(request.domain, request.table, std::move(made.entry));
    // Somebody replaced or purged it: the next run looks again.
    if (!put && put.error().code == ErrorCode::kConflict) {
      complete = false;
      outcome.records -= due.size();
      return {};
    }
    TARN_TRY(put);
    return {};
  }

  /// Records that merges have refused. What leaves the side manifest is an orphan once its versions have expired.
  Status FromTable() {
    const auto location = lake::SilverLocation(contract.domain, contract.name, contract.folder_generation);
    const auto table = dependencies().tables.Get(location);
    uint64_t gone = 0;
    const auto planner = [&](const table::SnapshotPtr& base) -> Result<std::optional<table::CommitIntent>> {
      gone = 0;
      if (!base->exists()) return std::optional<table::CommitIntent>();
      TARN_ASSIGN(auto side, silver::SideManifestOf(dependencies().store, location, *base));
      for (auto& object : side.refused) {
        if (IsFull()) break;
        if (!IsWorthALook(object)) continue;
        TARN_ASSIGN(const auto due, LookInto(object));
        gone += due.size();
        if (!due.empty() && !request.dry_run) TARN_TRY(Rewrite(due, object));
      }
      if (gone == 0 || request.dry_run) return std::optional<table::CommitIntent>();
      std::erase_if(side.refused, [](const EntryObject& object) { return object.entries == 0; });
      table::CommitIntent intent;
      intent.operation = "RETIRE";
      intent.data_change = false;
      const auto number = silver::NewSideNumber(dependencies().randomness);
      intent.pending.push_back({lake::SideKey(location, silver::SideManifestName(number)), EncodeSideManifest(side)});
      intent.transactions[silver::kSideTransaction] = number;
      for (const auto& [id, at] : base->transactions) intent.transactions.try_emplace(id, at);
      return std::optional(std::move(intent));
    };
    TARN_CRASH_POINT("upkeep.retire_quarantine.before_commit");
    TARN_TRY(table->Commit(planner, dependencies().seat_check));
    outcome.records += gone;
    return {};
  }

  /// Puts an object without those records; `object` names it afterwards, or says that there is none.
  Status Rewrite(const std::set<std::string>& due, EntryObject& object) {
    TARN_ASSIGN(auto entries, quarantine::ReadEntries(dependencies().store, object));
    std::erase_if(entries, [&](const quarantine::Entry& entry) { return due.contains(entry.id); });
    object.entries = entries.size();
    if (entries.empty()) return {};
    const auto key = lake::QuarantineObjectKey(request.domain, request.table, dependencies().clock.Now(),
                                               "kept-" + NewUuid(dependencies().randomness));
    TARN_ASSIGN(object, quarantine::PutEntries(dependencies().store, key, entries));
    return {};
  }

  /// Takes ids out of records that are still there.
  Status DropPresent(std::set<std::string>& due) {
    TARN_ASSIGN(auto units, dependencies().bronze.QuarantineUnits(request.domain, request.table));
    const auto location = lake::SilverLocation(contract.domain, contract.name, contract.folder_generation);
    TARN_ASSIGN(const auto snapshot, dependencies().tables.Get(location)->Load());
    TARN_ASSIGN(const auto side, silver::SideManifestOf(dependencies().store, location, *snapshot));
    for (const auto& object : side.refused) {
      units.push_back(
          {object.entries, [this, object] { return quarantine::ReadEntries(dependencies().store, object); }});
    }
    for (const auto& unit : units) {
      TARN_ASSIGN(const auto entries, unit.load());
      for (const auto& entry : entries) due.erase(entry.id);
    }
    return {};
  }

  /// Payloads that reviews gave to records that are gone by now. They were dealt with and are not younger than those.
  Status FromReviews() {
    auto& log = owner.reviews_.Of(request.domain, request.table);
    TARN_ASSIGN(const auto landed, LandedReplays(dependencies().bronze, request.domain, request.table));
    TARN_ASSIGN(const auto waiting, log.ReplaysBehind(landed));
    std::set<std::string> due;
    for (const auto& object : now.objects) {
      const auto is_it = [&](const auto& replay) { return replay.payloads.key == object.key; };
      if (object.entries == 0 || std::ranges::any_of(waiting, is_it)) continue;
      if (IsFull()) break;
      if (!IsWorthALook(object)) continue;
      TARN_ASSIGN(auto found, LookInto(object));
      due.merge(found);
    }
    if (due.empty()) return {};
    TARN_TRY(DropPresent(due));
    TARN_TRY(EraseFromReviews({dependencies().store, owner.reviews_, dependencies().clock, dependencies().randomness,
                               dependencies().seat_check, request.domain, request.table, due, landed}));
    return {};
  }
};

Result<RetireQuarantineOutcome> RetireQuarantine::Run(const EndpointPass& request) {
  const auto endpoint = dependencies_.registry.FindLast(request.domain, request.table);
  if (!endpoint || !endpoint->contract().quarantine_retention) return RetireQuarantineOutcome();
  // A rebuild that is under way reads the quarantine of the table it takes the place of.
  TARN_ASSIGN(const auto staged,
              dependencies_.store.List(lake::RebuildStagingFolder(request.domain, request.table), "", 1));
  if (!staged.empty()) return RetireQuarantineOutcome{0, dependencies_.clock.Now()};
  const auto kept = std::chrono::duration_cast<std::chrono::microseconds>(*endpoint->contract().quarantine_retention);
  TARN_ASSIGN(const auto now, reviews_.Of(request.domain, request.table).Pin());
  auto& seen = seen_[endpoint->contract().id()];
  Pass pass{*this, request, endpoint->contract(), seen, *now, dependencies_.clock.Now().micros - kept.count()};
  TARN_TRY(pass.FromBronze());
  TARN_TRY(pass.FromTable());
  // Payloads go last: who reads a record reads its payload.
  if (pass.complete && !request.dry_run) TARN_TRY(pass.FromReviews());
  if (pass.complete) std::erase_if(seen, [&](const auto& known) { return !pass.keys.contains(known.first); });
  if (!pass.complete) pass.outcome.next = dependencies_.clock.Now();
  TARN_CRASH_POINT("upkeep.retire_quarantine.done");
  return pass.outcome;
}

}  // namespace tarn::upkeep
