// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which snapshots stay in the metadata (durability.md §8): without it every commit would write the whole past again.
// Files that only dropped snapshots name are upkeep's to remove. Pure.

#include <cstdint>

#include "base/time.h"
#include "table/iceberg/table_metadata.h"

namespace tarn::table::iceberg {

/// Table property, "true" in the tables that Tarn creates; without it no snapshot is ever dropped.
inline constexpr const char* kExpireProperty = "tarn.expire-snapshots";

/// Sequence numbers from one expiry to the next.
inline constexpr int64_t kCommitsPerExpiry = 32;

/// When one is due, drops the snapshots that the rule does not keep. The current one and those that branches and tags
/// name stay.
void ExpireSnapshots(TableMetadata& metadata, Timestamp now);

}  // namespace tarn::table::iceberg
