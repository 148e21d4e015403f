// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which Iceberg tables we can read and write. What we cannot is refused by name, never ignored. Stateless.

#include <optional>
#include <string>

#include "base/result.h"
#include "table/iceberg/table_metadata.h"

namespace tarn::table::iceberg {

/// kUnsupported names what we cannot read: encryption.
Status CheckReadable(const TableMetadata& metadata);

/// The first thing that keeps us from writing a readable table, nullopt when there is none. `metadata_uri` names the
/// metadata file it was read from: a catalog that names them its own way decides about commits itself.
std::optional<std::string> FindWriteObstacle(const TableMetadata& metadata, const std::string& metadata_uri);

}  // namespace tarn::table::iceberg
