// SPDX-License-Identifier: Apache-2.0
#include "upkeep/system_tables.h"

#include <algorithm>
#include <set>
#include <utility>

#include "alert/alerts_table.h"
#include "codec/json.h"
#include "lake/value_rows.h"
#include "quality/monitors_table.h"
#include "quality/results_table.h"
#include "upkeep/table_health.h"

namespace tarn::upkeep {
namespace {

using lake::ValueRows;
using table::TypeKind;

constexpr const char* kDomain = "tarn";
constexpr const char* kRunsTable = "upkeep_runs";
constexpr const char* kHealthTable = "tables";
constexpr const char* kLedgerTable = "ledger";
constexpr const char* kFilesTable = "files";
constexpr const char* kExecutionsTable = "executions";
constexpr const char* kTestsTable = "test_results";
constexpr const char* kPipelineRunsTable = "pipeline_runs";
constexpr const char* kMonitorsTable = "monitors";
constexpr const char* kAlertsTable = "alerts";

table::Value At(Timestamp at) {
  if (at.micros == 0) return {};
  return table::TimestampValue{at.micros, true};
}

table::Value Count(int64_t count) { return count < 0 ? table::Value() : table::Value(count); }

table::Value Text(const std::string& text) { return text.empty() ? table::Value() : table::Value(text); }

std::shared_ptr<ValueRows> RunRows(const RunLog& runs) {
  std::vector<ValueRows::Row> rows;
  for (const auto& run : runs.Runs()) {
    rows.push_back({static_cast<int64_t>(run.number), std::string(VerbName(run.verb)), run.table,
                    std::string(run.trigger == Trigger::kLoop ? "loop" : "request"),
                    std::string(run.dry_run ? "true" : "false"), run.status, At(run.started_at), At(run.stopped_at),
                    codec::Dump(codec::Json(run.figures)), Text(run.error)});
  }
  const ValueRows::Columns columns{{"run", TypeKind::kInt64},
                                   {"verb", TypeKind::kString},
                                   {"table_name", TypeKind::kString},
                                   {"trigger", TypeKind::kString},
                                   {"dry_run", TypeKind::kString},
                                   {"status", TypeKind::kString},
                                   {"started_at", TypeKind::kTimestamp},
                                   {"stopped_at", TypeKind::kTimestamp},
                                   {"figures", TypeKind::kJson},
                                   {"error", TypeKind::kString}};
  return std::make_shared<ValueRows>(columns, std::move(rows));
}

std::shared_ptr<ValueRows> HealthRows(const std::vector<TableHealth>& all) {
  std::vector<ValueRows::Row> rows;
  for (const auto& health : all) {
    rows.push_back(
        {health.table.domain, health.table.layer, health.table.table, static_cast<int64_t>(health.table.generation),
         health.version, At(health.committed_at), Count(health.rows), Count(health.stored_rows), health.size_bytes,
         static_cast<int64_t>(health.files), static_cast<int64_t>(health.small_files),
         static_cast<int64_t>(health.delete_files), static_cast<int64_t>(health.log_versions), Text(health.mirror),
         health.mirror.empty() ? table::Value() : Count(health.mirror_lag), Text(health.mirror_error)});
  }
  const ValueRows::Columns columns{
      {"domain", TypeKind::kString},      {"layer", TypeKind::kString},      {"table_name", TypeKind::kString},
      {"generation", TypeKind::kInt64},   {"version", TypeKind::kInt64},     {"committed_at", TypeKind::kTimestamp},
      {"row_count", TypeKind::kInt64},    {"stored_rows", TypeKind::kInt64}, {"size_bytes", TypeKind::kInt64},
      {"files", TypeKind::kInt64},        {"small_files", TypeKind::kInt64}, {"delete_files", TypeKind::kInt64},
      {"log_versions", TypeKind::kInt64}, {"mirror", TypeKind::kString},     {"mirror_lag", TypeKind::kInt64},
      {"mirror_error", TypeKind::kString}};
  return std::make_shared<ValueRows>(columns, std::move(rows));
}

/// Endpoints with records or with a table: those that were purged and not made again have a bronze log only.
Result<std::set<std::pair<std::string, std::string>>> EndpointsOf(store::ObjectStore& store, silver::Silver& silver) {
  std::set<std::pair<std::string, std::string>> names;
  TARN_ASSIGN(const auto live, silver.Domains());
  for (const auto& domain : live) {
    TARN_ASSIGN(const auto tables, silver.Tables(domain));
    for (const auto& table : tables) names.emplace(domain, table);
  }
  TARN_ASSIGN(const auto domains, store.ListFolders("bronze/"));
  for (const auto& domain : domains) {
    TARN_ASSIGN(const auto tables, store.ListFolders("bronze/" + domain + "/"));
    for (const auto& table : tables) names.emplace(domain, table);
  }
  return names;
}

table::Value Number(uint64_t number) {
  return number == 0 ? table::Value() : table::Value(static_cast<int64_t>(number));
}

Result<std::shared_ptr<ValueRows>> LedgerRows(store::ObjectStore& store, silver::Silver& silver) {
  std::vector<ValueRows::Row> rows;
  TARN_ASSIGN(const auto endpoints, EndpointsOf(store, silver));
  for (const auto& [domain, name] : endpoints) {
    auto ledger = silver.LedgerOf(domain, name);
    if (!ledger) return Fail(std::move(ledger).error().In("the ledger of " + domain + "/" + name));
    for (const auto& one : *ledger) {
      rows.push_back({domain, name, Number(one.folder_generation), Number(one.first_entry), Number(one.last_entry),
                      one.until ? At(*one.until) : table::Value(), one.received, one.stored, one.applied,
                      one.superseded, one.deleted, one.quarantined, one.rolled_back, one.pending, one.purged,
                      one.Difference()});
    }
  }
  const ValueRows::Columns columns{
      {"domain", TypeKind::kString},     {"endpoint", TypeKind::kString},  {"generation", TypeKind::kInt64},
      {"first_entry", TypeKind::kInt64}, {"last_entry", TypeKind::kInt64}, {"until", TypeKind::kTimestamp},
      {"received", TypeKind::kInt64},    {"stored", TypeKind::kInt64},     {"applied", TypeKind::kInt64},
      {"superseded", TypeKind::kInt64},  {"deleted", TypeKind::kInt64},    {"quarantined", TypeKind::kInt64},
      {"rolled_back", TypeKind::kInt64}, {"pending", TypeKind::kInt64},    {"purged", TypeKind::kInt64},
      {"difference", TypeKind::kInt64}};
  return std::make_shared<ValueRows>(columns, std::move(rows));
}

ValueRows::Row FileRow(const bronze::TakenFile& file) {
  const auto& part = file.part;
  const auto* state = !part.ends ? "open" : part.error.empty() ? "taken" : "failed";
  const auto count = [](uint64_t number) { return static_cast<int64_t>(number); };
  return {file.domain,
          file.table,
          part.name,
          std::string(state),
          std::string(bronze::FileKindWord(part.format.kind)),
          std::string(bronze::CompressionWord(part.format.compression)),
          count(part.size_bytes),
          part.etag,
          Text(file.key),
          count(part.rows),
          count(part.quarantined),
          lake::Offset::OfFile(part.number, 1).ToString(),
          count(file.first_entry),
          count(file.last_entry),
          At(part.insert_date),
          At(file.taken_at),
          Text(part.error)};
}

Result<std::shared_ptr<ValueRows>> FileRows(bronze::Bronze& bronze) {
  std::vector<ValueRows::Row> rows;
  for (const auto& endpoint : bronze.Endpoints()) {
    TARN_ASSIGN(const auto files, bronze.FilesOf(endpoint.domain, endpoint.table));
    for (const auto& file : files) rows.push_back(FileRow(file));
  }
  const ValueRows::Columns columns{
      {"domain", TypeKind::kString},      {"table_name", TypeKind::kString}, {"name", TypeKind::kString},
      {"status", TypeKind::kString},      {"format", TypeKind::kString},     {"compression", TypeKind::kString},
      {"size_bytes", TypeKind::kInt64},   {"etag", TypeKind::kString},       {"object", TypeKind::kString},
      {"row_count", TypeKind::kInt64},    {"quarantined", TypeKind::kInt64}, {"receipt", TypeKind::kString},
      {"first_entry", TypeKind::kInt64},  {"last_entry", TypeKind::kInt64},  {"arrived_at", TypeKind::kTimestamp},
      {"taken_at", TypeKind::kTimestamp}, {"error", TypeKind::kString}};
  return std::make_shared<ValueRows>(columns, std::move(rows));
}

/// Newest first.
Result<std::shared_ptr<ValueRows>> ExecutionRows(gold::Runs& executions) {
  gold::RunFilter every;
  every.limit = SIZE_MAX;
  TARN_ASSIGN(const auto found, executions.List(every));
  std::vector<ValueRows::Row> rows;
  for (const auto& one : found) {
    const auto micros = one.stopped_at ? one.stopped_at->micros - one.started_at.micros : -1;
    rows.push_back({one.id(), one.domain, one.job_name, static_cast<int64_t>(one.run),
                    std::string(gold::RunStatusName(one.status)), one.trigger, At(one.started_at),
                    one.stopped_at ? At(*one.stopped_at) : table::Value(), Count(micros < 0 ? -1 : micros / 1'000),
                    one.scheduled_for ? At(*one.scheduled_for) : table::Value(),
                    one.rows ? Count(static_cast<int64_t>(*one.rows)) : table::Value(), Text(one.error.value_or("")),
                    codec::Dump(one.input), codec::Dump(codec::Json(one.upstreams))});
  }
  const ValueRows::Columns columns{{"execution_id", TypeKind::kString},  {"domain", TypeKind::kString},
                                   {"job_name", TypeKind::kString},      {"run", TypeKind::kInt64},
                                   {"status", TypeKind::kString},        {"trigger", TypeKind::kString},
                                   {"started_at", TypeKind::kTimestamp}, {"stopped_at", TypeKind::kTimestamp},
                                   {"duration_ms", TypeKind::kInt64},    {"scheduled_for", TypeKind::kTimestamp},
                                   {"row_count", TypeKind::kInt64},      {"error", TypeKind::kString},
                                   {"input", TypeKind::kJson},           {"upstreams", TypeKind::kJson}};
  return std::make_shared<ValueRows>(columns, std::move(rows));
}

/// Newest first.
Result<std::shared_ptr<ValueRows>> PipelineRunRows(pipeline::PipelineRuns& runs) {
  pipeline::PipelineRunFilter every;
  every.limit = SIZE_MAX;
  TARN_ASSIGN(const auto found, runs.List(every));
  std::vector<ValueRows::Row> rows;
  for (const auto& one : found) {
    using pipeline::StepStatus;
    const auto count = [&](StepStatus status) { return static_cast<int64_t>(one.Count(status)); };
    const auto jobs = static_cast<int64_t>(one.steps.size());
    const auto failed = count(StepStatus::kFailed) + count(StepStatus::kTimedOut) + count(StepStatus::kAborted);
    const auto micros = one.stopped_at ? one.stopped_at->micros - one.started_at.micros : -1;
    rows.push_back({one.id(), one.pipeline, static_cast<int64_t>(one.run), std::string(gold::RunStatusName(one.status)),
                    one.trigger, At(one.started_at), one.stopped_at ? At(*one.stopped_at) : table::Value(),
                    Count(micros < 0 ? -1 : micros / 1'000),
                    one.scheduled_for ? At(*one.scheduled_for) : table::Value(), jobs, count(StepStatus::kSucceeded),
                    failed, count(StepStatus::kSkipped), Text(one.error),
                    codec::Dump(pipeline::StepsToJson(one.steps))});
  }
  const ValueRows::Columns columns{
      {"run_id", TypeKind::kString},        {"pipeline", TypeKind::kString},   {"run", TypeKind::kInt64},
      {"status", TypeKind::kString},        {"trigger", TypeKind::kString},    {"started_at", TypeKind::kTimestamp},
      {"stopped_at", TypeKind::kTimestamp}, {"duration_ms", TypeKind::kInt64}, {"scheduled_for", TypeKind::kTimestamp},
      {"jobs", TypeKind::kInt64},           {"succeeded", TypeKind::kInt64},   {"failed", TypeKind::kInt64},
      {"skipped", TypeKind::kInt64},        {"error", TypeKind::kString},      {"steps", TypeKind::kJson}};
  return std::make_shared<ValueRows>(columns, std::move(rows));
}

}  // namespace

Result<engine::BoundTablePtr> SystemTables::Resolve(const std::string& domain, const std::string& table,
                                                    const std::optional<engine::TimeTravel>& at) {
  if (at) return Fail(ErrorCode::kUnsupported, "system tables keep no versions: AT is for silver and gold");
  std::shared_ptr<ValueRows> rows;
  if (domain == kDomain && table == kRunsTable) rows = RunRows(dependencies_.runs);
  if (domain == kDomain && table == kFilesTable) {
    TARN_ASSIGN(rows, FileRows(dependencies_.bronze));
  }
  if (domain == kDomain && table == kHealthTable) {
    TARN_ASSIGN(const auto health, LoadTableHealth(dependencies_.store, dependencies_.tables));
    rows = HealthRows(health);
  }
  if (domain == kDomain && table == kLedgerTable) {
    TARN_ASSIGN(rows, LedgerRows(dependencies_.store, dependencies_.silver));
  }
  if (domain == kDomain && table == kTestsTable) return quality::BindTestResults(dependencies_.test_results);
  if (domain == kDomain && table == kExecutionsTable) {
    TARN_ASSIGN(rows, ExecutionRows(dependencies_.executions));
  }
  if (domain == kDomain && table == kPipelineRunsTable) {
    TARN_ASSIGN(rows, PipelineRunRows(dependencies_.pipeline_runs));
  }
  if (domain == kDomain && table == kAlertsTable) rows = alert::AlertRows(dependencies_.alerts);
  if (domain == kDomain && table == kMonitorsTable) {
    rows = quality::MonitorRows(dependencies_.monitors, dependencies_.monitor_watch);
  }
  if (!rows) return Fail(ErrorCode::kNotFound, "no such system table: " + domain + ".system." + table);
  return lake::BindRows(std::move(rows));
}

Result<std::vector<std::string>> SystemTables::Domains() { return std::vector<std::string>{kDomain}; }

Result<std::vector<std::string>> SystemTables::Tables(const std::string& domain) {
  if (domain != kDomain) return std::vector<std::string>();
  return std::vector<std::string>{kAlertsTable,   kExecutionsTable,   kFilesTable, kHealthTable, kLedgerTable,
                                  kMonitorsTable, kPipelineRunsTable, kTestsTable, kRunsTable};
}

}  // namespace tarn::upkeep
