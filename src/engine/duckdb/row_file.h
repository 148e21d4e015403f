// SPDX-License-Identifier: Apache-2.0
#pragma once
// QueryEngine::PrepareRows on one DuckDB instance. Stateless.

#include "engine/duckdb/engine_core.h"
#include "engine/query_engine.h"

namespace tarn::engine {

Result<PreparedParquet> PrepareRowFile(EngineCore& core, const RowWriteRequest& request);

}  // namespace tarn::engine
