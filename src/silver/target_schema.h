// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which schema a silver table must have for a merge: the contract's columns, observed fields, metadata (lake.md
// §2.3–2.4, §4.5; http-api.md §3.4, §4.5). Pure functions.

#include <set>
#include <string_view>
#include <vector>

#include "bronze/log_entry.h"
#include "contract/contract.h"
#include "contract/row_decoder.h"
#include "table/snapshot.h"

namespace tarn::silver {

/// Real columns every silver table has; the query API hides them from * (http-api.md §4.4).
bool IsMetadataColumn(std::string_view name);

struct TargetSchema {
  table::Schema schema;  ///< all field ids assigned
  int32_t last_field_id = 0;
  bool changed = false;       ///< differs from the snapshot's
  std::set<int32_t> widened;  ///< ids of columns whose files must be rewritten
};

/// The schema after a merge of records under `contract` that showed `fields`. Columns are never dropped.
TargetSchema PlanSchema(const table::Snapshot& snapshot, const contract::Contract& contract,
                        const std::vector<bronze::ObservedField>& fields);

/// How the schema's non-metadata columns are filled from payloads, in schema order.
std::vector<contract::PayloadColumn> PayloadColumns(const table::Schema& schema, const contract::Contract& contract);

/// Visible and hidden parts of a silver schema.
struct SplitSchema {
  table::Schema visible;
  table::Schema hidden;
};
SplitSchema Split(const table::Schema& schema);

}  // namespace tarn::silver
