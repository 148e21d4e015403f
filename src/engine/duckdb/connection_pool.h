// SPDX-License-Identifier: Apache-2.0
#pragma once
// Idle DuckDB connections, so that a small query does not pay for a new one. Thread-safe.

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/duckdb/duckdb_headers.h"

namespace tarn::engine {

class ConnectionPool {
 public:
  /// `most_footer_bytes` of Parquet files are kept parsed between statements: files are never changed, and those that
  /// are gone are asked for no more.
  ConnectionPool(duckdb::DuckDB& database, uint64_t most_footer_bytes)
      : database_(database), most_footer_bytes_(most_footer_bytes) {}

  /// A connection without open transaction or result. It comes back when the last reference goes; the pool outlives it.
  std::shared_ptr<duckdb::Connection> Acquire();

  /// Ends whatever runs on `connection`. False when the connection is unusable.
  static bool EndStatement(duckdb::Connection& connection);

  static constexpr size_t kMaxIdle = 16;

 private:
  void Release(std::unique_ptr<duckdb::Connection> connection);

  void ForgetOldFooters(duckdb::Connection& connection) const;

  duckdb::DuckDB& database_;
  const uint64_t most_footer_bytes_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<duckdb::Connection>> idle_;
};

}  // namespace tarn::engine
