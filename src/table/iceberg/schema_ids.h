// SPDX-License-Identifier: Apache-2.0
#pragma once
// Field ids in Iceberg's schema JSON, whatever types the schema has: catalogs keep schemas of types that Tarn has no
// word for. Stateless.

#include <cstdint>
#include <map>
#include <set>

#include "base/result.h"
#include "codec/json.h"

namespace tarn::table::iceberg {

/// Every id, nested ones included. kInvalidArgument for what is no schema or has an id twice.
Result<std::set<int32_t>> FieldIdsOf(const codec::OrderedJson& schema);

/// 0 for a schema without columns.
Result<int32_t> HighestFieldId(const codec::OrderedJson& schema);

/// Gives every field a new id from 1 up, those of one level before those below it; identifier fields follow. Returns
/// new ids by old ones. Errors as above.
Result<std::map<int32_t, int32_t>> RenumberFields(codec::OrderedJson& schema);

}  // namespace tarn::table::iceberg
