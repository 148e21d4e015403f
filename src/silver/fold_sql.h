// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rows that are more than the last record of their key, as SQL text: patches over stored rows, rows that stay marked
// when they are deleted, rows for every version of a key (lake.md §4.2; http-api.md §3.1 merge_mode, soft_delete,
// history). Over the inputs of MergeSql and its temp table `latest` without losers; merge_execution.cc runs it.
//
// A record is applied when nothing before it is later than it: no stored row, no tombstone, no earlier arrival. What
// comes out does not depend on where one merge ends and the next begins.

#include <set>
#include <string>

#include "contract/contract.h"
#include "silver/record_order_sql.h"
#include "table/types.h"

namespace tarn::silver {

class FoldSql {
 public:
  /// Whether rows of the contract are folded.
  static bool IsNeeded(const contract::Contract& contract);

  FoldSql(const contract::Contract& contract, const table::Schema& schema, const RecordOrderSql& order)
      : contract_(contract), schema_(schema), order_(order) {}

  /// Temp table `stored`: the row of each key of `latest` as it is in `input.stored_rows`, if there is one that does
  /// not meet `dead_rows`, a condition on `e` (empty: none does). `to_json`: as for MergeSql::RowsToWrite.
  std::string CreateStored(bool existing, const std::set<int32_t>& to_json, const std::string& dead_rows) const;
  /// Temp table `applied`: the records that are applied. Gives their number. `beaten`: a condition on `i`, those that
  /// meet it are not (empty: none does).
  std::string CreateApplied(bool tombstones, const std::string& beaten) const;
  std::string CountDeletes() const;

  /// The rows that take the place of the stored ones.
  std::string NewRows() const;

 private:
  bool versions() const { return contract_.history == contract::History::kScd2; }
  std::string FoldedRows() const;
  std::string VersionRows() const;
  std::string FoldedColumn(const table::Field& field, size_t payload_index) const;
  std::string IsBrought(const table::Field& field, size_t payload_index) const;
  std::string VersionColumns(const std::string& qualifier, const std::string& from, const std::string& to) const;
  std::string Moment() const;

  const contract::Contract& contract_;
  const table::Schema& schema_;
  const RecordOrderSql& order_;
};

}  // namespace tarn::silver
