// SPDX-License-Identifier: Apache-2.0
#pragma once
// /transform/jobs, runs and executions (http-api.md §8).

#include "api/access.h"

namespace tarn::api {

void AddTransformRoutes(Routes& routes);

}  // namespace tarn::api
