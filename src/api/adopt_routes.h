// SPDX-License-Identifier: Apache-2.0
#pragma once
// POST /endpoints/{domain}/{name}/adopt: a table that others made becomes the endpoint's silver table.

#include "api/access.h"

namespace tarn::api {

void AddAdoptRoutes(Routes& routes);

}  // namespace tarn::api
