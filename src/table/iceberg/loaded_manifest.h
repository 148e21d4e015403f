// SPDX-License-Identifier: Apache-2.0
#pragma once
// From a manifest's bytes to what the model sees of it. Stateless.

#include <string>

#include "base/result.h"
#include "table/iceberg/iceberg_state.h"
#include "table/iceberg/table_location.h"

namespace tarn::table::iceberg {

/// `entry` is the manifest's row of the manifest list. kUnsupported names what we cannot read (data files that are not
/// Parquet, encryption, files outside the table), kCorrupt what is broken.
Result<LoadedManifestPtr> LoadManifest(const ManifestFile& entry, std::string body, const TableMetadata& metadata,
                                       const TableLocation& location);

}  // namespace tarn::table::iceberg
