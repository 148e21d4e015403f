// SPDX-License-Identifier: Apache-2.0
#pragma once
// How snapshots leave an Iceberg table (durability.md §8): by a commit of metadata without them. What branches, tags
// and later positions need stays. Nothing is put or deleted here.

#include <cstdint>
#include <set>
#include <string>

#include "base/result.h"
#include "table/format.h"
#include "table/iceberg/iceberg_state.h"
#include "table/iceberg/listed_manifests.h"

namespace tarn::table::iceberg {

/// As TableFormat::PrepareExpiry. Tables whose property tarn.expire-snapshots is not "true" let nothing go.
Result<ExpiryPlan> PrepareExpiry(store::ObjectStore& store, const std::string& location, const Snapshot& newest,
                                 const std::set<int64_t>& expired, ListedManifests& listed);

/// As TableFormat::MetadataInUse.
Result<std::set<std::string>> MetadataInUse(store::ObjectStore& store, const std::string& location,
                                            const IcebergState& newest, ListedManifests& listed);

}  // namespace tarn::table::iceberg
