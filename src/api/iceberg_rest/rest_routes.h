// SPDX-License-Identifier: Apache-2.0
#pragma once
// The Iceberg REST catalog under /iceberg/v1 (the specification's version and the routes: openapi/iceberg-rest.md).
// Added by app beside the routes of api/routes.h.

#include "api/services.h"
#include "net/router.h"

namespace tarn::api::iceberg_rest {

/// `services` outlives the server that gets the router.
void AddRestRoutes(net::Router& router, Services& services);

}  // namespace tarn::api::iceberg_rest
