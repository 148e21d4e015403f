// SPDX-License-Identifier: Apache-2.0
#pragma once
// Keys and the order of records of one key as SQL text (durability.md §5.3): (sequence, _insert_date, arrival), null
// sequence lowest. Shared by the statements of a merge. Pure text.

#include <set>
#include <string>
#include <vector>

#include "contract/contract.h"
#include "table/types.h"

namespace tarn::silver {

/// The parts, with `separator` between them.
std::string Join(const std::vector<std::string>& parts, const std::string& separator);

class RecordOrderSql {
 public:
  explicit RecordOrderSql(const contract::Contract& contract);

  bool keyed() const { return !keys_.empty(); }
  /// The sequence column, quoted; empty without sequence_by.
  const std::string& sequence() const { return sequence_; }

  /// Key columns, quoted, each behind `qualifier` ("l."), with commas.
  std::string KeyList(const std::string& qualifier) const;
  /// Whether the rows of two aliases have the same key.
  std::string KeysEqual(const std::string& a, const std::string& b) const;
  /// Whether a stored row or tombstone, whose sequence is in `row_sequence`, is later than a record; both are aliases.
  std::string Beats(const std::string& row, const std::string& row_sequence, const std::string& record) const;

 private:
  std::vector<std::string> keys_;  ///< quoted
  std::string sequence_;
};

/// Columns of the schema, quoted, each behind `qualifier`; those of `to_json` as JSON: quoted, not read as JSON.
std::string ColumnList(const table::Schema& schema, const std::string& qualifier, const std::set<int32_t>& to_json);

}  // namespace tarn::silver
