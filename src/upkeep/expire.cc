// SPDX-License-Identifier: Apache-2.0
#include "upkeep/expire.h"

#include <algorithm>
#include <iterator>
#include <unordered_set>

#include "base/crash_point.h"
#include "base/log.h"
#include "gold/staged_results.h"
#include "lake/keys.h"
#include "lake/mirror_publication.h"
#include "silver/key_filter.h"

namespace tarn::upkeep {

/// One history over the files of a folder: the table's, or its mirror's.
struct Expire::Line {
  table::Table& table;
  VersionNames& names;
  lake::ExpiryRecords& records;
  std::string name;  ///< where its records lie: the table's location, or lake::MirrorName
  std::vector<table::VersionChange> history{};

  Status Load(store::ObjectStore& store) {
    TARN_ASSIGN(records, lake::LoadExpiryRecords(store, name, std::move(records)));
    TARN_ASSIGN(auto present, table.History());
    lake::DropExpired(records, present);
    TARN_ASSIGN(history, names.Load(present));
    return {};
  }

  std::set<int64_t> Versions() const {
    std::set<int64_t> versions;
    for (const auto& change : history) versions.insert(change.version);
    return versions;
  }

  /// Of everything a version of it names, and its newest snapshot, which may have come later.
  Result<std::unordered_set<size_t>> LiveNames() {
    TARN_ASSIGN(const auto newest, table.Load());
    return names.HashesOf(Versions(), *newest);
  }
};

/// One run over one history. Nothing goes that the other one names.
struct Expire::Pass {
  Expire& owner;
  const std::string& location;
  bool dry_run;
  Timestamp now;
  Line& line;
  Line* other;
  ExpireOutcome outcome{};

  store::ObjectStore& store() { return owner.dependencies_.store; }

  Status DeleteAllDue() {
    auto& records = line.records;
    for (auto at = records.begin(); at != records.end();) {
      auto& [key, record] = *at;
      TARN_ASSIGN(const bool done, DeleteDue(key, record));
      at = done ? records.erase(at) : std::next(at);
    }
    return {};
  }

  bool IsDue(const lake::ExpiryRecord& record, std::chrono::milliseconds after) const {
    return now.micros - record.at.micros >= std::chrono::microseconds(after).count();
  }

  std::vector<std::string> KeysOf(const std::vector<std::string>& paths) const {
    std::vector<std::string> keys;
    keys.reserve(paths.size());
    for (const auto& path : paths) keys.push_back(location + path);
    return keys;
  }

  /// Key filters are found by the names of data files and go with them.
  void AddKeyFilters(const std::vector<std::string>& paths, std::vector<std::string>& keys) const {
    if (!VersionNames::HasKeyFilters(location)) return;
    for (const auto& path : paths) {
      if (path.starts_with(VersionNames::kDataFolder)) {
        keys.push_back(lake::SideKey(location, silver::KeyFilterName(path)));
      }
    }
  }

  /// A run that began before the versions left may be reading them.
  bool IsRead(const lake::ExpiryRecord& record) const {
    const auto run = owner.dependencies_.oldest_run();
    return run && run->micros <= record.at.micros;
  }

  Result<bool> DeleteDue(const std::string& key, lake::ExpiryRecord& record) {
    if (!record.objects.empty() && IsDue(record, owner.options_.objects_after) && !IsRead(record)) {
      TARN_TRY(DeleteObjects(key, record));
    }
    if (!record.objects.empty() || !IsDue(record, owner.options_.numbers_after)) return false;
    if (outcome.deleted + record.numbers.size() > kMaxDeletes) return false;
    outcome.deleted += record.numbers.size();
    if (dry_run) return false;
    const auto numbers = KeysOf(record.numbers);
    TARN_TRY(store().DeleteAll(numbers));
    TARN_TRY(store().Delete(key));
    outcome.keys.insert(outcome.keys.end(), numbers.begin(), numbers.end());
    return true;
  }

  /// A rollback that ran beside the expiry may have brought a file back. Such files stay, and when the version that has
  /// them leaves too, its own record says when they go.
  Status DeleteObjects(const std::string& key, lake::ExpiryRecord& record) {
    if (outcome.deleted + record.objects.size() > kMaxDeletes && outcome.deleted > 0) return {};
    if (!dry_run) TARN_TRY(owner.dependencies_.seat_check());
    TARN_ASSIGN(auto live, line.LiveNames());
    TARN_TRY(AddNamesOfOther(live));
    for (auto later = line.records.upper_bound(key); later != line.records.end(); ++later) {
      for (const auto& name : later->second.objects) live.insert(VersionNames::HashOf(name));
    }
    auto gone = record.objects;
    std::erase_if(gone, [&](const std::string& name) {
      if (!live.contains(VersionNames::HashOf(name))) return false;
      LogWarning("an expired object is in use again and stays", {{"key", location + name}, {"record", key}});
      return true;
    });
    outcome.deleted += gone.size();
    if (dry_run) return {};
    auto keys = KeysOf(gone);
    AddKeyFilters(gone, keys);
    TARN_TRY(store().DeleteAll(keys));
    TARN_CRASH_POINT("upkeep.expire.objects_deleted");
    std::ranges::move(keys, std::back_inserter(outcome.keys));
    TARN_TRY(StubNumbers(record));
    record.objects.clear();
    return {};
  }

  /// Superseded metadata makes room; its numbers stay taken (durability.md §1.3).
  Status StubNumbers(const lake::ExpiryRecord& record) {
    if (!record.stub || record.numbers.empty()) return {};
    const auto keys = KeysOf(record.numbers);
    std::vector<store::PutRequest> stubs;
    stubs.reserve(keys.size());
    for (const auto& key : keys) stubs.push_back({key, *record.stub});
    TARN_TRY(store().DeleteAll(keys));
    return store().PutAll(stubs);
  }

  Status AddNamesOfOther(std::unordered_set<size_t>& live) {
    if (other == nullptr) return {};
    TARN_ASSIGN(auto names, other->LiveNames());
    live.merge(names);
    return {};
  }

  /// Lets versions go that are not in `kept`; the history is without them afterwards.
  Status LetGo(const std::set<int64_t>& kept) {
    std::set<int64_t> stay;
    std::set<int64_t> leave;
    for (const auto& change : line.history) {
      const bool leaves = !kept.contains(change.version) && leave.size() < kMaxVersions;
      (leaves ? leave : stay).insert(change.version);
    }
    if (leave.size() < std::max<size_t>(owner.options_.smallest_batch, 1)) return {};
    // What they name is read while they are there. A commit that lets them go comes before the record: a crash between
    // leaves orphans, never a record about versions that are live.
    TARN_ASSIGN(const auto named, line.names.NamesOf(leave, stay));
    table::ExpiryPlan plan;
    if (dry_run) {
      plan.versions.assign(leave.begin(), leave.end());
    } else {
      TARN_ASSIGN(plan, line.table.Expire(stay, leave, owner.dependencies_.seat_check));
      TARN_CRASH_POINT("upkeep.expire.prepared");
    }
    const std::set<int64_t> leaving(plan.versions.begin(), plan.versions.end());
    for (const auto version : leave) {
      if (!leaving.contains(version)) stay.insert(version);
    }
    const size_t smallest = plan.by_commit ? 1 : std::max<size_t>(owner.options_.smallest_batch, 1);
    if (leaving.size() < smallest) return {};
    TARN_TRY(Record(plan, named, leaving, stay));
    std::erase_if(line.history, [&](const table::VersionChange& change) { return leaving.contains(change.version); });
    return {};
  }

  /// What earlier records will delete.
  std::unordered_set<std::string> Waiting() const {
    std::unordered_set<std::string> waiting;
    for (const auto& [key, record] : line.records) waiting.insert(record.objects.begin(), record.objects.end());
    return waiting;
  }

  Status Record(const table::ExpiryPlan& plan, const std::set<std::string>& named, const std::set<int64_t>& leaving,
                const std::set<int64_t>& stay) {
    lake::ExpiryRecord record;
    record.at = now;
    record.versions = leaving;
    TARN_ASSIGN(const auto newest, line.table.Load());
    TARN_ASSIGN(auto used, line.names.HashesOf(stay, *newest));
    TARN_TRY(AddNamesOfOther(used));
    for (const auto& name : named) {
      if (!used.contains(VersionNames::HashOf(name))) record.objects.push_back(name);
    }
    const auto waiting = Waiting();
    for (const auto& object : plan.objects) {
      if (!waiting.contains("/" + object)) record.objects.push_back("/" + object);
    }
    for (const auto& number : plan.numbers) record.numbers.push_back("/" + number);
    record.stub = plan.number_stub;
    outcome.versions = leaving.size();
    outcome.doomed = record.objects.size();
    if (dry_run) return {};
    TARN_TRY(owner.dependencies_.seat_check());
    const auto listed = plan.by_commit ? lake::StillListed::kNo : lake::StillListed::kYes;
    const auto key = lake::ExpiryRecordKey(line.name, record, listed, NewUuid(owner.dependencies_.randomness));
    const auto body = lake::EncodeExpiryRecord(record);
    const store::PutRequest put{key, body};
    TARN_TRY(store().PutAll({&put, 1}));
    TARN_CRASH_POINT("upkeep.expire.recorded");
    line.records.emplace(key, std::move(record));
    return {};
  }
};

namespace {

/// Versions of a mirror stay that show one of the table's that does, and its newest one.
std::set<int64_t> KeptOfMirror(std::span<const table::VersionChange> history, const std::set<int64_t>& kept) {
  std::set<int64_t> stay;
  for (const auto& change : history) {
    const auto shown = change.transactions.find(lake::kMirroredSnapshot);
    if (shown != change.transactions.end() && kept.contains(shown->second)) stay.insert(change.version);
  }
  if (!history.empty()) stay.insert(history.back().version);
  return stay;
}

/// The table's versions that versions of its mirror show: their files are in use as long.
void AddShown(std::span<const table::VersionChange> history, std::set<int64_t>& kept) {
  for (const auto& change : history) {
    const auto shown = change.transactions.find(lake::kMirroredSnapshot);
    if (shown != change.transactions.end()) kept.insert(shown->second);
  }
}

/// Versions that staged results stand on.
Status AddStaged(store::ObjectStore& store, const std::string& location, std::set<int64_t>& kept) {
  if (!location.starts_with("gold/")) return {};
  TARN_ASSIGN(const auto staged, gold::StagedResults(store).Load(location));
  for (const auto& one : staged) {
    if (one.base) kept.insert(*one.base);
  }
  return {};
}

}  // namespace

Expire::Line Expire::LineOf(const std::string& name, table::Table& table) {
  auto& names = names_[name];
  if (!names) names = std::make_shared<VersionNames>(table);
  return Line{table, *names, known_[name], name};
}

Result<ExpireOutcome> Expire::Run(const std::string& location, bool dry_run) {
  auto& store = dependencies_.store;
  const auto now = dependencies_.clock.Now();
  const auto table = dependencies_.tables.Get(location);
  auto own = LineOf(location, *table);
  TARN_TRY(own.Load(store));
  auto kept = table::KeptVersions(own.history, options_.keep, now);
  TARN_TRY(AddStaged(store, location, kept));
  TARN_ASSIGN(const auto mirror_table, dependencies_.tables.MirrorOf(location));
  ExpireOutcome before;
  std::optional<Line> mirror;
  if (mirror_table != nullptr) {
    // It lets go first: no version of it may name a file that goes with a version of the table.
    mirror.emplace(LineOf(lake::MirrorName(location), *mirror_table));
    TARN_TRY(mirror->Load(store));
    Pass pass{*this, location, dry_run, now, *mirror, &own};
    TARN_TRY(pass.DeleteAllDue());
    TARN_TRY(pass.LetGo(KeptOfMirror(mirror->history, kept)));
    before = pass.outcome;
    AddShown(mirror->history, kept);
  }
  Pass pass{*this, location, dry_run, now, own, mirror ? &*mirror : nullptr};
  TARN_TRY(pass.DeleteAllDue());
  TARN_TRY(pass.LetGo(kept));
  auto outcome = pass.outcome;
  outcome.versions += before.versions;
  outcome.doomed += before.doomed;
  outcome.deleted += before.deleted;
  std::ranges::move(before.keys, std::back_inserter(outcome.keys));
  outcome.at_rest = own.records.empty() && (!mirror || mirror->records.empty()) &&
                    own.history.size() + pass.outcome.versions <= options_.keep.last;
  return outcome;
}

}  // namespace tarn::upkeep
