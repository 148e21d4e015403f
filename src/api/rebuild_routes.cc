// SPDX-License-Identifier: Apache-2.0
#include "api/rebuild_routes.h"

#include <charconv>

#include "api/parameters.h"
#include "codec/or_null.h"

namespace tarn::api {
namespace {

using codec::OrderedJson;
using codec::OrNull;

/// "rebuild-{domain}-{name}-{number}": no name has a dash.
constexpr std::string_view kPrefix = "rebuild-";

struct RebuildId {
  std::string domain;
  std::string name;
  uint64_t number = 0;

  std::string ToString() const { return std::string(kPrefix) + domain + "-" + name + "-" + std::to_string(number); }
};

std::optional<RebuildId> ParseRebuildId(std::string_view text) {
  if (!text.starts_with(kPrefix)) return std::nullopt;
  text.remove_prefix(kPrefix.size());
  const auto first = text.find('-');
  const auto last = text.rfind('-');
  if (first == std::string_view::npos || first == last) return std::nullopt;
  RebuildId id{std::string(text.substr(0, first)), std::string(text.substr(first + 1, last - first - 1)), 0};
  const auto digits = text.substr(last + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id.number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return id;
}

std::string_view StatusOf(const silver::Silver::RebuildState& state) {
  if (!state.end) return "RUNNING";
  return state.end->error.empty() ? "SUCCEEDED" : "FAILED";
}

OrderedJson OutputJson(const silver::RowDifference& difference) {
  return {{"rows", difference.rows_after},
          {"rows_before", difference.rows_before},
          {"added", OrNull(difference.added)},
          {"removed", OrNull(difference.removed)},
          {"changed", OrNull(difference.changed)}};
}

OrderedJson ExecutionJson(const RebuildId& id, const silver::Silver::RebuildState& state) {
  OrderedJson json{{"execution_id", id.ToString()},
                   {"job_name", id.name},
                   {"domain", id.domain},
                   {"status", StatusOf(state)},
                   {"started_at", FormatTimestamp(state.request.at)}};
  json["stopped_at"] = state.end ? OrderedJson(FormatTimestamp(state.end->at)) : OrderedJson(nullptr);
  json["input"] = OrderedJson{{"run_mode", "rebuild"}, {"domain", id.domain}, {"endpoint", id.name}};
  json["output"] = state.end && state.end->difference ? OutputJson(*state.end->difference) : OrderedJson(nullptr);
  json["error"] = state.end && !state.end->error.empty() ? OrderedJson(state.end->error) : OrderedJson(nullptr);
  json["trigger"] = "manual";
  if (!state.end) json["progress"] = OrderedJson{{"bronze_entry", state.position}, {"bronze_head", state.head}};
  return json;
}

net::Response Start(Services& services, const net::Request& request) {
  Parameters parameters(request);
  const silver::Silver::RebuildOptions options{parameters.Bool("force", false), parameters.Bool("partial", false)};
  if (!parameters.problems().empty()) return ProblemsAnswer(parameters.problems());
  RebuildId id{std::string(request.Param("domain")), std::string(request.Param("name")), 0};
  const auto number = services.silver.RequestRebuild(id.domain, id.name, options);
  if (!number) return ErrorAnswer(number.error());
  id.number = *number;
  return JsonAnswer({{"execution_id", id.ToString()}, {"status", "RUNNING"}}, 202);
}

net::Response Newest(Services& services, const net::Request& request) {
  RebuildId id{std::string(request.Param("domain")), std::string(request.Param("name")), 0};
  const auto state = services.silver.FindRebuild(id.domain, id.name, std::nullopt);
  if (!state) return ErrorAnswer(state.error());
  if (!*state) {
    return ErrorAnswer({ErrorCode::kNotFound, "Endpoint " + id.domain + "/" + id.name + " has had no rebuild", ""});
  }
  id.number = (*state)->number;
  return JsonAnswer(ExecutionJson(id, **state));
}

}  // namespace

std::optional<net::Response> RebuildExecution(Services& services, std::string_view execution_id) {
  const auto id = ParseRebuildId(execution_id);
  if (!id) return std::nullopt;
  const auto state = services.silver.FindRebuild(id->domain, id->name, id->number);
  if (!state) return ErrorAnswer(state.error());
  if (!*state) return std::nullopt;
  return JsonAnswer(ExecutionJson(*id, **state));
}

void AddRebuildRoutes(Routes& routes) {
  routes.Add(net::Method::kPost, "/endpoints/{domain}/{name}/rebuild", Start);
  routes.Add(net::Method::kGet, "/endpoints/{domain}/{name}/rebuild", Newest);
}

}  // namespace tarn::api
