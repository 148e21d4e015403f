// SPDX-License-Identifier: Apache-2.0
#pragma once
// One attempt of a run: result, tests, publish (lake.md §6.1, §6.2). What it published stays when a later part fails;
// another attempt of the same run goes on from there. Thread-compatible.

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

#include "engine/query_engine.h"
#include "gold/execution.h"
#include "gold/publish.h"
#include "gold/remote_queries.h"
#include "gold/test_gate.h"
#include "lake/open_tables.h"

namespace tarn::gold {

/// What of an incremental job's table a run was asked to do.
struct RunScope {
  bool full_refresh = false;        ///< the result is the table
  std::optional<Timestamp> from{};  ///< backfill: whole intervals of [from, to)
  std::optional<Timestamp> to{};

  bool is_backfill() const { return from.has_value(); }
};

/// As members of Execution::input, where the scope is kept.
void WriteScope(const RunScope& scope, codec::Json& input);
RunScope ScopeOf(const Execution& execution);

class Attempt {
 public:
  struct Dependencies {
    engine::QueryEngine& engine;
    lake::OpenTables& tables;
    quality::TestResults& test_results;
    Clock& clock;
    std::function<Status()> seat_check;
    std::optional<RemoteSelect> remote{};  ///< the query, when it runs elsewhere
  };

  /// Commits of one backfill at most.
  static constexpr size_t kMostSteps = 50;

  Attempt(Dependencies dependencies, const Job& job, Execution& execution, std::stop_token stop);

  /// Fills in Execution::rows.
  Status Run();

 private:
  struct Part {
    std::optional<IntervalRange> range;
    bool replaces_all = false;
    bool is_step = false;  ///< of a backfill
  };

  Status RunView();
  Result<std::vector<Part>> PartsOf(const table::Snapshot& snapshot);
  Result<table::Schema> ResultColumns();
  Result<table::TypeKind> IntervalType();
  Result<std::optional<Timestamp>> NewestInterval();
  Status RunPart(const Part& part);
  Result<std::shared_ptr<engine::RowSource>> AskRemote(const std::string& sql);
  Result<std::string> SelectRows(const PublishRequest& request);
  Status FillTempTable(PublishRequest& request);
  /// Answers how many rows are in the temp table, if they are there.
  Result<std::optional<uint64_t>> PlaceResult(PublishRequest& request);
  Result<std::unique_ptr<engine::Workspace>> OpenWorkspace();

  const Dependencies dependencies_;
  const Job& job_;
  Execution& execution_;
  const std::stop_token stop_;
  const std::chrono::steady_clock::time_point deadline_;
  const std::shared_ptr<table::Table> table_;
};

}  // namespace tarn::gold
