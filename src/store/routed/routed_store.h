// SPDX-License-Identifier: Apache-2.0
#pragma once
// Several stores as one: folders of the outermost level lie in stores of their own, everything else in the main one.
// Keys are the same in all of them. Thread-safe as they are; they outlive it and its readers.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "store/object_store.h"

namespace tarn::store {

class RoutedStore final : public ObjectStore {
 public:
  /// By name of the folder, without slashes.
  using Routes = std::map<std::string, ObjectStore*, std::less<>>;

  RoutedStore(ObjectStore& main, Routes routes) : main_(main), routes_(std::move(routes)) {}

  Result<std::string> Get(const std::string& key) override { return StoreOf(key).Get(key); }
  Result<std::unique_ptr<ObjectReader>> OpenReader(const std::string& key) override {
    return StoreOf(key).OpenReader(key);
  }
  Result<ObjectInfo> Head(const std::string& key) override { return StoreOf(key).Head(key); }
  Result<std::unique_ptr<ObjectWriter>> OpenWriter(const std::string& key) override {
    return StoreOf(key).OpenWriter(key);
  }
  Result<std::unique_ptr<ObjectWriter>> OpenReplacement(const std::string& key) override {
    return StoreOf(key).OpenReplacement(key);
  }
  Status PutAll(std::span<const PutRequest> objects) override;
  Status PutIfAbsent(const std::string& key, std::string_view body) override {
    return StoreOf(key).PutIfAbsent(key, body);
  }
  Result<std::vector<ObjectInfo>> List(const std::string& prefix, const std::string& start_after = "",
                                       size_t limit = 0) override;
  Result<std::vector<std::string>> ListFolders(const std::string& prefix) override;
  Status Delete(const std::string& key) override { return StoreOf(key).Delete(key); }
  Status DeleteAll(std::span<const std::string> keys) override;
  Status MakeDurable(const std::string& key) override { return StoreOf(key).MakeDurable(key); }
  /// That of the one whose knowledge may be oldest.
  std::chrono::milliseconds max_staleness() const override;
  std::string root() const override { return main_.root(); }
  std::string root_of(std::string_view key) const override { return StoreOf(key).root_of(key); }

 private:
  ObjectStore& StoreOf(std::string_view key) const;
  /// Every store, the main one first, once for each folder it has.
  std::vector<ObjectStore*> Stores() const;

  ObjectStore& main_;
  const Routes routes_;
};

}  // namespace tarn::store
