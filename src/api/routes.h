// SPDX-License-Identifier: Apache-2.0
#pragma once
// All routes of the program (http-api.md §2–§8).

#include "api/services.h"
#include "net/router.h"

namespace tarn::api {

/// `services` outlives the server that gets the router.
net::Router MakeRouter(Services& services);

}  // namespace tarn::api
