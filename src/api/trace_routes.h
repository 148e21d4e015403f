// SPDX-License-Identifier: Apache-2.0
#pragma once
// GET /trace: what became of one record (docs/guide/ledger.md).

#include "api/access.h"

namespace tarn::api {

void AddTraceRoutes(Routes& routes);

}  // namespace tarn::api
