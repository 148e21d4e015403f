// SPDX-License-Identifier: Apache-2.0
#pragma once
// Idle DuckDB connections for users' queries, so that a small query does not pay for a new one. Thread-safe.

#include <memory>
#include <mutex>
#include <vector>

#include "engine/duckdb/duckdb_headers.h"

namespace tarn::engine {

class ConnectionPool {
 public:
  explicit ConnectionPool(duckdb::DuckDB& database) : database_(database) {}

  /// A connection without open transaction or result. It comes back when the last reference goes; the pool outlives it.
  std::shared_ptr<duckdb::Connection> Acquire();

  /// Ends whatever runs on `connection`. False when the connection is unusable.
  static bool EndStatement(duckdb::Connection& connection);

  static constexpr size_t kMaxIdle = 16;

 private:
  void Release(std::unique_ptr<duckdb::Connection> connection);

  duckdb::DuckDB& database_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<duckdb::Connection>> idle_;
};

}  // namespace tarn::engine
