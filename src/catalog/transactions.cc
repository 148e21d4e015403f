// SPDX-License-Identifier: Apache-2.0
#include "catalog/transactions.h"

#include <utility>

#include "base/log.h"
#include "codec/json.h"
#include "lake/keys.h"
#include "store/series.h"

namespace tarn::catalog {
namespace {

constexpr const char* kMember = "tarn.tx";
constexpr const char* kCommitted = "committed";
constexpr const char* kAborted = "aborted";
constexpr const char* kVersions = "versions";
constexpr uint64_t kDecision = 1;  ///< number of the one version of its series

Result<TransactionState> Decode(std::string_view body) {
  const auto json = codec::ParseJson(body);
  const std::string state = json && json->is_object() ? json->value("state", std::string()) : std::string();
  if (state == kCommitted) return TransactionState::kCommitted;
  if (state == kAborted) return TransactionState::kAborted;
  return Fail(ErrorCode::kCorrupt, "the decision about a transaction cannot be read");
}

}  // namespace

Result<TransactionState> Transactions::StateOf(const std::string& id) {
  const std::string key = lake::TransactionSeries(id).KeyOf(kDecision);
  const auto body = store_.Get(key);
  if (!body && body.error().code == ErrorCode::kNotFound) return TransactionState::kOpen;
  if (!body) return Fail(body.error());
  TARN_TRY(store_.MakeDurable(key));
  auto state = Decode(*body);
  if (!state) return Fail(std::move(state).error().In(key));
  return state;
}

Status Transactions::Decide(const std::string& id, TransactionState state, const std::vector<std::string>& versions) {
  const codec::OrderedJson document = {{"version", 1},
                                       {"state", state == TransactionState::kCommitted ? kCommitted : kAborted},
                                       {"at", FormatTimestamp(clock_.Now())},
                                       {kVersions, versions}};
  if (guard_) TARN_TRY(guard_());
  const Status put = store::Series(store_, lake::TransactionSeries(id), clock_).Put(kDecision, codec::Dump(document));
  if (put || put.error().code != ErrorCode::kConflict) return put;
  TARN_ASSIGN(const TransactionState decided, StateOf(id));
  if (decided == state) return {};
  return Fail(ErrorCode::kConflict, "the commit to several tables was decided otherwise: " + id);
}

Result<TransactionState> Transactions::Settle(const std::string& id, const std::string& version) {
  TARN_ASSIGN(const TransactionState state, StateOf(id));
  const auto now = clock_.Steady();
  {
    const std::lock_guard lock(mutex_);
    if (state != TransactionState::kOpen) {
      first_seen_.erase(id);
      return state;
    }
    if (first_seen_.size() >= kMostWatched) first_seen_.clear();
    const auto seen = first_seen_.emplace(id, now).first->second;
    if (now - seen < kPatience) return state;
  }
  const Status aborted = Decide(id, TransactionState::kAborted, {version});
  if (!aborted && aborted.error().code != ErrorCode::kConflict) return Fail(aborted.error());
  if (aborted) LogWarning("a commit to several tables was never decided and is aborted", {{"transaction", id}});
  return StateOf(id);
}

std::string DecisionsFolder() {
  const auto prefix = lake::TransactionSeries("").prefix;
  return prefix.substr(0, prefix.size() - 1);
}

Result<std::vector<std::string>> DecidedVersions(std::string_view body) {
  TARN_TRY(Decode(body));
  TARN_ASSIGN(const auto json, codec::ParseJson(body));
  std::vector<std::string> versions;
  const auto found = json.find(kVersions);
  if (found == json.end() || !found->is_array()) return versions;
  for (const auto& version : *found) {
    if (!version.is_string()) return Fail(ErrorCode::kCorrupt, "the decision about a transaction cannot be read");
    versions.push_back(version.get<std::string>());
  }
  return versions;
}

std::string TakeTransaction(table::iceberg::TableMetadata& metadata) {
  const auto found = metadata.others.find(kMember);
  if (found == metadata.others.end() || !found->is_string()) return "";
  std::string id = found->get<std::string>();
  metadata.others.erase(found);
  return id;
}

void SetTransaction(const std::string& id, table::iceberg::TableMetadata& metadata) { metadata.others[kMember] = id; }

}  // namespace tarn::catalog
