// SPDX-License-Identifier: Apache-2.0
#include "app/dbt_pipeline.h"

#include <cstdlib>

#include "app/dbt_invocation.h"
#include "app/lake_warehouse.h"
#include "base/log.h"

namespace tarn::app {
namespace {

/// Failed nodes that an error names.
constexpr size_t kMostNamed = 10;

/// Of the server's own variables a project sees those that are meant for dbt: others may be secrets.
std::optional<std::string> ReadDbtVariable(const std::string& name) {
  const char* value = name.starts_with("DBT_") ? std::getenv(name.c_str()) : nullptr;
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

/// "2 of 31 nodes failed: model.shop.orders (no such table …), test.shop.unique_orders_id (3 rows)"
std::string FailureOf(const dbt::RunOutcome& outcome) {
  const auto failed = outcome.Count(dbt::NodeStatus::kFail) + outcome.Count(dbt::NodeStatus::kError);
  auto text = std::to_string(failed) + " of " + std::to_string(outcome.results.size()) + " nodes failed: ";
  size_t named = 0;
  for (const auto& result : outcome.results) {
    if (result.status != dbt::NodeStatus::kFail && result.status != dbt::NodeStatus::kError) continue;
    if (named++ == kMostNamed) break;
    text += (named > 1 ? ", " : "") + result.unique_id + " (" + result.message + ")";
  }
  return failed > kMostNamed ? text + ", …" : text;
}

}  // namespace

Status RunDbtProject(const DbtPlace& place, const pipeline::ProjectCall& call, const std::stop_token& stop) {
  auto& clock = place.services.clock;
  DbtInvocation invocation{place.projects + "/" + call.project,
                           BeginDbt(call.command, clock, place.services.randomness),
                           {call.select, call.exclude}};
  auto& settings = invocation.settings;
  settings.domain = call.domain;
  settings.vars = call.vars;
  settings.full_refresh = call.full_refresh;
  settings.environment = ReadDbtVariable;
  settings.say = [&](const std::string& line) { LogInfo("dbt", {{"project", call.project}, {"line", line}}); };
  TARN_ASSIGN(const auto chosen, ChooseNodes(invocation));
  LakeWarehouse warehouse(place.services, place.format, stop);
  TARN_ASSIGN(const auto outcome, WorkOn(invocation, chosen, &warehouse, clock));
  if (stop.stop_requested()) return Fail(ErrorCode::kCancelled, "the run was cancelled");
  if (outcome.ok()) return {};
  return Fail(ErrorCode::kFailedPrecondition, FailureOf(outcome));
}

}  // namespace tarn::app
