// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/named_objects.h"

#include <utility>

#include "table/iceberg/manifest_list_avro.h"

namespace tarn::table::iceberg {

Result<std::string> NamedObjects::Get(const std::string& uri) {
  TARN_ASSIGN(const std::string path, location_.PathOf(uri));
  const std::string key = folder_ + "/" + path;
  auto body = store_.Get(key);
  if (body || body.error().code != ErrorCode::kNotFound) return body;
  return Fail(ErrorCode::kCorrupt, "an object that the Iceberg metadata names is missing: " + key);
}

Result<std::vector<ManifestFile>> NamedObjects::ListManifests(const SnapshotRecord& snapshot) {
  std::vector<ManifestFile> manifests;
  if (snapshot.manifest_list.empty()) {
    for (const std::string& path : snapshot.manifests) {
      ManifestFile manifest;
      manifest.path = path;
      manifest.added_snapshot_id = snapshot.snapshot_id;
      manifests.push_back(std::move(manifest));
    }
    return manifests;
  }
  TARN_ASSIGN(const std::string body, Get(snapshot.manifest_list));
  auto decoded = DecodeManifestList(body);
  if (!decoded) return Fail(std::move(decoded).error().In(snapshot.manifest_list));
  return decoded;
}

}  // namespace tarn::table::iceberg
