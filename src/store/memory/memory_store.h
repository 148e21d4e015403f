// SPDX-License-Identifier: Apache-2.0
#pragma once
// Object store in memory, for tests and for lakes that need not outlive the process. Behaves like the other stores
// (durability.md §1.1); "durable" means nothing here. Thread-safe.

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/object_store.h"

namespace tarn::store {

class MemoryStore final : public ObjectStore {
 public:
  struct Options {
    std::chrono::milliseconds max_staleness{0};
    Clock* clock = nullptr;  ///< for ObjectInfo::modified; the system's when null; outlives the store
  };

  MemoryStore();
  explicit MemoryStore(Options options);

  Result<std::string> Get(const std::string& key) override;
  Result<std::unique_ptr<ObjectReader>> OpenReader(const std::string& key) override;
  Result<ObjectInfo> Head(const std::string& key) override;
  Result<std::unique_ptr<ObjectWriter>> OpenWriter(const std::string& key) override;
  Result<std::unique_ptr<ObjectWriter>> OpenReplacement(const std::string& key) override;
  /// Takes the place of what is there.
  Status Replace(const std::string& key, std::string_view body);
  Status PutAll(std::span<const PutRequest> objects) override;
  Status PutIfAbsent(const std::string& key, std::string_view body) override;
  Result<std::vector<ObjectInfo>> List(const std::string& prefix, const std::string& start_after = "",
                                       size_t limit = 0) override;
  Result<std::vector<std::string>> ListFolders(const std::string& prefix) override;
  Status Delete(const std::string& key) override;
  Status MakeDurable(const std::string& key) override;
  std::chrono::milliseconds max_staleness() const override { return options_.max_staleness; }
  std::string root() const override { return "memory:"; }

 private:
  struct Object {
    std::shared_ptr<const std::string> body;
    Timestamp modified;
  };

  Result<Object> Find(const std::string& key) const;
  Timestamp Now();

  const Options options_;
  SystemClock system_clock_;
  mutable std::mutex mutex_;
  std::map<std::string, Object> objects_;
};

}  // namespace tarn::store
