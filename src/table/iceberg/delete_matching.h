// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which delete files apply to which data files (Iceberg spec, "Scan Planning"): by path, partition and sequence number.
// Stateless.

#include <span>
#include <vector>

#include "table/iceberg/iceberg_state.h"

namespace tarn::table::iceberg {

/// The live files of all manifests, each with the deletes that apply to it. Files without any are shared with the
/// manifests.
std::vector<DataFilePtr> MatchDeletes(std::span<const LoadedManifestPtr> manifests, const TableMetadata& metadata);

}  // namespace tarn::table::iceberg
