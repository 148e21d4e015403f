// SPDX-License-Identifier: Apache-2.0
#pragma once
// The numbers that a SELECT of our own asks for: counts above all. Free functions; as thread-safe as the workspace.

#include <cstdint>
#include <string>
#include <vector>

#include "engine/query_engine.h"

namespace tarn::engine {

/// The only row of a SELECT whose columns are BIGINT and not NULL. kInternal when there is not exactly one row.
Result<std::vector<int64_t>> SelectNumbers(Workspace& workspace, const std::string& select);

/// The only column of that row.
Result<int64_t> SelectNumber(Workspace& workspace, const std::string& select);

}  // namespace tarn::engine
