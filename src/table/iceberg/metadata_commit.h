// SPDX-License-Identifier: Apache-2.0
#pragma once
// Commits whose metadata somebody else planned (a client of a catalog), into a table of ours: they are decided by the
// same object as our own, and read before they are put, so that none makes the table unreadable. Stateless.

#include <string>

#include "base/result.h"
#include "table/iceberg/table_metadata.h"
#include "table/table.h"

namespace tarn::table::iceberg {

/// `metadata` is what follows `base`, a snapshot that exists. kInvalidArgument for metadata whose manifests are missing
/// or broken, kUnsupported for what Tarn could not read.
Result<PlannedCommit> PlanMetadataCommit(store::ObjectStore& store, const std::string& location,
                                         const SnapshotPtr& base, TableMetadata metadata);

}  // namespace tarn::table::iceberg
