// SPDX-License-Identifier: Apache-2.0
#pragma once
// What became of one record: request → offset → object → decision → commit → row → gold (docs/guide/ledger.md). Every
// answer is read from what the layers committed; nothing is kept for it. Thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bronze/bronze.h"
#include "bronze/find_record.h"
#include "gold/jobs.h"
#include "gold/runs.h"
#include "quarantine/quarantine.h"
#include "silver/silver.h"

namespace tarn::upkeep {

/// What silver, or the door, did with the record.
enum class Fate {
  kPending,     ///< waits for the merge
  kApplied,     ///< became the row of its key, or a row of a table without a key
  kSuperseded,  ///< a later record of its key was there, or came in the same merge
  kDeleted,     ///< deleted its key
  kQuarantined,
  kRejected,    ///< by strict=true: never stored
  kRolledBack,  ///< was merged, and a rollback has undone that
  kForeign,     ///< of a key: another writer made the row
  kPurged,      ///< its key was erased: that it was there is all that is known
};
std::string_view FateName(Fate fate);

/// The commit that took the record into the table.
struct TraceCommit {
  int64_t version = -1;
  Timestamp committed_at;
  std::string operation;
  bool exact = true;  ///< false: the commit has expired, this is the oldest version left that has the record
};

/// A run that read a version of the table with the record in it.
struct GoldUse {
  std::string job;  ///< "sales.totals"
  std::string execution_id;
  Timestamp started_at;
  int64_t read_version = -1;
};

struct Trace {
  std::string domain;
  std::string table;
  std::optional<bronze::FoundRecord> record;  ///< unset for kForeign, and for a key whose delete is all that is known
  Fate fate = Fate::kPending;
  std::string other;   ///< offset of the record whose row was in the table after the merge instead; empty: none
  std::string now;     ///< offset of the record that made the present row of the key; empty: there is none
  std::string review;  ///< of quarantined and rejected ones: pending, rejected, replayed, discarded
  std::optional<TraceCommit> commit;
  std::string row_condition;  ///< SQL condition of the present row in the silver table; empty: no row
  std::vector<GoldUse> gold;  ///< the last successful run of each job
};

class Tracer {
 public:
  struct Dependencies {
    store::ObjectStore& store;
    engine::QueryEngine& engine;
    lake::OpenTables& tables;
    contract::Registry& registry;
    bronze::Bronze& bronze;
    const ingest::Tail& tail;
    quarantine::Quarantine& quarantine;
    gold::Jobs& jobs;
    gold::Runs& runs;
  };

  /// Versions of a table that are looked at for the commit, at most.
  static constexpr size_t kMaxVersions = 1'000;

  explicit Tracer(Dependencies dependencies) : dependencies_(dependencies) {}

  /// `domain` and `table` may be empty: then every endpoint's log is asked. kNotFound: no record has this offset, or it
  /// was purged. Reads the logs, at most one entry's objects for each endpoint, and what Decide reads.
  Result<Trace> ByReceipt(const lake::Offset& receipt, const std::string& domain, const std::string& table);

  /// Of the record that made the present row of the key, or deleted it. `key`: values of the key columns in their
  /// order, as text. kInvalidArgument when they do not fit, kNotFound when the table has never had such a row.
  Result<Trace> ByKey(const std::string& domain, const std::string& table, const std::vector<std::string>& key);

 private:
  /// The silver table a record belongs to.
  struct Place {
    contract::EndpointPtr endpoint;
    std::string location;
    std::shared_ptr<table::Table> table;
    table::SnapshotPtr snapshot;
    uint64_t position = 0;
    silver::SideManifest side;
    bool current = true;  ///< false: a folder of an earlier generation, which SQL does not show
  };
  Result<std::optional<bronze::FoundRecord>> FindIn(const ingest::EndpointKey& endpoint, const lake::Offset& receipt);
  /// Where the record was that nobody has any more; unset: nowhere.
  Result<std::optional<Trace>> FindErased(const std::vector<ingest::EndpointKey>& asked, const lake::Offset& receipt);
  Result<Place> PlaceOf(const contract::EndpointPtr& endpoint);
  Status Decide(Trace& trace);
  Status Judge(const Place& place, Trace& trace);
  Status FindCommit(const Place& place, Trace& trace, std::vector<int64_t>& having);
  Status FindGold(const Place& place, const std::vector<int64_t>& having, Trace& trace);
  Result<bool> FindRefused(const silver::SideManifest& side, Trace& trace);
  /// The condition that finds the row of a key; kInvalidArgument when the values do not fit the key's columns.
  static Result<std::string> KeyCondition(const contract::Contract& contract, const table::Schema& schema,
                                          const std::vector<std::string>& key);
  Result<std::string> ConditionOf(const Place& place, const bronze::FoundRecord& record);
  Result<std::vector<std::string>> OffsetsWhere(const std::string& location, const table::SnapshotPtr& snapshot,
                                                const std::string& condition);
  Result<Trace> ByTombstone(const Place& place, const std::string& condition, Trace trace);

  const Dependencies dependencies_;
};

}  // namespace tarn::upkeep
