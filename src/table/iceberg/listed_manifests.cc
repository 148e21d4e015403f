// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/listed_manifests.h"

namespace tarn::table::iceberg {

Result<ListedManifests::UrisPtr> ListedManifests::Of(NamedObjects& objects, const SnapshotRecord& snapshot) {
  const bool has_list = !snapshot.manifest_list.empty();
  if (has_list) {
    if (auto known = Find(snapshot.manifest_list)) return known;
  }
  TARN_ASSIGN(const auto manifests, objects.ListManifests(snapshot));
  auto uris = std::make_shared<Uris>();
  for (const ManifestFile& manifest : manifests) uris->push_back(manifest.path);
  if (has_list) Remember(snapshot.manifest_list, uris);
  return UrisPtr(std::move(uris));
}

ListedManifests::UrisPtr ListedManifests::Find(const std::string& list) {
  const std::lock_guard lock(mutex_);
  const auto found = by_list_.find(list);
  return found == by_list_.end() ? nullptr : found->second;
}

void ListedManifests::Remember(const std::string& list, const UrisPtr& uris) {
  const std::lock_guard lock(mutex_);
  if (!by_list_.emplace(list, uris).second) return;
  order_.push_back(list);
  if (order_.size() <= kMaxLists) return;
  by_list_.erase(order_.front());
  order_.pop_front();
}

}  // namespace tarn::table::iceberg
