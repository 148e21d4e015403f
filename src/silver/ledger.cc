// SPDX-License-Identifier: Apache-2.0
#include "silver/ledger.h"

#include <algorithm>
#include <map>

#include "lake/keys.h"

namespace tarn::silver {
namespace {

int64_t Signed(uint64_t count) { return static_cast<int64_t>(count); }

/// Rows of one bronze-log entry, by the number that silver's position counts.
struct EntryRows {
  uint64_t number = 0;
  int64_t received = 0;
  int64_t stored = 0;
};

/// How far one folder's table is, and what its commits say.
struct FolderState {
  uint64_t position = 0;
  SideManifest side;
};

/// Before bronze is looked at, so that bronze can only be ahead.
Result<FolderState> StateOf(const MergeDependencies& dependencies, const std::string& location) {
  FolderState state;
  TARN_ASSIGN(const auto snapshot, dependencies.tables.Get(location)->Load());
  if (!snapshot->exists()) return state;
  TARN_ASSIGN(state.position, PositionOf(*snapshot));
  TARN_ASSIGN(state.side, SideManifestOf(dependencies.store, location, *snapshot));
  return state;
}

void AddEntry(const bronze::NumberedEntry& entry, std::vector<EntryRows>& rows) {
  if (entry.entry->replacement) {
    for (const auto& run : entry.entry->replacement->rows) {
      for (auto number = run.first; number <= run.last(); ++number) {
        rows.push_back({number, Signed(run.rows), Signed(run.rows)});
      }
    }
    // They were stored, and are counted as purged by the table's commits.
    for (const auto& run : entry.entry->replacement->erased) {
      for (auto number = run.first; number <= run.last(); ++number) {
        rows.push_back({number, Signed(run.rows), Signed(run.rows)});
      }
    }
    return;
  }
  uint64_t received = 0;
  for (const auto& source : entry.entry->sources) received += source.rows;
  rows.push_back({entry.number, Signed(received), Signed(entry.entry->rows())});
}

/// The intervals of one folder.
class FolderLedger {
 public:
  /// Behind entry `begin`; rows up to `retired_through` are known by their sum only.
  FolderLedger(uint64_t generation, uint64_t begin, uint64_t retired_through, std::vector<EntryRows> entries)
      : generation_(generation), retired_through_(retired_through), through_(begin), entries_(std::move(entries)) {}

  std::vector<LedgerInterval> Run(FolderState state, uint64_t head, uint64_t tail_rows) {
    if (state.position < through_) state = {};  // the merge that empties the table is still to come
    for (const auto& mark : state.side.hours) {
      if (mark.through >= retired_through_) Close(mark.through, mark.at, mark.counters);
    }
    Close(state.position, std::nullopt, state.side.counters);
    auto waiting = Interval(std::max(head, through_));
    waiting.received += Signed(tail_rows);
    waiting.stored += Signed(tail_rows);
    waiting.pending = waiting.stored;
    if (waiting.pending > 0 || waiting.received > 0) intervals_.push_back(waiting);
    return std::move(intervals_);
  }

 private:
  /// Entries behind the last one, up to `through`.
  LedgerInterval Interval(uint64_t through) {
    LedgerInterval interval;
    interval.folder_generation = generation_;
    if (through > through_) {
      interval.first_entry = through_ + 1;
      interval.last_entry = through;
    }
    for (const auto& entry : entries_) {
      if (entry.number <= through_ || entry.number > through) continue;
      interval.received += entry.received;
      interval.stored += entry.stored;
    }
    through_ = std::max(through_, through);
    return interval;
  }

  void Close(uint64_t through, std::optional<Timestamp> until, const Counters& counters) {
    auto interval = Interval(through);
    interval.until = until;
    interval.applied = Signed(counters.applied) - Signed(counted_.applied);
    interval.superseded = Signed(counters.superseded) - Signed(counted_.superseded);
    interval.deleted = Signed(counters.deleted) - Signed(counted_.deleted);
    interval.quarantined = Signed(counters.quarantined) - Signed(counted_.quarantined);
    interval.rolled_back = Signed(counters.rolled_back) - Signed(counted_.rolled_back);
    interval.purged = Signed(counters.purged) - Signed(counted_.purged);
    const bool empty = interval.received == 0 && interval.stored == 0 && counters == counted_;
    counted_ = counters;
    if (!empty) intervals_.push_back(interval);
  }

  const uint64_t generation_;
  const uint64_t retired_through_;
  uint64_t through_ = 0;
  Counters counted_;
  const std::vector<EntryRows> entries_;
  std::vector<LedgerInterval> intervals_;
};

LedgerInterval Purged(const bronze::LogSummary& summary) {
  LedgerInterval interval;
  interval.folder_generation = 0;
  interval.first_entry = 1;
  interval.last_entry = summary.purged_through;
  interval.purged = Signed(summary.purged_rows);
  interval.stored = interval.received = interval.purged;
  return interval;
}

}  // namespace

Result<std::vector<LedgerInterval>> LoadLedger(const MergeDependencies& dependencies, const std::string& domain,
                                               const std::string& table) {
  const auto newest = dependencies.registry.FindLast(domain, table);
  const uint64_t current = newest ? newest->contract().folder_generation : 1;
  std::map<uint64_t, FolderState> states;
  for (uint64_t generation = 1; generation <= current; ++generation) {
    TARN_ASSIGN(states[generation], StateOf(dependencies, lake::SilverLocation(domain, table, generation)));
  }
  TARN_ASSIGN(const auto holdings, dependencies.bronze.HoldingsOf(domain, table));
  std::map<uint64_t, std::vector<EntryRows>> rows;
  for (const auto& entry : holdings.log.entries) {
    if (entry.entry->ranges.empty()) continue;  // no rows
    const auto& range = entry.entry->ranges.front();
    TARN_ASSIGN(const auto endpoint,
                dependencies.registry.Historic(domain, table, range.generation, range.contract_version));
    AddEntry(entry, rows[endpoint->contract().folder_generation]);
  }
  const auto& summary = holdings.log.summary;
  for (const auto& range : summary.retired) {
    TARN_ASSIGN(const auto endpoint,
                dependencies.registry.Historic(domain, table, range.generation, range.contract_version));
    const auto retired = Signed(range.rows);
    rows[endpoint->contract().folder_generation].push_back({summary.retired_through, retired, retired});
  }
  std::vector<LedgerInterval> ledger;
  if (summary.purged_rows > 0) ledger.push_back(Purged(summary));
  for (auto& [generation, state] : states) {
    const uint64_t tail_rows = generation == current ? holdings.tail_rows : 0;
    FolderLedger folder(generation, summary.purged_through, summary.retired_through, std::move(rows[generation]));
    std::ranges::move(folder.Run(std::move(state), summary.head, tail_rows), std::back_inserter(ledger));
  }
  return ledger;
}

}  // namespace tarn::silver
