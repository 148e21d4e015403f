// SPDX-License-Identifier: Apache-2.0
#pragma once
// Namespaces in the Iceberg REST protocol. Added by rest_routes.

#include "api/iceberg_rest/rest_route_table.h"

namespace tarn::api::iceberg_rest {

void AddNamespaceRoutes(RestRouteTable& routes);

}  // namespace tarn::api::iceberg_rest
