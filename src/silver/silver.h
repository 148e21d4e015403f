// SPDX-License-Identifier: Apache-2.0
#pragma once
// The silver layer: runs merges as bronze grows, tells waiting acks, shows the tables to SQL (durability.md §5,
// lake.md §4). Owned by app; thread-safe.

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/keyed_loop.h"
#include "base/metrics.h"
#include "lake/catalog.h"
#include "lake/rollback.h"
#include "quarantine/quarantine.h"
#include "silver/adopt.h"
#include "silver/ledger.h"
#include "silver/ledger_gauges.h"
#include "silver/merge.h"
#include "silver/rebuild_log.h"

namespace tarn::silver {

class Silver final : public lake::LayerTables {
 public:
  using Merged = std::function<void()>;

  Silver(MergeDependencies dependencies, MetricRegistry& metrics);
  ~Silver() override;

  /// Starts merging and looks once at every endpoint for entries that an earlier process left.
  void Start();
  /// Finishes merges in flight. Idempotent.
  void Stop();

  /// New bronze-log entries are there.
  void OnLanded(const std::string& domain, const std::string& table);

  /// Calls back once the table holds bronze-log entry `entry`.
  void WhenMerged(const std::string& domain, const std::string& table, uint64_t entry, Merged merged);

  /// Records that merges refused, named by the table's side manifest.
  Result<std::vector<quarantine::EntryUnit>> QuarantineUnits(const std::string& domain, const std::string& table);

  struct Figures {
    uint64_t position = 0;
    Counters counters;
    int64_t rows = 0;
  };
  /// For metrics and fsck.
  Result<Figures> FiguresOf(const std::string& domain, const std::string& table);

  /// As LoadLedger.
  Result<std::vector<LedgerInterval>> LedgerOf(const std::string& domain, const std::string& table) {
    return LoadLedger(dependencies_, domain, table);
  }

  /// The endpoint's table, which may not exist yet; kNotFound: no such endpoint.
  Result<std::shared_ptr<table::Table>> TableOf(const std::string& domain, const std::string& table);

  /// As RollbackTable.
  Result<lake::RollbackOutcome> Rollback(const std::string& domain, const std::string& table,
                                         const lake::RollbackRequest& request);

  /// As AdoptRows. kNotFound as well: no such endpoint.
  Result<Adoption> Adopt(const std::string& domain, const std::string& table, const engine::BoundTablePtr& source);
  /// The same of the table that lies in a folder of the lake (key prefix); as AdoptInPlace when it is the endpoint's
  /// own.
  Result<Adoption> AdoptFolder(const std::string& domain, const std::string& table, const std::string& folder);

  /// Asks for a rebuild of the table from bronze, which begins when the merge in flight has ended; returns its number.
  /// kNotFound: no such endpoint.
  struct RebuildOptions {
    bool drops_foreign = false;  ///< rows that other writers added may go
    bool partial = false;        ///< records that bronze has retired may be left out
  };
  Result<uint64_t> RequestRebuild(const std::string& domain, const std::string& table, const RebuildOptions& options);

  struct RebuildState {
    uint64_t number = 0;
    RebuildRecord request;
    std::optional<RebuildRecord> end;  ///< unset: waits or runs
    uint64_t position = 0;             ///< bronze entries that are staged …
    uint64_t head = 0;                 ///< … of these, while it runs in this process
  };
  /// Of the one with the number, or the newest one; nullopt: there is none.
  Result<std::optional<RebuildState>> FindRebuild(const std::string& domain, const std::string& table,
                                                  std::optional<uint64_t> number);

  Result<engine::BoundTablePtr> Resolve(const std::string& domain, const std::string& table,
                                        const std::optional<engine::TimeTravel>& at) override;
  Result<std::vector<std::string>> Domains() override;
  Result<std::vector<std::string>> Tables(const std::string& domain) override;

 private:
  struct Waiter {
    uint64_t entry = 0;
    Merged merged;
  };
  struct TableState {
    uint64_t position = 0;
    std::vector<Waiter> waiters;
    bool may_have_rebuild = true;  ///< asked for by an earlier process, or by this one
    uint64_t staged_position = 0;  ///< of the rebuild that runs
    uint64_t staged_head = 0;
  };
  Status RunKey(const std::string& key);
  void AfterAdoption(const std::string& domain, const std::string& table, table::Table& adopted);
  Status MergeAll(const std::string& domain, const std::string& table);
  /// The metrics say what the last merge left.
  Status NoteLedger(const std::string& domain, const std::string& table);
  /// Of all folders; reads nothing that a merge has not read or made.
  Result<LedgerTotals> TotalsOf(const contract::Contract& contract);
  /// Runs the rebuild that was asked for last, or that a changed contract asks for.
  Status RebuildIfAsked(const std::string& domain, const std::string& table);
  Result<RowDifference> RunRebuild(const contract::EndpointPtr& endpoint, uint64_t number,
                                   const RebuildOptions& options);
  Status EndRebuild(const contract::Contract& contract, uint64_t number, const Result<RowDifference>& outcome);
  static void KeepUp(table::Table& table);
  void NotePosition(const std::string& key, uint64_t position);
  Result<std::pair<std::string, table::SnapshotPtr>> Current(const std::string& domain, const std::string& table);

  MergeDependencies dependencies_;
  Merge merge_;
  Histogram& merge_seconds_;
  Counter& commits_;
  LedgerGauges gauges_;
  std::mutex mutex_;
  std::map<std::string, TableState> tables_;
  KeyedLoop loop_;
};

}  // namespace tarn::silver
