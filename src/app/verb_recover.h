// SPDX-License-Identifier: Apache-2.0
#pragma once
// `tarn recover`: lands what an abandoned data directory still holds, without serving (durability.md §2.3).

#include "app/config.h"

namespace tarn::app {

/// Returns the exit code.
int RunRecover(const Config& config);

}  // namespace tarn::app
