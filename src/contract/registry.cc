// SPDX-License-Identifier: Apache-2.0
#include "contract/registry.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "base/crash_point.h"
#include "base/log.h"
#include "base/parallel.h"
#include "contract/contract_rules.h"
#include "contract/contract_yaml.h"
#include "lake/keys.h"
#include "lake/name.h"
#include "store/series.h"

namespace tarn::contract {
namespace {

/// Puts of one change; each lost one means that somebody else's succeeded.
constexpr int kMaxAttempts = 64;
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

bool OrderedBefore(const EndpointPtr& a, const EndpointPtr& b) {
  return std::tie(a->contract().domain, a->contract().name) < std::tie(b->contract().domain, b->contract().name);
}

/// The later contract of two, either of which may be missing.
const EndpointPtr& Newer(const EndpointPtr& a, const EndpointPtr& b) {
  if (!a || !b) return a ? a : b;
  const auto age = [](const EndpointPtr& endpoint) {
    return std::pair(endpoint->contract().generation, endpoint->contract().version);
  };
  return age(a) < age(b) ? b : a;
}

/// "domain/name" without an allocation, for the lookup of every request.
class IdBuffer {
 public:
  IdBuffer(std::string_view domain, std::string_view name) {
    if (domain.size() > lake::kMaxNameBytes || name.size() > lake::kMaxNameBytes) return;
    auto* end = std::ranges::copy(domain, text_.data()).out;
    *end++ = '/';
    end = std::ranges::copy(name, end).out;
    size_ = static_cast<size_t>(end - text_.data());
  }
  std::string_view text() const { return {text_.data(), size_}; }

 private:
  std::array<char, 2 * lake::kMaxNameBytes + 1> text_;
  size_t size_ = 0;  ///< 0 = no endpoint can be called so
};

}  // namespace

Registry::Registry(store::ObjectStore& store, Clock& clock, std::string created_by, std::string default_format)
    : store_(store), clock_(clock), created_by_(std::move(created_by)), default_format_(std::move(default_format)) {}

Registry::Known Registry::KnownOf(std::string_view domain, std::string_view name) const {
  const IdBuffer id(domain, name);
  const std::shared_lock lock(mutex_);
  const auto found = map_.find(id.text());
  return found == map_.end() ? Known() : found->second;
}

/// Adds news that may be older than what is known by now: changes run side by side.
Registry::Known Registry::Learn(std::string_view domain, std::string_view name, Known news) {
  const std::unique_lock lock(mutex_);
  auto& known = map_[IdOf(domain, name)];
  known.deleted_generation = std::max(known.deleted_generation, news.deleted_generation);
  known.purged_generation = std::max(known.purged_generation, news.purged_generation);
  const auto newest = Newer(known.last, news.last);
  const auto generation = newest ? newest->contract().generation : 0;
  known.last = generation > known.purged_generation ? newest : nullptr;
  known.live = generation > known.deleted_generation ? newest : nullptr;
  return known;
}

Status Registry::Open() {
  std::vector<std::pair<std::string, std::string>> found;
  TARN_ASSIGN(const auto domains, store_.ListFolders("schemas/"));
  for (const auto& domain : domains) {
    TARN_ASSIGN(const auto names, store_.ListFolders("schemas/" + domain + "/bronze/"));
    for (const auto& name : names) found.emplace_back(domain, name);
  }
  return ForEachInParallel(found.size(), [&](size_t i) -> Status {
    TARN_TRY(Reload(found[i].first, found[i].second));
    return {};
  });
}

Result<Registry::Known> Registry::Reload(const std::string& domain, const std::string& name) {
  TARN_ASSIGN(auto news, Load(domain, name));
  return Learn(domain, name, std::move(news));
}

Result<Registry::Known> Registry::Load(const std::string& domain, const std::string& name) const {
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
  TARN_ASSIGN(known.last, newest_of(known.deleted_generation + 1));
  if (known.last || known.deleted_generation == 0) return known;
  TARN_ASSIGN(const auto mark, marks.Read(known.deleted_generation));
  if (mark == kPurgedMark) {
    known.purged_generation = known.deleted_generation;
  } else {
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

EndpointPtr Registry::Find(std::string_view domain, std::string_view name) const {
  const IdBuffer id(domain, name);
  const std::shared_lock lock(mutex_);
  const auto found = map_.find(id.text());
  return found == map_.end() ? nullptr : found->second.live;
}

EndpointPtr Registry::FindLast(std::string_view domain, std::string_view name) const {
  return KnownOf(domain, name).last;
}

std::vector<EndpointPtr> Registry::Collect(EndpointPtr Known::* which, std::string_view domain) const {
  std::vector<EndpointPtr> found;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [id, known] : map_) {
      const auto& endpoint = known.*which;
      if (endpoint && (domain.empty() || endpoint->contract().domain == domain)) found.push_back(endpoint);
    }
  }
  std::ranges::sort(found, OrderedBefore);
  return found;
}

std::vector<EndpointPtr> Registry::List(std::string_view domain) const { return Collect(&Known::live, domain); }
std::vector<EndpointPtr> Registry::ListLast() const { return Collect(&Known::last, ""); }

std::vector<std::string> Registry::LastDomains() const {
  std::vector<std::string> domains;
  for (const auto& endpoint : ListLast()) {
    const auto& domain = endpoint->contract().domain;
    if (domains.empty() || domains.back() != domain) domains.push_back(domain);
  }
  return domains;
}

std::vector<std::string> Registry::LastNames(std::string_view domain) const {
  std::vector<std::string> names;
  for (const auto& endpoint : Collect(&Known::last, domain)) names.push_back(endpoint->contract().name);
  return names;
}

Contract Registry::FirstVersion(const ContractDraft& draft, const Known& known) const {
  Contract contract;
  contract.domain = draft.domain;
  contract.name = draft.name;
  contract.mode = draft.mode.value_or(Mode::kManual);
  contract.generation = known.deleted_generation + 1;
  contract.folder_generation = contract.generation;
  contract.format = draft.format.value_or(default_format_);
  contract.mirror = draft.mirror;
  contract.created_by = created_by_;
  contract.created_at = contract.updated_at = clock_.Now();
  Apply(draft, contract);
  contract.columns_fixed = contract.mode != Mode::kAutoInference;
  if (known.last && HasSameKey(known.last->contract(), contract)) {
    contract.folder_generation = known.last->contract().folder_generation;
    contract.format = known.last->contract().format;
    contract.mirror = known.last->contract().mirror;
  }
  return contract;
}

Result<EndpointPtr> Registry::PutVersion(Contract contract) {
  TARN_ASSIGN(auto compiled, CompiledContract::Compile(contract));
  store::Series versions(store_, lake::ContractSeries(contract.domain, contract.name, contract.generation), clock_);
  TARN_CRASH_POINT("contract.before_put");
  TARN_TRY(versions.Put(contract.version, EncodeContract(contract)));
  TARN_CRASH_POINT("contract.after_put");
  WriteHint(contract);
  Known news;
  news.last = compiled;
  const auto known = Learn(contract.domain, contract.name, std::move(news));
  if (known.deleted_generation >= contract.generation) return Missing(contract.domain, contract.name);
  return compiled;
}

void Registry::WriteHint(const Contract& contract) {
  // For readers of the seed's layout; nobody trusts it, so losing it costs nothing.
  auto key = lake::ContractSeries(contract.domain, contract.name, contract.generation).prefix;
  key.erase(key.rfind('/') + 1);
  key += "latest.yaml";
  auto outcome = store_.Delete(key);
  if (outcome) outcome = store_.PutIfAbsent(key, ToYaml(contract));
  if (!outcome && outcome.error().code != ErrorCode::kAlreadyExists) {
    LogWarning("hint not written", {{"key", key}, {"error", outcome.error().ToString()}});
  }
}

Status Registry::CheckMirror(const ContractDraft& draft) const {
  if (!draft.mirror || *draft.mirror != draft.format.value_or(default_format_)) return {};
  return Fail(ErrorCode::kInvalidArgument, "a mirror is of another format than the table: " + *draft.mirror);
}

Contract Registry::Changed(const Contract& before, const ContractDraft& draft) {
  auto contract = before;
  Apply(draft, contract);
  if (!draft.columns.empty() && contract.mode == Mode::kAutoInference) contract.columns_fixed = true;
  return contract;
}

Result<Registry::Planned> Registry::PlanCreate(const ContractDraft& draft) const {
  TARN_TRY(CheckMirror(draft));
  const auto known = KnownOf(draft.domain, draft.name);
  if (known.live) {
    return Fail(ErrorCode::kAlreadyExists, "Endpoint " + IdOf(draft.domain, draft.name) + " already exists");
  }
  TARN_ASSIGN(auto endpoint, CompiledContract::Compile(FirstVersion(draft, known)));
  return Planned{std::move(endpoint), {}};
}

Result<Registry::Planned> Registry::PlanUpdate(const ContractDraft& draft,
                                               const std::function<Result<bool>()>& has_records) const {
  const auto known = KnownOf(draft.domain, draft.name);
  if (!known.live) return Missing(draft.domain, draft.name);
  auto contract = Changed(known.live->contract(), draft);
  ++contract.version;
  Planned planned;
  planned.changes = CompareContracts(known.live->contract(), contract);
  if (!planned.changes.empty()) {
    TARN_ASSIGN(const bool stored, has_records());
    if (!stored) planned.changes.clear();
  }
  TARN_ASSIGN(planned.endpoint, CompiledContract::Compile(std::move(contract)));
  return planned;
}

Result<EndpointPtr> Registry::Create(const ContractDraft& draft) {
  TARN_TRY(CheckMirror(draft));
  auto known = KnownOf(draft.domain, draft.name);
  for (int attempt = 0; attempt < kMaxAttempts && !known.live; ++attempt) {
    auto put = PutVersion(FirstVersion(draft, known));
    if (put || put.error().code != ErrorCode::kConflict) return put;
    TARN_ASSIGN(known, Reload(draft.domain, draft.name));
  }
  return Fail(ErrorCode::kAlreadyExists, "Endpoint " + IdOf(draft.domain, draft.name) + " already exists");
}

Result<EndpointPtr> Registry::Update(const ContractDraft& draft, const std::function<Result<bool>()>& has_records,
                                     std::vector<IncompatibleChange>& incompatible, bool force) {
  auto known = KnownOf(draft.domain, draft.name);
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    if (!known.live) return Missing(draft.domain, draft.name);
    auto contract = Changed(known.live->contract(), draft);
    auto changes = CompareContracts(known.live->contract(), contract);
    if (!changes.empty()) {
      TARN_ASSIGN(const bool stored, has_records());
      if (stored && force) contract.rebuild_version = contract.version + 1;
      if (stored && !force) {
        incompatible = std::move(changes);
        return Fail(ErrorCode::kConflict, "the change does not fit the stored records of " + contract.id());
      }
    }
    ++contract.version;
    contract.updated_at = clock_.Now();
    auto put = PutVersion(std::move(contract));
    if (put || put.error().code != ErrorCode::kConflict) return put;
    TARN_ASSIGN(known, Reload(draft.domain, draft.name));
  }
  return Fail(ErrorCode::kConflict, "the endpoint is being changed by others, try again");
}

Status Registry::Remove(std::string_view domain, std::string_view name, Removal removal) {
  const auto known = KnownOf(domain, name);
  if (!known.live) return Missing(domain, name);
  const auto contract = known.live->contract();
  store::Series marks(store_, lake::GenerationSeries(domain, name), clock_);
  const auto put = marks.Put(contract.generation, removal == Removal::kPurge ? kPurgedMark : kDeletedMark);
  if (!put && put.error().code == ErrorCode::kConflict) {
    TARN_TRY(Reload(contract.domain, contract.name));
    return Missing(domain, name);
  }
  TARN_TRY(put);
  Known news;
  news.deleted_generation = contract.generation;
  if (removal == Removal::kPurge) news.purged_generation = contract.generation;
  Learn(domain, name, std::move(news));
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
  TARN_ASSIGN(known, Reload(before.domain, before.name));
  if (!known.live) return Missing(before.domain, before.name);
  return known.live;
}

}  // namespace tarn::contract
