// SPDX-License-Identifier: Apache-2.0
#pragma once
// How a snapshot of a project keeps versions, from its settings. Pure function (docs/guide/dbt.md).

#include "base/result.h"
#include "codec/json.h"

namespace tarn::dbt {

/// {strategy, updated_at, check_cols, hard_deletes, column_names}: as the lake's jobs take it. kInvalidArgument when a
/// setting is missing or none of dbt's, kUnsupported for hard_deletes new_record.
Result<codec::OrderedJson> SnapshotOf(const codec::OrderedJson& config);

}  // namespace tarn::dbt
