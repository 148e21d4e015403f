// SPDX-License-Identifier: Apache-2.0
#pragma once
// `tarn serve`: a node behind an HTTP server until a signal ends it.

#include "app/config.h"

namespace tarn::app {

/// Serves, supervised unless the configuration says otherwise. Returns the exit code.
int Serve(const Config& config);

}  // namespace tarn::app
