// SPDX-License-Identifier: Apache-2.0
#include "silver/last_side_manifests.h"

namespace tarn::silver {

std::optional<SideManifest> LastSideManifests::Find(const std::string& location, int64_t number) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_location_.find(location);
  if (found == by_location_.end() || found->second.number != number) return std::nullopt;
  return found->second.side;
}

void LastSideManifests::Remember(const std::string& location, int64_t number, SideManifest side) {
  const std::lock_guard lock(mutex_);
  if (by_location_.size() >= kMaxTables && !by_location_.contains(location)) by_location_.clear();
  by_location_[location] = {number, std::move(side)};
}

}  // namespace tarn::silver
