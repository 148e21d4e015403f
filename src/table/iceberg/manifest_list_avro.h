// SPDX-License-Identifier: Apache-2.0
#pragma once
// Manifest lists of Iceberg snapshots <-> Avro (spec, "Manifest Lists"): versions 1 to 3 are read, 2 and 3 written.
// Stateless. Format page: docs/formats/iceberg.md.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/avro_file.h"
#include "table/iceberg/manifest_entry.h"

namespace tarn::table::iceberg {

struct ManifestListHeader {
  int32_t format_version = 2;  ///< 2 or 3
  int64_t snapshot_id = 0;
  std::optional<int64_t> parent_snapshot_id;
  int64_t sequence_number = 0;
  std::optional<int64_t> first_row_id;  ///< v3
  codec::AvroSyncMarker sync{};
};

/// kCorrupt names what is wrong.
Result<std::vector<ManifestFile>> DecodeManifestList(std::string_view bytes);

/// kInvalidArgument when a manifest lacks a count, or (v3) a data manifest its first row id.
Result<std::string> EncodeManifestList(const ManifestListHeader& header, std::span<const ManifestFile> manifests);

}  // namespace tarn::table::iceberg
