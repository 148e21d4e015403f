// SPDX-License-Identifier: Apache-2.0
#pragma once
// Names below an Iceberg table's location. Tarn's metadata is the series metadata/v{n}.metadata.json, whose
// put-if-absent decides a commit (durability.md §1.1); catalogs of others name theirs {n}-{uuid}.metadata.json.
// Stateless.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::table::iceberg {

inline constexpr std::string_view kMetadataFolder = "metadata/";

/// Number of the series' first object, as Hadoop catalogs count.
inline constexpr int64_t kFirstVersion = 1;

/// "metadata/v42.metadata.json".
std::string MetadataName(int64_t version);

/// "metadata/version-hint.text": the number of a recent version, for foreign readers of the folder; never trusted.
std::string VersionHintName();

/// "metadata/snap-{snapshot}-{commit}.avro".
std::string ManifestListName(int64_t snapshot_id, std::string_view commit_id);

/// "metadata/{commit}-m{number}.avro".
std::string ManifestName(std::string_view commit_id, size_t number);

struct MetadataFileName {
  int64_t version = 0;
  bool of_series = false;  ///< v{n}, not {n}-{uuid}
  bool gzip = false;
};

/// What the file of that name inside the metadata folder is; nullopt for anything but table metadata.
std::optional<MetadataFileName> ParseMetadataFileName(std::string_view name);

}  // namespace tarn::table::iceberg
