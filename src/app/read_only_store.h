// SPDX-License-Identifier: Apache-2.0
#pragma once
// Another store without the right to write, for verbs that look at a lake beside its server (lake.md §8, "CLI verbs").
// Thread-safe; the store outlives it and its readers.

#include <string>

#include "store/object_store.h"

namespace tarn::app {

class ReadOnlyStore final : public store::ObjectStore {
 public:
  explicit ReadOnlyStore(store::ObjectStore& inner) : inner_(inner) {}

  Result<std::string> Get(const std::string& key) override { return inner_.Get(key); }
  Result<std::unique_ptr<store::ObjectReader>> OpenReader(const std::string& key) override {
    return inner_.OpenReader(key);
  }
  Result<store::ObjectInfo> Head(const std::string& key) override { return inner_.Head(key); }
  Result<std::vector<store::ObjectInfo>> List(const std::string& prefix, const std::string& start_after,
                                              size_t limit) override {
    return inner_.List(prefix, start_after, limit);
  }
  Result<std::vector<std::string>> ListFolders(const std::string& prefix) override {
    return inner_.ListFolders(prefix);
  }
  Status MakeDurable(const std::string& key) override { return inner_.MakeDurable(key); }

  // Refused with kFailedPrecondition:
  Result<std::unique_ptr<store::ObjectWriter>> OpenWriter(const std::string& key) override { return Refuse(key); }
  Status PutAll(std::span<const store::PutRequest> objects) override {
    return objects.empty() ? Status() : Status(Refuse(objects.front().key));
  }
  Status PutIfAbsent(const std::string& key, std::string_view) override { return Refuse(key); }
  Status Delete(const std::string& key) override { return Refuse(key); }

  std::chrono::milliseconds max_staleness() const override { return inner_.max_staleness(); }
  std::string root() const override { return inner_.root(); }
  std::string root_of(std::string_view key) const override { return inner_.root_of(key); }

 private:
  static std::unexpected<Error> Refuse(const std::string& key) {
    return Fail(ErrorCode::kFailedPrecondition, "the lake is opened read-only: " + key);
  }

  store::ObjectStore& inner_;
};

}  // namespace tarn::app
