// SPDX-License-Identifier: Apache-2.0
#pragma once
// What Iceberg manifests and manifest lists say (spec, "Manifests", "Manifest Lists"), without their encoding, which is
// manifest_avro.h's and manifest_list_avro.h's. Plain values.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "table/iceberg/primitive_type.h"
#include "table/value.h"

namespace tarn::table::iceberg {

enum class FileContent : uint8_t { kData = 0, kPositionDeletes = 1, kEqualityDeletes = 2 };
enum class ManifestContent : uint8_t { kData = 0, kDeletes = 1 };
enum class EntryStatus : uint8_t { kExisting = 0, kAdded = 1, kDeleted = 2 };

/// What is known of one column in one file. Bounds are single-value bytes (single_value.h) and may be cut.
struct ColumnMetrics {
  int32_t field_id = 0;
  std::optional<int64_t> size_bytes;
  std::optional<int64_t> value_count;
  std::optional<int64_t> null_count;
  std::optional<int64_t> nan_count;
  std::optional<std::string> lower;
  std::optional<std::string> upper;

  bool operator==(const ColumnMetrics&) const = default;
};

/// A data or delete file. Paths are as the metadata has them, with scheme and authority.
struct ContentFile {
  FileContent content = FileContent::kData;
  std::string path;
  std::string format = "PARQUET";
  std::vector<Value> partition;  ///< in the order of the manifest's partition columns
  int64_t record_count = 0;
  int64_t size_bytes = 0;
  std::vector<ColumnMetrics> columns;  ///< ascending by field id; absent = unknown
  std::optional<std::string> key_metadata;
  std::vector<int64_t> split_offsets;
  std::vector<int32_t> equality_ids;  ///< kEqualityDeletes
  std::optional<int32_t> sort_order_id;
  std::optional<int64_t> first_row_id;              ///< v3
  std::optional<std::string> referenced_data_file;  ///< deletes of exactly one data file
  std::optional<int64_t> content_offset;            ///< v3: where the deletion vector's blob begins in a Puffin file
  std::optional<int64_t> content_size_bytes;        ///< v3: and how long it is

  bool operator==(const ContentFile&) const = default;
};

struct ManifestEntry {
  EntryStatus status = EntryStatus::kAdded;
  std::optional<int64_t> snapshot_id;    ///< of the commit that added or deleted the file; absent = inherited
  std::optional<int64_t> sequence;       ///< data sequence number; absent = inherited
  std::optional<int64_t> file_sequence;  ///< of the commit that added the file; absent = inherited
  ContentFile file;

  bool is_live() const { return status != EntryStatus::kDeleted; }
  bool operator==(const ManifestEntry&) const = default;
};

/// A column of the partition tuple: a field of the partition spec with its transform's result type.
struct PartitionColumn {
  int32_t field_id = 0;
  std::string name;
  PrimitiveType type;

  bool operator==(const PartitionColumn&) const = default;
};

/// What the partition values of a manifest's files have in common, one for each partition column.
struct PartitionSummary {
  bool contains_null = false;
  std::optional<bool> contains_nan;
  std::optional<std::string> lower;  ///< single-value bytes
  std::optional<std::string> upper;

  bool operator==(const PartitionSummary&) const = default;
};

/// A row of the manifest list.
struct ManifestFile {
  std::string path;
  int64_t size_bytes = 0;
  int32_t partition_spec_id = 0;
  ManifestContent content = ManifestContent::kData;
  int64_t sequence = 0;      ///< of the commit that added the manifest; 0 in v1
  int64_t min_sequence = 0;  ///< least data sequence number of its live files; 0 in v1
  int64_t added_snapshot_id = 0;
  std::optional<int32_t> added_files;  ///< absent: unknown (v1 only), to be taken as some
  std::optional<int32_t> existing_files;
  std::optional<int32_t> deleted_files;
  std::optional<int64_t> added_rows;
  std::optional<int64_t> existing_rows;
  std::optional<int64_t> deleted_rows;
  std::vector<PartitionSummary> partitions;
  std::optional<std::string> key_metadata;
  std::optional<int64_t> first_row_id;  ///< v3, data manifests

  bool operator==(const ManifestFile&) const = default;
};

}  // namespace tarn::table::iceberg
