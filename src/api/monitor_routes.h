// SPDX-License-Identifier: Apache-2.0
#pragma once
// Monitors of tables: definitions and what they found last (docs/guide/monitors.md).

#include "api/access.h"

namespace tarn::api {

void AddMonitorRoutes(Routes& routes);

}  // namespace tarn::api
