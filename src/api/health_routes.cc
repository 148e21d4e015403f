// SPDX-License-Identifier: Apache-2.0
#include "api/health_routes.h"

#include "api/answers.h"

namespace tarn::api {
namespace {

net::Response Ready(const Services& services) {
  const auto checks = services.check_ready();
  if (!checks) return ErrorAnswer(503, checks.error());
  codec::OrderedJson body{{"status", "ready"}, {"checks", codec::OrderedJson::object()}};
  for (const auto& [name, state] : *checks) body["checks"][name] = state;
  return JsonAnswer(body);
}

}  // namespace

void AddHealthRoutes(Routes& routes) {
  auto& services = routes.services();
  routes.AddImmediateOpen(net::Method::kGet, "/", [&services](net::Request, net::Responder responder) {
    responder.Send(JsonAnswer({{"status", "healthy"}, {"service", "tarn"}, {"version", services.settings.version}}));
  });
  routes.AddImmediateOpen(net::Method::kGet, "/healthz", [](net::Request, net::Responder responder) {
    responder.Send(JsonAnswer({{"status", "ok"}}));
  });
  routes.AddOpen(net::Method::kGet, "/readyz", [&services](const net::Request&) { return Ready(services); });
  routes.Add(net::Method::kGet, "/metrics", [&services](const net::Request&) {
    net::Response response;
    response.content_type = "text/plain; version=0.0.4";
    response.body = services.metrics.Render();
    return response;
  });
}

}  // namespace tarn::api
