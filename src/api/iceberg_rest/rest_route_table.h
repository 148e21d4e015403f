// SPDX-License-Identifier: Apache-2.0
#pragma once
// The routes below /iceberg/v1 as they are added: each is in the list of endpoints that clients ask the catalog for.
// Filled before the server starts.

#include <expected>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "api/access.h"
#include "api/services.h"
#include "net/message.h"

namespace tarn::api::iceberg_rest {

/// What a handler answers, or why not.
using Answer = std::expected<net::Response, net::Response>;

class RestRouteTable {
 public:
  using Handler = std::function<Answer(catalog::IcebergCatalog&, const net::Request&)>;

  RestRouteTable(net::Router& router, Services& services) : routes_(router, services) {}

  /// `path` below /iceberg/v1, as the specification spells its parameters.
  void Add(net::Method method, const std::string& path, Handler handler) {
    endpoints_.push_back(std::string(net::MethodName(method)) + " /v1/{prefix}" + path);
    auto& catalog = routes_.services().iceberg;
    routes_.Add(method, "/iceberg/v1" + path, [&catalog, handler = std::move(handler)](const net::Request& request) {
      Answer answer = handler(catalog, request);
      return answer ? *std::move(answer) : std::move(answer).error();
    });
  }

  /// "GET /v1/{prefix}/namespaces" …
  const std::vector<std::string>& endpoints() const { return endpoints_; }
  Services& services() { return routes_.services(); }
  Routes& routes() { return routes_; }

 private:
  Routes routes_;
  std::vector<std::string> endpoints_;
};

}  // namespace tarn::api::iceberg_rest
