// SPDX-License-Identifier: Apache-2.0
#include "api/alert_routes.h"

#include "api/parameters.h"

namespace tarn::api {
namespace {

using codec::OrderedJson;

net::Response ListAlerts(Services& services, const net::Request& request) {
  Parameters parameters(request);
  alert::AlertFilter filter;
  const auto status = parameters.Choice("status", "", {"", "open", "resolved"});
  if (!status.empty()) filter.is_open = status == "open";
  filter.about = parameters.Text("about");
  filter.limit = static_cast<size_t>(parameters.Integer("limit", 1, 10'000).value_or(100));
  if (!parameters.problems().empty()) return ProblemsAnswer(parameters.problems());
  auto alerts = OrderedJson::array();
  for (const auto& alert : services.alerts.List(filter)) alerts.push_back(alert::AlertToJson(alert));
  const auto count = alerts.size();
  return JsonAnswer({{"alerts", std::move(alerts)}, {"count", count}});
}

net::Response GetAlert(Services& services, const net::Request& request) {
  const auto id = std::string(request.Param("alert_id"));
  const auto alert = services.alerts.Find(id);
  return alert ? JsonAnswer(alert::AlertToJson(*alert))
               : ErrorAnswer({ErrorCode::kNotFound, "Alert " + id + " not found", ""});
}

}  // namespace

void AddAlertRoutes(Routes& routes) {
  routes.Add(net::Method::kGet, "/alerts", ListAlerts);
  routes.Add(net::Method::kGet, "/alerts/{alert_id}", GetAlert);
}

}  // namespace tarn::api
