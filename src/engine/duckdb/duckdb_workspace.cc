// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/duckdb_workspace.h"

#include <algorithm>

#include "duckdb/parallel/task_scheduler.hpp"
#include "engine/duckdb/error_mapping.h"
#include "engine/duckdb/object_file_system.h"
#include "engine/duckdb/parquet_statement.h"
#include "engine/duckdb/running_query.h"
#include "engine/duckdb/statement_gate.h"
#include "engine/duckdb/type_mapping.h"
#include "engine/duckdb/written_file.h"

namespace tarn::engine {

namespace {

/// Changes, and CREATE TABLE … AS, answer with the number of rows.
bool CountsRows(const duckdb::QueryResult& result) {
  return result.statement_type != duckdb::StatementType::SELECT_STATEMENT && result.names.size() == 1 &&
         result.names[0] == "Count";
}

std::optional<uint64_t> RowsOf(const BoundTable& table) {
  if (const auto* rows = std::get_if<std::shared_ptr<RowSource>>(&table.source)) return (*rows)->row_count();
  const auto* pinned = std::get_if<table::PinnedTable>(&table.source);
  if (pinned == nullptr) return std::nullopt;
  uint64_t rows = 0;
  for (const auto& file : pinned->files) rows += static_cast<uint64_t>(std::max<int64_t>(file->record_count, 0));
  return rows;
}

/// Options of the COPY that writes such a file.
const char* CopyOptions(FileFormat format) {
  switch (format) {
    case FileFormat::kCsv:
      return "FORMAT csv, HEADER true";
    case FileFormat::kNdjson:
      return "FORMAT json";
    case FileFormat::kParquet:
      return "FORMAT parquet, COMPRESSION zstd";
  }
  return "";
}

}  // namespace

DuckDbWorkspace::DuckDbWorkspace(std::shared_ptr<EngineCore> core, const WorkspaceOptions& options)
    : core_(std::move(core)),
      connection_(std::make_shared<duckdb::Connection>(core_->database())),
      session_(duckdb::make_shared_ptr<SessionState>()),
      deadline_(std::chrono::steady_clock::now() + options.timeout),
      stop_(options.stop) {
  connection_->context->registered_state->Insert(SessionState::kName, session_);
}

DuckDbWorkspace::~DuckDbWorkspace() = default;

std::unique_ptr<Watchdog::Watch> DuckDbWorkspace::NewWatch() {
  return std::make_unique<Watchdog::Watch>(core_->watchdog(), connection_->context, deadline_, stop_);
}

Status DuckDbWorkspace::AddInput(const std::string& name, BoundTablePtr table) {
  session_->AddInput(duckdb::StringUtil::Lower(name), std::move(table));
  return {};
}

Result<duckdb::unique_ptr<duckdb::QueryResult>> DuckDbWorkspace::Run(const Watchdog::Watch& watch,
                                                                     const std::string& sql,
                                                                     duckdb::QueryResultOutputType output) {
  TARN_ASSIGN(auto parsed, ParseTrusted(sql));
  TARN_TRY(RunPreparations(*connection_, watch, std::move(parsed.preparations)));
  return Start(*connection_, watch, std::move(parsed.statement), {}, output);
}

Result<uint64_t> DuckDbWorkspace::Execute(const std::string& sql) {
  const auto watch = NewWatch();
  TARN_ASSIGN(auto result, Run(*watch, sql, duckdb::QueryResultOutputType::FORCE_MATERIALIZED));
  return CatchDuckDb([&]() -> Result<uint64_t> {
    if (!CountsRows(*result)) return 0;
    auto& rows = result->Cast<duckdb::MaterializedQueryResult>();
    return rows.RowCount() == 0 ? 0 : rows.GetValue<uint64_t>(0, 0);
  });
}

Result<std::unique_ptr<ResultStream>> DuckDbWorkspace::Query(const std::string& sql) {
  RunningStatement running{core_, connection_, NewWatch(), nullptr};
  TARN_ASSIGN(running.result, Run(*running.watch, sql, duckdb::QueryResultOutputType::ALLOW_STREAMING));
  return std::make_unique<DuckDbStream>(std::move(running));
}

Result<table::Schema> DuckDbWorkspace::Describe(const std::string& select) {
  const auto watch = NewWatch();
  TARN_ASSIGN(auto parsed, ParseTrusted(select));
  TARN_TRY(RunPreparations(*connection_, *watch, std::move(parsed.preparations)));
  return CatchDuckDb([&]() -> Result<table::Schema> {
    const auto prepared = connection_->Prepare(std::move(parsed.statement));
    if (prepared->HasError()) return Fail(watch->Explain(FromDuckDb(prepared->error)));
    table::Schema schema;
    const auto& types = prepared->GetTypes();
    const auto& names = prepared->GetNames();
    for (size_t i = 0; i < types.size(); ++i) {
      schema.fields.push_back(table::Field{0, names[i], ToStorableType(types[i]), true});
    }
    return schema;
  });
}

Result<std::vector<table::DataFile>> DuckDbWorkspace::WriteParquet(const WriteRequest& request) {
  TARN_ASSIGN(auto written, Copy(request, 0, ParquetShape()));
  return std::move(written.files);
}

Result<PreparedParquet> DuckDbWorkspace::PrepareParquet(const WriteRequest& request) {
  return Copy(request, kMaxPendingBytes, ShapeForMerge(InputRows(), Threads()));
}

Result<PreparedParquet> DuckDbWorkspace::Copy(const WriteRequest& request, uint64_t held_bytes,
                                              const ParquetShape& shape) {
  const auto watch = NewWatch();
  TARN_ASSIGN(auto parsed, ParseTrusted(request.select));
  TARN_TRY(RunPreparations(*connection_, *watch, std::move(parsed.preparations)));
  TARN_ASSIGN(auto copy, ParquetCopyStatement(request, std::move(parsed.statement), shape));
  const ParquetParts::Limits limits{request.target_file_size_bytes, held_bytes};
  const auto parts = std::make_shared<ParquetParts>(core_->parquet_copy(), request.location, limits);
  session_->set_parts(parts);
  auto result = Start(*connection_, *watch, std::move(copy), {}, duckdb::QueryResultOutputType::FORCE_MATERIALIZED);
  session_->set_parts(nullptr);
  if (!result) {
    DiscardParts(*parts, core_->store());
    return Fail(std::move(result).error());
  }
  return TakeParts(*parts, request.schema);
}

uint64_t DuckDbWorkspace::InputRows() const {
  uint64_t rows = 0;
  for (const auto& name : session_->InputNames()) {
    const auto known = RowsOf(*session_->FindInput(name));
    if (!known) return 0;
    rows += *known;
  }
  return rows;
}

size_t DuckDbWorkspace::Threads() const {
  const auto threads = duckdb::TaskScheduler::GetScheduler(*connection_->context).NumberOfThreads();
  return static_cast<size_t>(std::max(threads, 1));
}

Result<uint64_t> DuckDbWorkspace::Export(const ExportRequest& request) {
  const auto copy = "COPY (" + request.select + ") TO " + QuoteLiteral(ObjectFileSystem::PathOf(request.key)) + " (" +
                    CopyOptions(request.format) + ", USE_TMP_FILE false)";
  session_->set_export_key(request.key);
  auto rows = Execute(copy);
  session_->set_export_key("");
  return rows;
}

}  // namespace tarn::engine
