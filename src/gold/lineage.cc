// SPDX-License-Identifier: Apache-2.0
#include "gold/lineage.h"

#include <algorithm>
#include <deque>
#include <set>

namespace tarn::gold {
namespace {

constexpr const char* kRemoved = "is removed";

ColumnChanges ChangesOf(const engine::QueryLineage& before, const engine::QueryLineage& after) {
  ColumnChanges changes;
  for (const auto& old : before.columns) {
    const auto same = std::ranges::find(after.columns, old.name, &engine::ColumnLineage::name);
    if (same == after.columns.end()) {
      changes[old.name] = kRemoved;
    } else if (same->sql_type != old.sql_type) {
      changes[old.name] = old.sql_type + " becomes " + same->sql_type;
    }
  }
  return changes;
}

std::vector<ColumnUse> UsesIn(const std::string& job, const engine::QueryLineage& query,
                              const engine::TableName& table) {
  std::vector<ColumnUse> uses;
  for (const auto& column : query.columns) {
    for (const auto& source : column.from) {
      if (source.table == table) uses.push_back({source.column, job, column.name});
    }
  }
  for (const auto& source : query.shaped_by) {
    if (source.table == table) uses.push_back({source.column, job, ""});
  }
  return uses;
}

/// Columns of the table that a test of the job looks at.
std::vector<std::string> TestedColumns(const Job& job, const quality::Test& test, const engine::TableName& table) {
  std::vector<std::string> columns;
  if (job.table() == table) columns = test.columns;
  if (test.type == quality::TestType::kRelationships && test.to == table) columns.push_back(test.field);
  return columns;
}

}  // namespace

std::vector<JobPtr> Lineage::Downstream(const engine::TableName& table) const {
  const auto all = jobs_.List();
  std::vector<JobPtr> found;
  std::set<std::string> seen;
  std::deque<engine::TableName> tables{table};
  for (; !tables.empty(); tables.pop_front()) {
    for (const auto& job : all) {
      if (std::ranges::find(job->reads, tables.front()) == job->reads.end() || !seen.insert(job->id()).second) continue;
      found.push_back(job);
      tables.push_back(job->table());
    }
  }
  return found;
}

TableLineage Lineage::Of(const engine::TableName& table) {
  TableLineage lineage;
  const auto bind = [&](const Job& job) -> std::optional<engine::QueryLineage> {
    auto query = engine_.Lineage(job.query);
    if (query) return std::move(*query);
    lineage.problems.push_back(job.id() + ": " + query.error().message);
    return std::nullopt;
  };
  if (const auto job = table.layer == "gold" ? jobs_.Find(table.domain, table.table) : nullptr) {
    lineage.upstream = job->reads;
    lineage.query = bind(*job);
  }
  for (const auto& job : Downstream(table)) {
    lineage.downstream.push_back(job->id());
    const auto query = bind(*job);
    if (!query) continue;
    std::ranges::move(UsesIn(job->id(), *query, table), std::back_inserter(lineage.uses));
  }
  return lineage;
}

std::vector<Breakage> Lineage::BrokenBy(const Job& before, const Job& after) {
  if (before.query == after.query) return {};
  const auto old = engine_.Lineage(before.query);
  const auto fresh = engine_.Lineage(after.query);
  if (!old || !fresh) return {};
  return Broken(before.table(), ChangesOf(*old, *fresh), &after);
}

std::vector<Breakage> Lineage::BrokenBy(const engine::TableName& table, const ColumnChanges& changes) {
  return Broken(table, changes, nullptr);
}

std::vector<Breakage> Lineage::Broken(const engine::TableName& table, const ColumnChanges& changes, const Job* saved) {
  std::vector<Breakage> broken;
  if (changes.empty()) return broken;
  const auto note = [&](const std::string& column, const std::string& what) {
    const auto change = changes.find(column);
    if (change != changes.end()) broken.push_back({column, change->second, what});
  };
  for (const auto& job : Downstream(table)) {
    const auto query = engine_.Lineage(job->query);
    if (!query) continue;
    for (const auto& use : UsesIn(job->id(), *query, table)) {
      note(use.column, use.into.empty() ? "rows of " + job->table().ToString()
                                        : "column " + job->table().ToString() + "." + use.into);
    }
  }
  for (const auto& job : jobs_.List()) {
    const auto& tests = saved != nullptr && job->id() == saved->id() ? saved->tests : job->tests;
    for (const auto& test : tests) {
      for (const auto& column : TestedColumns(*job, test, table)) {
        // A test of another type of value may well hold: only what is gone cannot be tested.
        if (const auto change = changes.find(column); change != changes.end() && change->second == kRemoved) {
          note(column, "test " + test.name + " of " + job->id());
        }
      }
    }
  }
  return broken;
}

}  // namespace tarn::gold
