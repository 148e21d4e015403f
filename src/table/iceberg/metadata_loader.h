// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads Iceberg tables by their folder: finds the newest metadata by a listing, or goes on from a known version by
// probing the next number (durability.md §1.2); reads the manifests that a known snapshot has not read already.
// Thread-compatible: made per call.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "table/format.h"
#include "table/iceberg/iceberg_state.h"
#include "table/iceberg/metadata_names.h"
#include "table/snapshot.h"

namespace tarn::table::iceberg {

/// Largest metadata file that is read, after decompression.
inline constexpr size_t kMaxMetadataBytes = size_t{256} << 20;

class MetadataLoader {
 public:
  MetadataLoader(store::ObjectStore& store, std::string location) : store_(store), location_(std::move(location)) {}

  /// As TableFormat::Load.
  Result<SnapshotPtr> Load(const SnapshotPtr& known);

  /// As TableFormat::LoadVersion: the table as that snapshot has it, with the schema it was written under.
  Result<SnapshotPtr> LoadVersion(const SnapshotPtr& newest, int64_t snapshot_id);

  /// The snapshot that `metadata` makes as the series' `version`, before it is there. Reads its manifests.
  Result<SnapshotPtr> LoadPlanned(TableMetadata metadata, int64_t version, const SnapshotPtr& known);

 private:
  struct Found {
    MetadataFileName name;
    std::string key;
  };
  Result<std::optional<Found>> FindMetadata();
  Result<SnapshotPtr> LoadOnwards(const SnapshotPtr& known);
  Result<SnapshotPtr> LoadFound(const Found& found, const SnapshotPtr& known);
  Result<SnapshotPtr> Finish(const Found& found, std::string body, const SnapshotPtr& known);
  Result<SnapshotPtr> MakeLoaded(int64_t version, const std::string& path, TableMetadata metadata,
                                 const SnapshotPtr& known);
  Result<std::vector<LoadedManifestPtr>> LoadManifests(const IcebergState& state, const SnapshotPtr& known);
  std::string KeyOf(std::string_view path) const { return location_ + "/" + std::string(path); }

  store::ObjectStore& store_;
  const std::string location_;
};

}  // namespace tarn::table::iceberg
