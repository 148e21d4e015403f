// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/duckdb_engine.h"

#include <algorithm>

#include "duckdb/planner/planner.hpp"
#include "engine/duckdb/duckdb_workspace.h"
#include "engine/duckdb/engine_core.h"
#include "engine/duckdb/engine_slot.h"
#include "engine/duckdb/error_mapping.h"
#include "engine/duckdb/lake_catalog.h"
#include "engine/duckdb/plan_lineage.h"
#include "engine/duckdb/query_parameters.h"
#include "engine/duckdb/row_file.h"
#include "engine/duckdb/running_query.h"
#include "engine/duckdb/statement_gate.h"

namespace tarn::engine {

namespace {

/// Binding reads no rows, but the values of a PIVOT.
constexpr auto kLineageTimeout = std::chrono::seconds(60);

/// A domain or layer nobody has cannot be looked up in any catalog, so its tables are told missing here.
Status CheckNames(EngineCore& core, const StatementInfo& info) {
  for (const auto& table : info.tables) {
    const auto layers = LayersOf(table.domain);
    if (!core.IsAttached(table.domain) || std::ranges::find(layers, table.layer) == layers.end()) {
      return Fail(ErrorCode::kInvalidArgument, "table " + table.ToString() + " does not exist");
    }
  }
  return {};
}

/// A PIVOT finds its values and reads them in one transaction, so that both see the same versions.
Status Prepare(RunningStatement& running, CheckedStatement& checked) {
  if (checked.preparations.empty()) return {};
  TARN_TRY(CatchDuckDb([&]() -> Status {
    running.connection->BeginTransaction();
    return {};
  }));
  return RunPreparations(*running.connection, *running.watch, std::move(checked.preparations));
}

/// A connection that sees the statement's tables, pinned, and is watched from now on.
Result<RunningStatement> Begin(EngineSlot& slot, CheckedStatement& checked,
                               std::chrono::steady_clock::time_point deadline, std::stop_token stop) {
  TARN_ASSIGN(const auto core, slot.Core());
  TARN_TRY(core->AttachDomains(DomainsOf(checked.info)));
  if (checked.lists_catalog) TARN_TRY(core->AttachAllDomains());
  TARN_TRY(CheckNames(*core, checked.info));
  return CatchDuckDb([&]() -> Result<RunningStatement> {
    RunningStatement running{core, core->pool().Acquire(), nullptr, nullptr};
    running.watch =
        std::make_unique<Watchdog::Watch>(core->watchdog(), running.connection->context, deadline, std::move(stop));
    TARN_TRY(Prepare(running, checked));
    return running;
  });
}

}  // namespace

Result<std::unique_ptr<DuckDbEngine>> DuckDbEngine::Open(const EngineConfig& config, store::ObjectStore& store,
                                                         NameResolver& resolver) {
  TARN_ASSIGN(auto slot, EngineSlot::Open(config, store, resolver));
  return std::unique_ptr<DuckDbEngine>(new DuckDbEngine(std::move(slot)));
}

DuckDbEngine::DuckDbEngine(std::unique_ptr<EngineSlot> slot) : slot_(std::move(slot)) {}

DuckDbEngine::~DuckDbEngine() = default;

Result<StatementInfo> DuckDbEngine::Classify(const std::string& sql) {
  TARN_ASSIGN(auto checked, CheckSelect(sql));
  return std::move(checked.info);
}

Result<QueryLineage> DuckDbEngine::Lineage(const std::string& sql) {
  const auto deadline = std::chrono::steady_clock::now() + kLineageTimeout;
  TARN_ASSIGN(auto checked, CheckSelect(sql));
  TARN_ASSIGN(auto running, Begin(*slot_, checked, deadline, {}));
  return CatchDuckDb([&]() -> Result<QueryLineage> {
    auto& context = *running.connection->context;
    QueryLineage lineage;
    context.RunFunctionInTransaction([&] {
      duckdb::Planner planner(context);
      planner.CreatePlan(std::move(checked.statement));
      lineage = LineageOf(*planner.plan, planner.names, planner.types);
    });
    return lineage;
  });
}

Result<std::unique_ptr<ResultStream>> DuckDbEngine::Query(const QueryRequest& request) {
  const auto deadline = std::chrono::steady_clock::now() + request.timeout;
  TARN_ASSIGN(auto checked, CheckSelect(request.sql));
  TARN_ASSIGN(auto parameters, BindParameters(request, checked.info.parameters));
  TARN_ASSIGN(auto running, Begin(*slot_, checked, deadline, request.stop));
  return CatchDuckDb([&]() -> Result<std::unique_ptr<ResultStream>> {
    TARN_ASSIGN(running.result, Start(*running.connection, *running.watch, std::move(checked.statement),
                                      std::move(parameters), duckdb::QueryResultOutputType::ALLOW_STREAMING));
    return std::make_unique<DuckDbStream>(std::move(running));
  });
}

Result<std::unique_ptr<Workspace>> DuckDbEngine::OpenWorkspace(const WorkspaceOptions& options) {
  TARN_ASSIGN(auto core, slot_->Core());
  TARN_TRY(core->AttachAllDomains());
  return CatchDuckDb([&]() -> Result<std::unique_ptr<Workspace>> {
    return std::make_unique<DuckDbWorkspace>(std::move(core), options);
  });
}

Result<PreparedParquet> DuckDbEngine::PrepareRows(const RowWriteRequest& request) {
  TARN_ASSIGN(const auto core, slot_->Core());
  return PrepareRowFile(*core, request);
}

}  // namespace tarn::engine
