// SPDX-License-Identifier: Apache-2.0
#pragma once
// Name mappings (Iceberg spec, "Name Mapping Serialization"): by which names columns are found in data files that carry
// no field ids, because they were written before they were added to the table. Stateless.

#include <string>
#include <string_view>

#include "base/result.h"
#include "table/types.h"

namespace tarn::table::iceberg {

/// Table property that holds the mapping.
inline constexpr const char* kNameMappingProperty = "schema.name-mapping.default";

/// Sets Field::stored_names of the fields, nested ones included, that `json` maps; the others are left alone. kCorrupt
/// when it is no mapping, or gives one name at one level to two fields.
Status ApplyNameMapping(std::string_view json, Schema& schema);

/// The mapping by which every column is found under its own name.
std::string EncodeNameMapping(const Schema& schema);

}  // namespace tarn::table::iceberg
