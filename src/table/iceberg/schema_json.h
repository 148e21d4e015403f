// SPDX-License-Identifier: Apache-2.0
#pragma once
// Iceberg's schema JSON (spec, "Schemas") <-> Schema. Field ids are the table's own and never change. Stateless.

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "base/result.h"
#include "codec/json.h"
#include "table/types.h"
#include "table/value.h"

namespace tarn::table::iceberg {

/// kUnsupported names a type or a column default we do not read, kCorrupt what is broken. Fields in `json_fields` are
/// JSON text. Types that Tarn has no kind for but reads as text or bytes: fixed (binary).
Result<Schema> DecodeSchema(const codec::OrderedJson& json, const std::set<int32_t>& json_fields);

/// What rows of files without a column hold (v3), by field id. `schema` is what `json` decodes to.
Result<std::map<int32_t, Value>> DecodeDefaults(const codec::OrderedJson& json, const Schema& schema);

/// The schema object under `schema_id`. `previous` is the table's schema before, or null: what it says of a field that
/// keeps its id (documentation, defaults) and its identifier fields stay. kInvalidArgument for a type Iceberg cannot
/// hold or two columns of one name.
Result<codec::OrderedJson> EncodeSchema(const Schema& schema, int32_t schema_id, const codec::OrderedJson* previous);

/// Ids of the fields of JSON text, nested ones included.
std::set<int32_t> JsonFieldsOf(const Schema& schema);

}  // namespace tarn::table::iceberg
