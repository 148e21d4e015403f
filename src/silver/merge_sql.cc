// SPDX-License-Identifier: Apache-2.0
#include "silver/merge_sql.h"

#include <utility>

#include "engine/query_engine.h"
#include "silver/checked_rows.h"

namespace tarn::silver {
namespace {

std::string Join(const std::vector<std::string>& parts, const std::string& separator) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : separator) + part;
  return text;
}

std::string Number(Verdict verdict) { return std::to_string(std::to_underlying(verdict)); }

}  // namespace

MergeSql::MergeSql(const contract::Contract& contract, const table::Schema& schema)
    : schema_(schema), contract_(contract) {
  for (const auto* column : contract.key_columns()) keys_.push_back(engine::QuoteIdentifier(column->name));
  if (contract.sequence_by) sequence_ = engine::QuoteIdentifier(*contract.sequence_by);
}

std::string MergeSql::ColumnList(const std::set<int32_t>& to_json) const {
  std::vector<std::string> names;
  for (const auto& field : schema_.fields) {
    const auto name = engine::QuoteIdentifier(field.name);
    names.push_back(to_json.contains(field.id) ? "to_json(" + name + ")" : name);
  }
  return Join(names, ", ");
}

std::string MergeSql::KeyList(const std::string& qualifier) const {
  std::vector<std::string> names;
  for (const auto& key : keys_) names.push_back(qualifier + key);
  return Join(names, ", ");
}

std::string MergeSql::KeysEqual(const std::string& a, const std::string& b) const {
  std::vector<std::string> terms;
  for (const auto& key : keys_) terms.push_back(a + "." + key + " = " + b + "." + key);
  return Join(terms, " AND ");
}

std::string MergeSql::Beats(const std::string& row, const std::string& row_sequence, const std::string& record) const {
  const auto later = row + "._insert_date > " + record + "._insert_date";
  if (sequence_.empty()) return later;
  const auto kept = row + "." + row_sequence;
  const auto coming = record + "." + sequence_;
  return "(" + kept + " > " + coming + " OR (" + kept + " IS NOT NULL AND " + coming + " IS NULL) OR (" + kept +
         " IS NOT DISTINCT FROM " + coming + " AND " + later + "))";
}

std::string MergeSql::SelectRefused() const {
  return "SELECT _offset, coalesce(_unfit, 'a key column is null') AS reason, coalesce(_raw, "
         "to_json(incoming)::VARCHAR) AS payload, _schema_version, _request_id, "
         "_insert_date FROM input.incoming AS incoming WHERE _verdict = " +
         Number(Verdict::kRefuse) + " ORDER BY _ordinal";
}

std::string MergeSql::CreateLatest() const {
  const auto order = (sequence_.empty() ? "" : sequence_ + " DESC NULLS LAST, ") + std::string("_ordinal DESC");
  return "CREATE TEMP TABLE latest AS SELECT " + ColumnList({}) +
         ", _op, _ordinal FROM input.incoming WHERE _verdict = " + Number(Verdict::kMerge) +
         " QUALIFY row_number() OVER (PARTITION BY " + KeyList("") + " ORDER BY " + order + ") = 1";
}

std::string MergeSql::SelectHits(HitOrder order) const {
  const bool read_order = order == HitOrder::kUnknown || !sequence_.empty();
  const auto beats = read_order ? "coalesce(" + Beats("e", sequence_, "l") + ", false)" : std::string("false");
  // The engine sends a Bloom filter of the records' keys into the scan when something filters them: a condition that
  // always holds, which it cannot know.
  const auto records = "(SELECT * FROM " + latest_ + " WHERE coalesce(length(_op), 0) >= 0)";
  return "SELECT l._ordinal, e.filename, e.file_row_number, " + beats + " FROM input.existing e JOIN " + records +
         " l ON " + KeysEqual("e", "l");
}

std::string MergeSql::SelectBuried() const {
  return "SELECT DISTINCT l._ordinal FROM input.tombstones b JOIN " + latest_ + " l ON " + KeysEqual("b", "l") +
         " WHERE " + Beats("b", "_sequence", "l");
}

std::string MergeSql::DeleteLosers() const {
  return "DELETE FROM latest WHERE _ordinal IN (SELECT _ordinal FROM input.losers)";
}

std::string MergeSql::CountDeletes() const { return "SELECT count(*) FROM latest WHERE _op = 'delete'"; }

std::string MergeSql::RowsToWrite(bool rewritten, const std::set<int32_t>& to_json) const {
  const auto columns = ColumnList({});
  const auto stored = ColumnList(to_json);
  const auto fresh = keyed() ? "SELECT " + columns + " FROM " + latest_ + " WHERE _op <> 'delete'"
                             : "SELECT " + columns + " FROM input.incoming WHERE _verdict = " + Number(Verdict::kMerge);
  if (!rewritten) return fresh;
  const auto kept = keyed() ? "SELECT " + stored + " FROM input.rewritten r WHERE NOT EXISTS (SELECT 1 FROM " +
                                  latest_ + " w WHERE " + KeysEqual("r", "w") + ")"
                            : "SELECT " + stored + " FROM input.rewritten r";
  return kept + " UNION ALL " + fresh;
}

std::string MergeSql::TombstonesToWrite(bool with_older, const std::string& oldest_insert_date) const {
  const auto sequence = sequence_.empty() ? std::string("NULL::BIGINT") : sequence_;
  const auto fresh = "SELECT " + KeyList("") + ", " + sequence + " AS _sequence, _insert_date FROM " + latest_ +
                     " WHERE _op = 'delete'";
  if (!with_older) return fresh;
  auto older = "SELECT " + KeyList("") + ", _sequence, _insert_date FROM input.tombstones";
  if (!oldest_insert_date.empty())
    older += " WHERE _insert_date >= TIMESTAMPTZ " + engine::QuoteLiteral(oldest_insert_date);
  return "SELECT * FROM (" + older + " UNION ALL " + fresh + ") QUALIFY row_number() OVER (PARTITION BY " +
         KeyList("") + " ORDER BY _sequence DESC NULLS LAST, _insert_date DESC) = 1";
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
