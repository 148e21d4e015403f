// SPDX-License-Identifier: Apache-2.0
#pragma once
// `tarn fsck`: checks a lake, and a node's log, against themselves (upkeep/check.h). Reads only.

#include "app/config.h"

namespace tarn::app {

/// Prints one line for each finding. `config.data_dir` may be empty. Returns the exit code: 0 clean, 1 with findings.
int RunFsck(const Config& config);

}  // namespace tarn::app
