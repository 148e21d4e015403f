// SPDX-License-Identifier: Apache-2.0
#include "gold/versions.h"

#include <algorithm>

#include "engine/query_engine.h"
#include "gold/interval_range.h"

namespace tarn::gold {
namespace {

using engine::QuoteIdentifier;

/// Of a table that others may call as they like: no column of a user has a semicolon in its name.
constexpr const char* kEnd = "\"version;end\"";
constexpr const char* kKnown = "\"version;known\"";

std::vector<std::string> NamesOf(VersionNames names) {
  if (names == VersionNames::kDbt) return {"dbt_scd_id", "dbt_updated_at", "dbt_valid_from", "dbt_valid_to"};
  return {"valid_from", "valid_to", "is_current"};
}

std::string SqlNameOf(table::TypeKind type) {
  if (type == table::TypeKind::kDate) return "DATE";
  return type == table::TypeKind::kTimestamp ? "TIMESTAMPTZ" : "TIMESTAMP";
}

std::unexpected<Error> NoColumn(const std::string& what, const std::string& column) {
  return Fail(ErrorCode::kInvalidArgument, "the result has no column for " + what + ": " + column);
}

}  // namespace

Versions::Versions(const Job& job, const table::Schema& query, Timestamp now)
    : job_(&job), time_type_(table::TypeKind::kTimestamp), now_(now) {
  const bool is_dbt = job.snapshot.names == VersionNames::kDbt;
  from_ = is_dbt ? "dbt_valid_from" : "valid_from";
  to_ = is_dbt ? "dbt_valid_to" : "valid_to";
  flag_ = is_dbt ? "" : "is_current";
  compared_ = job.snapshot.check_columns;
  if (!compared_.empty()) return;
  for (const auto& field : query.fields) {
    const bool is_key = std::ranges::find(job.unique_key, field.name) != job.unique_key.end();
    if (!is_key) compared_.push_back(field.name);
  }
}

Result<Versions> Versions::Of(const Job& job, const table::Schema& query, Timestamp now) {
  for (const auto& name : NamesOf(job.snapshot.names)) {
    if (!query.IndexOf(name)) continue;
    return Fail(ErrorCode::kInvalidArgument, "the result has a column of the name that versions use: " + name);
  }
  Versions versions(job, query, now);
  for (const auto& column : versions.compared_) {
    if (!query.IndexOf(column)) return NoColumn("check_cols", column);
  }
  if (job.snapshot.strategy == SnapshotStrategy::kCheck) return versions;
  const auto at = query.IndexOf(job.snapshot.updated_at);
  if (!at) return NoColumn("updated_at", job.snapshot.updated_at);
  versions.time_type_ = query.fields[*at].type.kind;
  if (IsIntervalType(versions.time_type_)) return versions;
  return Fail(ErrorCode::kInvalidArgument, "updated_at must be a date or a time stamp, " + job.snapshot.updated_at +
                                               " is " + table::SqlTypeName(query.fields[*at].type));
}

/// The time of the run in the type of a version's times.
std::string Versions::Now() const {
  auto text = FormatTimestamp(now_);
  if (time_type_ == table::TypeKind::kTimestamp) return "TIMESTAMPTZ " + engine::QuoteLiteral(text);
  text.pop_back();  // naive ones are UTC
  return "CAST(TIMESTAMP " + engine::QuoteLiteral(text) + " AS " + SqlNameOf(time_type_) + ")";
}

std::string Versions::SelectResult(const std::string& select) const {
  const auto column = [](const std::string& name) { return "rows_of_job." + QuoteIdentifier(name); };
  const bool by_time = job_->snapshot.strategy == SnapshotStrategy::kTimestamp;
  const auto from = by_time ? column(job_->snapshot.updated_at) : Now();
  std::string sql = "SELECT rows_of_job.*, ";
  if (job_->snapshot.names == VersionNames::kDbt) {
    std::string id;
    for (const auto& key : job_->unique_key) id += "coalesce(CAST(" + column(key) + " AS VARCHAR), '') || '|' || ";
    sql += "md5(" + id + "coalesce(CAST(" + from + " AS VARCHAR), '')) AS dbt_scd_id, " + from + " AS dbt_updated_at, ";
  }
  sql += from + " AS " + from_ + ", CAST(NULL AS " + SqlNameOf(time_type_) + ") AS " + to_;
  if (!flag_.empty()) sql += ", true AS " + flag_;
  return sql + " FROM (\n" + select + "\n) AS rows_of_job";
}

std::string Versions::CountTimeless() const { return "SELECT count(*) FROM result WHERE " + from_ + " IS NULL"; }

bool Versions::IsKeptBy(const table::Schema& schema) const {
  return schema.IndexOf(from_).has_value() && schema.IndexOf(to_).has_value() &&
         (flag_.empty() || schema.IndexOf(flag_).has_value());
}

std::string Versions::KeysEqual(const std::string& left, const std::string& right) const {
  std::string terms;
  for (const auto& key : job_->unique_key) {
    const auto name = QuoteIdentifier(key);
    terms += (terms.empty() ? "" : " AND ") + left + "." + name + " IS NOT DISTINCT FROM " + right + "." + name;
  }
  return terms;
}

std::string Versions::IsCurrent() const { return "t." + to_ + " IS NULL"; }

/// Whether row `r` is another version than the current one, `t`.
std::string Versions::Differs() const {
  if (job_->snapshot.strategy == SnapshotStrategy::kTimestamp) return "r." + from_ + " > t." + from_;
  std::string terms = "false";
  for (const auto& column : compared_) {
    const auto name = QuoteIdentifier(column);
    terms += " OR r." + name + " IS DISTINCT FROM t." + name;
  }
  return terms;
}

std::string Versions::CreateNews() const {
  return std::string("CREATE OR REPLACE TEMP TABLE news AS SELECT r.* FROM result r LEFT JOIN (SELECT *, true AS ") +
         kKnown + " FROM input.existing t WHERE " + IsCurrent() + ") t ON " + KeysEqual("t", "r") + " WHERE t." +
         kKnown + " IS NULL OR " + Differs();
}

std::string Versions::CreateCloses() const {
  std::string keys;
  for (const auto& key : job_->unique_key) keys += "t." + QuoteIdentifier(key) + ", ";
  std::string sql = "CREATE OR REPLACE TEMP TABLE closes AS SELECT " + keys + "n." + from_ + " AS " + kEnd +
                    " FROM input.existing t JOIN news n ON " + KeysEqual("t", "n") + " WHERE " + IsCurrent();
  if (job_->snapshot.hard_deletes == HardDeletes::kIgnore) return sql;
  return sql + " UNION ALL SELECT " + keys + Now() + " FROM input.existing t WHERE " + IsCurrent() +
         " AND NOT EXISTS (SELECT 1 FROM result r WHERE " + KeysEqual("t", "r") + ")";
}

std::string Versions::SelectFiles() const {
  return "SELECT DISTINCT t.\"file;name\" FROM input.existing t JOIN closes c ON " + KeysEqual("t", "c") + " WHERE " +
         IsCurrent();
}

std::string Versions::SelectKept(const table::Schema& schema) const {
  std::string columns;
  for (const auto& field : schema.fields) {
    const auto name = QuoteIdentifier(field.name);
    auto value = "t." + name;
    if (field.name == to_) value = "coalesce(c." + std::string(kEnd) + ", " + value + ") AS " + name;
    if (field.name == flag_) value = "(" + value + " AND c." + kEnd + " IS NULL) AS " + name;
    columns += (columns.empty() ? "" : ", ") + value;
  }
  return "SELECT " + columns + " FROM input.rewritten t LEFT JOIN closes c ON " + KeysEqual("t", "c") + " AND " +
         IsCurrent();
}

}  // namespace tarn::gold
