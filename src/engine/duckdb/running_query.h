// SPDX-License-Identifier: Apache-2.0
#pragma once
// Starts one statement on a connection under a watch, and streams its rows. Thread-compatible.

#include <memory>

#include "engine/duckdb/batch_from_chunk.h"
#include "engine/duckdb/duckdb_headers.h"
#include "engine/duckdb/engine_core.h"
#include "engine/query_engine.h"

namespace tarn::engine {

using ParameterValues = duckdb::case_insensitive_map_t<duckdb::BoundParameterData>;

/// A statement that has been bound and runs.
struct RunningStatement {
  std::shared_ptr<EngineCore> core;
  std::shared_ptr<duckdb::Connection> connection;
  std::unique_ptr<Watchdog::Watch> watch;
  duckdb::unique_ptr<duckdb::QueryResult> result;
};

/// Binds and starts `statement`; with `streaming` rows are produced as they are fetched.
Result<duckdb::unique_ptr<duckdb::QueryResult>> Start(duckdb::Connection& connection, const Watchdog::Watch& watch,
                                                      duckdb::unique_ptr<duckdb::SQLStatement> statement,
                                                      ParameterValues parameters, duckdb::QueryResultOutputType output);

/// Runs what a PIVOT needs before its SELECT.
Status RunPreparations(duckdb::Connection& connection, const Watchdog::Watch& watch,
                       std::vector<duckdb::unique_ptr<duckdb::SQLStatement>> preparations);

class DuckDbStream final : public ResultStream {
 public:
  explicit DuckDbStream(RunningStatement running);
  ~DuckDbStream() override;

  const std::vector<ResultColumn>& columns() const override { return columns_; }
  Result<bool> Next(table::BatchView& batch) override;

 private:
  void Finish();

  RunningStatement running_;
  ChunkView view_;
  std::vector<ResultColumn> columns_;
  duckdb::unique_ptr<duckdb::DataChunk> chunk_;
};

}  // namespace tarn::engine
