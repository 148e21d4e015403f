// SPDX-License-Identifier: Apache-2.0
#pragma once
// Delta's schemaString <-> Schema (Delta protocol, "Schema Serialization Format"). What Delta has no word for is field
// metadata of ours, which other writers keep and readers ignore: "tarn.fieldId" (the Parquet field id), "tarn.type":
// "json" for JSON text, "tarn.nested" for what belongs to elements, keys and values. Where Delta's own column mapping
// is on, its ids are the fields' and its physical names are their stored names. Stateless; format page:
// docs/formats/delta.md.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "table/delta/column_mapping.h"
#include "table/types.h"

namespace tarn::table::delta {

/// Ids that a foreign writer did not give are 0. kUnsupported names a type we do not read, kCorrupt broken text.
Result<Schema> DecodeSchema(std::string_view text, MappingMode mapping = MappingMode::kNone);

/// `previous` is the table's schemaString or empty: columns found there by id, else by name, with the same type keep
/// their foreign metadata and the exact type word (short, byte). kInvalidArgument for names that collide ignoring case
/// and for types that Delta cannot hold.
Result<std::string> EncodeSchema(const Schema& schema, std::string_view previous,
                                 MappingMode mapping = MappingMode::kNone);

/// Keys of all field metadata in a schemaString, nested ones included.
Result<std::vector<std::string>> MetadataKeys(std::string_view text);

}  // namespace tarn::table::delta
