// SPDX-License-Identifier: Apache-2.0
#pragma once
// GET /quarantine… (http-api.md §6).

#include "api/access.h"

namespace tarn::api {

void AddQuarantineRoutes(Routes& routes);

}  // namespace tarn::api
