// SPDX-License-Identifier: Apache-2.0
#pragma once
// What spark-sql says when it fails, as errors of ours: what may pass by itself is told from what will not (lake.md
// §6.6). Pure function.

#include <string_view>

#include "base/result.h"

namespace tarn::engine {

/// Of the end of what it wrote. Spark's conditions carry an SQLSTATE, which decides; what comes without is known by the
/// names of Java's exceptions.
Error SparkError(std::string_view output, int exit_status);

}  // namespace tarn::engine
