// SPDX-License-Identifier: Apache-2.0
#pragma once
// Upkeep by HTTP: do it now, what was done, how fit the tables are (docs/guide/upkeep.md).

#include "api/access.h"

namespace tarn::api {

void AddUpkeepRoutes(Routes& routes);

}  // namespace tarn::api
