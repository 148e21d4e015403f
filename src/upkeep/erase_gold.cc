// SPDX-License-Identifier: Apache-2.0
#include "upkeep/erase_gold.h"

#include <algorithm>
#include <set>

#include "base/crash_point.h"
#include "gold/staged_results.h"
#include "lake/keys.h"
#include "upkeep/await_runs.h"
#include "upkeep/erase_rows.h"

namespace tarn::upkeep {
namespace {

std::string TableNameOf(const gold::Job& job) { return job.domain + ".gold." + job.name; }

std::set<std::string> ReadsOf(const gold::Job& job) {
  std::set<std::string> names;
  for (const auto& table : job.reads) names.insert(table.ToString());
  for (const auto& table : gold::UpstreamsOf(job)) names.insert(table.ToString());
  return names;
}

/// Those that read one of `tables` or of each other, upstreams first. Jobs never form a circle; one that would is last.
std::vector<gold::JobPtr> Downstream(std::vector<gold::JobPtr> jobs, std::set<std::string> tables) {
  std::vector<gold::JobPtr> reached;
  for (bool more = true; more;) {
    more = false;
    for (const auto& job : jobs) {
      if (std::ranges::find(reached, job) != reached.end()) continue;
      const auto reads = ReadsOf(*job);
      if (std::ranges::none_of(reads, [&](const auto& name) { return tables.contains(name); })) continue;
      reached.push_back(job);
      tables.insert(TableNameOf(*job));
      more = true;
    }
  }
  std::vector<gold::JobPtr> ordered;
  std::set<std::string> waiting;
  for (const auto& job : reached) waiting.insert(TableNameOf(*job));
  while (!reached.empty()) {
    auto next = std::ranges::find_if(reached, [&](const auto& job) {
      const auto reads = ReadsOf(*job);
      return std::ranges::none_of(
          reads, [&](const auto& name) { return name != TableNameOf(*job) && waiting.contains(name); });
    });
    if (next == reached.end()) next = reached.begin();
    waiting.erase(TableNameOf(**next));
    ordered.push_back(*next);
    reached.erase(next);
  }
  return ordered;
}

/// Runs the job and waits for its end; the text says why its table is still as it was.
Result<std::string> RunJob(const ErasureDependencies& dependencies, const gold::Job& job) {
  TARN_ASSIGN(const auto opened, dependencies.runner.Run(job.domain, job.name, {"erasure", {}}));
  TARN_ASSIGN(const auto run, AwaitEnd(dependencies.runs, job, opened.run, dependencies.stop));
  if (run.status == gold::RunStatus::kSucceeded) return std::string();
  return "its run " + run.id() + " ended as " + std::string(gold::RunStatusName(run.status)) +
         "; what it made before is still there";
}

bool IsOverwritten(const gold::Job& job) {
  return job.write_mode == gold::WriteMode::kOverwrite && job.materialization == gold::Materialization::kTable;
}

Status EraseTable(const GoldErasure& erasure, const gold::Job& job, EraseGoldOutcome& outcome) {
  const auto& merge = erasure.dependencies.merge;
  EraseGoldOutcome::Table table{TableNameOf(job), lake::GoldLocation(job.domain, job.name)};
  outcome.downstream.insert(table.name);
  if (!erasure.dry_run) {
    TARN_TRY(AwaitRunsUnderWay(erasure.dependencies.runs, job, erasure.dependencies.stop));
    TARN_TRY(merge.seat_check());
    TARN_ASSIGN(const auto staged, gold::StagedResults(merge.store).RemoveAll(table.location));
    outcome.staged.insert(outcome.staged.end(), staged.begin(), staged.end());
  }
  TARN_ASSIGN(const auto snapshot, merge.tables.Get(table.location)->Load());
  if (!snapshot->exists()) return {};
  if (IsOverwritten(job)) {
    if (!erasure.dry_run) {
      TARN_ASSIGN(const auto failure, RunJob(erasure.dependencies, job));
      if (!failure.empty()) {
        outcome.not_examined.push_back({table.name, failure});
        return {};
      }
      table.rewritten = snapshot->files.size();
    }
    outcome.tables.push_back(std::move(table));
    return {};
  }
  if (!HasKeyColumns(erasure.keys, snapshot->schema)) {
    outcome.not_examined.push_back({table.name, "its job adds to it, and it has not all columns of the key"});
    return {};
  }
  EraseRows rows({merge.store, merge.engine, merge.tables, merge.seat_check});
  TARN_ASSIGN(const auto done, rows.Run({table.location, erasure.keys, false, erasure.dry_run}, {}));
  table.rows = done.rows;
  table.rewritten = done.files_removed;
  outcome.tables.push_back(std::move(table));
  return {};
}

}  // namespace

Result<EraseGoldOutcome> EraseFromGold(const GoldErasure& erasure) {
  EraseGoldOutcome outcome;
  const auto& contract = erasure.contract;
  const auto all = erasure.dependencies.jobs.List();
  std::set<std::string> sources;
  for (const auto* layer : {"bronze", "silver", "quarantine"}) {
    sources.insert(engine::TableName{contract.domain, layer, contract.name}.ToString());
  }
  for (const auto& job : Downstream(all, sources)) {
    TARN_CRASH_POINT("upkeep.erase.before_job");
    TARN_TRY(EraseTable(erasure, *job, outcome));
  }
  TARN_ASSIGN(const auto tables, ListTables(erasure.dependencies.merge.store));
  for (const auto& table : tables) {
    if (table.layer != "gold") continue;
    const auto is_it = [&](const auto& job) { return job->domain == table.domain && job->name == table.table; };
    if (std::ranges::any_of(all, is_it)) continue;
    outcome.not_examined.push_back({table.Name(), "its job was deleted, and nothing says what it read"});
  }
  return outcome;
}

}  // namespace tarn::upkeep
