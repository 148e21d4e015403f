// SPDX-License-Identifier: Apache-2.0
#include "store/faulty/faulty_store.h"

#include <utility>

namespace tarn::store {
namespace {

constexpr double kUnitSteps = 9007199254740992.0;  // 2^53: steps a double holds in [0, 1)

bool IsWrite(StoreOperation operation) {
  return operation == StoreOperation::kPutIfAbsent || operation == StoreOperation::kPutAll ||
         operation == StoreOperation::kFinish || operation == StoreOperation::kDelete;
}

Error LostAnswer() { return {ErrorCode::kUnknownOutcome, "injected lost answer", {}}; }

}  // namespace

class FaultyReader final : public ObjectReader {
 public:
  FaultyReader(FaultyStore& store, std::string key, std::unique_ptr<ObjectReader> inner)
      : store_(store), key_(std::move(key)), inner_(std::move(inner)) {}

  uint64_t size_bytes() const override { return inner_->size_bytes(); }
  Status ReadAt(uint64_t offset, std::span<char> out) override {
    return store_.Perform(StoreOperation::kReadAt, key_, [&] { return inner_->ReadAt(offset, out); });
  }

 private:
  FaultyStore& store_;
  const std::string key_;
  const std::unique_ptr<ObjectReader> inner_;
};

class FaultyWriter final : public ObjectWriter {
 public:
  FaultyWriter(FaultyStore& store, std::string key, std::unique_ptr<ObjectWriter> inner)
      : store_(store), key_(std::move(key)), inner_(std::move(inner)) {}

  Status Append(std::string_view data) override { return inner_->Append(data); }
  Result<uint64_t> Finish() override {
    return store_.Perform(StoreOperation::kFinish, key_, [&] { return inner_->Finish(); });
  }

 private:
  FaultyStore& store_;
  const std::string key_;
  const std::unique_ptr<ObjectWriter> inner_;
};

FaultyStore::FaultyStore(ObjectStore& inner) : FaultyStore(inner, StoreFaultRates{}, 0) {}

FaultyStore::FaultyStore(ObjectStore& inner, StoreFaultRates rates, uint64_t seed)
    : inner_(inner), randomness_(seed), rates_(rates) {}

// ---- faults ----

void FaultyStore::Inject(StoreFault fault) {
  const std::lock_guard lock(mutex_);
  faults_.push_back(std::move(fault));
}

void FaultyStore::ClearFaults() {
  const std::lock_guard lock(mutex_);
  faults_.clear();
}

void FaultyStore::SetRates(StoreFaultRates rates) {
  const std::lock_guard lock(mutex_);
  rates_ = rates;
}

uint64_t FaultyStore::count(StoreOperation operation) const {
  const std::lock_guard lock(mutex_);
  return counts_[static_cast<size_t>(operation)];
}

void FaultyStore::ResetCounts() {
  const std::lock_guard lock(mutex_);
  counts_.fill(0);
}

void FaultyStore::DeliverLate() {
  std::vector<LatePut> late;
  {
    const std::lock_guard lock(mutex_);
    late.swap(late_);
  }
  for (const auto& put : late) static_cast<void>(inner_.PutIfAbsent(put.key, put.body));  // nobody waits for the answer
}

std::optional<FaultyStore::Ruling> FaultyStore::RuleByScript(StoreOperation operation, std::string_view key) {
  for (auto fault = faults_.begin(); fault != faults_.end(); ++fault) {
    if (fault->operation != operation || !key.contains(fault->key_contains)) continue;
    if (fault->nth > 1) {
      --fault->nth;
      continue;
    }
    Ruling ruling{fault->error, fault->error ? fault->effect : StoreEffect::kDone, fault->before};
    if (fault->times != UINT64_MAX && --fault->times == 0) faults_.erase(fault);
    return ruling;
  }
  return std::nullopt;
}

std::optional<FaultyStore::Ruling> FaultyStore::RuleByChance(StoreOperation operation) {
  auto dice = static_cast<double>(randomness_.Next() >> 11) / kUnitSteps;
  const auto hit = [&dice](double chance) {
    if (dice < 0) return false;
    dice -= chance;
    return dice < 0;
  };
  if (hit(rates_.refused))
    return Ruling{Error{ErrorCode::kUnavailable, "injected slow down", {}}, StoreEffect::kNothing, {}};
  if (!IsWrite(operation)) return std::nullopt;
  if (hit(rates_.lost_request)) return Ruling{LostAnswer(), StoreEffect::kNothing, {}};
  if (hit(rates_.lost_answer)) return Ruling{LostAnswer(), StoreEffect::kDone, {}};
  if (hit(rates_.twice)) return Ruling{LostAnswer(), StoreEffect::kTwice, {}};
  if (operation == StoreOperation::kPutIfAbsent && hit(rates_.late_request)) {
    return Ruling{LostAnswer(), StoreEffect::kLater, {}};
  }
  return std::nullopt;
}

FaultyStore::Ruling FaultyStore::Rule(StoreOperation operation, std::string_view key) {
  const std::lock_guard lock(mutex_);
  ++counts_[static_cast<size_t>(operation)];
  if (auto ruling = RuleByScript(operation, key)) return *std::move(ruling);
  if (auto ruling = RuleByChance(operation)) return *std::move(ruling);
  return {};
}

FaultyStore::Ruling FaultyStore::Enter(StoreOperation operation, std::string_view key) {
  DeliverLate();
  auto ruling = Rule(operation, key);
  if (ruling.before) ruling.before();
  return ruling;
}

template <class Call>
auto FaultyStore::Carry(const Ruling& ruling, Call call) -> decltype(call()) {
  if (!ruling.error) return call();
  if (ruling.effect == StoreEffect::kDone || ruling.effect == StoreEffect::kTwice) static_cast<void>(call());
  if (ruling.effect == StoreEffect::kTwice) static_cast<void>(call());
  return Fail(*ruling.error);
}

template <class Call>
auto FaultyStore::Perform(StoreOperation operation, std::string_view key, Call call) -> decltype(call()) {
  return Carry(Enter(operation, key), call);
}

// ---- the port ----

Result<std::string> FaultyStore::Get(const std::string& key) {
  return Perform(StoreOperation::kGet, key, [&] { return inner_.Get(key); });
}

Result<std::unique_ptr<ObjectReader>> FaultyStore::OpenReader(const std::string& key) {
  TARN_ASSIGN(auto inner, Perform(StoreOperation::kOpenReader, key, [&] { return inner_.OpenReader(key); }));
  return std::make_unique<FaultyReader>(*this, key, std::move(inner));
}

Result<ObjectInfo> FaultyStore::Head(const std::string& key) {
  return Perform(StoreOperation::kHead, key, [&] { return inner_.Head(key); });
}

Result<std::unique_ptr<ObjectWriter>> FaultyStore::OpenWriter(const std::string& key) {
  TARN_ASSIGN(auto inner, Perform(StoreOperation::kOpenWriter, key, [&] { return inner_.OpenWriter(key); }));
  return std::make_unique<FaultyWriter>(*this, key, std::move(inner));
}

Result<std::unique_ptr<ObjectWriter>> FaultyStore::OpenReplacement(const std::string& key) {
  TARN_ASSIGN(auto inner, Perform(StoreOperation::kOpenWriter, key, [&] { return inner_.OpenReplacement(key); }));
  return std::make_unique<FaultyWriter>(*this, key, std::move(inner));
}

Status FaultyStore::PutAll(std::span<const PutRequest> objects) {
  const std::string_view first = objects.empty() ? std::string_view() : objects.front().key;
  return Perform(StoreOperation::kPutAll, first, [&] { return inner_.PutAll(objects); });
}

Status FaultyStore::PutIfAbsent(const std::string& key, std::string_view body) {
  const auto ruling = Enter(StoreOperation::kPutIfAbsent, key);
  if (ruling.error && ruling.effect == StoreEffect::kLater) {
    const std::lock_guard lock(mutex_);
    late_.push_back({key, std::string(body)});
  }
  return Carry(ruling, [&] { return inner_.PutIfAbsent(key, body); });
}

Result<std::vector<ObjectInfo>> FaultyStore::List(const std::string& prefix, const std::string& start_after,
                                                  size_t limit) {
  return Perform(StoreOperation::kList, prefix, [&] { return inner_.List(prefix, start_after, limit); });
}

Result<std::vector<std::string>> FaultyStore::ListFolders(const std::string& prefix) {
  return Perform(StoreOperation::kListFolders, prefix, [&] { return inner_.ListFolders(prefix); });
}

Status FaultyStore::Delete(const std::string& key) {
  return Perform(StoreOperation::kDelete, key, [&] { return inner_.Delete(key); });
}

Status FaultyStore::MakeDurable(const std::string& key) {
  return Perform(StoreOperation::kMakeDurable, key, [&] { return inner_.MakeDurable(key); });
}

}  // namespace tarn::store
