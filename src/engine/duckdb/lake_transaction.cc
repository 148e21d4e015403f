// SPDX-License-Identifier: Apache-2.0
#include "engine/duckdb/lake_transaction.h"

namespace tarn::engine {

duckdb::optional_ptr<duckdb::CatalogEntry> LakeTransaction::Pin(const std::string& key, const MakeEntry& make) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = entries_.find(key); found != entries_.end()) return found->second.get();
  }
  // Resolving does I/O, so it runs unlocked; the first one to come back wins.
  auto entry = make();
  if (!entry) return nullptr;
  const std::lock_guard lock(mutex_);
  const auto [at, inserted] = entries_.try_emplace(key, std::move(entry));
  return at->second.get();
}

duckdb::Transaction& LakeTransactionManager::StartTransaction(duckdb::ClientContext& context) {
  auto transaction = duckdb::make_uniq<LakeTransaction>(*this, context);
  auto& result = *transaction;
  const std::lock_guard lock(mutex_);
  open_[result] = std::move(transaction);
  return result;
}

duckdb::ErrorData LakeTransactionManager::CommitTransaction(duckdb::ClientContext&, duckdb::Transaction& transaction) {
  RollbackTransaction(transaction);
  return duckdb::ErrorData();
}

void LakeTransactionManager::RollbackTransaction(duckdb::Transaction& transaction) {
  const std::lock_guard lock(mutex_);
  open_.erase(transaction);
}

}  // namespace tarn::engine
