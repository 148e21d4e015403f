// SPDX-License-Identifier: Apache-2.0
#pragma once
// What one transaction has resolved in one domain: a name means the same table until the transaction ends, and its
// entry lives as long (lake.md §5.5). Thread-safe.

#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "engine/duckdb/duckdb_headers.h"

namespace tarn::engine {

class LakeTransaction final : public duckdb::Transaction {
 public:
  using duckdb::Transaction::Transaction;

  using MakeEntry = std::function<duckdb::unique_ptr<duckdb::CatalogEntry>()>;

  /// The entry pinned under `key`, made by `make` the first time. `make` may give null: then nothing is pinned.
  duckdb::optional_ptr<duckdb::CatalogEntry> Pin(const std::string& key, const MakeEntry& make);

 private:
  std::mutex mutex_;
  std::map<std::string, duckdb::unique_ptr<duckdb::CatalogEntry>> entries_;
};

class LakeTransactionManager final : public duckdb::TransactionManager {
 public:
  using duckdb::TransactionManager::TransactionManager;

  duckdb::Transaction& StartTransaction(duckdb::ClientContext& context) override;
  duckdb::ErrorData CommitTransaction(duckdb::ClientContext& context, duckdb::Transaction& transaction) override;
  void RollbackTransaction(duckdb::Transaction& transaction) override;
  void Checkpoint(duckdb::ClientContext&, bool) override {}

 private:
  std::mutex mutex_;
  duckdb::reference_map_t<duckdb::Transaction, duckdb::unique_ptr<LakeTransaction>> open_;
};

}  // namespace tarn::engine
