// SPDX-License-Identifier: Apache-2.0
#include "silver/merge_sql.h"

#include <utility>

#include "contract/contract_rules.h"
#include "engine/query_engine.h"
#include "silver/checked_rows.h"

namespace tarn::silver {
namespace {

std::string Number(Verdict verdict) { return std::to_string(std::to_underlying(verdict)); }

}  // namespace

MergeSql::MergeSql(const contract::Contract& contract, const table::Schema& schema)
    : order_(contract),
      versioned_(contract.history == contract::History::kScd2),
      schema_(schema),
      contract_(contract) {}

std::string MergeSql::SelectRefused(bool late) const {
  const auto no_truncate = contract::WhyNoTruncate(contract_);
  const auto truncate = no_truncate.empty() ? "a truncate needs a value of sequence_by" : std::string(no_truncate);
  const std::string is_late = "\"row;ordinal\" IN (SELECT \"row;ordinal\" FROM input.late)";
  const std::string late_reason =
      late ? "WHEN " + is_late +
                 " THEN 'older than what tombstone_retention still knows: its key may have been deleted after it' "
           : "";
  return "SELECT _offset, CASE " + late_reason + "WHEN _op = 'truncate' THEN " + engine::QuoteLiteral(truncate) +
         " ELSE coalesce(\"row;unfit\", 'a key column is null') END AS reason, coalesce(_raw, "
         "to_json(incoming)::VARCHAR) AS payload, _schema_version, _request_id, "
         "_insert_date FROM input.incoming AS incoming WHERE \"row;verdict\" = " +
         Number(Verdict::kRefuse) + (late ? " OR " + is_late : "") + " ORDER BY \"row;ordinal\"";
}

std::string MergeSql::CreateLatest() const {
  const auto order =
      (order_.sequence().empty() ? "" : order_.sequence() + " DESC NULLS LAST, ") + std::string("\"row;ordinal\" DESC");
  return "CREATE TEMP TABLE latest AS SELECT " + ColumnList(schema_, "", {}) +
         ", _op, \"row;ordinal\" FROM input.incoming WHERE \"row;verdict\" = " + Number(Verdict::kMerge) +
         " QUALIFY row_number() OVER (PARTITION BY " + order_.KeyList("") + " ORDER BY " + order + ") = 1";
}

std::string MergeSql::SelectHits(HitOrder order) const {
  const bool read_order = order == HitOrder::kUnknown || !order_.sequence().empty();
  const auto beats =
      read_order ? "coalesce(" + order_.Beats("e", order_.sequence(), "l") + ", false)" : std::string("false");
  // The engine sends a Bloom filter of the records' keys into the scan when something filters them: a condition that
  // always holds, which it cannot know.
  const auto records = "(SELECT * FROM " + latest_ + " WHERE coalesce(length(_op), 0) >= 0)";
  return "SELECT l.\"row;ordinal\", e.\"file;name\", e.\"file;row\", " + beats + " FROM input.existing e JOIN " +
         records + " l ON " + order_.KeysEqual("e", "l") + (versioned_ ? " WHERE coalesce(e.is_current, false)" : "");
}

std::string MergeSql::SelectBuried() const {
  return "SELECT DISTINCT l.\"row;ordinal\" FROM input.tombstones b JOIN " + latest_ + " l ON " +
         order_.KeysEqual("b", "l") + " WHERE " + order_.Beats("b", "_sequence", "l");
}

std::string MergeSql::SelectBeaten(const std::string& condition) const {
  return "SELECT l.\"row;ordinal\" FROM " + latest_ + " l WHERE " + condition;
}

std::string MergeSql::DeleteLosers() const {
  return "DELETE FROM latest WHERE \"row;ordinal\" IN (SELECT \"row;ordinal\" FROM input.losers)";
}

std::string MergeSql::CountDeletes() const { return "SELECT count(*) FROM latest WHERE _op = 'delete'"; }

std::string MergeSql::NewRows() const {
  if (!new_rows_.empty()) return new_rows_;
  const auto columns = ColumnList(schema_, "", {});
  return keyed() ? "SELECT " + columns + " FROM " + latest_ + " WHERE _op <> 'delete'"
                 : "SELECT " + columns +
                       " FROM input.incoming AS incoming WHERE \"row;verdict\" = " + Number(Verdict::kMerge) +
                       (records_.empty() ? "" : " AND " + records_);
}

std::string MergeSql::RowsToWrite(bool rewritten, const std::set<int32_t>& to_json) const {
  if (!rewritten) return NewRows();
  auto kept = "SELECT " + ColumnList(schema_, "", to_json) + " FROM input.rewritten r";
  if (keyed()) {
    const auto replaced = "EXISTS (SELECT 1 FROM " + latest_ + " w WHERE " + order_.KeysEqual("r", "w") + ")";
    kept += versioned_ ? " WHERE NOT (coalesce(r.is_current, false) AND " + replaced + ")" : " WHERE NOT " + replaced;
    if (!dead_rows_.empty()) kept += " AND NOT " + dead_rows_;
  }
  return kept + " UNION ALL " + NewRows();
}

std::string MergeSql::TombstonesToWrite(bool with_older, const std::string& oldest_insert_date) const {
  const auto sequence = order_.sequence().empty() ? std::string("NULL::BIGINT") : order_.sequence();
  const auto fresh = "SELECT " + order_.KeyList("") + ", " + sequence + " AS _sequence, _insert_date FROM " + latest_ +
                     " WHERE _op = 'delete'";
  if (!with_older) return fresh;
  auto older = "SELECT " + order_.KeyList("") + ", _sequence, _insert_date FROM input.tombstones";
  if (!oldest_insert_date.empty())
    older += " WHERE _insert_date >= TIMESTAMPTZ " + engine::QuoteLiteral(oldest_insert_date);
  return "SELECT * FROM (" + older + " UNION ALL " + fresh + ") QUALIFY row_number() OVER (PARTITION BY " +
         order_.KeyList("") + " ORDER BY _sequence DESC NULLS LAST, _insert_date DESC) = 1";
}

std::string MergeSql::CountTombstonesBefore(const std::string& oldest_insert_date) const {
  return "SELECT count(*) FROM input.tombstones WHERE _insert_date < TIMESTAMPTZ " +
         engine::QuoteLiteral(oldest_insert_date);
}

std::string MergeSql::SelectForgotten(const std::string& oldest_insert_date, bool with_older) const {
  return "SELECT _sequence, _insert_date FROM (SELECT _sequence, _insert_date FROM input.tombstones WHERE _insert_date "
         "< "
         "TIMESTAMPTZ " +
         engine::QuoteLiteral(oldest_insert_date) +
         (with_older ? " UNION ALL SELECT _sequence, _insert_date FROM input.forgotten" : "") +
         ") ORDER BY _sequence DESC NULLS LAST, _insert_date DESC LIMIT 1";
}

table::Schema MergeSql::TombstoneSchema() const {
  table::Schema schema;
  auto sequence_type = table::Scalar(table::TypeKind::kInt64);
  for (const auto& field : schema_.fields) {
    if (contract_.sequence_by && field.name == *contract_.sequence_by) sequence_type = field.type;
  }
  for (const auto* key : contract_.key_columns()) {
    const auto index = schema_.IndexOf(key->name);
    schema.fields.push_back({0, key->name, schema_.fields[*index].type, true});
  }
  schema.fields.push_back({0, "_sequence", sequence_type, true});
  schema.fields.push_back({0, "_insert_date", table::Scalar(table::TypeKind::kTimestamp), true});
  table::AssignFieldIds(schema, 0);
  return schema;
}

}  // namespace tarn::silver
