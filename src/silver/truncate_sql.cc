// SPDX-License-Identifier: Apache-2.0
#include "silver/truncate_sql.h"

#include <utility>

#include "engine/query_engine.h"
#include "silver/checked_rows.h"

namespace tarn::silver {

std::string TruncateSql::CreateLast() const {
  const auto sequence = by_sequence() ? order_.sequence() : std::string();
  return "CREATE TEMP TABLE last_truncate AS SELECT " + (sequence.empty() ? "" : sequence + ", ") +
         "_insert_date, \"row;ordinal\" FROM input.incoming WHERE \"row;verdict\" = " +
         std::to_string(std::to_underlying(Verdict::kTruncate)) + " ORDER BY " +
         (sequence.empty() ? "" : sequence + " DESC, ") + "\"row;ordinal\" DESC LIMIT 1";
}

std::string TruncateSql::DropIfSuperseded() const {
  return "DELETE FROM last_truncate WHERE " + IsTruncated("last_truncate");
}

std::string TruncateSql::IsBeforeLast(const std::string& alias) const {
  const auto earlier = "f.\"row;ordinal\" > " + alias + ".\"row;ordinal\"";
  if (!by_sequence()) return "EXISTS (SELECT 1 FROM last_truncate f WHERE " + earlier + ")";
  const auto kept = "f." + order_.sequence();
  const auto coming = alias + "." + order_.sequence();
  return "EXISTS (SELECT 1 FROM last_truncate f WHERE " + coming + " IS NULL OR " + kept + " > " + coming + " OR (" +
         kept + " = " + coming + " AND " + earlier + "))";
}

std::string TruncateSql::IsTruncated(const std::string& alias) const {
  return "EXISTS (SELECT 1 FROM input.truncated t WHERE " + order_.Beats("t", "_sequence", alias) + ")";
}

std::string TruncateSql::IsForgotten(const std::string& alias) const {
  return alias + "._op <> 'delete' AND EXISTS (SELECT 1 FROM input.forgotten t WHERE " +
         order_.Beats("t", "_sequence", alias) + ")";
}

std::string TruncateSql::IsDeadRow(const std::string& alias) const {
  if (!by_sequence()) return "EXISTS (SELECT 1 FROM last_truncate)";
  const auto kept = alias + "." + order_.sequence();
  const auto coming = "f." + order_.sequence();
  return "EXISTS (SELECT 1 FROM last_truncate f WHERE " + kept + " IS NULL OR " + kept + " < " + coming + " OR (" +
         kept + " = " + coming + " AND coalesce(" + alias + "._insert_date <= f._insert_date, true)))";
}

std::string TruncateSql::SelectDeadRows() const {
  return "SELECT -1::BIGINT, e.\"file;name\", e.\"file;row\", false FROM input.whole e WHERE " + IsDeadRow("e");
}

std::string TruncateSql::SelectPlace() const {
  const auto sequence = by_sequence() ? order_.sequence() : std::string("NULL::BIGINT");
  return "SELECT " + sequence + " AS _sequence, _insert_date FROM last_truncate";
}

table::Schema TruncateSql::PlaceSchema(const table::Schema& schema) const {
  auto type = table::Scalar(table::TypeKind::kInt64);
  for (const auto& field : schema.fields) {
    if (engine::QuoteIdentifier(field.name) == order_.sequence()) type = field.type;
  }
  table::Schema place;
  place.fields.push_back({0, "_sequence", type, true});
  place.fields.push_back({0, "_insert_date", table::Scalar(table::TypeKind::kTimestamp), true});
  table::AssignFieldIds(place, 0);
  return place;
}

}  // namespace tarn::silver
