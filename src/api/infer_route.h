// SPDX-License-Identifier: Apache-2.0
#pragma once
// POST /endpoints/infer (http-api.md §3.5).

#include "api/access.h"

namespace tarn::api {

void AddInferRoute(Routes& routes);

}  // namespace tarn::api
