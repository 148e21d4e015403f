// SPDX-License-Identifier: Apache-2.0
#include "silver/fold_sql.h"

#include <algorithm>
#include <utility>

#include "engine/query_engine.h"
#include "silver/checked_rows.h"
#include "silver/target_schema.h"

namespace tarn::silver {
namespace {

using engine::QuoteIdentifier;

/// The value of a column in the last of the grouped records, NULL or not.
std::string InLastRecord(const std::string& value, const std::string& filter) {
  return "struct_extract(arg_max(struct_pack(v := " + value + "), a.\"row;ordinal\")" +
         (filter.empty() ? "" : " FILTER (WHERE " + filter + ")") + ", 'v')";
}

}  // namespace

bool FoldSql::IsNeeded(const contract::Contract& contract) {
  return contract.has_key() && (contract.merge_mode == contract::MergeMode::kPatch || contract.soft_delete ||
                                contract.history == contract::History::kScd2);
}

std::string FoldSql::CreateStored(bool existing, const std::set<int32_t>& to_json, const std::string& dead_rows) const {
  const std::string head = "CREATE TEMP TABLE stored AS SELECT ";
  if (!existing) return head + ColumnList(schema_, "", {}) + ", true AS \"row;stored\" FROM latest WHERE false";
  const auto newest = (order_.sequence().empty() ? "" : "e." + order_.sequence() + " DESC NULLS LAST, ") +
                      std::string("e._insert_date DESC NULLS LAST");
  // As in MergeSql::SelectHits, the condition that always holds lets the engine filter the scan by the records' keys.
  return head + ColumnList(schema_, "e.", to_json) +
         ", true AS \"row;stored\" FROM input.stored_rows e JOIN (SELECT * FROM latest " +
         "WHERE coalesce(length(_op), 0) >= 0) l ON " + order_.KeysEqual("e", "l") + " WHERE " +
         (versions() ? "coalesce(e.is_current, false)" : "true") + (dead_rows.empty() ? "" : " AND NOT " + dead_rows) +
         " QUALIFY row_number() OVER (PARTITION BY " + order_.KeyList("e.") + " ORDER BY " + newest + ") = 1";
}

std::string FoldSql::CreateApplied(bool tombstones, const std::string& beaten) const {
  auto sql = "CREATE TEMP TABLE applied AS SELECT " + ColumnList(schema_, "i.", {}) +
             ", i._op, i.\"row;ordinal\", i.\"row;present\" FROM input.incoming i JOIN latest l ON " +
             order_.KeysEqual("i", "l") + " LEFT JOIN stored s ON " + order_.KeysEqual("s", "i") +
             " WHERE i.\"row;verdict\" = " + std::to_string(std::to_underlying(Verdict::kMerge)) +
             " AND NOT coalesce(" + order_.Beats("s", order_.sequence(), "i") + ", false)";
  if (tombstones) {
    sql += " AND NOT EXISTS (SELECT 1 FROM input.tombstones b WHERE " + order_.KeysEqual("b", "i") + " AND " +
           order_.Beats("b", "_sequence", "i") + ")";
  }
  if (!beaten.empty()) sql += " AND NOT (" + beaten + ")";
  if (order_.sequence().empty()) return sql;
  const auto sequence = "i." + order_.sequence();
  const auto before = "max(" + sequence + ") OVER (PARTITION BY " + order_.KeyList("i.") +
                      " ORDER BY i.\"row;ordinal\" ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)";
  return sql + " QUALIFY coalesce(" + sequence + " >= " + before + ", " + before + " IS NULL)";
}

std::string FoldSql::CountDeletes() const { return "SELECT count(*) FROM applied WHERE _op = 'delete'"; }

std::string FoldSql::NewRows() const { return versions() ? VersionRows() : FoldedRows(); }

std::string FoldSql::IsBrought(const table::Field& field, size_t payload_index) const {
  const bool patches = contract_.merge_mode == contract::MergeMode::kPatch;
  const auto present = "substr(a.\"row;present\", " + std::to_string(payload_index + 1) + ", 1) = '1'";
  // A marked row keeps the place in the sequence that its delete had.
  if (field.name == contract_.sequence_by) return patches ? present : "(a._op <> 'delete' OR " + present + ")";
  if (field.name == "_rescued") return patches ? "a._rescued IS NOT NULL" : "a._op <> 'delete'";
  return patches ? "(a._op <> 'delete' AND " + present + ")" : "a._op <> 'delete'";
}

std::string FoldSql::FoldedColumn(const table::Field& field, size_t payload_index) const {
  const auto name = QuoteIdentifier(field.name);
  const auto value = "a." + name;
  const auto keys = contract_.key_columns();
  if (std::ranges::any_of(keys, [&](const auto* key) { return key->name == field.name; })) return value;
  if (contract_.soft_delete && field.name == contract::kDeletedColumn) {
    return "arg_max(a._op = 'delete', a.\"row;ordinal\") AS " + name;
  }
  if (IsMetadataColumn(field.name) && field.name != "_rescued") return InLastRecord(value, "") + " AS " + name;
  const auto brought = IsBrought(field, payload_index);
  // What no record brings is as it was; in a new row it is the default, which every record that lacks it has.
  return "CASE WHEN coalesce(bool_or(" + brought + "), false) THEN " + InLastRecord(value, brought) +
         " WHEN coalesce(bool_or(s.\"row;stored\"), false) THEN any_value(s." + name + ") ELSE any_value(" + value +
         ") END AS " + name;
}

std::string FoldSql::FoldedRows() const {
  std::vector<std::string> columns;
  size_t payload_index = 0;
  for (const auto& field : schema_.fields) {
    columns.push_back(FoldedColumn(field, payload_index));
    if (!IsMetadataColumn(field.name)) ++payload_index;
  }
  const auto select = "SELECT " + Join(columns, ", ") + " FROM ";
  const auto keys = order_.KeysEqual("s", "a");
  const auto group = " GROUP BY " + order_.KeyList("a.");
  if (contract_.soft_delete) return select + "applied a LEFT JOIN stored s ON " + keys + group;
  // Behind a delete the row starts anew.
  return select + "(SELECT *, max(CASE WHEN _op = 'delete' THEN \"row;ordinal\" END) OVER (PARTITION BY " +
         order_.KeyList("") + ") AS \"row;deleted\" FROM applied) a LEFT JOIN stored s ON " + keys +
         " AND a.\"row;deleted\" IS NULL WHERE a.\"row;deleted\" IS NULL OR a.\"row;ordinal\" > a.\"row;deleted\"" +
         group;
}

std::string FoldSql::Moment() const {
  if (!contract_.sequence_by) return "_insert_date";
  const auto index = schema_.IndexOf(*contract_.sequence_by);
  const auto kind = schema_.fields[index.value()].type.kind;
  if (kind != table::TypeKind::kTimestamp && kind != table::TypeKind::kDate) return "_insert_date";
  return "coalesce(" + order_.sequence() + "::TIMESTAMPTZ, _insert_date)";
}

std::string FoldSql::VersionColumns(const std::string& qualifier, const std::string& from,
                                    const std::string& to) const {
  std::vector<std::string> columns;
  for (const auto& field : schema_.fields) {
    const auto name = QuoteIdentifier(field.name);
    auto value = qualifier + name;
    if (field.name == contract::kValidFromColumn) value = from + " AS " + name;
    if (field.name == contract::kValidToColumn) value = to + " AS " + name;
    if (field.name == contract::kIsCurrentColumn) value = "(" + to + ") IS NULL AS " + name;
    columns.push_back(std::move(value));
  }
  return Join(columns, ", ");
}

std::string FoldSql::VersionRows() const {
  const auto moment = Moment();
  const auto versions = "(SELECT *, " + moment + " AS \"row;moment\", lead(" + moment + ") OVER (PARTITION BY " +
                        order_.KeyList("") + " ORDER BY \"row;ordinal\") AS \"row;next\" FROM applied)";
  const auto first = "(SELECT " + order_.KeyList("") + ", arg_min(" + moment +
                     ", \"row;ordinal\") AS \"row;next\" FROM applied GROUP BY " + order_.KeyList("") + ")";
  return "SELECT " + VersionColumns("v.", "v.\"row;moment\"", "v.\"row;next\"") + " FROM " + versions +
         " v WHERE v._op <> 'delete' UNION ALL SELECT " + VersionColumns("s.", "s.valid_from", "f.\"row;next\"") +
         " FROM stored s JOIN " + first + " f ON " + order_.KeysEqual("s", "f");
}

}  // namespace tarn::silver
