// SPDX-License-Identifier: Apache-2.0
#pragma once
// /tables/{domain}/{layer}/{table}/history and …/rollback: versions of silver and gold tables (lake.md §5.4,
// docs/guide/time-travel.md).

#include "api/access.h"

namespace tarn::api {

void AddHistoryRoutes(Routes& routes);

}  // namespace tarn::api
