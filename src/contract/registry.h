// SPDX-License-Identifier: Apache-2.0
#pragma once
// The schema registry: contracts as numbered YAML objects with generations (durability.md §1, §4.3; http-api.md §3.4).
// Thread-safe. Find is the ingest hot path: no I/O, no lock held while the caller works.

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "contract/compatibility.h"
#include "contract/compiled_contract.h"
#include "contract/contract.h"
#include "contract/contract_draft.h"
#include "store/object_store.h"

namespace tarn::contract {

using EndpointPtr = std::shared_ptr<const CompiledContract>;

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

  using HasRecords = std::function<Result<bool>()>;

  /// `has_records` is asked only when the change needs it (key change, narrowing); true = kConflict with the changes in
  /// `incompatible`.
  /// `force` accepts it all the same: Contract::rebuild_version names the version it makes.
  Result<EndpointPtr> Update(const ContractDraft& draft, const std::function<Result<bool>()>& has_records,
                             std::vector<IncompatibleChange>& incompatible, bool force = false);

  /// What Create or Update would make, without making it.
  struct Planned {
    EndpointPtr endpoint;                     ///< with the version it would have
    std::vector<IncompatibleChange> changes;  ///< that stored records would not fit; none when there are no records
  };
  /// As Create's errors.
  Result<Planned> PlanCreate(const ContractDraft& draft) const;
  /// As Update's errors, but that incompatible changes are no error.
  Result<Planned> PlanUpdate(const ContractDraft& draft, const std::function<Result<bool>()>& has_records) const;

  /// Puts the delete mark of the present generation; kNotFound, also when somebody else was first. After kPurge nothing
  /// of it is known any more: FindLast gives nullptr and a later generation starts its own silver folder.
  Status Remove(std::string_view domain, std::string_view name, Removal removal = Removal::kKeepData);

  /// Contract of one version of the present generation; kNotFound.
  Result<Contract> AtVersion(std::string_view domain, std::string_view name, uint64_t version) const;
  Result<std::vector<uint64_t>> Versions(std::string_view domain, std::string_view name) const;

  /// Contract of any generation, also deleted ones: how old bronze ranges are read. Cached.
  Result<EndpointPtr> Historic(std::string_view domain, std::string_view name, uint64_t generation,
                               uint64_t version) const;

  /// Newest contract of the last generation even when it is deleted (its data stay queryable); nullptr when never
  /// created.
  EndpointPtr FindLast(std::string_view domain, std::string_view name) const;
  std::vector<EndpointPtr> ListLast() const;

  /// Domains that have such endpoints, and their names in one: what layers fed by endpoints show as schemas and tables.
  std::vector<std::string> LastDomains() const;
  std::vector<std::string> LastNames(std::string_view domain) const;

  /// auto_inference: fixes the columns from the first record, or widens them, as a new version (http-api.md §3.6).
  /// Returns the endpoint as it is afterwards (somebody else may have been first).
  Result<EndpointPtr> PublishColumns(const EndpointPtr& seen, std::vector<Column> columns);

 private:
  /// What is known of one name.
  struct Known {
    EndpointPtr live;                 ///< nullptr while deleted
    EndpointPtr last;                 ///< also of a deleted generation; nullptr after a purge
    uint64_t deleted_generation = 0;  ///< highest generation with a delete mark
    uint64_t purged_generation = 0;   ///< highest generation known to be purged
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Map = std::unordered_map<std::string, Known, Hash, std::equal_to<>>;

  Known KnownOf(std::string_view domain, std::string_view name) const;
  std::vector<EndpointPtr> Collect(EndpointPtr Known::* which, std::string_view domain) const;
  Known Learn(std::string_view domain, std::string_view name, Known news);
  Result<Known> Reload(const std::string& domain, const std::string& name);
  Result<Known> Load(const std::string& domain, const std::string& name) const;
  Result<EndpointPtr> LoadContract(const std::string& domain, const std::string& name, uint64_t generation,
                                   uint64_t version) const;
  Result<EndpointPtr> PutVersion(Contract contract);
  Status CheckMirror(const ContractDraft& draft) const;
  static Contract Changed(const Contract& before, const ContractDraft& draft);
  Contract FirstVersion(const ContractDraft& draft, const Known& known) const;
  void WriteHint(const Contract& contract);

  store::ObjectStore& store_;
  Clock& clock_;
  const std::string created_by_;
  const std::string default_format_;
  mutable std::shared_mutex mutex_;  ///< of map_; held for lookups only
  Map map_;
  mutable std::mutex historic_mutex_;
  mutable std::map<std::string, EndpointPtr> historic_;
};

}  // namespace tarn::contract
