// SPDX-License-Identifier: Apache-2.0
#include "api/upkeep_routes.h"

#include "api/parameters.h"
#include "codec/or_null.h"
#include "upkeep/upkeep.h"

namespace tarn::api {
namespace {

using codec::OrderedJson;
using codec::OrNull;

OrderedJson TimeJson(Timestamp at) { return at.micros == 0 ? OrderedJson(nullptr) : OrderedJson(FormatTimestamp(at)); }

OrderedJson RunJson(const upkeep::UpkeepRun& run) {
  OrderedJson json;
  json["run"] = run.number;
  json["verb"] = upkeep::VerbName(run.verb);
  json["table"] = OrNull(run.table);
  json["trigger"] = run.trigger == upkeep::Trigger::kLoop ? "loop" : "request";
  json["dry_run"] = run.dry_run;
  json["status"] = run.status;
  json["started_at"] = TimeJson(run.started_at);
  json["stopped_at"] = TimeJson(run.stopped_at);
  json["figures"] = OrderedJson::object();
  for (const auto& [name, value] : run.figures) json["figures"][name] = value;
  if (!run.details.empty()) json["details"] = run.details;
  json["error"] = run.error.empty() ? OrderedJson(nullptr) : OrderedJson(Redacted(run.error));
  return json;
}

net::Response RunsAnswer(const std::vector<upkeep::UpkeepRun>& runs) {
  auto list = OrderedJson::array();
  for (const auto& run : runs) list.push_back(RunJson(run));
  const auto count = list.size();
  return JsonAnswer({{"runs", std::move(list)}, {"count", count}});
}

net::Response RunNow(Services& services, const net::Request& request) {
  Parameters parameters(request);
  const auto word = parameters.Choice("verb", "", {"", "compact", "expire", "export", "orphans"});
  upkeep::Upkeep::Request asked;
  asked.table = parameters.Text("table");
  asked.dry_run = parameters.Bool("dry_run", false);
  if (word == "orphans" && !asked.table.empty()) {
    parameters.Refuse("table", "value_error", "orphans are looked for in the whole lake, leave the table out");
  }
  if (!parameters.problems().empty()) return ProblemsAnswer(parameters.problems());
  for (const auto verb : upkeep::kVerbs) {
    if (upkeep::VerbName(verb) == word) asked.verb = verb;
  }
  const auto runs = services.upkeep.RunNow(asked);
  return runs ? RunsAnswer(*runs) : ErrorAnswer(runs.error());
}

net::Response ListHealth(Services& services) {
  const auto all = services.upkeep.Health();
  if (!all) return ErrorAnswer(all.error());
  auto tables = OrderedJson::array();
  for (const auto& health : *all) {
    const auto count = [](int64_t value) { return value < 0 ? OrderedJson(nullptr) : OrderedJson(value); };
    tables.push_back({{"table", health.table.Name()},
                      {"version", health.version},
                      {"committed_at", TimeJson(health.committed_at)},
                      {"rows", count(health.rows)},
                      {"stored_rows", count(health.stored_rows)},
                      {"size_bytes", health.size_bytes},
                      {"files", health.files},
                      {"small_files", health.small_files},
                      {"delete_files", health.delete_files},
                      {"log_versions", health.log_versions},
                      {"mirror", OrNull(health.mirror)},
                      {"mirror_lag", health.mirror.empty() ? OrderedJson(nullptr) : count(health.mirror_lag)},
                      {"mirror_error", OrNull(health.mirror_error)}});
  }
  const auto count = tables.size();
  return JsonAnswer({{"tables", std::move(tables)}, {"count", count}});
}

}  // namespace

void AddUpkeepRoutes(Routes& routes) {
  auto& services = routes.services();
  routes.Add(net::Method::kPost, "/upkeep/runs", RunNow);
  routes.Add(net::Method::kGet, "/upkeep/runs",
             [&services](const net::Request&) { return RunsAnswer(services.upkeep.runs().Runs()); });
  routes.Add(net::Method::kGet, "/upkeep/tables", [&services](const net::Request&) { return ListHealth(services); });
}

}  // namespace tarn::api
