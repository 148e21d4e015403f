// SPDX-License-Identifier: Apache-2.0
#pragma once
// Follows the columns of a bound plan, before any optimisation, down to the tables it scans. Views are looked through.

#include "engine/duckdb/duckdb_headers.h"
#include "engine/query_lineage.h"

namespace tarn::engine {

/// `names` and `types` are those of the plan's result.
QueryLineage LineageOf(duckdb::LogicalOperator& plan, const duckdb::vector<duckdb::string>& names,
                       const duckdb::vector<duckdb::LogicalType>& types);

}  // namespace tarn::engine
