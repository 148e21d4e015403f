// SPDX-License-Identifier: Apache-2.0
#include "silver/record_order_sql.h"

#include "engine/query_engine.h"

namespace tarn::silver {

std::string Join(const std::vector<std::string>& parts, const std::string& separator) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : separator) + part;
  return text;
}

RecordOrderSql::RecordOrderSql(const contract::Contract& contract) {
  for (const auto* column : contract.key_columns()) keys_.push_back(engine::QuoteIdentifier(column->name));
  if (contract.sequence_by) sequence_ = engine::QuoteIdentifier(*contract.sequence_by);
}

std::string RecordOrderSql::KeyList(const std::string& qualifier) const {
  std::vector<std::string> names;
  for (const auto& key : keys_) names.push_back(qualifier + key);
  return Join(names, ", ");
}

std::string RecordOrderSql::KeysEqual(const std::string& a, const std::string& b) const {
  std::vector<std::string> terms;
  for (const auto& key : keys_) terms.push_back(a + "." + key + " = " + b + "." + key);
  return Join(terms, " AND ");
}

std::string RecordOrderSql::Beats(const std::string& row, const std::string& row_sequence,
                                  const std::string& record) const {
  const auto later = row + "._insert_date > " + record + "._insert_date";
  if (sequence_.empty()) return later;
  const auto kept = row + "." + row_sequence;
  const auto coming = record + "." + sequence_;
  return "(" + kept + " > " + coming + " OR (" + kept + " IS NOT NULL AND " + coming + " IS NULL) OR (" + kept +
         " IS NOT DISTINCT FROM " + coming + " AND " + later + "))";
}

std::string ColumnList(const table::Schema& schema, const std::string& qualifier, const std::set<int32_t>& to_json) {
  std::vector<std::string> names;
  for (const auto& field : schema.fields) {
    const auto name = engine::QuoteIdentifier(field.name);
    const auto value = qualifier + name;
    names.push_back(to_json.contains(field.id) ? "to_json(" + value + ") AS " + name : value);
  }
  return Join(names, ", ");
}

}  // namespace tarn::silver
