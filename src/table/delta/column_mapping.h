// SPDX-License-Identifier: Apache-2.0
#pragma once
// Column mapping (Delta protocol, "Column Mapping"): columns whose names in the files, the physical ones, are not their
// own. Physical names are Field::stored_names here. Stateless.

#include <cstdint>
#include <string>

#include "base/result.h"
#include "table/delta/actions.h"
#include "table/types.h"

namespace tarn::table::delta {

enum class MappingMode : uint8_t { kNone, kId, kName };

inline constexpr const char* kMappingMode = "delta.columnMapping.mode";
inline constexpr const char* kMaxColumnId = "delta.columnMapping.maxColumnId";

/// kUnsupported for a mode nobody knows.
Result<MappingMode> MappingModeOf(const Protocol& protocol, const Metadata& metadata);

/// Name of a column in files, partition values and statistics.
const std::string& StoredNameOf(const Field& field);

/// Whether `after` gives a column of `before` (the same id, nested ones included) another name.
bool RenamesColumns(const Schema& before, const Schema& after);

/// `after` with the stored names of a mapped table: columns of `before` keep theirs, new ones get a name that no file
/// can have, made of `unique_id`, unless they bring one.
Schema WithStoredNames(const Schema& before, Schema after, const std::string& unique_id);

/// The first column, nested ones included, that is stored under another name; empty when there is none.
std::string FirstMappedColumn(const Schema& schema);

}  // namespace tarn::table::delta
