// SPDX-License-Identifier: Apache-2.0
#include "upkeep/upkeep.h"

#include <algorithm>
#include <mutex>

#include "base/log.h"
#include "base/this_thread.h"
#include "gold/staged_results.h"

namespace tarn::upkeep {
namespace {

constexpr const char* kTickKey = "tick";
constexpr const char* kOrphansKey = "orphans";
constexpr const char* kMirrorsKey = "mirrors";
constexpr const char* kExportsKey = "exports";
constexpr std::string_view kHurryKey = "hurry ";  ///< and a location
constexpr std::chrono::hours kOrphanInterval{24};
/// A table at which expiry will have more to do is looked at again after this at the latest, new commits or not.
constexpr std::chrono::minutes kRestlessInterval{30};
/// Where something will have to go by its age, a look is taken after this at the latest.
constexpr std::chrono::hours kDueInterval{24};
/// Tables that others made through the catalog are theirs to look after.
bool IsOurs(const LakeTable& table) { return table.layer == "silver" || table.layer == "gold"; }

/// Tiers that one look may climb.
constexpr int kMostCompactions = 4;
constexpr const char* kBronze = "bronze";

/// Whether a compaction replaced anything.
bool Rewrote(const UpkeepRun& run) {
  return std::ranges::any_of(run.figures, [](const auto& figure) {
    return (figure.first == "compacted_files" || figure.first == "merged_entries") && figure.second > 0;
  });
}

}  // namespace

Upkeep::Upkeep(Dependencies dependencies, UpkeepOptions options)
    : dependencies_(std::move(dependencies)),
      options_(options),
      runs_(dependencies_.clock, dependencies_.metrics),
      table_references_(dependencies_.store, dependencies_.tables),
      bronze_references_(dependencies_.store, dependencies_.tables, dependencies_.clock),
      catalog_references_(dependencies_.store, dependencies_.clock),
      compact_({dependencies_.store, dependencies_.engine, dependencies_.tables, dependencies_.seat_check},
               options.compaction),
      expire_({dependencies_.store, dependencies_.tables, dependencies_.clock, dependencies_.randomness,
               dependencies_.seat_check, dependencies_.oldest_run},
              options.expiry),
      merge_bronze_({dependencies_.store, dependencies_.bronze, dependencies_.tables, dependencies_.registry,
                     dependencies_.randomness},
                    options.bronze_merge),
      retire_bronze_({dependencies_.store, dependencies_.bronze, dependencies_.tables, dependencies_.registry,
                      dependencies_.clock, dependencies_.randomness}),
      retire_quarantine_({dependencies_.store, dependencies_.bronze, dependencies_.tables, dependencies_.registry,
                          dependencies_.clock, dependencies_.randomness, dependencies_.seat_check}),
      sweep_bronze_({dependencies_.store, dependencies_.bronze, dependencies_.clock, dependencies_.seat_check,
                     dependencies_.oldest_run},
                    {.objects_after = options.expiry.objects_after, .numbers_after = options.expiry.numbers_after}),
      export_table_({dependencies_.store, dependencies_.engine, dependencies_.tables, dependencies_.seat_check}),
      collect_orphans_({dependencies_.store,
                        dependencies_.clock,
                        {&table_references_, &bronze_references_, &catalog_references_},
                        dependencies_.seat_check},
                       options.orphans),
      loop_({.name = "tarn-upkeep", .threads = 1, .niceness = kBackgroundNiceness},
            [this](const std::string& key) { return RunKey(key); }) {}

Upkeep::~Upkeep() { Stop(); }

void Upkeep::Start() {
  loop_.Start();
  loop_.ScheduleNow(kMirrorsKey);
  loop_.ScheduleNow(kExportsKey);
  if (!options_.enabled) return;
  loop_.Schedule(kTickKey, std::chrono::steady_clock::now() + options_.interval);
  loop_.Schedule(kOrphansKey, std::chrono::steady_clock::now() + kOrphanInterval);
}

void Upkeep::Stop() { loop_.Stop(); }

Status Upkeep::RunKey(const std::string& key) {
  if (key == kMirrorsKey) {
    CatchUpMirrors();
    return {};
  }
  if (key == kTickKey) return Tick();
  if (key == kExportsKey) {
    WriteExports();
    return {};
  }
  const std::lock_guard turn(turn_);
  if (key.starts_with(kHurryKey)) {
    const auto table = TableAt(key.substr(kHurryKey.size()));
    static_cast<void>(RunVerb(Verb::kExpire, &table, Trigger::kLoop, false));
    return {};
  }
  if (key != kOrphansKey) return LookAtTable(TableAt(key));
  static_cast<void>(RunVerb(Verb::kOrphans, nullptr, Trigger::kLoop, false));
  loop_.Schedule(kOrphansKey, std::chrono::steady_clock::now() + kOrphanInterval);
  return {};
}

void Upkeep::OnCommit(const std::string& location) {
  if (!options_.enabled || !IsOurs(TableAt(location))) return;
  {
    const std::lock_guard lock(commits_mutex_);
    if (++commits_[location] < kHurryingCommits) return;
    commits_[location] = 0;
  }
  const auto snapshot = dependencies_.tables.Get(location)->known();
  if (snapshot && snapshot->format == "iceberg") loop_.ScheduleNow(std::string(kHurryKey) + location);
}

void Upkeep::ForgetCommits(const std::string& location) {
  const std::lock_guard lock(commits_mutex_);
  commits_.erase(location);
}

/// Brings the table's mirror up, if it has one: others may have written the table by its path.
void Upkeep::FollowTable(const std::string& location) {
  const auto mirror = dependencies_.tables.MirrorOf(location);
  if (mirror && *mirror == nullptr) return;
  const auto done = mirror ? dependencies_.tables.Get(location)->Maintain() : Status(Fail(mirror.error()));
  if (!done) LogWarning("mirror not looked at", {{"table", location}, {"error", done.error().ToString()}});
}

/// The first time every mirror, which the last process may have left behind; then those that could not follow.
void Upkeep::CatchUpMirrors() {
  auto locations = caught_up_ ? std::vector<std::string>() : dependencies_.mirrored();
  caught_up_ = true;
  for (const auto& table : dependencies_.tables.All()) {
    if (dependencies_.tables.MirrorFailure(table->location())) locations.push_back(table->location());
  }
  for (const auto& location : locations) FollowTable(location);
  loop_.Schedule(kMirrorsKey, std::chrono::steady_clock::now() + options_.interval);
}

/// Those of tables that have a newer version than their files show; one interval is the least between two of a table.
void Upkeep::WriteExports() {
  for (const auto& target : dependencies_.exported()) {
    const std::lock_guard turn(turn_);
    if (!export_table_.IsUpToDate(target)) static_cast<void>(RunExport(target, Trigger::kLoop, false));
  }
  loop_.Schedule(kExportsKey, std::chrono::steady_clock::now() + options_.interval);
}

/// Tables this process has written or read since the last look; the first time, all that the lake has.
Status Upkeep::Tick() {
  loop_.Schedule(kTickKey, std::chrono::steady_clock::now() + options_.interval);
  if (!listed_) {
    TARN_ASSIGN(const auto tables, ListTables(dependencies_.store));
    TARN_ASSIGN(const auto logs, ListBronze(dependencies_.store));
    for (const auto& table : tables) loop_.ScheduleNow(table.location);
    for (const auto& log : logs) loop_.ScheduleNow(log.location);
    listed_ = true;
    return {};
  }
  std::map<std::string, int64_t> versions;
  for (const auto& table : dependencies_.tables.All()) {
    const auto snapshot = table->known();
    if (snapshot && IsOurs(TableAt(table->location()))) versions[table->location()] = snapshot->version;
  }
  const std::lock_guard turn(turn_);
  for (const auto& [location, version] : versions) {
    const auto seen = seen_versions_.find(location);
    if (version < 0 || (seen != seen_versions_.end() && seen->second == version)) continue;
    loop_.ScheduleNow(location);
    // What silver has merged is what may be merged in bronze.
    if (const auto table = TableAt(location); table.layer == "silver") loop_.ScheduleNow(BronzeOf(table).location);
  }
  return {};
}

Status Upkeep::LookAtTable(const LakeTable& table) {
  if (table.layer != kBronze) FollowTable(table.location);
  for (int i = 0; i < kMostCompactions; ++i) {
    if (!Rewrote(RunVerb(Verb::kCompact, &table, Trigger::kLoop, false))) break;
  }
  static_cast<void>(RunVerb(Verb::kExpire, &table, Trigger::kLoop, false));
  if (table.layer != kBronze) {
    const auto snapshot = dependencies_.tables.Get(table.location)->known();
    if (snapshot) seen_versions_[table.location] = snapshot->version;
  }
  const auto pause = std::min<std::chrono::milliseconds>(kRestlessInterval, options_.expiry.objects_after);
  if (!at_rest_[table.location]) {
    loop_.Schedule(table.location, std::chrono::steady_clock::now() + pause);
  } else if (const auto due = next_due_.find(table.location); due != next_due_.end()) {
    const std::chrono::microseconds until(due->second.micros - dependencies_.clock.Now().micros);
    loop_.Schedule(table.location, std::chrono::steady_clock::now() +
                                       std::clamp<std::chrono::microseconds>(until, pause, kDueInterval));
  }
  return {};
}

UpkeepRun Upkeep::RunOne(UpkeepRun run, const Work& work) {
  const auto number = runs_.Begin(std::move(run));
  const auto outcome = work();
  auto ended = runs_.End(number, outcome);
  if (!outcome) {
    LogWarning("upkeep failed",
               {{"verb", VerbName(ended.verb)}, {"table", ended.table}, {"error", outcome.error().ToString()}});
  }
  return ended;
}

UpkeepRun Upkeep::RunVerb(Verb verb, const LakeTable* table, Trigger trigger, bool dry_run) {
  UpkeepRun run;
  run.verb = verb;
  run.trigger = trigger;
  run.dry_run = dry_run;
  if (table != nullptr) run.table = table->Name();
  return RunOne(std::move(run), [&]() -> Result<RunReport> {
    switch (verb) {
      case Verb::kCompact:
        return table->layer == kBronze ? CompactBronze(*table, dry_run) : CompactTable(*table, dry_run);
      case Verb::kExpire:
        return table->layer == kBronze ? ExpireBronze(*table, dry_run) : ExpireTable(*table, dry_run);
      case Verb::kExport:  // RunExport
        break;
      case Verb::kOrphans:
        return Orphans(dry_run);
    }
    return Fail(ErrorCode::kInternal, "no such verb");
  });
}

Compact::Columns Upkeep::ColumnsOf(const LakeTable& table) const {
  Compact::Columns columns;
  if (table.layer != "silver") return columns;
  const auto endpoint = dependencies_.registry.FindLast(table.domain, table.table);
  if (!endpoint) return columns;
  for (const auto* column : endpoint->contract().key_columns()) columns.key.push_back(column->name);
  if (options_.cluster_by_key) columns.cluster_by = columns.key;
  return columns;
}

Result<RunReport> Upkeep::CompactTable(const LakeTable& table, bool dry_run) {
  TARN_ASSIGN(const auto done, compact_.Run(table.location, ColumnsOf(table), dry_run));
  if (!dry_run && done.files_before > 0) TARN_TRY(dependencies_.tables.Get(table.location)->Maintain());
  return RunReport{{{"compacted_files", done.files_before},
                    {"new_files", done.files_after},
                    {"bytes_read", done.bytes_read},
                    {"bytes_written", done.bytes_written},
                    {"lost_groups", done.groups_lost}},
                   {}};
}

Result<RunReport> Upkeep::ExpireTable(const LakeTable& table, bool dry_run) {
  ForgetCommits(table.location);
  TARN_ASSIGN(const auto done, expire_.Run(table.location, dry_run));
  at_rest_[table.location] = done.at_rest;
  TARN_ASSIGN(const auto staged, ForgetStaged(table, dry_run));
  return RunReport{{{"expired_versions", done.versions},
                    {"doomed_objects", done.doomed},
                    {"deleted_objects", done.deleted},
                    {"expired_staged", staged}},
                   {}};
}

/// Results that failed their tests too long ago.
Result<size_t> Upkeep::ForgetStaged(const LakeTable& table, bool dry_run) {
  if (table.layer != "gold") return 0;
  return gold::StagedResults(dependencies_.store).RemoveOld(table.location, dependencies_.clock.Now(), dry_run);
}

Result<RunReport> Upkeep::CompactBronze(const LakeTable& table, bool dry_run) {
  const auto swept = sweep_bronze_.SweptThrough(table.domain, table.table);
  TARN_ASSIGN(const auto done, merge_bronze_.Run({table.domain, table.table, swept, dry_run}));
  return RunReport{{{"merged_entries", done.entries_before},
                    {"new_entries", done.entries_after},
                    {"bytes_read", done.bytes_read},
                    {"bytes_written", done.bytes_written},
                    {"lost_groups", done.groups_lost}},
                   {}};
}

Result<RunReport> Upkeep::ExpireBronze(const LakeTable& table, bool dry_run) {
  const auto swept = sweep_bronze_.SweptThrough(table.domain, table.table);
  TARN_ASSIGN(const auto retired, retire_bronze_.Run({table.domain, table.table, swept, dry_run}));
  TARN_ASSIGN(const auto refused, retire_quarantine_.Run({table.domain, table.table, swept, dry_run}));
  next_due_.erase(table.location);
  if (refused.next) next_due_[table.location] = *refused.next;
  TARN_ASSIGN(const auto done, sweep_bronze_.Run(table.domain, table.table, dry_run));
  at_rest_[table.location] = done.at_rest && retired.at_rest;
  return RunReport{{{"retired_entries", retired.entries},
                    {"retired_rows", retired.rows},
                    {"retired_refused", refused.records},
                    {"deleted_objects", done.deleted}},
                   {}};
}

UpkeepRun Upkeep::RunExport(const ExportTarget& target, Trigger trigger, bool dry_run) {
  UpkeepRun run;
  run.verb = Verb::kExport;
  run.trigger = trigger;
  run.dry_run = dry_run;
  run.table = target.table.Name();
  return RunOne(std::move(run), [&]() -> Result<RunReport> {
    TARN_ASSIGN(const auto done, export_table_.Run(target, dry_run));
    return RunReport{{{"exported_files", done.files}, {"exported_rows", done.rows}}, {}};
  });
}

Result<RunReport> Upkeep::Orphans(bool dry_run) {
  // A job that only fails has no commits after which its table is looked at.
  TARN_ASSIGN(const auto tables, ListTables(dependencies_.store));
  for (const auto& table : tables) TARN_TRY(ForgetStaged(table, dry_run));
  TARN_ASSIGN(const auto done, collect_orphans_.Run("", dry_run));
  for (const auto& folder : done.not_judged) LogWarning("orphans not looked for", {{"folder", folder}});
  std::vector<std::string> keys;
  for (const auto& orphan : done.orphans) keys.push_back(orphan.key);
  return RunReport{{{"orphans", done.orphans.size()},
                    {"orphan_bytes", done.bytes},
                    {"objects_listed", done.listed},
                    {"folders_not_judged", done.not_judged.size()}},
                   std::move(keys)};
}

Status Upkeep::Alone(const std::function<Status()>& work) {
  const std::lock_guard turn(turn_);
  return work();
}

Result<std::vector<TableHealth>> Upkeep::Health() { return LoadTableHealth(dependencies_.store, dependencies_.tables); }

Result<std::vector<UpkeepRun>> Upkeep::RunNow(const Request& request) {
  TARN_ASSIGN(auto tables, ListTables(dependencies_.store));
  TARN_ASSIGN(auto logs, ListBronze(dependencies_.store));
  std::ranges::move(logs, std::back_inserter(tables));
  if (!request.table.empty()) {
    std::erase_if(tables, [&](const LakeTable& table) { return table.Name() != request.table; });
    if (tables.empty()) return Fail(ErrorCode::kNotFound, "no such table: " + request.table);
  }
  std::vector<UpkeepRun> runs;
  const std::lock_guard turn(turn_);
  for (const auto verb : kVerbs) {
    if (request.verb && *request.verb != verb) continue;
    if (verb == Verb::kExport) {
      for (const auto& target : dependencies_.exported()) {
        const bool asked = request.table.empty() || request.table == target.table.Name();
        if (asked) runs.push_back(RunExport(target, Trigger::kRequest, request.dry_run));
      }
      continue;
    }
    if (verb == Verb::kOrphans) {
      if (request.table.empty() || request.verb) {
        runs.push_back(RunVerb(verb, nullptr, Trigger::kRequest, request.dry_run));
      }
      continue;
    }
    for (const auto& table : tables) runs.push_back(RunVerb(verb, &table, Trigger::kRequest, request.dry_run));
  }
  return runs;
}

}  // namespace tarn::upkeep
