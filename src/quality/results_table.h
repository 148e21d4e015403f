// SPDX-License-Identifier: Apache-2.0
#pragma once
// `tarn.system.test_results`: every result of every test, in the 28 columns that Elementary's results table has
// (lake.md §6.4), so that what reads one reads the other. Reports are read while rows are asked for. Thread-safe.

#include <memory>

#include "engine/names.h"
#include "quality/test_results.h"

namespace tarn::quality {

/// The table as it is now. `results` outlives it.
Result<engine::BoundTablePtr> BindTestResults(TestResults& results);

}  // namespace tarn::quality
