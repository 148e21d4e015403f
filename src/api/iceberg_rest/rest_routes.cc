// SPDX-License-Identifier: Apache-2.0
#include "api/iceberg_rest/rest_routes.h"

#include "api/answers.h"
#include "api/iceberg_rest/namespace_routes.h"
#include "api/iceberg_rest/rest_route_table.h"
#include "api/iceberg_rest/table_routes.h"

namespace tarn::api::iceberg_rest {

void AddRestRoutes(net::Router& router, Services& services) {
  RestRouteTable routes(router, services);
  AddNamespaceRoutes(routes);
  AddTableRoutes(routes);
  const net::Response config = JsonAnswer({{"defaults", codec::OrderedJson::object()},
                                           {"overrides", codec::OrderedJson::object()},
                                           {"endpoints", routes.endpoints()}});
  routes.routes().Add(net::Method::kGet, "/iceberg/v1/config", [config](const net::Request&) { return config; });
}

}  // namespace tarn::api::iceberg_rest
