// SPDX-License-Identifier: Apache-2.0
#pragma once
// Statistics of a data file: Iceberg's metrics by field id <-> the model's by top-level column. Stateless.

#include <vector>

#include "base/result.h"
#include "table/iceberg/manifest_entry.h"
#include "table/snapshot.h"
#include "table/types.h"

namespace tarn::table::iceberg {

/// Fills the statistics of the columns of `schema`. kCorrupt for a bound that is no value of its column's type.
Status DecodeStats(const ContentFile& file, const Schema& schema, DataFile& out);

/// Counts and bounds of the columns of `schema`, ascending by field id.
Result<std::vector<ColumnMetrics>> EncodeStats(const DataFile& file, const Schema& schema);

}  // namespace tarn::table::iceberg
