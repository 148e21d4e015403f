// SPDX-License-Identifier: Apache-2.0
#pragma once
// Table metadata of Iceberg (spec, "Table Metadata") as plain values; their JSON form is metadata_json's. Parts that
// never change once written (schemas, snapshots) keep the JSON they were read from, so that what we do not understand
// in them survives our commits, and are shared between versions of the metadata.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "codec/json.h"

namespace tarn::table::iceberg {

using StringMap = std::map<std::string, std::string>;

inline constexpr int32_t kMinFormatVersion = 1;
inline constexpr int32_t kMaxFormatVersion = 3;

/// One schema of the table, decoded where it is needed (schema_json).
struct SchemaRecord {
  int32_t schema_id = 0;
  codec::OrderedJson json;
};

struct PartitionField {
  std::vector<int32_t> source_ids;  ///< one, but for transforms of several columns (v3)
  int32_t field_id = 0;
  std::string name;
  std::string transform;  ///< "identity", "bucket[16]", …

  bool operator==(const PartitionField&) const = default;
};

struct PartitionSpec {
  int32_t spec_id = 0;
  std::vector<PartitionField> fields;

  bool is_unpartitioned() const { return fields.empty(); }
  bool operator==(const PartitionSpec&) const = default;
};

struct SortOrder {
  int32_t order_id = 0;
  codec::OrderedJson json;
};

struct SnapshotRecord {
  int64_t snapshot_id = 0;
  std::optional<int64_t> parent_id;
  int64_t sequence_number = 0;  ///< 0 in v1
  int64_t timestamp_ms = 0;
  std::string manifest_list;           ///< empty: v1 with `manifests`
  std::vector<std::string> manifests;  ///< v1 without a manifest list
  StringMap summary;                   ///< "operation" included
  std::optional<int32_t> schema_id;
  std::optional<int64_t> first_row_id;  ///< v3
  std::optional<int64_t> added_rows;    ///< v3
  std::string text;                     ///< its JSON
};

using SnapshotRecordPtr = std::shared_ptr<const SnapshotRecord>;

/// A branch or a tag.
struct SnapshotRef {
  int64_t snapshot_id = 0;
  std::string type;  ///< "branch" or "tag"
  std::optional<int64_t> min_snapshots_to_keep;
  std::optional<int64_t> max_snapshot_age_ms;
  std::optional<int64_t> max_ref_age_ms;

  bool operator==(const SnapshotRef&) const = default;
};

inline constexpr const char* kMainBranch = "main";

struct SnapshotLogEntry {
  int64_t timestamp_ms = 0;
  int64_t snapshot_id = 0;

  bool operator==(const SnapshotLogEntry&) const = default;
};

struct MetadataLogEntry {
  int64_t timestamp_ms = 0;
  std::string metadata_file;

  bool operator==(const MetadataLogEntry&) const = default;
};

/// A Puffin file with statistics of one snapshot, or a partition statistics file.
struct StatisticsFile {
  int64_t snapshot_id = 0;
  codec::OrderedJson json;
};

struct TableMetadata {
  int32_t format_version = 2;
  std::string table_uuid;  ///< may be empty in v1
  std::string location;    ///< absolute, without a trailing slash
  int64_t last_sequence_number = 0;
  int64_t last_updated_ms = 0;
  int32_t last_column_id = 0;
  std::vector<std::shared_ptr<const SchemaRecord>> schemas;
  int32_t current_schema_id = 0;
  std::vector<PartitionSpec> partition_specs;
  int32_t default_spec_id = 0;
  int32_t last_partition_id = 0;
  StringMap properties;
  std::optional<int64_t> current_snapshot_id;
  std::vector<SnapshotRecordPtr> snapshots;
  std::vector<SnapshotLogEntry> snapshot_log;
  std::vector<MetadataLogEntry> metadata_log;
  std::vector<SortOrder> sort_orders;
  int32_t default_sort_order_id = 0;
  std::map<std::string, SnapshotRef> refs;  ///< main included when there is a current snapshot
  std::vector<StatisticsFile> statistics;
  std::vector<StatisticsFile> partition_statistics;
  std::optional<int64_t> next_row_id;  ///< v3
  codec::OrderedJson others;           ///< members the spec does not name, or that came after it

  const SchemaRecord* FindSchema(int32_t id) const;
  const PartitionSpec* FindSpec(int32_t id) const;
  /// nullptr when it is not (any more) in the metadata.
  SnapshotRecordPtr FindSnapshot(int64_t id) const;
  /// nullptr for a table without data.
  SnapshotRecordPtr CurrentSnapshot() const;
};

using TableMetadataPtr = std::shared_ptr<const TableMetadata>;

}  // namespace tarn::table::iceberg
