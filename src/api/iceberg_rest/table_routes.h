// SPDX-License-Identifier: Apache-2.0
#pragma once
// Tables in the Iceberg REST protocol: listed, loaded, made, committed to, dropped, renamed. Added by rest_routes.

#include "api/iceberg_rest/rest_route_table.h"

namespace tarn::api::iceberg_rest {

void AddTableRoutes(RestRouteTable& routes);

}  // namespace tarn::api::iceberg_rest
