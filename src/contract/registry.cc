// SPDX-License-Identifier: Apache-2.0
#include "contract/registry.h"

#include <algorithm>

#include "base/crash_point.h"
#include "base/log.h"
#include "contract/contract_rules.h"
#include "contract/contract_yaml.h"
#include "lake/keys.h"
#include "store/series.h"

namespace tarn::contract {
namespace {

constexpr int kMaxAttempts = 10;
constexpr std::string_view kPurgedMark = "purged\n";
constexpr std::string_view kDeletedMark = "deleted\n";

std::string IdOf(std::string_view domain, std::string_view name) {
  std::string id(domain);
  id += '/';
  id += name;
  return id;
}

std::unexpected<Error> Missing(std::string_view domain, std::string_view name) {
  return Fail(ErrorCode::kNotFound, "Endpoint " + IdOf(domain, name) + " not found");
}

/// Fields of the draft over a contract (http-api.md §3.1: absent or empty keeps).
void Apply(const ContractDraft& draft, Contract& contract) {
  if (!draft.columns.empty()) contract.columns = draft.columns;
  if (draft.description && !draft.description->empty()) contract.description = draft.description;
  if (draft.sequence_by) contract.sequence_by = draft.sequence_by;
  if (draft.unknown_fields) contract.unknown_fields = *draft.unknown_fields;
  if (draft.land_interval) contract.land_interval = draft.land_interval;
  if (draft.tombstone_retention) contract.tombstone_retention = draft.tombstone_retention;
}

bool OrderedBefore(const EndpointPtr& a, const EndpointPtr& b) {
  return std::tie(a->contract().domain, a->contract().name) < std::tie(b->contract().domain, b->contract().name);
}

}  // namespace

Registry::Registry(store::ObjectStore& store, Clock& clock, std::string created_by, std::string default_format)
    : store_(store),
      clock_(clock),
      created_by_(std::move(created_by)),
      default_format_(std::move(default_format)),
      map_(std::make_shared<const Map>()) {}

std::shared_ptr<const Registry::Map> Registry::Current() const {
  const std::shared_lock lock(mutex_);
  return map_;
}

Registry::Known Registry::KnownOf(std::string_view domain, std::string_view name) const {
  const auto map = Current();
  const auto found = map->find(IdOf(domain, name));
  return found == map->end() ? Known() : found->second;
}

void Registry::Publish(const std::string& domain, const std::string& name, Known known) {
  const auto live = known.live;
  {
    auto next = std::make_shared<Map>(*Current());
    (*next)[IdOf(domain, name)] = std::move(known);
    const std::unique_lock lock(mutex_);
    map_ = std::move(next);
  }
  for (const auto& listener : listeners_) listener(domain, name, live);
}

Status Registry::Open() {
  TARN_ASSIGN(const auto domains, store_.ListFolders("schemas/"));
  auto map = std::make_shared<Map>();
  for (const auto& domain : domains) {
    TARN_ASSIGN(const auto names, store_.ListFolders("schemas/" + domain + "/bronze/"));
    for (const auto& name : names) {
      TARN_ASSIGN((*map)[IdOf(domain, name)], LoadName(domain, name));
    }
  }
  const std::unique_lock lock(mutex_);
  map_ = std::move(map);
  return {};
}

Result<Registry::Known> Registry::LoadName(const std::string& domain, const std::string& name) const {
  Known known;
  store::Series marks(store_, lake::GenerationSeries(domain, name), clock_);
  TARN_ASSIGN(const auto marked, marks.Head());
  known.deleted_generation = marked.value_or(0);
  const auto newest_of = [&](uint64_t generation) -> Result<EndpointPtr> {
    store::Series versions(store_, lake::ContractSeries(domain, name, generation), clock_);
    TARN_ASSIGN(const auto head, versions.Head());
    if (!head) return EndpointPtr();
    return LoadContract(domain, name, generation, *head);
  };
  TARN_ASSIGN(known.live, newest_of(known.deleted_generation + 1));
  known.last = known.live;
  if (known.live || known.deleted_generation == 0) return known;
  TARN_ASSIGN(const auto mark, marks.Read(known.deleted_generation));
  if (mark != kPurgedMark) {
    TARN_ASSIGN(known.last, newest_of(known.deleted_generation));
  }
  return known;
}

Result<EndpointPtr> Registry::LoadContract(const std::string& domain, const std::string& name, uint64_t generation,
                                           uint64_t version) const {
  store::Series versions(store_, lake::ContractSeries(domain, name, generation), clock_);
  TARN_ASSIGN(const auto yaml, versions.Read(version));
  auto contract = DecodeContract(yaml);
  if (!contract) return Fail(std::move(contract).error().In(versions.name().KeyOf(version)));
  return CompiledContract::Compile(std::move(*contract));
}

EndpointPtr Registry::Find(std::string_view domain, std::string_view name) const { return KnownOf(domain, name).live; }
EndpointPtr Registry::FindLast(std::string_view domain, std::string_view name) const {
  return KnownOf(domain, name).last;
}

std::vector<EndpointPtr> Registry::List(std::string_view domain) const {
  std::vector<EndpointPtr> found;
  for (const auto& [id, known] : *Current()) {
    if (known.live && (domain.empty() || known.live->contract().domain == domain)) found.push_back(known.live);
  }
  std::ranges::sort(found, OrderedBefore);
  return found;
}

std::vector<EndpointPtr> Registry::ListLast() const {
  std::vector<EndpointPtr> found;
  for (const auto& [id, known] : *Current()) {
    if (known.last) found.push_back(known.last);
  }
  std::ranges::sort(found, OrderedBefore);
  return found;
}

Result<Contract> Registry::FirstVersion(const ContractDraft& draft, const Known& known) const {
  Contract contract;
  contract.domain = draft.domain;
  contract.name = draft.name;
  contract.mode = draft.mode.value_or(Mode::kManual);
  contract.generation = known.deleted_generation + 1;
  contract.folder_generation = contract.generation;
  contract.format = draft.format.value_or(default_format_);
  contract.created_by = created_by_;
  contract.created_at = contract.updated_at = clock_.Now();
  Apply(draft, contract);
  contract.columns_fixed = contract.mode != Mode::kAutoInference;
  if (known.last && HasSameKey(known.last->contract(), contract)) {
    contract.folder_generation = known.last->contract().folder_generation;
    contract.format = known.last->contract().format;
  }
  return contract;
}

Result<EndpointPtr> Registry::PutVersion(Contract contract) {
  TARN_ASSIGN(auto compiled, CompiledContract::Compile(contract));
  store::Series versions(store_, lake::ContractSeries(contract.domain, contract.name, contract.generation), clock_);
  TARN_CRASH_POINT("contract.before_put");
  TARN_TRY(versions.Put(contract.version, EncodeContract(contract)));
  TARN_CRASH_POINT("contract.after_put");
  auto known = KnownOf(contract.domain, contract.name);
  known.live = known.last = compiled;
  WriteHint(contract);
  Publish(contract.domain, contract.name, std::move(known));
  return compiled;
}

void Registry::WriteHint(const Contract& contract) {
  // For readers of the seed's layout; nobody trusts it, so losing it costs nothing.
  auto key = lake::ContractSeries(contract.domain, contract.name, contract.generation).prefix;
  key.erase(key.rfind('/') + 1);
  key += "latest.yaml";
  const auto body = ToYaml(contract);
  auto outcome = store_.Delete(key);
  if (outcome) outcome = store_.PutIfAbsent(key, body);
  if (!outcome) LogWarning("hint not written", {{"key", key}, {"error", outcome.error().ToString()}});
}

Result<EndpointPtr> Registry::Create(const ContractDraft& draft) {
  const std::lock_guard lock(change_mutex_);
  const auto known = KnownOf(draft.domain, draft.name);
  const auto exists = [&] {
    return Fail(ErrorCode::kAlreadyExists, "Endpoint " + IdOf(draft.domain, draft.name) + " already exists");
  };
  if (known.live) return exists();
  TARN_ASSIGN(auto contract, FirstVersion(draft, known));
  auto put = PutVersion(std::move(contract));
  if (!put && put.error().code == ErrorCode::kConflict) return exists();
  return put;
}

Result<EndpointPtr> Registry::Update(const ContractDraft& draft, const std::function<Result<bool>()>& has_records,
                                     std::vector<IncompatibleChange>& incompatible) {
  const std::lock_guard lock(change_mutex_);
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    auto known = KnownOf(draft.domain, draft.name);
    if (!known.live) return Missing(draft.domain, draft.name);
    auto contract = known.live->contract();
    Apply(draft, contract);
    if (!draft.columns.empty() && contract.mode == Mode::kAutoInference) contract.columns_fixed = true;
    auto changes = CompareContracts(known.live->contract(), contract);
    if (!changes.empty()) {
      TARN_ASSIGN(const bool stored, has_records());
      if (stored) {
        incompatible = std::move(changes);
        return Fail(ErrorCode::kConflict, "the change does not fit the stored records of " + contract.id());
      }
    }
    ++contract.version;
    contract.updated_at = clock_.Now();
    auto put = PutVersion(std::move(contract));
    if (put || put.error().code != ErrorCode::kConflict) return put;
    TARN_ASSIGN(known, LoadName(draft.domain, draft.name));
    Publish(draft.domain, draft.name, std::move(known));
  }
  return Fail(ErrorCode::kConflict, "the endpoint is being changed by others, try again");
}

Status Registry::Remove(std::string_view domain, std::string_view name, Removal removal) {
  const std::lock_guard lock(change_mutex_);
  auto known = KnownOf(domain, name);
  if (!known.live) return Missing(domain, name);
  const auto contract = known.live->contract();
  store::Series marks(store_, lake::GenerationSeries(domain, name), clock_);
  const auto put = marks.Put(contract.generation, removal == Removal::kPurge ? kPurgedMark : kDeletedMark);
  if (!put && put.error().code != ErrorCode::kConflict) return put;
  known.deleted_generation = contract.generation;
  known.live = nullptr;
  if (removal == Removal::kPurge) known.last = nullptr;
  Publish(contract.domain, contract.name, std::move(known));
  return {};
}

Result<Contract> Registry::AtVersion(std::string_view domain, std::string_view name, uint64_t version) const {
  const auto live = Find(domain, name);
  if (!live || version == 0 || version > live->contract().version) return Missing(domain, name);
  if (version == live->contract().version) return live->contract();
  TARN_ASSIGN(const auto endpoint, Historic(domain, name, live->contract().generation, version));
  return endpoint->contract();
}

Result<std::vector<uint64_t>> Registry::Versions(std::string_view domain, std::string_view name) const {
  const auto live = Find(domain, name);
  if (!live) return Missing(domain, name);
  std::vector<uint64_t> versions;
  for (uint64_t version = 1; version <= live->contract().version; ++version) versions.push_back(version);
  return versions;
}

Result<EndpointPtr> Registry::Historic(std::string_view domain, std::string_view name, uint64_t generation,
                                       uint64_t version) const {
  constexpr size_t kMaxCached = 4096;
  const auto known = KnownOf(domain, name);
  for (const auto& endpoint : {known.live, known.last}) {
    const bool same =
        endpoint && endpoint->contract().generation == generation && endpoint->contract().version == version;
    if (same) return endpoint;
  }
  const auto key = IdOf(domain, name) + "/" + std::to_string(generation) + "/" + std::to_string(version);
  {
    const std::lock_guard lock(historic_mutex_);
    const auto found = historic_.find(key);
    if (found != historic_.end()) return found->second;
  }
  TARN_ASSIGN(auto endpoint, LoadContract(std::string(domain), std::string(name), generation, version));
  const std::lock_guard lock(historic_mutex_);
  if (historic_.size() >= kMaxCached) historic_.clear();
  historic_[key] = endpoint;
  return endpoint;
}

Result<EndpointPtr> Registry::PublishColumns(const EndpointPtr& seen, std::vector<Column> columns) {
  const std::lock_guard lock(change_mutex_);
  const auto& before = seen->contract();
  auto known = KnownOf(before.domain, before.name);
  if (!known.live) return Missing(before.domain, before.name);
  if (known.live->contract().generation != before.generation || known.live->contract().version != before.version) {
    return known.live;
  }
  auto contract = before;
  contract.columns = std::move(columns);
  contract.columns_fixed = true;
  ++contract.version;
  contract.updated_at = clock_.Now();
  auto put = PutVersion(std::move(contract));
  if (put || put.error().code != ErrorCode::kConflict) return put;
  TARN_ASSIGN(known, LoadName(before.domain, before.name));
  const auto live = known.live;
  Publish(before.domain, before.name, std::move(known));
  if (!live) return Missing(before.domain, before.name);
  return live;
}

void Registry::Subscribe(Listener listener) { listeners_.push_back(std::move(listener)); }

}  // namespace tarn::contract
