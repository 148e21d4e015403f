// SPDX-License-Identifier: Apache-2.0
#pragma once
// Avro schemas of manifests and manifest lists with the field ids the Iceberg spec gives them, and the way between
// partition columns and Avro types. Stateless.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "codec/avro_schema.h"
#include "table/iceberg/manifest_entry.h"

namespace tarn::table::iceberg {

/// Field ids of the spec's tables; readers go by them, never by names.
namespace field {
inline constexpr int32_t kStatus = 0;
inline constexpr int32_t kSnapshotId = 1;
inline constexpr int32_t kDataFile = 2;
inline constexpr int32_t kSequence = 3;
inline constexpr int32_t kFileSequence = 4;
inline constexpr int32_t kContent = 134;
inline constexpr int32_t kFilePath = 100;
inline constexpr int32_t kFileFormat = 101;
inline constexpr int32_t kPartition = 102;
inline constexpr int32_t kRecordCount = 103;
inline constexpr int32_t kFileSize = 104;
inline constexpr int32_t kColumnSizes = 108;
inline constexpr int32_t kValueCounts = 109;
inline constexpr int32_t kNullCounts = 110;
inline constexpr int32_t kLowerBounds = 125;
inline constexpr int32_t kUpperBounds = 128;
inline constexpr int32_t kKeyMetadata = 131;
inline constexpr int32_t kSplitOffsets = 132;
inline constexpr int32_t kEqualityIds = 135;
inline constexpr int32_t kNanCounts = 137;
inline constexpr int32_t kSortOrderId = 140;
inline constexpr int32_t kFirstRowId = 142;
inline constexpr int32_t kReferencedDataFile = 143;
inline constexpr int32_t kContentOffset = 144;
inline constexpr int32_t kContentSize = 145;

inline constexpr int32_t kManifestPath = 500;
inline constexpr int32_t kManifestLength = 501;
inline constexpr int32_t kPartitionSpecId = 502;
inline constexpr int32_t kAddedSnapshotId = 503;
inline constexpr int32_t kAddedFiles = 504;
inline constexpr int32_t kExistingFiles = 505;
inline constexpr int32_t kDeletedFiles = 506;
inline constexpr int32_t kPartitions = 507;
inline constexpr int32_t kContainsNull = 509;
inline constexpr int32_t kSummaryLower = 510;
inline constexpr int32_t kSummaryUpper = 511;
inline constexpr int32_t kAddedRows = 512;
inline constexpr int32_t kExistingRows = 513;
inline constexpr int32_t kDeletedRows = 514;
inline constexpr int32_t kManifestSequence = 515;
inline constexpr int32_t kMinSequence = 516;
inline constexpr int32_t kManifestContent = 517;
inline constexpr int32_t kContainsNan = 518;
inline constexpr int32_t kManifestKeyMetadata = 519;
inline constexpr int32_t kManifestFirstRowId = 520;
}  // namespace field

/// Text of the schema of a manifest's entries; `format_version` 2 or 3. kUnsupported for a partition column of type
/// unknown.
Result<std::string> ManifestEntrySchema(int32_t format_version, std::span<const PartitionColumn> partition);

/// Of a manifest list's rows; `format_version` 2 or 3.
const std::string& ManifestFileSchema(int32_t format_version);

/// The field-id attribute of a field; -1 when it has none.
int32_t FieldIdOf(const codec::AvroField& field);

/// Partition columns as the writer of a manifest declared them in the fields of its partition record. kUnsupported for
/// a type that is none of Iceberg's.
Result<std::vector<PartitionColumn>> PartitionColumnsOf(const codec::AvroType& record);

}  // namespace tarn::table::iceberg
