// SPDX-License-Identifier: Apache-2.0
#pragma once
// Iceberg table metadata <-> its JSON (spec, Appendix C): format versions 1 to 3. Members that are not
// understood are kept and written again. Stateless; format page: docs/formats/iceberg.md.

#include <string>
#include <string_view>

#include "base/result.h"
#include "table/iceberg/table_metadata.h"

namespace tarn::table::iceberg {

/// kCorrupt names the member that is missing or broken, kUnsupported a format version above 3.
Result<TableMetadata> DecodeMetadata(std::string_view body);

/// The same from a document that is parsed already, as a REST catalog carries it.
Result<TableMetadata> DecodeMetadataDocument(const codec::OrderedJson& document);

/// Compact text.
std::string EncodeMetadata(const TableMetadata& metadata);

/// The snapshot as it stands in the metadata of `format_version`; what SnapshotRecord::text holds.
std::string EncodeSnapshot(const SnapshotRecord& snapshot, int32_t format_version);

/// One snapshot with its text.
Result<SnapshotRecordPtr> DecodeSnapshot(const codec::OrderedJson& json);

Result<PartitionSpec> DecodePartitionSpec(const codec::OrderedJson& json);

codec::OrderedJson EncodePartitionSpec(const PartitionSpec& spec);

Result<SnapshotRef> DecodeRef(const codec::OrderedJson& json);

}  // namespace tarn::table::iceberg
