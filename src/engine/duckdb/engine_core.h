// SPDX-License-Identifier: Apache-2.0
#pragma once
// One locked DuckDB instance with everything that belongs to it: file system, catalogs, connections, watchdog. Streams
// and workspaces share it, so it lives until the last of them ends. Thread-safe.

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "engine/duckdb/catalog_services.h"
#include "engine/duckdb/connection_pool.h"
#include "engine/duckdb/deleted_rows.h"
#include "engine/duckdb/duckdb_engine.h"
#include "engine/duckdb/duckdb_headers.h"
#include "engine/duckdb/watchdog.h"
#include "store/object_store.h"

namespace tarn::engine {

class EngineCore {
 public:
  static Result<std::shared_ptr<EngineCore>> Open(const EngineConfig& config, store::ObjectStore& store,
                                                  NameResolver& resolver);
  EngineCore(const EngineConfig& config, store::ObjectStore& store, NameResolver& resolver);
  EngineCore(const EngineCore&) = delete;
  EngineCore& operator=(const EngineCore&) = delete;

  duckdb::DuckDB& database() { return *database_; }
  ConnectionPool& pool() { return *pool_; }
  Watchdog& watchdog() { return watchdog_; }
  store::ObjectStore& store() { return store_; }
  /// DuckDB's own writer of Parquet, as it was before the engine was locked.
  const duckdb::CopyFunction& parquet_copy() const { return *parquet_copy_; }
  NameResolver& resolver() { return services_.resolver; }

  /// Attaches catalogs of domains that the lake knows; names it does not know are left out.
  Status AttachDomains(const std::vector<std::string>& domains);
  Status AttachAllDomains();
  bool IsAttached(const std::string& domain);

  /// True after an internal error made DuckDB refuse all further work.
  bool IsInvalidated();

 private:
  void Attach(const std::string& catalog);

  store::ObjectStore& store_;
  CatalogServices services_;
  duckdb::unique_ptr<duckdb::CopyFunction> parquet_copy_;
  Watchdog watchdog_;
  duckdb::unique_ptr<duckdb::DuckDB> database_;
  std::unique_ptr<DeletedRows> deleted_rows_;
  std::unique_ptr<ConnectionPool> pool_;
  std::mutex attach_mutex_;
  std::unique_ptr<duckdb::Connection> admin_;  // guarded by attach_mutex_
  std::mutex attached_mutex_;
  std::set<std::string> attached_;  // guarded by attached_mutex_
};

}  // namespace tarn::engine
