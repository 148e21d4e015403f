// SPDX-License-Identifier: Apache-2.0
#include "lake/expired_versions.h"

#include "lake/keys.h"

namespace tarn::lake {

Status ExpiredVersions::List() {
  TARN_ASSIGN(const auto objects, store_.List(ExpiryFolder(location_)));
  auto& ranges = ranges_.emplace();
  for (const auto& object : objects) {
    const auto versions = VersionsInKey(location_, object.key);
    if (versions) ranges.push_back({object.key, versions->first, versions->second});
  }
  return {};
}

Result<bool> ExpiredVersions::Has(int64_t version) {
  if (!ranges_) TARN_TRY(List());
  for (auto& range : *ranges_) {
    if (version < range.first || version > range.last) continue;
    if (!range.record) {
      const auto body = store_.Get(range.key);
      // The last entries it named went right before it.
      if (!body && body.error().code == ErrorCode::kNotFound) {
        range.record.emplace();
        continue;
      }
      TARN_TRY(body);
      auto record = DecodeExpiryRecord(*body);
      if (!record) return Fail(std::move(record).error().In(range.key));
      range.record = *std::move(record);
    }
    if (range.record->versions.contains(version)) return true;
  }
  return false;
}

}  // namespace tarn::lake
