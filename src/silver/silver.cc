// SPDX-License-Identifier: Apache-2.0
#include "silver/silver.h"

#include "base/log.h"
#include "base/this_thread.h"
#include "lake/keys.h"
#include "lake/time_travel.h"
#include "silver/rollback.h"
#include "silver/target_schema.h"

namespace tarn::silver {
namespace {

std::string LoopKey(const std::string& domain, const std::string& table) { return domain + "/" + table; }

Error NoEndpoint(const std::string& domain, const std::string& table) {
  return {ErrorCode::kNotFound, "no such endpoint: " + domain + "/" + table, ""};
}

}  // namespace

Silver::Silver(MergeDependencies dependencies, MetricRegistry& metrics)
    : dependencies_(dependencies),
      merge_(std::move(dependencies)),
      merge_seconds_(metrics.GetHistogram("tarn_silver_merge_seconds", "time of one merge, commit included")),
      commits_(metrics.GetCounter("tarn_silver_commits_total", "silver table commits")),
      gauges_(metrics),
      loop_({.name = "tarn-silver", .niceness = kBackgroundNiceness},
            [this](const std::string& key) { return RunKey(key); }) {}

Silver::~Silver() { Stop(); }

void Silver::Start() {
  loop_.Start();
  for (const auto& endpoint : dependencies_.registry.ListLast()) {
    loop_.ScheduleNow(LoopKey(endpoint->contract().domain, endpoint->contract().name));
  }
}

void Silver::Stop() { loop_.Stop(); }

void Silver::OnLanded(const std::string& domain, const std::string& table) {
  loop_.ScheduleNow(LoopKey(domain, table));
}

void Silver::WhenMerged(const std::string& domain, const std::string& table, uint64_t entry, Merged merged) {
  const auto key = LoopKey(domain, table);
  {
    const std::lock_guard lock(mutex_);
    auto& state = tables_[key];
    if (state.position < entry) {
      state.waiters.push_back({entry, std::move(merged)});
      merged = nullptr;
    }
  }
  if (merged) return merged();
  loop_.ScheduleNow(key);
}

void Silver::NotePosition(const std::string& key, uint64_t position) {
  std::vector<Waiter> served;
  {
    const std::lock_guard lock(mutex_);
    auto& state = tables_[key];
    state.position = position;
    std::erase_if(state.waiters, [&](Waiter& waiter) {
      if (position < waiter.entry) return false;
      served.push_back(std::move(waiter));
      return true;
    });
  }
  for (const auto& waiter : served) waiter.merged();
}

Status Silver::RunKey(const std::string& key) {
  const auto slash = key.find('/');
  const auto domain = key.substr(0, slash);
  const auto table = key.substr(slash + 1);
  if (!dependencies_.registry.FindLast(domain, table)) return {};  // purged since it was scheduled
  const auto merged = MergeAll(domain, table);
  const auto noted = NoteLedger(domain, table);
  return merged ? noted : merged;
}

Result<LedgerTotals> Silver::TotalsOf(const contract::Contract& contract) {
  TARN_ASSIGN(const auto summary, dependencies_.bronze.LogOf(contract.domain, contract.name).Summary());
  LedgerTotals totals;
  for (uint64_t generation = 1; generation <= contract.folder_generation; ++generation) {
    const auto location = lake::SilverLocation(contract.domain, contract.name, generation);
    TARN_ASSIGN(const auto snapshot, dependencies_.tables.Get(location)->Load());
    TARN_ASSIGN(const auto position, PositionOf(*snapshot));
    if (!snapshot->exists() || position < summary.purged_through) continue;
    TARN_ASSIGN(const auto side, merge_.SideOf(location, *snapshot));
    totals.counters.Add(side.counters);
  }
  const auto purged = static_cast<int64_t>(summary.purged_rows);
  totals.purged = purged + static_cast<int64_t>(totals.counters.purged);
  totals.stored = static_cast<int64_t>(summary.rows) + purged;
  totals.pending = static_cast<int64_t>(summary.rows) - static_cast<int64_t>(totals.counters.Sum());
  return totals;
}

Status Silver::NoteLedger(const std::string& domain, const std::string& table) {
  const auto endpoint = dependencies_.registry.FindLast(domain, table);
  if (!endpoint) return {};
  TARN_ASSIGN(const auto totals, TotalsOf(endpoint->contract()));
  gauges_.Set(domain, table, totals);
  return {};
}

Status Silver::MergeAll(const std::string& domain, const std::string& table) {
  const auto key = LoopKey(domain, table);
  TARN_TRY(RebuildIfAsked(domain, table));
  for (bool more = true; more;) {
    const auto started = std::chrono::steady_clock::now();
    TARN_ASSIGN(const auto outcome, merge_.RunOnce(domain, table));
    NotePosition(key, outcome.position);
    more = outcome.committed;
    if (!more) break;
    merge_seconds_.Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
    commits_.Add();
    TARN_ASSIGN(const auto current, Current(domain, table));
    KeepUp(*dependencies_.tables.Get(current.first));
  }
  return {};
}

/// What follows a commit; losing it loses nothing.
void Silver::KeepUp(table::Table& table) {
  if (const auto kept = table.Maintain(); !kept) {
    LogWarning("checkpoint not written", {{"table", table.location()}, {"error", kept.error().ToString()}});
  }
}

Result<std::shared_ptr<table::Table>> Silver::TableOf(const std::string& domain, const std::string& table) {
  const auto endpoint = dependencies_.registry.FindLast(domain, table);
  if (!endpoint) return Fail(NoEndpoint(domain, table));
  return dependencies_.tables.Get(lake::SilverLocation(domain, table, endpoint->contract().folder_generation));
}

Result<lake::RollbackOutcome> Silver::Rollback(const std::string& domain, const std::string& table,
                                               const lake::RollbackRequest& request) {
  const auto endpoint = dependencies_.registry.FindLast(domain, table);
  if (!endpoint) return Fail(NoEndpoint(domain, table));
  TARN_ASSIGN(const auto open, TableOf(domain, table));
  TARN_ASSIGN(const auto outcome, RollbackTable(dependencies_, *endpoint, open->location(), request));
  if (!outcome.committed) return outcome;
  KeepUp(*open);
  OnLanded(domain, table);  // notes the ledger
  return outcome;
}

Result<Adoption> Silver::Adopt(const std::string& domain, const std::string& table,
                               const engine::BoundTablePtr& source) {
  const auto endpoint = dependencies_.registry.Find(domain, table);
  if (!endpoint) return Fail(NoEndpoint(domain, table));
  TARN_ASSIGN(const auto open, TableOf(domain, table));
  TARN_ASSIGN(const auto adoption, AdoptRows(dependencies_, *endpoint, open->location(), source));
  AfterAdoption(domain, table, *open);
  return adoption;
}

Result<Adoption> Silver::AdoptFolder(const std::string& domain, const std::string& table, const std::string& folder) {
  const auto endpoint = dependencies_.registry.Find(domain, table);
  if (!endpoint) return Fail(NoEndpoint(domain, table));
  TARN_ASSIGN(const auto open, TableOf(domain, table));
  if (folder == open->location()) {
    TARN_ASSIGN(const auto adoption, AdoptInPlace(dependencies_, *endpoint, folder));
    AfterAdoption(domain, table, *open);
    return adoption;
  }
  const auto source = dependencies_.tables.Get(folder);
  dependencies_.tables.Forget(folder);
  TARN_ASSIGN(const auto snapshot, source->Load());
  if (!snapshot->exists()) return Fail(ErrorCode::kNotFound, "no Delta or Iceberg table lies in the lake at " + folder);
  return Adopt(domain, table, engine::BindSnapshot(folder, snapshot));
}

void Silver::AfterAdoption(const std::string& domain, const std::string& table, table::Table& adopted) {
  KeepUp(adopted);
  OnLanded(domain, table);  // records may have waited for the table
}

Result<std::pair<std::string, table::SnapshotPtr>> Silver::Current(const std::string& domain,
                                                                   const std::string& table) {
  const auto endpoint = dependencies_.registry.FindLast(domain, table);
  if (!endpoint) return Fail(NoEndpoint(domain, table));
  const auto location = lake::SilverLocation(domain, table, endpoint->contract().folder_generation);
  TARN_ASSIGN(auto snapshot, dependencies_.tables.Get(location)->Load());
  return std::pair(location, std::move(snapshot));
}

Result<std::vector<quarantine::EntryUnit>> Silver::QuarantineUnits(const std::string& domain,
                                                                   const std::string& table) {
  TARN_ASSIGN(const auto current, Current(domain, table));
  TARN_ASSIGN(const auto side, SideManifestOf(dependencies_.store, current.first, *current.second));
  std::vector<quarantine::EntryUnit> units;
  for (const auto& object : side.refused) {
    auto& store = dependencies_.store;
    units.push_back({object.entries, [&store, object] { return quarantine::ReadEntries(store, object); }});
  }
  return units;
}

Result<Silver::Figures> Silver::FiguresOf(const std::string& domain, const std::string& table) {
  TARN_ASSIGN(const auto current, Current(domain, table));
  TARN_ASSIGN(const auto position, PositionOf(*current.second));
  TARN_ASSIGN(const auto side, SideManifestOf(dependencies_.store, current.first, *current.second));
  return Figures{position, side.counters, current.second->RecordCount()};
}

Result<engine::BoundTablePtr> Silver::Resolve(const std::string& domain, const std::string& table,
                                              const std::optional<engine::TimeTravel>& at) {
  const auto endpoint = dependencies_.registry.FindLast(domain, table);
  if (!endpoint) return Fail(NoEndpoint(domain, table));
  const auto location = lake::SilverLocation(domain, table, endpoint->contract().folder_generation);
  TARN_ASSIGN(auto snapshot, lake::LoadAt(*dependencies_.tables.Get(location), at));
  // A contract may be ahead of the table: its new columns show at once, as NULL in stored rows. The past is as it was.
  auto split = Split(at ? snapshot->schema : PlanSchema(*snapshot, endpoint->contract(), {}).schema);
  auto bound = std::make_shared<engine::BoundTable>();
  bound->visible = std::move(split.visible);
  bound->hidden = std::move(split.hidden);
  auto files = snapshot->files;
  bound->source = table::PinnedTable{location, std::move(snapshot), std::move(files)};
  return engine::BoundTablePtr(std::move(bound));
}

Result<std::vector<std::string>> Silver::Domains() { return dependencies_.registry.LastDomains(); }

Result<std::vector<std::string>> Silver::Tables(const std::string& domain) {
  return dependencies_.registry.LastNames(domain);
}

}  // namespace tarn::silver
