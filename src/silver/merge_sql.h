// SPDX-License-Identifier: Apache-2.0
#pragma once
// The SQL of a copy-on-write merge, step by step, over the inputs `input.incoming`, `input.existing`,
// `input.tombstones` of a workspace. Pure text; merge.cc runs it. Order per key is durability.md §5.3: (sequence,
// _insert_date, arrival), null sequence lowest.

#include <set>
#include <string>
#include <vector>

#include "contract/contract.h"
#include "table/types.h"

namespace tarn::silver {

class MergeSql {
 public:
  MergeSql(const contract::Contract& contract, const table::Schema& schema);

  /// Temp table `accepted`: records that were not quarantined at ingest, `_refuse` marking those the merge cannot take.
  std::string CreateAccepted() const;
  /// Those records: _offset, reason, payload, _schema_version, _request_id, _insert_date.
  std::string SelectRefused() const;

  /// Keyed tables. Temp table `latest`: the last record of each key in this merge.
  std::string CreateLatest() const;
  /// Temp table `hits`: keys of `latest` that the table holds, with file, sequence and date of their rows.
  std::string CreateHits() const;
  /// Temp table `winners`: records of `latest` that no row and no tombstone beats.
  std::string CreateWinners(bool has_existing, bool has_tombstones) const;
  /// Files that hold a key of `winners`.
  std::string FilesToRewrite() const;

  /// Rows of the files being rewritten that stay, then the new rows. `rewritten`: `input.rewritten` exists.
  /// `to_json`: ids of columns that become JSON; their stored values are quoted, not read as JSON.
  std::string RowsToWrite(bool rewritten, const std::set<int32_t>& to_json) const;
  /// Deleted keys of this merge; `with_older`: together with `input.tombstones`, the newest per key.
  std::string TombstonesToWrite(bool with_older, const std::string& oldest_insert_date) const;

  bool keyed() const { return !keys_.empty(); }
  /// Schema of a tombstone file: keys, `_sequence`, `_insert_date`.
  table::Schema TombstoneSchema() const;

 private:
  std::string ColumnList(const std::set<int32_t>& to_json) const;
  std::string KeyList(const std::string& qualifier) const;
  std::string KeysEqual(const std::string& a, const std::string& b) const;
  std::string Beats(const std::string& row, const std::string& record) const;

  std::vector<std::string> keys_;  ///< quoted
  std::string sequence_;           ///< quoted, empty without sequence_by
  const table::Schema& schema_;
  const contract::Contract& contract_;
};

}  // namespace tarn::silver
