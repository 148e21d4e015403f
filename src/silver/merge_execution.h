// SPDX-License-Identifier: Apache-2.0
#pragma once
// The work of one merge on one snapshot: runs the steps of MergeSql in a workspace and tells what the commit must hold.
// Knows nothing of how the commit is won. One use; thread-compatible.

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "silver/checked_rows.h"
#include "silver/fold_sql.h"
#include "silver/hits.h"
#include "silver/merge.h"
#include "silver/merge_sql.h"
#include "silver/small_batch.h"
#include "silver/target_schema.h"
#include "silver/truncate_sql.h"

namespace tarn::silver {

class MergeExecution {
 public:
  struct Target {
    contract::EndpointPtr endpoint;
    std::shared_ptr<table::Table> table;
    std::string location;
    table::SnapshotPtr base;
    bool purged = false;  ///< rows of the snapshot are gone
    SideManifest before;
    std::shared_ptr<const HandledRecords> handled{};  ///< see CheckedRows
  };
  struct Merged {
    table::CommitIntent intent;  ///< all but the two transactions and the side manifest
    SideManifest side;
  };

  MergeExecution(const MergeDependencies& dependencies, MergeCaches& caches, Target target);

  Result<Merged> Run(const std::vector<bronze::NumberedEntry>& entries,
                     const std::vector<bronze::ObservedField>& fields);

 private:
  struct IncomingSize {
    uint64_t rows = 0;
    uint64_t object_bytes = 0;  ///< compressed
  };
  static IncomingSize SizeOf(const std::vector<bronze::NumberedEntry>& entries);
  Status BindIncoming(const std::vector<bronze::NumberedEntry>& entries);
  Status BindTombstones();
  Status BindSide(const std::string& name, table::Schema schema, const std::vector<TombstoneFile>& files);
  Status BindPinned(const std::string& name, const table::Schema& schema, std::vector<table::DataFilePtr> files);
  /// Tables without a key: every record is a new row.
  Status Append(table::CommitIntent& intent);
  Status AppendBehindTruncate(table::CommitIntent& intent);
  Status Upsert(const IncomingSize& incoming, table::CommitIntent& intent);
  /// `latest`: how many records may hit.
  Result<Hits> FindHits(uint64_t latest);
  /// Files that may hold a key of the records.
  Result<std::vector<table::DataFilePtr>> FilesToLookInto();
  Status FindStored(Hits& hits);
  Status FindBuried(Hits& hits);
  /// Makes the last truncate of this merge readable, if it counts.
  Status FindTruncate(table::CommitIntent& intent);
  void DropAllRows(table::CommitIntent& intent);
  Status BindTruncated();
  Status BindForgotten();
  Status BindNumbers(const std::string& name, std::vector<int64_t> ordinals);
  /// Whether a record may be before the place.
  bool MayBeBefore(const std::optional<PlaceFile>& place) const;
  /// What truncates kill: rows of `hits.files`, and records.
  Status FindTruncated(uint64_t latest, Hits& hits);
  /// Records that a tombstone could have beaten which nobody remembers.
  Status FindForgotten(uint64_t latest, Hits& hits);
  /// Writes the one row that `select` gives.
  Result<PlaceFile> WritePlace(const std::string& select);
  Status WriteTruncate();
  /// Tombstones that arrived before may be forgotten; empty: none may.
  std::string OldestTombstone() const;
  /// Notes the greatest of the tombstones that arrived before `oldest`.
  Status Forget(const std::string& oldest);
  /// Makes the last record of each key readable; answers how many there are.
  Result<uint64_t> CollectLatest(const IncomingSize& incoming);
  Status BindLatest(std::shared_ptr<SmallBatch> batch);
  Status DropLosers(const Hits& hits);
  Result<uint64_t> CountDeletes();
  /// What became of the records that a merge takes.
  struct Fates {
    uint64_t applied = 0;
    uint64_t deleted = 0;
  };
  /// Makes the new rows of a contract whose rows are folded.
  Result<Fates> Fold(const FoldSql& fold, const Hits& hits);
  Status CountRefused();
  Status PutRefused();
  Status WriteTombstones();
  Status WriteRows(std::vector<table::DataFilePtr> rewritten, table::CommitIntent& intent);
  Result<engine::PreparedParquet> WriteBySql(const std::string& select);
  Result<FilePlan> PlanFiles(const std::vector<RowMarks>& replaced) const;
  /// Of a file whose metadata does not say it; unset when it does.
  Result<std::optional<uint64_t>> DeletedBefore(const table::DataFile& file) const;
  Status MarkRows(std::vector<RowMarks> replaced, const FilePlan& plan, table::CommitIntent& intent);
  std::set<int32_t> ColumnsThatBecomeJson() const;
  /// The target schema with the stored types of columns that become JSON.
  table::Schema StoredSchema(const std::set<int32_t>& to_json) const;
  /// Makes the key filter of a file that holds `rows`, which `select` gives, too; null when they are not in memory.
  Status FilterKeys(SmallBatch* rows, const std::string& select, const table::DataFile& file);
  std::vector<std::string> KeyColumns() const;
  void Keep(std::vector<table::PendingObject> objects);

  const MergeDependencies& dependencies_;
  MergeCaches& caches_;
  Target target_;
  TargetSchema schema_;
  MergeSql sql_;
  const TruncateSql truncate_;
  const std::unique_ptr<engine::Workspace> workspace_;
  std::shared_ptr<CheckedRows> incoming_;
  std::shared_ptr<SmallBatch> small_;  ///< null: the records are in a temp table
  SideManifest side_;
  std::vector<table::PendingObject> pending_;
  RemovalMode removal_mode_;  ///< of tables that do not say it themselves
  bool has_existing_ = false;
  bool folds_ = false;  ///< see FoldSql
  /// When the truncate arrived that empties the table up to its place; unset: there is none in this merge.
  std::optional<Timestamp> truncated_at_;
  std::vector<int64_t> forgotten_;  ///< ordinals of the records of FindForgotten
};

}  // namespace tarn::silver
