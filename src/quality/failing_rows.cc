// SPDX-License-Identifier: Apache-2.0
#include "quality/failing_rows.h"

#include "engine/query_engine.h"

namespace tarn::quality {
namespace {

using engine::QuoteIdentifier;
using engine::QuoteLiteral;

std::string Reference(const engine::TableName& table) {
  return QuoteIdentifier(table.domain) + "." + QuoteIdentifier(table.layer) + "." + QuoteIdentifier(table.table);
}

/// SQL of others on lines of its own, so that a comment at its end hides nothing of ours.
std::string Enclosed(const std::string& sql) { return "(\n" + sql + "\n)"; }

/// Without the semicolons at its end, which are no part of a SELECT that stands inside another.
std::string WithoutEnd(std::string sql) {
  sql.erase(sql.find_last_not_of("; \t\r\n") + 1);
  return sql;
}

std::string Literal(const codec::Json& value) {
  return value.is_string() ? QuoteLiteral(value.get<std::string>()) : codec::Dump(value);
}

std::string Joined(const std::vector<std::string>& parts, const char* between) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : between) + part;
  return text;
}

/// " WHERE …" of the test's own condition and those given; empty ones are left out.
std::string Where(const Test& test, const std::string& condition) {
  std::vector<std::string> terms;
  if (!test.where.empty()) terms.push_back(Enclosed(test.where));
  if (!condition.empty()) terms.push_back("(" + condition + ")");
  return terms.empty() ? "" : " WHERE " + Joined(terms, " AND ");
}

std::vector<std::string> Quoted(const std::vector<std::string>& columns) {
  std::vector<std::string> quoted;
  for (const auto& column : columns) quoted.push_back(QuoteIdentifier(column));
  return quoted;
}

std::vector<std::string> Each(const std::vector<std::string>& columns, const char* predicate) {
  std::vector<std::string> terms;
  for (const auto& column : columns) terms.push_back(column + predicate);
  return terms;
}

/// What is outside of the bounds.
std::string OutOfBounds(const Test& test, const std::string& value) {
  std::vector<std::string> terms;
  if (test.min) terms.push_back(value + " < " + Literal(*test.min));
  if (test.max) terms.push_back(value + " > " + Literal(*test.max));
  return Joined(terms, " OR ");
}

std::string AcceptedValues(const Test& test, const std::string& column) {
  std::vector<std::string> values;
  for (const auto& value : test.values) values.push_back(Literal(value));
  return column + " NOT IN (" + Joined(values, ", ") + ")";
}

std::string Orphans(const Test& test, const std::string& column) {
  return column + " IS NOT NULL AND NOT EXISTS (SELECT 1 FROM " + Reference(test.to) + " AS parent WHERE parent." +
         QuoteIdentifier(test.field) + " = child." + column + ")";
}

std::string Repeated(const Test& test, const std::string& table, const std::vector<std::string>& columns) {
  const auto list = Joined(columns, ", ");
  return "SELECT " + list + ", count(*) AS occurrences FROM " + table +
         Where(test, Joined(Each(columns, " IS NOT NULL"), " AND ")) + " GROUP BY " + list + " HAVING count(*) > 1";
}

std::string WrongCount(const Test& test, const std::string& table) {
  return "SELECT row_count FROM (SELECT count(*) AS row_count FROM " + table + Where(test, "") + ") WHERE " +
         OutOfBounds(test, "row_count");
}

std::string TooOld(const Test& test, const std::string& table, const std::string& column, Timestamp now) {
  const Timestamp oldest{now.micros - std::chrono::microseconds(test.max_age).count()};
  return "SELECT newest FROM (SELECT CAST(max(" + column + ") AS TIMESTAMPTZ) AS newest FROM " + table +
         Where(test, "") + ") WHERE newest IS NULL OR newest < TIMESTAMPTZ " + QuoteLiteral(FormatTimestamp(oldest));
}

}  // namespace

std::string FailingRowsSql(const Test& test, const engine::TableName& table, Timestamp now) {
  const auto rows = Reference(table);
  const auto columns = Quoted(test.columns);
  const auto first = columns.empty() ? std::string() : columns.front();
  const auto select = [&](const std::string& condition) { return "SELECT * FROM " + rows + Where(test, condition); };
  switch (test.type) {
    case TestType::kNotNull:
      return select(Joined(Each(columns, " IS NULL"), " OR "));
    case TestType::kUnique:
      return Repeated(test, rows, columns);
    case TestType::kAcceptedValues:
      return select(AcceptedValues(test, first));
    case TestType::kRelationships:
      return "SELECT * FROM " + rows + " AS child" + Where(test, Orphans(test, first));
    case TestType::kRange:
      return select(OutOfBounds(test, first));
    case TestType::kRegex:
      return select("NOT regexp_matches(CAST(" + first + " AS VARCHAR), " + QuoteLiteral(test.pattern) + ")");
    case TestType::kRowCount:
      return WrongCount(test, rows);
    case TestType::kFreshness:
      return TooOld(test, rows, first, now);
    case TestType::kExpression:
      return select("NOT " + Enclosed(test.expression));
    case TestType::kSql:
      return "SELECT * FROM " + Enclosed(WithoutEnd(test.query)) + " AS failing" + Where(test, "");
  }
  return "";
}

std::string CountFailuresSql(const Test& test, const std::string& failing) {
  return "SELECT CAST(" + Enclosed(test.fail_calc) + " AS BIGINT) FROM " + Enclosed(failing) + " AS failing_rows";
}

std::string SampleSql(const std::string& failing, size_t limit) {
  return "SELECT CAST(to_json(failing_rows) AS VARCHAR) FROM " + Enclosed(failing) + " AS failing_rows LIMIT " +
         std::to_string(limit);
}

}  // namespace tarn::quality
