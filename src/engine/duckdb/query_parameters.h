// SPDX-License-Identifier: Apache-2.0
#pragma once
// Matches a request's parameters with the ones its statement names. Stateless.

#include "base/result.h"
#include "engine/duckdb/running_query.h"
#include "engine/query_engine.h"

namespace tarn::engine {

/// kInvalidArgument when one is missing or too many.
Result<ParameterValues> BindParameters(const QueryRequest& request, const std::vector<std::string>& names);

}  // namespace tarn::engine
