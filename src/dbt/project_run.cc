// SPDX-License-Identifier: Apache-2.0
#include "dbt/project_run.h"

#include <algorithm>

#include "base/ascii.h"
#include "dbt/artifacts.h"
#include "dbt/jinja/utf8.h"
#include "dbt/seed_table.h"
#include "dbt/snapshot_settings.h"
#include "dbt/sql_text.h"

namespace tarn::dbt {
namespace {

std::string TextOr(const codec::OrderedJson& config, const char* key, const char* fallback) {
  const auto found = config.find(key);
  if (found == config.end() || found->is_null()) return fallback;
  return found->is_string() ? found->get<std::string>() : codec::Dump(*found);
}

std::vector<std::string> KeysOf(const codec::OrderedJson& config) {
  std::vector<std::string> keys;
  const auto found = config.find("unique_key");
  if (found == config.end() || found->is_null()) return keys;
  if (found->is_string()) keys.push_back(found->get<std::string>());
  if (found->is_array()) {
    for (const auto& key : *found) keys.push_back(key.is_string() ? key.get<std::string>() : codec::Dump(key));
  }
  return keys;
}

/// The answer of TestStatement.
struct Counted {
  uint64_t failures = 0;
  bool warns = false;
  bool errs = false;
};

Result<Counted> ReadCounted(const QueryRows& rows) {
  if (rows.rows.size() != 1 || rows.rows[0].size() != 3) {
    return Fail(ErrorCode::kInternal, "a test answered " + std::to_string(rows.rows.size()) + " rows instead of one");
  }
  const auto& row = rows.rows[0];
  if (row[0].is_none()) {
    return Fail(ErrorCode::kInvalidArgument, "the test's fail_calc gives NULL instead of a number of failures");
  }
  if (!row[0].is_number() || row[0].as_float() < 0) {
    return Fail(ErrorCode::kInvalidArgument, "the test's fail_calc gives no number of failures: " + row[0].Text());
  }
  return Counted{static_cast<uint64_t>(row[0].as_int()), row[1].Truth(), row[2].Truth()};
}

std::string Skipped(const std::set<std::string>& stopped, const Graph& order, const std::string& id) {
  for (const auto& parent : order.ParentsOf(id)) {
    if (stopped.contains(parent)) return parent;
  }
  return {};
}

}  // namespace

ProjectRun::ProjectRun(Needs needs)
    : needs_(needs), compiler_({needs.project, needs.macros, needs.settings}, needs.warehouse) {}

Result<Materialization> MaterializationOf(const Node& node, const Compiled& compiled) {
  Materialization made;
  made.relation = node.relation;
  made.select = BareStatement(compiled.sql);
  if (node.kind == NodeKind::kSnapshot) {
    made.write = WriteKind::kSnapshot;
    made.unique_key = KeysOf(compiled.config);
    TARN_ASSIGN(made.snapshot, SnapshotOf(compiled.config));
  } else if (node.materialized() == "view") {
    made.write = WriteKind::kView;
  } else if (compiled.incremental) {
    made.unique_key = KeysOf(compiled.config);
    const auto strategy = TextOr(compiled.config, "incremental_strategy", "default");
    const bool needs_key = strategy == "merge" || strategy == "delete+insert";
    if (needs_key && made.unique_key.empty()) {
      return Fail(ErrorCode::kInvalidArgument,
                  "incremental_strategy " + strategy + " needs a unique_key: " + node.name);
    }
    made.write = made.unique_key.empty() || strategy == "append" ? WriteKind::kAppend : WriteKind::kMerge;
  }
  return made;
}

RunOutcome ProjectRun::Run(const std::set<std::string>& ids, const Graph& order) {
  RunOutcome outcome;
  std::set<std::string> stopped;
  std::vector<const Node*> nodes;
  for (const auto& id : order.order()) {
    const auto* node = needs_.project.Find(id);
    if (ids.contains(id) && node->kind != NodeKind::kSource && !node->relation.ephemeral) nodes.push_back(node);
  }
  const auto begun = needs_.clock.Now();
  size_t number = 0;
  for (const auto& id : order.order()) {
    const auto* node = needs_.project.Find(id);
    const auto cause = Skipped(stopped, order, id);
    const bool runs = std::ranges::find(nodes, node) != nodes.end();
    if (!runs) {
      if (!cause.empty()) stopped.insert(id);  // skips pass through what does not run itself
      continue;
    }
    const Progress progress{++number, nodes.size()};
    NodeResult result;
    if (cause.empty()) {
      needs_.settings.say(StartLine(*node, progress));
      result = RunOne(*node);
    } else {
      result.unique_id = id;
      result.message = "skipped because of " + cause;
      result.started_at = result.compiled_at = result.completed_at = needs_.clock.Now();
    }
    needs_.settings.say(EndLine(*node, result, progress));
    if (result.stops_others()) stopped.insert(id);
    outcome.results.push_back(std::move(result));
  }
  outcome.seconds = static_cast<double>(needs_.clock.Now().micros - begun.micros) / 1e6;
  return outcome;
}

RunOutcome ProjectRun::Compile(const std::set<std::string>& ids, const Graph& order) {
  RunOutcome outcome;
  for (const auto& id : order.order()) {
    const auto* node = needs_.project.Find(id);
    if (!ids.contains(id) || node->kind == NodeKind::kSource || node->kind == NodeKind::kSeed) continue;
    NodeResult result;
    result.unique_id = id;
    result.started_at = needs_.clock.Now();
    auto compiled = compiler_.Compile(*node);
    result.compiled_at = result.completed_at = needs_.clock.Now();
    result.status = compiled ? NodeStatus::kSuccess : NodeStatus::kError;
    if (compiled) {
      result.compiled_code = compiled->sql;
      result.compiled_path = CompiledPath(needs_.project, *node);
    } else {
      result.message = compiled.error().message;
    }
    outcome.results.push_back(std::move(result));
  }
  return outcome;
}

NodeResult ProjectRun::RunOne(const Node& node) {
  NodeResult result;
  result.unique_id = node.unique_id;
  result.started_at = result.compiled_at = needs_.clock.Now();
  const auto worked = Work(node, result);
  result.completed_at = needs_.clock.Now();
  if (!worked) {
    result.status = NodeStatus::kError;
    result.message = worked.error().message;
  }
  return result;
}

Status ProjectRun::Work(const Node& node, NodeResult& result) {
  if (node.kind == NodeKind::kSeed) return WorkOnSeed(node, result);
  TARN_ASSIGN(const auto compiled, compiler_.Compile(node));
  result.compiled_at = needs_.clock.Now();
  result.compiled_code = compiled.sql;
  result.compiled_path = CompiledPath(needs_.project, node);
  if (node.kind == NodeKind::kTest) return WorkOnTest(compiled, result);
  return WorkOnModel(node, compiled, result);
}

Status ProjectRun::WorkOnSeed(const Node& node, NodeResult& result) {
  Materialization made;
  made.relation = node.relation;
  TARN_ASSIGN(made.select, SeedSelect(node, needs_.files.texts.at(node.path)));
  TARN_ASSIGN(const auto built, needs_.warehouse->Build(made));
  result.rows = built.rows;
  result.status = NodeStatus::kSuccess;
  result.message = "INSERT " + std::to_string(built.rows.value_or(0));
  return {};
}

Status ProjectRun::WorkOnModel(const Node& node, const Compiled& compiled, NodeResult& result) {
  if (BareStatement(compiled.sql).empty())
    return Fail(ErrorCode::kInvalidArgument, "the model has no SQL: " + node.path);
  TARN_ASSIGN(const auto made, MaterializationOf(node, compiled));
  TARN_ASSIGN(const auto built, needs_.warehouse->Build(made));
  result.rows = built.rows;
  result.status = NodeStatus::kSuccess;
  result.message = built.rows ? "OK " + std::to_string(*built.rows) : "OK";
  return {};
}

Status ProjectRun::WorkOnTest(const Compiled& compiled, NodeResult& result) {
  TARN_ASSIGN(const auto rows, needs_.warehouse->Query(TestStatement(compiled)));
  TARN_ASSIGN(const auto counted, ReadCounted(rows));
  result.failures = counted.failures;
  const bool is_warning = Lower(TextOr(compiled.config, "severity", "error")) == "warn";
  const auto limit = [&](const char* key) { return std::string(TextOr(compiled.config, key, "!= 0")); };
  const auto found = "Got " + std::to_string(counted.failures) + (counted.failures == 1 ? " result" : " results");
  result.status = NodeStatus::kPass;
  if (!is_warning && counted.errs) {
    result.status = NodeStatus::kFail;
    result.message = found + ", configured to fail if " + limit("error_if");
  } else if (counted.warns) {
    result.status = NodeStatus::kWarn;
    result.message = found + ", configured to warn if " + limit("warn_if");
  }
  return {};
}

}  // namespace tarn::dbt
