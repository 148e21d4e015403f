// SPDX-License-Identifier: Apache-2.0
#pragma once
// What jobs make of which tables and columns, as their bound queries say, and what a change would break.
// Nothing is stored: queries are bound against the lake as it is.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/query_engine.h"
#include "gold/jobs.h"

namespace tarn::gold {

/// A job whose result has something of a column.
struct ColumnUse {
  std::string column;  ///< of the table that is used
  std::string job;     ///< "domain/name"
  std::string into;    ///< column of the job's result; empty: it decides which rows there are
};

struct TableLineage {
  std::vector<engine::TableName> upstream;    ///< what the job of the table reads; empty when no job makes it
  std::optional<engine::QueryLineage> query;  ///< of that job
  std::vector<std::string> downstream;  ///< ids of the jobs that read the table, then those that read their tables
  std::vector<ColumnUse> uses;          ///< by jobs that read the table, directly or through views
  std::vector<std::string> problems;    ///< queries that cannot be bound now: "d/job: table d.silver.t does not exist"
};

/// Something that works now and would not after a change.
struct Breakage {
  std::string column;
  std::string change;  ///< "is removed", "BIGINT becomes VARCHAR"
  std::string what;    ///< "column d.gold.totals.amount", "rows of d.gold.totals", "test unique_daily_day of d/daily"
};

/// Columns of a table that are gone or of another type, with what happens to them.
using ColumnChanges = std::map<std::string, std::string>;

class Lineage {
 public:
  Lineage(const Jobs& jobs, engine::QueryEngine& engine) : jobs_(jobs), engine_(engine) {}

  TableLineage Of(const engine::TableName& table);

  /// What readers of the job's table and tests would lose by `after` taking the place of `before`. Columns that readers
  /// of a view use are not known: their queries are bound to the tables below it. Queries that cannot be bound now are
  /// left out.
  std::vector<Breakage> BrokenBy(const Job& before, const Job& after);
  /// Likewise what readers of any table would lose by its columns changing so.
  std::vector<Breakage> BrokenBy(const engine::TableName& table, const ColumnChanges& changes);

 private:
  /// `saved` is a job as it would be then; nullptr: none changes.
  std::vector<Breakage> Broken(const engine::TableName& table, const ColumnChanges& changes, const Job* saved);
  std::vector<JobPtr> Downstream(const engine::TableName& table) const;

  const Jobs& jobs_;
  engine::QueryEngine& engine_;
};

}  // namespace tarn::gold
