// SPDX-License-Identifier: Apache-2.0
#pragma once
// The SQL of a merge, step by step, over the inputs `input.incoming` (CheckedRows), `input.existing`,
// `input.rewritten`, `input.tombstones`, `input.losers` of a workspace. Pure text; merge_execution.cc runs it.

#include <set>
#include <string>
#include <vector>

#include "contract/contract.h"
#include "silver/record_order_sql.h"
#include "table/types.h"

namespace tarn::silver {

/// What is known of stored rows before they are read.
enum class HitOrder {
  kUnknown,
  kRowsAreOlder  ///< without sequence_by: no row beats a record, so that its date need not be read
};

class MergeSql {
 public:
  MergeSql(const contract::Contract& contract, const table::Schema& schema);

  /// Records the merge cannot take: _offset, reason, payload, _schema_version, _request_id, _insert_date. `late`: those
  /// of `input.late` are older than what tombstones tell.
  std::string SelectRefused(bool late) const;

  /// Keyed tables. Temp table `latest`: the last record of each key in this merge. Gives the number of its rows.
  std::string CreateLatest() const;
  /// Rows of the table whose key is in `latest`: ordinal of the record, file, position in the file, whether the
  /// row beats the record.
  std::string SelectHits(HitOrder order) const;
  /// Records of `latest` that a tombstone beats: their ordinals.
  std::string SelectBuried() const;
  /// Records of `latest` that meet a condition on `l`: _ordinal.
  std::string SelectBeaten(const std::string& condition) const;
  /// Takes the records of `input.losers` out of `latest`; what stays has won.
  std::string DeleteLosers() const;

  /// The rows this merge adds.
  std::string NewRows() const;
  /// Rows of the files being rewritten that stay, then the new rows. `rewritten`: `input.rewritten` exists.
  /// `to_json`: ids of columns that become JSON; their stored values are quoted, not read as JSON.
  std::string RowsToWrite(bool rewritten, const std::set<int32_t>& to_json) const;
  /// How many keys of `latest` are deleted.
  std::string CountDeletes() const;
  /// Deleted keys of this merge; `with_older`: together with `input.tombstones`, the newest per key.
  std::string TombstonesToWrite(bool with_older, const std::string& oldest_insert_date) const;

  std::string CountTombstonesBefore(const std::string& oldest_insert_date) const;
  /// The greatest place of those; `with_older`: or of `input.forgotten`.
  std::string SelectForgotten(const std::string& oldest_insert_date, bool with_older) const;

  /// The records of each key are not in the temp table but in `input.latest`.
  void UseLatestInput() { latest_ = "input.latest"; }
  /// Stored rows `r` that meet the condition do not stay.
  void UseDeadRows(std::string condition) { dead_rows_ = std::move(condition); }
  /// Of tables without a key: only records that meet the condition are new rows; `incoming` is their alias.
  void UseRecords(std::string condition) { records_ = std::move(condition); }
  /// The new rows are not the records of `latest` but what this SELECT gives.
  void UseNewRows(std::string select) { new_rows_ = std::move(select); }

  bool keyed() const { return order_.keyed(); }
  const RecordOrderSql& order() const { return order_; }
  /// Schema of a tombstone file: keys, `_sequence`, `_insert_date`.
  table::Schema TombstoneSchema() const;

 private:
  const RecordOrderSql order_;
  std::string latest_ = "latest";
  std::string dead_rows_;  ///< empty: none
  std::string records_;    ///< empty: all
  std::string new_rows_;   ///< empty: the records of `latest`
  bool versioned_;         ///< history: scd2, only current rows are replaced
  const table::Schema& schema_;
  const contract::Contract& contract_;
};

}  // namespace tarn::silver
