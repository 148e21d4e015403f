// SPDX-License-Identifier: Apache-2.0
#pragma once
// The history of an Iceberg table: the snapshots its metadata holds, under their ids (lake.md §5.4). Stateless.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "table/format.h"
#include "table/iceberg/iceberg_state.h"
#include "table/iceberg/table_metadata.h"

namespace tarn::table::iceberg {

/// Member of a snapshot's summary: number of the metadata that brought it. Not in those of others.
inline constexpr const char* kVersionMember = "tarn.version";

/// Member of a snapshot's summary: the operation of the intent, finer than the spec's four.
inline constexpr const char* kOperationMember = "tarn.operation";

/// kNotFound for an id that the metadata does not hold.
Error NoSuchSnapshot(int64_t snapshot_id);

/// Number of the metadata that brought the snapshot, as far as its writer said.
std::optional<int64_t> VersionOf(const SnapshotRecord& snapshot);

/// All snapshots, those of other branches too, in the order they were made.
std::vector<SnapshotRecordPtr> SnapshotsInOrder(const TableMetadata& metadata);
std::vector<int64_t> SnapshotIds(const TableMetadata& metadata);

/// The snapshot that main had at that instant: by the snapshot log, and for times before the log begins by the times of
/// the snapshots that are left.
std::optional<int64_t> SnapshotAt(const TableMetadata& metadata, Timestamp at);

/// What was set when the snapshot was made: properties of its summary, or, when another writer made it, of the nearest
/// snapshot below it that has them (durability.md §5.2).
StringMap PositionsAt(const TableMetadata& metadata, const SnapshotRecord& snapshot);

/// The metadata as if `snapshot` was its current one.
TableMetadata MetadataAt(const TableMetadata& metadata, const SnapshotRecord& snapshot);

/// As TableFormat::LoadChange, of the table whose newest state is `newest`.
Result<VersionChange> LoadChange(store::ObjectStore& store, const std::string& location, const IcebergState& newest,
                                 int64_t snapshot_id);

}  // namespace tarn::table::iceberg
