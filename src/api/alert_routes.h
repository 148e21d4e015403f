// SPDX-License-Identifier: Apache-2.0
#pragma once
// Alerts, open and resolved (docs/guide/monitors.md).

#include "api/access.h"

namespace tarn::api {

void AddAlertRoutes(Routes& routes);

}  // namespace tarn::api
