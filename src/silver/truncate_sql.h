// SPDX-License-Identifier: Apache-2.0
#pragma once
// Truncates as SQL text: the last one of a merge kills every row and record before it in the order of records
// (durability.md §5.3), and so does the last one of earlier merges, which the side manifest keeps. Over the inputs of
// MergeSql, the temp table `last_truncate` (at most one row) and `input.truncated` (one row). Pure text;
// merge_execution.cc runs it.

#include <string>

#include "silver/record_order_sql.h"
#include "table/types.h"

namespace tarn::silver {

class TruncateSql {
 public:
  explicit TruncateSql(const RecordOrderSql& order) : order_(order) {}

  /// Whether a truncate has a place among others by sequence; without one, or without a key, by arrival.
  bool by_sequence() const { return order_.keyed() && !order_.sequence().empty(); }

  /// Temp table `last_truncate`: the greatest truncate among the records, by its place.
  std::string CreateLast() const;
  /// Empties `last_truncate` when a truncate of an earlier merge is later than it.
  std::string DropIfSuperseded() const;
  /// When it arrived, in microseconds; no row when there is none.
  std::string SelectArrival() const { return "SELECT epoch_us(_insert_date) FROM last_truncate"; }

  /// Condition: the record `alias` came before the last truncate of its own merge.
  std::string IsBeforeLast(const std::string& alias) const;
  /// Condition: it is older than the truncate of an earlier merge.
  std::string IsTruncated(const std::string& alias) const;
  /// Condition: it is an upsert that is older than the greatest forgotten tombstone, `input.forgotten` (one row).
  std::string IsForgotten(const std::string& alias) const;
  /// Condition: the stored row `alias`, which was merged before, is before the last truncate.
  std::string IsDeadRow(const std::string& alias) const;

  /// Rows of `input.whole` that are dead, as MergeSql::SelectHits gives rows; their ordinal is no record's.
  std::string SelectDeadRows() const;
  /// The row that the side manifest keeps, in the columns of PlaceSchema.
  std::string SelectPlace() const;

  /// `_sequence` with the type of the sequence column in `schema` (a bigint without one), `_insert_date`.
  table::Schema PlaceSchema(const table::Schema& schema) const;

 private:
  const RecordOrderSql& order_;
};

}  // namespace tarn::silver
