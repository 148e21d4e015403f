// SPDX-License-Identifier: Apache-2.0
#pragma once
// What goes wrong in Athena, as errors of ours: what may pass by itself is told from what will not (lake.md §6.6). Pure
// function.

#include "base/result.h"
#include "codec/json.h"

namespace tarn::engine {

/// Of the `Status` of a QueryExecution that has FAILED or was CANCELLED.
Error AthenaQueryError(const codec::Json& status);

}  // namespace tarn::engine
