// SPDX-License-Identifier: Apache-2.0
#include "store/routed/routed_store.h"

#include <algorithm>
#include <set>

namespace tarn::store {

ObjectStore& RoutedStore::StoreOf(std::string_view key) const {
  const auto slash = key.find('/');
  if (slash == std::string_view::npos) return main_;
  const auto route = routes_.find(key.substr(0, slash));
  return route == routes_.end() ? main_ : *route->second;
}

std::vector<ObjectStore*> RoutedStore::Stores() const {
  std::vector<ObjectStore*> stores{&main_};
  for (const auto& [folder, store] : routes_) stores.push_back(store);
  return stores;
}

Status RoutedStore::PutAll(std::span<const PutRequest> objects) {
  std::map<ObjectStore*, std::vector<PutRequest>> parts;
  for (const auto& object : objects) parts[&StoreOf(object.key)].push_back(object);
  for (const auto& [store, part] : parts) TARN_TRY(store->PutAll(part));
  return {};
}

Status RoutedStore::DeleteAll(std::span<const std::string> keys) {
  std::map<ObjectStore*, std::vector<std::string>> parts;
  for (const auto& key : keys) parts[&StoreOf(key)].push_back(key);
  Status outcome;
  for (const auto& [store, part] : parts) {
    if (auto deleted = store->DeleteAll(part); !deleted && outcome) outcome = std::move(deleted);
  }
  return outcome;
}

Result<std::vector<ObjectInfo>> RoutedStore::List(const std::string& prefix, const std::string& start_after,
                                                  size_t limit) {
  if (prefix.find('/') != std::string::npos) return StoreOf(prefix).List(prefix, start_after, limit);
  // Part of a folder's name: what lies in the main store under the name of a routed folder is none of this store's.
  std::vector<ObjectInfo> found;
  TARN_ASSIGN(auto own, main_.List(prefix, start_after));
  std::ranges::copy_if(std::move(own), std::back_inserter(found),
                       [&](const ObjectInfo& object) { return &StoreOf(object.key) == &main_; });
  for (const auto& [folder, store] : routes_) {
    if (!folder.starts_with(prefix)) continue;
    TARN_ASSIGN(const auto routed, store->List(folder + "/", start_after));
    found.insert(found.end(), routed.begin(), routed.end());
  }
  std::ranges::sort(found, {}, &ObjectInfo::key);
  if (limit > 0 && found.size() > limit) found.resize(limit);
  return found;
}

Result<std::vector<std::string>> RoutedStore::ListFolders(const std::string& prefix) {
  if (!prefix.empty()) return StoreOf(prefix).ListFolders(prefix);
  TARN_ASSIGN(const auto own, main_.ListFolders(prefix));
  std::set<std::string> folders(own.begin(), own.end());
  for (const auto& [folder, store] : routes_) {
    folders.erase(folder);
    TARN_ASSIGN(const auto first, store->List(folder + "/", "", 1));
    if (!first.empty()) folders.insert(folder);
  }
  return std::vector<std::string>(folders.begin(), folders.end());
}

std::chrono::milliseconds RoutedStore::max_staleness() const {
  std::chrono::milliseconds most{0};
  for (const auto* store : Stores()) most = std::max(most, store->max_staleness());
  return most;
}

}  // namespace tarn::store
