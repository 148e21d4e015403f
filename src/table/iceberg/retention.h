// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which snapshots stay in the metadata (durability.md §8), and taking the others out. Pure.

#include <cstdint>
#include <set>
#include <span>

#include "base/result.h"
#include "base/time.h"
#include "table/history.h"
#include "table/iceberg/table_metadata.h"

namespace tarn::table::iceberg {

/// Table property, "true" in the tables that Tarn creates; without it no snapshot is ever dropped.
inline constexpr const char* kExpireProperty = "tarn.expire-snapshots";

/// Expiry takes snapshots out before there are that many beyond those the rule keeps. Where it does not run, or commits
/// outrun it, commits do it, because each writes the whole list again; the files are left to the removal of orphans
/// then.
inline constexpr size_t kSpareSnapshots = 144;

bool MayExpire(const TableMetadata& metadata);

/// The current snapshot, those that branches and tags name, and of a branch as many below its head as it asks for.
std::set<int64_t> PinnedSnapshots(const TableMetadata& metadata);

/// Takes the snapshots out, with their statistics and the part of the snapshot log that their absence makes wrong. Ids
/// that are not there are gone already. kConflict when one of them is pinned.
Status DropSnapshots(TableMetadata& metadata, std::span<const int64_t> snapshot_ids);

/// When there are more than kSpareSnapshots beyond those that the rule keeps, drops them.
void BoundSnapshots(TableMetadata& metadata, const RetentionRule& rule, Timestamp now);

}  // namespace tarn::table::iceberg
