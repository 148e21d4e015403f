// SPDX-License-Identifier: Apache-2.0
#pragma once
// /endpoints: the schema registry over HTTP (http-api.md §3).

#include "api/access.h"

namespace tarn::api {

void AddEndpointRoutes(Routes& routes);

}  // namespace tarn::api
