// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/table_metadata.h"

#include <algorithm>

namespace tarn::table::iceberg {

const SchemaRecord* TableMetadata::FindSchema(int32_t id) const {
  const auto found = std::ranges::find_if(schemas, [&](const auto& schema) { return schema->schema_id == id; });
  return found == schemas.end() ? nullptr : found->get();
}

const PartitionSpec* TableMetadata::FindSpec(int32_t id) const {
  const auto found = std::ranges::find(partition_specs, id, &PartitionSpec::spec_id);
  return found == partition_specs.end() ? nullptr : &*found;
}

SnapshotRecordPtr TableMetadata::FindSnapshot(int64_t id) const {
  // The newest are asked for, and stand at the end.
  const auto found =
      std::find_if(snapshots.rbegin(), snapshots.rend(), [&](const auto& one) { return one->snapshot_id == id; });
  return found == snapshots.rend() ? nullptr : *found;
}

SnapshotRecordPtr TableMetadata::CurrentSnapshot() const {
  return current_snapshot_id ? FindSnapshot(*current_snapshot_id) : nullptr;
}

}  // namespace tarn::table::iceberg
