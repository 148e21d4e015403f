// SPDX-License-Identifier: Apache-2.0
#include "table/iceberg/iceberg_state.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/assert.h"
#include "base/time.h"
#include "table/foreign_values.h"
#include "table/iceberg/delete_matching.h"
#include "table/iceberg/features.h"
#include "table/iceberg/name_mapping.h"
#include "table/iceberg/schema_json.h"
#include "table/iceberg/table_properties.h"

namespace tarn::table::iceberg {
namespace {}  // namespace

const IcebergState& StateOf(const Snapshot& snapshot) {
  TARN_ASSERT(snapshot.format_state != nullptr);
  return *static_cast<const IcebergState*>(snapshot.format_state.get());
}

Result<SnapshotPtr> MakeSnapshot(int64_t version, const std::string& location, IcebergState state) {
  const TableMetadata& metadata = *state.metadata;
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->version = version;
  snapshot->snapshot_id = metadata.current_snapshot_id.value_or(-1);
  snapshot->format = "iceberg";
  snapshot->column_match = ColumnMatch::kFieldId;
  snapshot->committed_at = ClampedFromMillis(metadata.last_updated_ms);
  const SchemaRecord* schema = metadata.FindSchema(metadata.current_schema_id);
  TARN_ASSERT(schema != nullptr);
  TARN_ASSIGN(snapshot->schema, DecodeSchema(schema->json, JsonFieldsOf(metadata.properties)));
  TARN_ASSIGN(snapshot->defaults, DecodeDefaults(schema->json, snapshot->schema));
  const auto mapping = metadata.properties.find(kNameMappingProperty);
  if (mapping != metadata.properties.end()) TARN_TRY(ApplyNameMapping(mapping->second, snapshot->schema));
  snapshot->last_field_id = std::max(metadata.last_column_id, snapshot->schema.MaxFieldId());
  TARN_ASSIGN(snapshot->transactions, TransactionsOf(metadata.properties, location));
  snapshot->properties = VisibleProperties(metadata.properties);
  snapshot->commit_id = CommitIdOf(metadata.properties, version);
  snapshot->files = MatchDeletes(state.manifests, metadata);
  state.write_obstacle = FindWriteObstacle(metadata, state.metadata_uri);
  snapshot->format_state = std::make_shared<const IcebergState>(std::move(state));
  return SnapshotPtr(std::move(snapshot));
}

}  // namespace tarn::table::iceberg
