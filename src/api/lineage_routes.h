// SPDX-License-Identifier: Apache-2.0
#pragma once
// GET /lineage: which tables and columns a table comes from and goes into.

#include "api/access.h"

namespace tarn::api {

void AddLineageRoutes(Routes& routes);

}  // namespace tarn::api
