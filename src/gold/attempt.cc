// SPDX-License-Identifier: Apache-2.0
#include "gold/attempt.h"

#include <algorithm>

#include "base/crash_point.h"
#include "base/log.h"
#include "gold/result_schema.h"
#include "lake/keys.h"

namespace tarn::gold {
namespace {

Result<int64_t> FirstInteger(engine::Workspace& workspace, const std::string& sql, int64_t if_null) {
  TARN_ASSIGN(const auto stream, workspace.Query(sql));
  table::BatchView batch;
  TARN_ASSIGN(const bool more, stream->Next(batch));
  return more && batch.columns[0].IsValid(0) ? batch.columns[0].At<int64_t>(0) : if_null;
}

/// The rows of the job's query that lie in the range, and those that lie nowhere, which are refused.
std::string RowsOf(const Job& job, const std::optional<IntervalRange>& range) {
  if (!range) return job.query;
  const auto column = "rows_of_job." + engine::QuoteIdentifier(job.interval_column);
  return "SELECT * FROM (\n" + job.query + "\n) AS rows_of_job WHERE " + InRange(column, *range) + " OR " + column +
         " IS NULL";
}

}  // namespace

void WriteScope(const RunScope& scope, codec::Json& input) {
  if (scope.full_refresh) input["full_refresh"] = true;
  if (scope.from) input["from"] = FormatTimestamp(*scope.from);
  if (scope.to) input["to"] = FormatTimestamp(*scope.to);
}

RunScope ScopeOf(const Execution& execution) {
  RunScope scope;
  if (!execution.input.is_object()) return scope;
  scope.full_refresh = execution.input.value("full_refresh", false);
  const auto time = [&](const char* member) -> std::optional<Timestamp> {
    const auto at = ParseTimestamp(execution.input.value(member, ""));
    return at ? std::optional(*at) : std::nullopt;
  };
  scope.from = time("from");
  scope.to = time("to");
  return scope;
}

Attempt::Attempt(Dependencies dependencies, const Job& job, Execution& execution, std::stop_token stop)
    : dependencies_(std::move(dependencies)),
      job_(job),
      execution_(execution),
      stop_(std::move(stop)),
      deadline_(std::chrono::steady_clock::now() + job.timeout),
      table_(dependencies_.tables.Get(lake::GoldLocation(job.domain, job.name))) {}

Result<std::unique_ptr<engine::Workspace>> Attempt::OpenWorkspace() {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - std::chrono::steady_clock::now());
  return dependencies_.engine.OpenWorkspace({.timeout = std::max(left, std::chrono::milliseconds(0)), .stop = stop_});
}

Status Attempt::Run() {
  if (job_.is_view()) return RunView();
  TARN_ASSIGN(const auto snapshot, table_->Load());
  TARN_ASSIGN(const auto parts, PartsOf(*snapshot));
  execution_.rows.reset();
  for (const auto& part : parts) {
    TARN_TRY(RunPart(part));
    if (part.is_step) TARN_CRASH_POINT("gold.backfill_step");
  }
  if (const auto kept = table_->Maintain(); !kept) {
    LogWarning("checkpoint not written", {{"table", table_->location()}, {"error", kept.error().ToString()}});
  }
  return {};
}

/// The query must bind, and its rows must pass.
Status Attempt::RunView() {
  TARN_ASSIGN(const auto workspace, OpenWorkspace());
  TARN_TRY(workspace->Describe(job_.query));
  if (job_.tests.empty()) return {};
  TestGate gate({dependencies_.engine, dependencies_.test_results, dependencies_.clock},
                {job_, execution_, *workspace, *table_});
  return gate.CheckView();
}

Result<std::shared_ptr<engine::RowSource>> Attempt::AskRemote(const std::string& sql) {
  const auto& remote = *dependencies_.remote;
  return remote.engine.Query({sql, execution_.id(), deadline_, stop_, remote.tables});
}

Result<table::Schema> Attempt::ResultColumns() {
  if (dependencies_.remote) {
    TARN_ASSIGN(const auto rows, AskRemote(dependencies_.remote->Columns()));
    return rows->schema();
  }
  TARN_ASSIGN(const auto workspace, OpenWorkspace());
  return workspace->Describe(job_.query);
}

Result<table::TypeKind> Attempt::IntervalType() {
  TARN_ASSIGN(const auto result, ResultColumns());
  const auto at = result.IndexOf(job_.interval_column);
  if (!at) {
    return Fail(ErrorCode::kInvalidArgument, "the result has no column for interval_column: " + job_.interval_column);
  }
  const auto& type = result.fields[*at].type;
  if (IsIntervalType(type.kind)) return type.kind;
  return Fail(ErrorCode::kInvalidArgument, "interval_column must be a date or a time stamp, " + job_.interval_column +
                                               " is " + table::SqlTypeName(type));
}

/// The beginning of the last interval that the table has rows of.
Result<std::optional<Timestamp>> Attempt::NewestInterval() {
  TARN_ASSIGN(const auto workspace, OpenWorkspace());
  const auto& name = job_.table();
  const auto sql = "SELECT epoch_us(CAST(max(" + engine::QuoteIdentifier(job_.interval_column) +
                   ") AS TIMESTAMP)) FROM " + engine::QuoteIdentifier(name.domain) + ".gold." +
                   engine::QuoteIdentifier(name.table);
  TARN_ASSIGN(const auto newest, FirstInteger(*workspace, sql, INT64_MIN));
  if (newest == INT64_MIN) return std::optional<Timestamp>();
  return std::optional(IntervalStart({newest}, job_.interval));
}

Result<std::vector<Attempt::Part>> Attempt::PartsOf(const table::Snapshot& snapshot) {
  const auto scope = ScopeOf(execution_);
  if (!job_.replaces_intervals() || scope.full_refresh) {
    return std::vector<Part>{{.range = std::nullopt, .replaces_all = scope.full_refresh, .is_step = false}};
  }
  TARN_ASSIGN(const auto type, IntervalType());
  std::vector<Part> parts;
  if (scope.is_backfill()) {
    const auto done = BackfilledUntil(snapshot, job_, execution_.run);
    for (auto& step : BackfillSteps(*scope.from, *scope.to, job_.interval, kMostSteps)) {
      step.type = type;
      if (!done || *step.to > *done) parts.push_back({.range = step, .replaces_all = false, .is_step = true});
    }
    return parts;
  }
  std::optional<Timestamp> newest;
  if (snapshot.exists()) {
    TARN_ASSIGN(newest, NewestInterval());
  }
  // Without rows there is nothing to go on from: the result is the table.
  if (!newest) {
    parts.push_back({.range = std::nullopt, .replaces_all = true, .is_step = false});
  } else {
    parts.push_back({.range = IntervalRange{*newest, std::nullopt, type}, .replaces_all = false, .is_step = false});
  }
  return parts;
}

/// The statement that gives the rows, wherever the query runs.
Result<std::string> Attempt::SelectRows(const PublishRequest& request) {
  if (!dependencies_.remote) return RowsOf(job_, request.range);
  const auto& remote = *dependencies_.remote;
  TARN_ASSIGN(auto rows,
              AskRemote(request.range ? remote.RowsIn(job_.interval_column, *request.range) : remote.Rows()));
  TARN_TRY(CheckNames(rows->schema()));
  auto columns = rows->schema();
  TARN_TRY(request.workspace.AddInput("elsewhere", engine::Bind(std::move(columns), std::move(rows))));
  return std::string("SELECT * FROM input.elsewhere");
}

/// The rows come to stay as `result`; those of a snapshot as versions that begin.
Status Attempt::FillTempTable(PublishRequest& request) {
  TARN_ASSIGN(auto select, SelectRows(request));
  if (job_.is_snapshot()) {
    TARN_ASSIGN(const auto columns, request.workspace.Describe(select));
    TARN_ASSIGN(request.versions, Versions::Of(job_, columns, execution_.started_at));
    select = request.versions->SelectResult(select);
  }
  TARN_TRY(request.workspace.Execute("CREATE TEMP TABLE result AS " + select));
  return {};
}

/// Rows of an overwrite go from the query straight into files; other publishes read them more than once, from a temp
/// table, which also tells repeated names apart.
Result<std::optional<uint64_t>> Attempt::PlaceResult(PublishRequest& request) {
  auto& workspace = request.workspace;
  const bool streams = !dependencies_.remote && !request.range && !job_.replaces_intervals() &&
                       (job_.overwrites() || request.replaces_all);
  if (streams) {
    TARN_ASSIGN(request.result, workspace.Describe(job_.query));
    request.place = ResultPlace::kQuery;
    if (!RepeatedName(request.result)) return std::optional<uint64_t>();
  }
  request.place = ResultPlace::kTempTable;
  TARN_TRY(FillTempTable(request));
  TARN_ASSIGN(request.result, workspace.Describe("SELECT * FROM result"));
  if (job_.replaces_intervals()) {
    const auto column = engine::QuoteIdentifier(job_.interval_column);
    TARN_ASSIGN(const auto nulls,
                FirstInteger(workspace, "SELECT count(*) FROM result WHERE " + column + " IS NULL", 0));
    if (nulls > 0) {
      return Fail(ErrorCode::kInvalidArgument, std::to_string(nulls) + " rows of the result are of no interval: " +
                                                   job_.interval_column + " is null");
    }
  }
  if (request.versions) {
    TARN_ASSIGN(const auto timeless, FirstInteger(workspace, request.versions->CountTimeless(), 0));
    if (timeless > 0) {
      return Fail(ErrorCode::kInvalidArgument, std::to_string(timeless) + " rows of the result begin at no time: " +
                                                   job_.snapshot.updated_at + " is null");
    }
  }
  TARN_ASSIGN(const auto rows, FirstInteger(workspace, "SELECT count(*) FROM result", 0));
  return std::optional(static_cast<uint64_t>(rows));
}

Status Attempt::RunPart(const Part& part) {
  TARN_ASSIGN(const auto workspace, OpenWorkspace());
  TestGate gate({dependencies_.engine, dependencies_.test_results, dependencies_.clock},
                {job_, execution_, *workspace, *table_});
  PublishRequest request{job_, execution_.run, *workspace, {}, ResultPlace::kTempTable, dependencies_.seat_check};
  request.range = part.range;
  request.replaces_all = part.replaces_all;
  if (part.is_step) request.done_until = part.range->to;
  if (!job_.tests.empty()) {
    request.check = [&](const StagedResult& staged, const table::SnapshotPtr& base) {
      return gate.Check(staged, base);
    };
  }
  TARN_ASSIGN(const auto collected, PlaceResult(request));
  TARN_ASSIGN(const auto published, Publish(request, *table_));
  const auto rows = collected ? *collected : static_cast<uint64_t>(published->RecordCount());
  execution_.rows = execution_.rows.value_or(0) + rows;
  return {};
}

}  // namespace tarn::gold
