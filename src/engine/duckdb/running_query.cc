// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/running_query.h"

#include <chrono>
#include <thread>

#include "engine/duckdb/error_mapping.h"

namespace tarn::engine {

namespace {

/// How long the calling thread rests while others work on the last tasks of a statement: asking again and again would
/// take the processor from them.
constexpr std::chrono::microseconds kRest{50};
/// So often it only gives way first: most waits end sooner than a rest.
constexpr int kYields = 32;

/// Works on the statement's tasks until its first rows are there or it failed.
void WorkUntilReady(duckdb::PendingQueryResult& pending) {
  using State = duckdb::PendingExecutionResult;
  int idle = 0;
  for (auto state = pending.ExecuteTask(); !duckdb::PendingQueryResult::IsResultReady(state);
       state = pending.ExecuteTask()) {
    if (state == State::BLOCKED) {
      pending.WaitForTask();
    } else if (state != State::NO_TASKS_AVAILABLE) {
      idle = 0;
    } else if (++idle <= kYields) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(kRest);
    }
  }
}

bool IsOpen(duckdb::QueryResult& result) {
  return result.type == duckdb::QueryResultType::STREAM_RESULT && result.Cast<duckdb::StreamQueryResult>().IsOpen();
}

}  // namespace

Result<duckdb::unique_ptr<duckdb::QueryResult>> Start(duckdb::Connection& connection, const Watchdog::Watch& watch,
                                                      duckdb::unique_ptr<duckdb::SQLStatement> statement,
                                                      ParameterValues parameters,
                                                      duckdb::QueryResultOutputType output) {
  using StartedResult = Result<duckdb::unique_ptr<duckdb::QueryResult>>;
  auto started = CatchDuckDb([&]() -> StartedResult {
    auto pending = connection.context->PendingQuery(std::move(statement), parameters, output);
    if (pending->HasError()) return Fail(FromDuckDb(pending->GetErrorObject()));
    WorkUntilReady(*pending);
    if (pending->HasError()) return Fail(FromDuckDb(pending->GetErrorObject()));
    auto result = pending->Execute();
    if (result->HasError()) return Fail(FromDuckDb(result->GetErrorObject()));
    return result;
  });
  if (!started) return Fail(watch.Explain(std::move(started).error()));
  return started;
}

Status RunPreparations(duckdb::Connection& connection, const Watchdog::Watch& watch,
                       std::vector<duckdb::unique_ptr<duckdb::SQLStatement>> preparations) {
  for (auto& preparation : preparations) {
    TARN_TRY(Start(connection, watch, std::move(preparation), {}, duckdb::QueryResultOutputType::FORCE_MATERIALIZED));
  }
  return {};
}

DuckDbStream::DuckDbStream(RunningStatement running) : running_(std::move(running)), view_(running_.result->types) {
  const auto& result = *running_.result;
  for (size_t i = 0; i < result.types.size(); ++i) {
    columns_.push_back(ResultColumn{result.names[i], result.types[i].ToString(), view_.type(i)});
  }
}

DuckDbStream::~DuckDbStream() { Finish(); }

void DuckDbStream::Finish() {
  if (running_.result == nullptr) return;
  chunk_.reset();
  running_.watch.reset();
  // Ends the statement if rows are left, so that it works on nothing while the connection waits for the next one. A
  // workspace may have started that already; then this statement ended with it.
  if (IsOpen(*running_.result)) ConnectionPool::EndStatement(*running_.connection);
  running_.result.reset();
  running_.connection.reset();
}

Result<bool> DuckDbStream::Next(table::BatchView& batch) {
  if (running_.result == nullptr) return false;
  auto more = CatchDuckDb([&]() -> Result<bool> {
    duckdb::ErrorData error;
    if (!running_.result->TryFetch(chunk_, error)) return Fail(FromDuckDb(error));
    if (!chunk_ || chunk_->size() == 0) return false;
    view_.View(*chunk_, batch);
    return true;
  });
  if (more && *more) return true;
  if (!more) more = Fail(running_.watch->Explain(std::move(more).error()));
  Finish();
  return more;
}

}  // namespace tarn::engine
