// SPDX-License-Identifier: Apache-2.0
#pragma once
// Commits to several tables that happen together or not at all (durability.md §7.3): each table gets a prepared version
// that carries the transaction's id and counts once _control/tx/{id} says committed. Whoever needs a table that an open
// transaction holds may abort it after a while. Thread-safe.

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "store/object_store.h"
#include "table/iceberg/table_metadata.h"

namespace tarn::catalog {

enum class TransactionState { kOpen, kCommitted, kAborted };

class Transactions {
 public:
  using Guard = std::function<Status()>;

  Transactions(store::ObjectStore& store, Clock& clock, Guard guard)
      : store_(store), clock_(clock), guard_(std::move(guard)) {}

  Result<TransactionState> StateOf(const std::string& id);

  /// Decides an open transaction; `versions` are keys of those prepared in it. kConflict when it was decided otherwise.
  Status Decide(const std::string& id, TransactionState state, const std::vector<std::string>& versions);

  /// As StateOf for somebody who wants to write behind `version`: a transaction that this process has seen open for
  /// kPatience is aborted.
  Result<TransactionState> Settle(const std::string& id, const std::string& version);

  static constexpr std::chrono::seconds kPatience{30};
  static constexpr size_t kMostWatched = 1000;  ///< open transactions whose age is remembered

 private:
  store::ObjectStore& store_;
  Clock& clock_;
  const Guard guard_;
  std::mutex mutex_;
  std::map<std::string, std::chrono::steady_clock::time_point> first_seen_;  ///< open ones
};

/// Folder of all decisions, with a trailing slash.
std::string DecisionsFolder();

/// Keys of the versions that a decision is about, as its body says; none in those that do not say.
Result<std::vector<std::string>> DecidedVersions(std::string_view body);

/// Id of the transaction that a version was prepared in; empty for most. Taken out: what follows is no part of it.
std::string TakeTransaction(table::iceberg::TableMetadata& metadata);

void SetTransaction(const std::string& id, table::iceberg::TableMetadata& metadata);

}  // namespace tarn::catalog
