// SPDX-License-Identifier: Apache-2.0
#pragma once
// The background loop that keeps tables fit: looks now and then which tables this process has written, compacts and
// expires those and the bronze logs behind them, and collects orphans once a day (lake.md §7). One run at a time, each
// with a budget, each safe to kill at any point; a lake that stands still costs nothing. Owned by app; thread-safe.

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/keyed_loop.h"
#include "catalog/catalog_references.h"
#include "contract/registry.h"
#include "upkeep/bronze_references.h"
#include "upkeep/collect_orphans.h"
#include "upkeep/compact.h"
#include "upkeep/expire.h"
#include "upkeep/export_table.h"
#include "upkeep/lake_tables.h"
#include "upkeep/merge_bronze.h"
#include "upkeep/retire_bronze.h"
#include "upkeep/retire_quarantine.h"
#include "upkeep/run_log.h"
#include "upkeep/sweep_bronze.h"
#include "upkeep/table_health.h"
#include "upkeep/table_references.h"
#include "upkeep/turn.h"

namespace tarn::upkeep {

struct UpkeepOptions {
  bool enabled = true;  ///< false: only runs that are asked for
  std::chrono::milliseconds interval = std::chrono::minutes(1);
  bool cluster_by_key = false;  ///< rows of compacted silver files get the order of the key
  CompactionRule compaction;
  ExpireOptions expiry{.keep = {}, .smallest_batch = 20};
  BronzeMergeRule bronze_merge;
  OrphanOptions orphans;
};

class Upkeep {
 public:
  struct Dependencies {
    store::ObjectStore& store;
    engine::QueryEngine& engine;
    lake::OpenTables& tables;
    contract::Registry& registry;
    bronze::Bronze& bronze;
    Clock& clock;
    Randomness& randomness;
    MetricRegistry& metrics;
    std::function<Status()> seat_check;
    std::function<std::optional<Timestamp>()> oldest_run;  ///< as Expire's
    /// Locations of the tables that have mirrors, as contracts and jobs say.
    std::function<std::vector<std::string>()> mirrored = [] { return std::vector<std::string>(); };
    /// Tables that are exported, as contracts and jobs say.
    std::function<std::vector<ExportTarget>()> exported = [] { return std::vector<ExportTarget>(); };
  };

  Upkeep(Dependencies dependencies, UpkeepOptions options);
  ~Upkeep();

  /// Mirrors that stayed behind are brought up and exports written whether the rest is enabled or not.
  void Start();
  /// Finishes the run in flight. Idempotent.
  void Stop();

  /// A commit of this process to the table at `location`. What commits faster than the loop looks is looked at sooner,
  /// because each commit to an Iceberg table writes the list of its snapshots again. Does no I/O.
  void OnCommit(const std::string& location);
  static constexpr uint64_t kHurryingCommits = 64;  ///< more than a commit a second makes between two looks

  struct Request {
    std::optional<Verb> verb;  ///< nullopt = all of them
    std::string table;         ///< "sales.silver.orders"; empty = every table and bronze log
    bool dry_run = false;
  };
  /// Does it now, after the run in flight. kNotFound: no such table. Runs that failed say so; the others go on.
  Result<std::vector<UpkeepRun>> RunNow(const Request& request);

  /// Does work of others while no run is in flight.
  Status Alone(const std::function<Status()>& work);

  const RunLog& runs() const { return runs_; }

  /// As LoadTableHealth.
  Result<std::vector<TableHealth>> Health();

 private:
  using Work = std::function<Result<RunReport>()>;

  Status Tick();
  Status RunKey(const std::string& key);
  void FollowTable(const std::string& location);
  void CatchUpMirrors();
  void WriteExports();
  Status LookAtTable(const LakeTable& table);
  void ForgetCommits(const std::string& location);
  UpkeepRun RunOne(UpkeepRun run, const Work& work);
  UpkeepRun RunVerb(Verb verb, const LakeTable* table, Trigger trigger, bool dry_run);
  Result<RunReport> CompactTable(const LakeTable& table, bool dry_run);
  Result<RunReport> CompactBronze(const LakeTable& table, bool dry_run);
  Result<RunReport> ExpireTable(const LakeTable& table, bool dry_run);
  Result<size_t> ForgetStaged(const LakeTable& table, bool dry_run);
  Result<RunReport> ExpireBronze(const LakeTable& table, bool dry_run);
  UpkeepRun RunExport(const ExportTarget& target, Trigger trigger, bool dry_run);
  Result<RunReport> Orphans(bool dry_run);
  Compact::Columns ColumnsOf(const LakeTable& table) const;

  Dependencies dependencies_;
  const UpkeepOptions options_;
  RunLog runs_;
  TableReferences table_references_;
  BronzeReferences bronze_references_;
  catalog::CatalogReferences catalog_references_;
  std::mutex commits_mutex_;
  std::map<std::string, uint64_t> commits_;  ///< since the last expiry, by location
  Turn turn_;                                ///< held by the one run in flight; everything below belongs to it
  Compact compact_;
  Expire expire_;
  MergeBronze merge_bronze_;
  RetireBronze retire_bronze_;
  RetireQuarantine retire_quarantine_;
  SweepBronze sweep_bronze_;
  ExportTable export_table_;
  CollectOrphans collect_orphans_;
  std::map<std::string, int64_t> seen_versions_;  ///< by location
  std::map<std::string, bool> at_rest_;           ///< by location, after the last expiry
  std::map<std::string, Timestamp> next_due_;     ///< of bronze logs: when refused records will be too old
  bool caught_up_ = false;                        ///< every mirror was looked at once; the loop's own
  bool listed_ = false;                           ///< the lake's tables were listed once
  KeyedLoop loop_;
};

}  // namespace tarn::upkeep
