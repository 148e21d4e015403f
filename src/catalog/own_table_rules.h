// SPDX-License-Identifier: Apache-2.0
#pragma once
// What writers from outside may not do to the lake's own tables (durability.md §5.6): appends, deletes and compaction
// are welcome; what would break the contract or lose our position is refused. Pure.

#include "base/result.h"
#include "table/iceberg/table_metadata.h"

namespace tarn::catalog {

/// kFailedPrecondition names what is not allowed: another location or format version; a column of `before` that is
/// gone or changed, a new one that is required; any change of a property under "tarn."; main anywhere but on
/// a new child of where it was.
Status CheckOwnTable(const table::iceberg::TableMetadata& before, const table::iceberg::TableMetadata& after);

}  // namespace tarn::catalog
