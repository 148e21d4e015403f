// SPDX-License-Identifier: Apache-2.0
#pragma once
// A decorator that lets a store fail as object stores do: calls refused before anything happened, answers lost after it
// did, requests that arrive late or twice (durability.md §1.5). Faults come from a script ("the third put on keys with
// _log/") or from a seed, never from time. It also counts calls. Thread-safe; the inner store must outlive it.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "store/object_store.h"

namespace tarn::store {

enum class StoreOperation {
  kGet,
  kOpenReader,
  kReadAt,  ///< of an open reader
  kHead,
  kOpenWriter,
  kFinish,  ///< of an open writer
  kPutAll,
  kPutIfAbsent,
  kList,
  kListFolders,
  kDelete,
  kMakeDurable,
};
inline constexpr size_t kStoreOperations = 12;

/// What becomes of the request whose caller gets the fault's error.
enum class StoreEffect {
  kNothing,  ///< it never arrived
  kDone,     ///< it was carried out, only the answer is lost
  kTwice,    ///< the network delivered it two times
  kLater,    ///< it is carried out before the next call (PutIfAbsent only; others: never)
};

struct StoreFault {
  StoreOperation operation = StoreOperation::kPutIfAbsent;
  std::string key_contains{};  ///< empty = any key or prefix
  uint64_t nth = 1;            ///< the first matching call from now on that fails
  uint64_t times = 1;          ///< how many in a row; UINT64_MAX = for ever
  /// What the caller gets; nullopt = the inner store's answer, for faults that only have a hook.
  std::optional<Error> error = Error{ErrorCode::kUnavailable, "injected store error", {}};
  StoreEffect effect = StoreEffect::kNothing;
  /// Runs before the call, without a lock, e.g. to let another writer win.
  std::function<void()> before = nullptr;
};

/// Chances per call, each in [0, 1]; their sum stays below 1. Writes are PutIfAbsent, PutAll, Finish and Delete.
struct StoreFaultRates {
  double refused = 0;       ///< any call: kUnavailable, nothing happened (also what "slow down" looks like)
  double lost_request = 0;  ///< writes: kUnknownOutcome, nothing happened
  double lost_answer = 0;   ///< writes: kUnknownOutcome, done
  double late_request = 0;  ///< PutIfAbsent: kUnknownOutcome, done before the next call
  double twice = 0;         ///< writes: kUnknownOutcome, delivered two times
};

class FaultyStore final : public ObjectStore {
 public:
  explicit FaultyStore(ObjectStore& inner);
  FaultyStore(ObjectStore& inner, StoreFaultRates rates, uint64_t seed);

  /// Tried in the order they were added, before the random faults.
  void Inject(StoreFault fault);
  void ClearFaults();
  void SetRates(StoreFaultRates rates);

  /// Calls of the operation so far, failed ones included.
  uint64_t count(StoreOperation operation) const;
  void ResetCounts();

  /// Carries out late requests now.
  void DeliverLate();

  Result<std::string> Get(const std::string& key) override;
  Result<std::unique_ptr<ObjectReader>> OpenReader(const std::string& key) override;
  Result<ObjectInfo> Head(const std::string& key) override;
  Result<std::unique_ptr<ObjectWriter>> OpenWriter(const std::string& key) override;
  Result<std::unique_ptr<ObjectWriter>> OpenReplacement(const std::string& key) override;
  Status PutAll(std::span<const PutRequest> objects) override;
  Status PutIfAbsent(const std::string& key, std::string_view body) override;
  Result<std::vector<ObjectInfo>> List(const std::string& prefix, const std::string& start_after = "",
                                       size_t limit = 0) override;
  Result<std::vector<std::string>> ListFolders(const std::string& prefix) override;
  Status Delete(const std::string& key) override;
  Status MakeDurable(const std::string& key) override;
  std::chrono::milliseconds max_staleness() const override { return inner_.max_staleness(); }
  std::string root() const override { return inner_.root(); }
  std::string root_of(std::string_view key) const override { return inner_.root_of(key); }

 private:
  friend class FaultyReader;
  friend class FaultyWriter;

  struct Ruling {
    std::optional<Error> error;
    StoreEffect effect = StoreEffect::kDone;
    std::function<void()> before;
  };
  struct LatePut {
    std::string key;
    std::string body;
  };

  Ruling Rule(StoreOperation operation, std::string_view key);
  std::optional<Ruling> RuleByScript(StoreOperation operation, std::string_view key);
  std::optional<Ruling> RuleByChance(StoreOperation operation);
  Ruling Enter(StoreOperation operation, std::string_view key);
  template <class Call>
  static auto Carry(const Ruling& ruling, Call call) -> decltype(call());
  template <class Call>
  auto Perform(StoreOperation operation, std::string_view key, Call call) -> decltype(call());

  ObjectStore& inner_;
  mutable std::mutex mutex_;
  SeededRandomness randomness_;
  StoreFaultRates rates_;
  std::vector<StoreFault> faults_;
  std::vector<LatePut> late_;
  std::array<uint64_t, kStoreOperations> counts_{};
};

}  // namespace tarn::store
