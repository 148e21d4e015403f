// SPDX-License-Identifier: Apache-2.0
#pragma once
// The schema registry: contracts as numbered YAML objects with generations (durability.md §1, §4.3; http-api.md §3.4).
// Thread-safe. Find is the ingest hot path: no I/O, no lock held while the caller works.

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "contract/compiled_contract.h"
#include "contract/contract.h"
#include "store/object_store.h"

namespace tarn::contract {

using EndpointPtr = std::shared_ptr<const CompiledContract>;

/// Fields of a PUT or POST that were given; absent ones keep or default (http-api.md §3.1).
struct ContractDraft {
  std::string domain;
  std::string name;
  std::optional<Mode> mode;
  std::vector<Column> columns;
  std::optional<std::string> description;
  std::optional<std::string> sequence_by;
  std::optional<UnknownFields> unknown_fields;
  std::optional<std::string> format;
  std::optional<std::chrono::milliseconds> land_interval;
  std::optional<std::chrono::milliseconds> tombstone_retention;
};

/// One reason why a PUT is not compatible (http-api.md §3.4).
struct IncompatibleChange {
  std::string column;
  std::string change;
  std::string reason;
};

enum class Removal { kKeepData, kPurge };

class Registry {
 public:
  Registry(store::ObjectStore& store, Clock& clock, std::string created_by, std::string default_format);

  /// Reads every contract's head; once at start.
  Status Open();

  /// nullptr when there is none.
  EndpointPtr Find(std::string_view domain, std::string_view name) const;

  /// All endpoints, ordered domain, name; of one domain when given.
  std::vector<EndpointPtr> List(std::string_view domain = "") const;

  /// kAlreadyExists; kInvalidArgument for a draft that does not fit (checked again here; api reports per field first).
  Result<EndpointPtr> Create(const ContractDraft& draft);

  /// `has_records` is asked only when the change needs it (key change, narrowing); true = kConflict with the changes in
  /// `incompatible`.
  Result<EndpointPtr> Update(const ContractDraft& draft, const std::function<Result<bool>()>& has_records,
                             std::vector<IncompatibleChange>& incompatible);

  /// Puts the delete mark of the present generation; kNotFound. After kPurge nothing of it is known any more: FindLast gives
  /// nullptr and a later generation starts its own silver folder.
  Status Remove(std::string_view domain, std::string_view name, Removal removal = Removal::kKeepData);

  /// Contract of one version of the present generation; kNotFound.
  Result<Contract> AtVersion(std::string_view domain, std::string_view name, uint64_t version) const;
  Result<std::vector<uint64_t>> Versions(std::string_view domain, std::string_view name) const;

  /// Contract of any generation, also deleted ones: how old bronze ranges are read. Cached.
  Result<EndpointPtr> Historic(std::string_view domain, std::string_view name, uint64_t generation, uint64_t version) const;

  /// Newest contract of the last generation even when it is deleted (its data stay queryable); nullptr when never created.
  EndpointPtr FindLast(std::string_view domain, std::string_view name) const;
  std::vector<EndpointPtr> ListLast() const;

  /// auto_inference: fixes the columns from the first record, or widens them, as a new version (http-api.md §3.6).
  /// Returns the endpoint as it is afterwards (somebody else may have been first).
  Result<EndpointPtr> PublishColumns(const EndpointPtr& seen, std::vector<Column> columns);

  /// Called (under no lock) after each change with the new state; nullptr endpoint = deleted.
  using Listener = std::function<void(const std::string& domain, const std::string& name, const EndpointPtr& endpoint)>;
  void Subscribe(Listener listener);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tarn::contract
