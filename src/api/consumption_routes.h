// SPDX-License-Identifier: Apache-2.0
#pragma once
// GET and POST /consumption/query, GET /consumption/tables (http-api.md §7).

#include "api/access.h"

namespace tarn::api {

void AddConsumptionRoutes(Routes& routes);

}  // namespace tarn::api
