// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/connection_pool.h"

#include "duckdb/storage/object_cache.hpp"

namespace tarn::engine {

namespace {

bool EndTransaction(duckdb::Connection& connection) {
  try {
    if (!connection.IsAutoCommit()) connection.Rollback();
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace

std::shared_ptr<duckdb::Connection> ConnectionPool::Acquire() {
  std::unique_ptr<duckdb::Connection> connection;
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      connection = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (connection == nullptr) connection = std::make_unique<duckdb::Connection>(database_);
  return {connection.release(),
          [this](duckdb::Connection* returned) { Release(std::unique_ptr<duckdb::Connection>(returned)); }};
}

bool ConnectionPool::EndStatement(duckdb::Connection& connection) {
  try {
    connection.context->CancelTransaction();
    return true;
  } catch (const std::exception&) {
    return false;  // the caller drops the connection
  }
}

void ConnectionPool::ForgetOldFooters(duckdb::Connection& connection) const {
  auto& cache = duckdb::ObjectCache::GetObjectCache(*connection.context);
  const uint64_t held = cache.GetCurrentMemory();
  if (held > most_footer_bytes_) cache.EvictToReduceMemory(held - most_footer_bytes_);
}

void ConnectionPool::Release(std::unique_ptr<duckdb::Connection> connection) {
  ForgetOldFooters(*connection);
  if (!EndStatement(*connection) || !EndTransaction(*connection)) return;
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kMaxIdle) idle_.push_back(std::move(connection));
}

}  // namespace tarn::engine
