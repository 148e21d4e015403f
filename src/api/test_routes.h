// SPDX-License-Identifier: Apache-2.0
#pragma once
// /tests/results, /tests/report: what the data tests of jobs came to (http-api.md §8.3).

#include "api/access.h"

namespace tarn::api {

void AddTestRoutes(Routes& routes);

}  // namespace tarn::api
