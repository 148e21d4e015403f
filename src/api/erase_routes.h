// SPDX-License-Identifier: Apache-2.0
#pragma once
// Erasure by key: POST /upkeep/{domain}/{name}/erase and GET /upkeep/{domain}/{name}/erasures (docs/guide/erasure.md).

#include "api/access.h"

namespace tarn::api {

void AddEraseRoutes(Routes& routes);

}  // namespace tarn::api
