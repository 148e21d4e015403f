// SPDX-License-Identifier: Apache-2.0
#include "app/lake_warehouse.h"

#include <chrono>
#include <thread>

#include "app/dbt_rows.h"
#include "lake/name.h"
#include "query/query_service.h"

namespace tarn::app {
namespace {

constexpr std::chrono::hours kQueryTimeout{1};
constexpr const char* kStopped = "the run was cancelled";
constexpr uint64_t kMostRows = 100'000;
/// How often a run that is under way is looked at.
constexpr std::chrono::microseconds kPause{500};

Result<gold::Job> JobOf(const dbt::Materialization& made, const std::string& format) {
  const auto& [domain, layer, table, ephemeral] = made.relation;
  if (!lake::IsName(domain) || !lake::IsName(table) || lake::IsReservedDomain(domain)) {
    return Fail(ErrorCode::kInvalidArgument, "names of domains and tables are lower-case letters, digits and _, not " +
                                                 made.relation.ToSql() +
                                                 "; give the model an alias, or the command a --domain");
  }
  gold::Job job;
  job.domain = domain;
  job.name = table;
  job.query = made.select;
  job.format = format;
  job.schedule_type = gold::ScheduleType::kManual;
  if (made.write == dbt::WriteKind::kView) job.materialization = gold::Materialization::kView;
  if (made.write == dbt::WriteKind::kAppend) job.write_mode = gold::WriteMode::kAppend;
  if (made.write == dbt::WriteKind::kMerge) {
    job.write_mode = gold::WriteMode::kMerge;
    job.unique_key = made.unique_key;
  }
  if (made.write == dbt::WriteKind::kSnapshot) {
    job.materialization = gold::Materialization::kSnapshot;
    job.unique_key = made.unique_key;
    std::vector<gold::SnapshotProblem> problems;
    const auto spec = gold::ReadSnapshotSpec(codec::Json(made.snapshot), problems);
    if (!spec) return Fail(ErrorCode::kInvalidArgument, problems[0].member + ": " + problems[0].message);
    job.snapshot = *spec;
  }
  return job;
}

bool SaysTheSame(const gold::Job& a, const gold::Job& b) {
  return a.query == b.query && a.write_mode == b.write_mode && a.unique_key == b.unique_key &&
         a.materialization == b.materialization && a.snapshot == b.snapshot;
}

}  // namespace

Result<std::string> LakeWarehouse::Ask(const std::string& sql, uint64_t max_rows) {
  if (stop_.stop_requested()) return Fail(ErrorCode::kCancelled, kStopped);
  query::UserQuery query;
  query.request.sql = sql;
  query.request.timeout = kQueryTimeout;
  query.max_rows = max_rows;
  std::string answer;
  TARN_TRY(services_.queries.Run(query, [&](const std::string& chunk) -> Status {
    answer += chunk;
    return {};
  }));
  return answer;
}

Result<dbt::QueryRows> LakeWarehouse::Query(const std::string& sql) {
  TARN_ASSIGN(const auto answer, Ask(sql, kMostRows));
  return DbtRowsOf(answer);
}

Result<std::optional<std::vector<dbt::ColumnInfo>>> LakeWarehouse::ColumnsOf(const dbt::Relation& relation) {
  const auto found = services_.catalog.Resolve({relation.domain, relation.layer, relation.table}, std::nullopt);
  if (!found && found.error().code == ErrorCode::kNotFound) return std::optional<std::vector<dbt::ColumnInfo>>();
  TARN_TRY(found);
  TARN_ASSIGN(const auto answer, Ask("select * from " + relation.ToSql() + " limit 0", 1));
  TARN_ASSIGN(auto columns, DbtColumnsOf(answer));
  return std::optional(std::move(columns));
}

Status LakeWarehouse::Save(const gold::Job& job) {
  const auto known = services_.jobs.Find(job.domain, job.name);
  if (!known) {
    TARN_TRY(services_.jobs.Create(job));
    return {};
  }
  if (SaysTheSame(*known, job)) return {};
  auto changed = *known;
  changed.query = job.query;
  changed.reads = job.reads;
  changed.write_mode = job.write_mode;
  changed.unique_key = job.unique_key;
  changed.unique_key_echo = job.unique_key_echo;
  changed.materialization = job.materialization;
  changed.snapshot = job.snapshot;
  TARN_TRY(services_.jobs.Replace(std::move(changed)));
  return {};
}

Result<gold::Execution> LakeWarehouse::RunToEnd(const gold::Job& job) {
  TARN_ASSIGN(auto execution, services_.runner.Run(job.domain, job.name, {}));
  bool is_cancelled = false;
  while (!gold::IsFinal(execution.status)) {
    std::this_thread::sleep_for(kPause);
    if (stop_.stop_requested() && !is_cancelled) {
      is_cancelled = true;
      // It may have ended meanwhile: the record says how.
      static_cast<void>(services_.runner.Cancel({job.domain, job.name, execution.run}));
    }
    if (services_.runner.IsBusy(job.id())) continue;
    TARN_ASSIGN(const auto found, services_.runs.Find({job.domain, job.name, execution.run}));
    if (!found) return Fail(ErrorCode::kInternal, "the record of a run is gone: " + execution.id());
    execution = *found;
    if (!gold::IsFinal(execution.status)) {
      return Fail(ErrorCode::kUnavailable, "a run ended without a record of how: " + execution.id());
    }
  }
  return execution;
}

Result<dbt::Built> LakeWarehouse::Build(const dbt::Materialization& made) {
  if (stop_.stop_requested()) return Fail(ErrorCode::kCancelled, kStopped);
  TARN_ASSIGN(auto job, JobOf(made, format_));
  TARN_ASSIGN(const auto statement, services_.engine.Classify(job.query));
  job.reads = statement.tables;
  // A view whose SQL does not bind must not take the place of one that does.
  if (job.is_view()) TARN_TRY(Ask("select * from (\n" + job.query + "\n) limit 0", 1));
  TARN_TRY(Save(job));
  TARN_ASSIGN(const auto execution, RunToEnd(job));
  if (execution.status == gold::RunStatus::kSucceeded) return dbt::Built{execution.rows};
  return Fail(ErrorCode::kInvalidArgument,
              execution.error.value_or("the run ended as " + std::string(gold::RunStatusName(execution.status))));
}

}  // namespace tarn::app
