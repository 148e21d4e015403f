// SPDX-License-Identifier: Apache-2.0
#pragma once
// GET /, /healthz, /readyz, /metrics (http-api.md §2).

#include "api/access.h"

namespace tarn::api {

void AddHealthRoutes(Routes& routes);

}  // namespace tarn::api
