// SPDX-License-Identifier: Apache-2.0
#include "upkeep/check_gold.h"

#include <map>
#include <set>

#include "gold/execution.h"
#include "gold/job.h"
#include "gold/staged_results.h"
#include "lake/keys.h"
#include "lake/run_keys.h"
#include "quality/test_results.h"
#include "upkeep/check_history.h"
#include "upkeep/check_mirror.h"
#include "upkeep/check_series.h"
#include "upkeep/check_table.h"

namespace tarn::upkeep {
namespace {

using Name = std::pair<std::string, std::string>;

/// domain/name pairs that have a folder below `root`, where names lie in {domain}/{middle}{name}.
Status CollectNames(store::ObjectStore& store, const std::string& root, const std::string& middle,
                    std::set<Name>& names) {
  TARN_ASSIGN(const auto domains, store.ListFolders(root));
  for (const auto& domain : domains) {
    TARN_ASSIGN(const auto found, store.ListFolders(root + domain + "/" + middle));
    for (const auto& name : found) names.emplace(domain, name);
  }
  return {};
}

/// Newest state of every run.
std::map<uint64_t, gold::RunStatus> CheckRuns(const GoldCheck& check, const Name& name, CheckReport& report) {
  std::map<uint64_t, gold::RunStatus> runs;
  const auto visit = [&](uint64_t number, std::string_view body) -> Status {
    TARN_ASSIGN(const auto execution, gold::DecodeExecution(body));
    ++report.run_records;
    if (execution.domain != name.first || execution.job_name != name.second) {
      return Fail(ErrorCode::kCorrupt, "the record is about another job");
    }
    const bool opens = execution.run == number;
    if (!opens && !runs.contains(execution.run)) {
      return Fail(ErrorCode::kCorrupt, "it names run " + std::to_string(execution.run) + ", which nothing opened");
    }
    runs[execution.run] = execution.status;
    return {};
  };
  CheckSeries(check.store, check.clock, lake::RunsSeries(name.first, name.second), visit, report);
  return runs;
}

/// Whether the files that staged results brought are there.
Status CheckStaged(const GoldCheck& check, const std::string& location, CheckReport& report) {
  TARN_ASSIGN(const auto staged, gold::StagedResults(check.store).Load(location));
  for (const auto& one : staged) {
    for (const auto& file : one.added) {
      const auto key = location + "/" + file.path;
      const auto found = check.store.Head(key);
      if (!found) {
        report.Add(key, found.error());
      } else if (found->size_bytes != static_cast<uint64_t>(file.size_bytes)) {
        report.Add(key, "it has another size than the staged result of run " + std::to_string(one.run) + " says");
      }
    }
  }
  return {};
}

/// Every result of tests must read back.
Status CheckTestResults(const GoldCheck& check, const Name& name, CheckReport& report) {
  quality::TestResults results(check.store, check.clock);
  TARN_ASSIGN(const auto keys, results.Keys(name.first, name.second));
  for (const auto& key : keys) {
    const auto loaded = results.Load(key);
    if (!loaded) report.Add(key, loaded.error());
  }
  return {};
}

/// The table, and that a run that is recorded published it. The snapshot is taken before the records are read, so that
/// a run in progress is no finding.
Status CheckPublished(const GoldCheck& check, const Name& name, CheckReport& report) {
  const auto location = lake::GoldLocation(name.first, name.second);
  const auto loaded = check.tables.Get(location)->Load();
  const auto runs = CheckRuns(check, name, report);
  TARN_TRY(loaded);
  const auto& snapshot = *loaded;
  if (!snapshot->exists()) return {};
  CheckTable({check.store, check.engine, location, snapshot, {}}, report);
  CheckHistory(check.store, check.tables, location, report);
  CheckMirror({check.engine, check.tables, location}, report);
  TARN_TRY(CheckStaged(check, location, report));
  const auto published = snapshot->transactions.find(name.first + "/" + name.second);
  if (published == snapshot->transactions.end()) return {};
  const auto run = runs.find(static_cast<uint64_t>(published->second));
  if (run == runs.end()) {
    report.Add(location, "it was published by run " + std::to_string(published->second) + ", which has no record");
  } else if (run->second != gold::RunStatus::kSucceeded && gold::IsFinal(run->second)) {
    report.Add(location, "run " + std::to_string(published->second) + " published it but is recorded as " +
                             std::string(gold::RunStatusName(run->second)));
  }
  return {};
}

Status Check(const GoldCheck& check, CheckReport& report) {
  std::set<Name> names;
  TARN_TRY(CollectNames(check.store, "schemas/", "gold/", names));
  TARN_TRY(CollectNames(check.store, "_control/runs/", "", names));
  TARN_TRY(CollectNames(check.store, "gold/", "", names));
  TARN_TRY(CollectNames(check.store, std::string(lake::kTestResultsRoot), "", names));
  for (const auto& name : names) {
    const auto decode = [](uint64_t, std::string_view body) -> Status {
      TARN_TRY(gold::DecodeJob(body));
      return {};
    };
    CheckSeries(check.store, check.clock, lake::JobSeries(name.first, name.second), decode, report);
    TARN_TRY(CheckTestResults(check, name, report));
    if (const auto done = CheckPublished(check, name, report); !done) {
      report.Add(lake::GoldLocation(name.first, name.second), done.error());
    }
  }
  return {};
}

}  // namespace

void CheckGold(const GoldCheck& check, CheckReport& report) {
  if (const auto done = Check(check, report); !done) report.Add("gold/", done.error());
}

}  // namespace tarn::upkeep
