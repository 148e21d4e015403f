// SPDX-License-Identifier: Apache-2.0
#pragma once
// A private session on its own connection, for SQL of our own making: silver merges, gold jobs, upkeep. Its statements
// skip the gate, but not the lock-down. Thread-compatible.

#include <memory>

#include "engine/duckdb/duckdb_headers.h"
#include "engine/duckdb/engine_core.h"
#include "engine/duckdb/session_state.h"
#include "engine/query_engine.h"

namespace tarn::engine {

struct ParquetShape;

class DuckDbWorkspace final : public Workspace {
 public:
  DuckDbWorkspace(std::shared_ptr<EngineCore> core, const WorkspaceOptions& options);
  ~DuckDbWorkspace() override;

  Status AddInput(const std::string& name, BoundTablePtr table) override;
  Result<uint64_t> Execute(const std::string& sql) override;
  Result<std::unique_ptr<ResultStream>> Query(const std::string& sql) override;
  Result<table::Schema> Describe(const std::string& select) override;
  Result<std::vector<table::DataFile>> WriteParquet(const WriteRequest& request) override;
  Result<PreparedParquet> PrepareParquet(const WriteRequest& request) override;
  Result<uint64_t> Export(const ExportRequest& request) override;

 private:
  std::unique_ptr<Watchdog::Watch> NewWatch();
  /// Writes parts; those of at most `held_bytes` are pending.
  Result<PreparedParquet> Copy(const WriteRequest& request, uint64_t held_bytes, const ParquetShape& shape);
  /// Rows of all inputs, which a SELECT over them that multiplies none does not exceed; 0 = unknown.
  uint64_t InputRows() const;
  size_t Threads() const;
  /// Parses, binds and starts the one statement in `sql`.
  Result<duckdb::unique_ptr<duckdb::QueryResult>> Run(const Watchdog::Watch& watch, const std::string& sql,
                                                      duckdb::QueryResultOutputType output);

  std::shared_ptr<EngineCore> core_;
  std::shared_ptr<duckdb::Connection> connection_;
  duckdb::shared_ptr<SessionState> session_;
  Watchdog::TimePoint deadline_;
  std::stop_token stop_;
};

}  // namespace tarn::engine
