// SPDX-License-Identifier: Apache-2.0
#pragma once
// The JSON of commits as the REST catalog protocol carries them: requirements that the table must meet, and updates
// that become changes of its metadata. Stateless.

#include "base/result.h"
#include "codec/json.h"
#include "table/iceberg/metadata_builder.h"
#include "table/iceberg/table_metadata.h"

namespace tarn::table::iceberg {

/// Whether `requirements` (an array) hold for `base`, null for a table that does not exist. kConflict says which does
/// not; kInvalidArgument for what is no requirement.
Status CheckRequirements(const codec::OrderedJson& requirements, const TableMetadata* base);

/// Applies `updates` (an array) in their order. kInvalidArgument for what is no update, else as MetadataBuilder.
Status ApplyUpdates(const codec::OrderedJson& updates, MetadataBuilder& builder);

/// What a request to create a table says of it.
struct NewTable {
  codec::OrderedJson schema;
  codec::OrderedJson partition_spec;  ///< null: none
  codec::OrderedJson sort_order;      ///< null: none
  StringMap properties;               ///< "format-version" chooses the version, and is not kept
  std::string location;
  std::string uuid;
};

/// First metadata of a table. Columns get ids of their own; partitions and order follow them.
Result<TableMetadata> MakeNewMetadata(NewTable table, Timestamp now);

}  // namespace tarn::table::iceberg
