// SPDX-License-Identifier: Apache-2.0
#include "dbt/artifacts.h"

#include "codec/digest.h"
#include "codec/or_null.h"

namespace tarn::dbt {
namespace {

using codec::OrderedJson;
using codec::OrNull;

OrderedJson Metadata(const ArtifactSource& source, const std::string& schema) {
  OrderedJson metadata;
  metadata["dbt_schema_version"] = "https://schemas.getdbt.com/dbt/" + schema + ".json";
  metadata["dbt_version"] = kDbtVersion;
  metadata["generated_at"] = FormatTimestamp(source.now);
  metadata["invocation_id"] = source.settings.invocation_id;
  metadata["invocation_started_at"] = FormatTimestamp(source.settings.started_at);
  metadata["env"] = OrderedJson::object();
  return metadata;
}

OrderedJson ConfigJson(const Node& node) {
  OrderedJson config = node.config;
  if (!config.contains("enabled")) config["enabled"] = true;
  if (!config.contains("tags")) config["tags"] = OrderedJson::array();
  if (!config.contains("meta")) config["meta"] = OrderedJson::object();
  config["materialized"] = node.materialized();
  if (node.kind == NodeKind::kTest && !config.contains("severity")) config["severity"] = "ERROR";
  return config;
}

OrderedJson ReferencesJson(const Node& node) {
  auto refs = OrderedJson::array();
  for (const auto& [package, name] : node.refs) {
    refs.push_back({{"name", name}, {"package", OrNull(package)}, {"version", nullptr}});
  }
  return refs;
}

OrderedJson SourcesJson(const Node& node) {
  auto sources = OrderedJson::array();
  for (const auto& [source, table] : node.sources) sources.push_back(OrderedJson::array({source, table}));
  return sources;
}

/// What nodes and sources share.
OrderedJson BaseJson(const Node& node) {
  OrderedJson json;
  const bool is_test = node.kind == NodeKind::kTest;
  json["database"] = is_test ? OrderedJson(nullptr) : OrderedJson(node.relation.domain);
  json["schema"] = is_test ? "dbt_test__audit" : node.relation.layer;
  json["name"] = node.name;
  json["resource_type"] = NodeKindName(node.kind);
  json["package_name"] = node.package;
  json["path"] = node.path.substr(node.path.find('/') + 1);
  json["original_file_path"] = node.path;
  json["unique_id"] = node.unique_id;
  json["fqn"] = node.fqn;
  json["description"] = node.description;
  json["columns"] = node.columns;
  json["meta"] = node.meta;
  json["tags"] = node.tags;
  json["config"] = ConfigJson(node);
  const bool has_table = !is_test && !node.relation.ephemeral;
  json["relation_name"] = has_table ? OrderedJson(node.relation.ToSql()) : OrderedJson(nullptr);
  return json;
}

OrderedJson SourceJson(const Node& node) {
  auto json = BaseJson(node);
  json["source_name"] = node.source_name;
  json["source_description"] = "";
  json["loader"] = "";
  json["identifier"] = node.relation.table;
  json["freshness"] = nullptr;
  json["external"] = nullptr;
  return json;
}

void AddTest(const Node& node, OrderedJson& json) {
  json["attached_node"] = OrNull(node.test.attached);
  json["column_name"] = OrNull(node.test.column);
  if (node.test.macro.empty()) return;
  json["test_metadata"] = {
      {"name", node.test.macro}, {"kwargs", node.test.arguments}, {"namespace", OrNull(node.test.package)}};
}

OrderedJson NodeJson(const Node& node, const Project& project, const NodeResult* result) {
  auto json = BaseJson(node);
  const bool is_test = node.kind == NodeKind::kTest;
  json["alias"] = is_test ? node.test.short_name : node.relation.table;
  json["checksum"] = {{"name", "sha256"}, {"checksum", codec::Hex(codec::Sha256(node.raw_code))}};
  json["group"] = nullptr;
  json["docs"] = {{"show", true}, {"node_color", nullptr}};
  json["raw_code"] = node.kind == NodeKind::kSeed ? "" : node.raw_code;
  json["language"] = "sql";
  json["refs"] = ReferencesJson(node);
  json["sources"] = SourcesJson(node);
  json["metrics"] = OrderedJson::array();
  json["depends_on"] = {{"macros", OrderedJson::array()}, {"nodes", node.depends_on}};
  const bool compiled = result != nullptr && result->compiled_code;
  json["compiled"] = compiled;
  json["compiled_code"] = compiled ? OrderedJson(*result->compiled_code) : OrderedJson(nullptr);
  json["compiled_path"] = compiled ? OrderedJson(CompiledPath(project, node)) : OrderedJson(nullptr);
  json["extra_ctes_injected"] = compiled;
  json["extra_ctes"] = OrderedJson::array();
  if (is_test) AddTest(node, json);
  return json;
}

OrderedJson MacrosJson(const MacroLibrary& macros) {
  auto all = OrderedJson::object();
  for (const auto& [package, named] : macros.all()) {
    for (const auto& [name, macro] : named) {
      const auto id = "macro." + package + "." + name;
      all[id] = {{"name", name},
                 {"resource_type", "macro"},
                 {"package_name", package},
                 {"path", macro->path},
                 {"original_file_path", macro->path},
                 {"unique_id", id},
                 {"macro_sql", ""},
                 {"depends_on", {{"macros", OrderedJson::array()}}},
                 {"description", ""},
                 {"meta", OrderedJson::object()},
                 {"arguments", OrderedJson::array()}};
    }
  }
  return all;
}

OrderedJson MapJson(const Project& project, const Graph& graph,
                    const Graph::Ids& (Graph::*of)(const std::string&) const) {
  auto map = OrderedJson::object();
  for (const auto& [id, node] : project.nodes) map[id] = (graph.*of)(id);
  return map;
}

OrderedJson TimingJson(const std::string& name, Timestamp from, Timestamp to) {
  return {{"name", name}, {"started_at", FormatTimestamp(from)}, {"completed_at", FormatTimestamp(to)}};
}

OrderedJson ResultJson(const Project& project, const NodeResult& result) {
  const auto* node = project.Find(result.unique_id);
  OrderedJson json;
  json["status"] = NodeStatusName(result.status);
  json["timing"] = OrderedJson::array();
  if (result.status != NodeStatus::kSkipped) {
    json["timing"].push_back(TimingJson("compile", result.started_at, result.compiled_at));
    json["timing"].push_back(TimingJson("execute", result.compiled_at, result.completed_at));
  }
  json["thread_id"] = "Thread-1";
  json["execution_time"] = result.seconds();
  json["adapter_response"] = OrderedJson::object();
  if (result.rows) json["adapter_response"]["rows_affected"] = *result.rows;
  json["message"] = OrNull(result.message);
  json["failures"] = OrNull(result.failures);
  json["unique_id"] = result.unique_id;
  json["compiled"] = result.compiled_code.has_value();
  json["compiled_code"] = OrNull(result.compiled_code);
  const bool has_table = node->kind != NodeKind::kTest;
  json["relation_name"] = has_table ? OrderedJson(node->relation.ToSql()) : OrderedJson(nullptr);
  json["batch_results"] = nullptr;
  return json;
}

}  // namespace

std::string CompiledPath(const Project& project, const Node& node) {
  const auto path = "target/compiled/" + project.name + "/" + node.path;
  const bool generic = node.kind == NodeKind::kTest && !node.test.macro.empty();
  if (generic) return path + "/" + node.test.short_name + ".sql";
  // A file may hold several snapshots, or their settings only.
  const auto own_file = "/" + node.name + ".sql";
  return node.kind == NodeKind::kSnapshot && !path.ends_with(own_file) ? path + own_file : path;
}

std::string ManifestJson(const ArtifactSource& source, const RunOutcome& outcome) {
  const auto& project = source.project;
  std::map<std::string, const NodeResult*> results;
  for (const auto& result : outcome.results) results[result.unique_id] = &result;
  OrderedJson manifest;
  manifest["metadata"] = Metadata(source, "manifest/v12");
  manifest["metadata"]["project_name"] = project.name;
  manifest["metadata"]["adapter_type"] = "duckdb";
  manifest["nodes"] = OrderedJson::object();
  manifest["sources"] = OrderedJson::object();
  for (const auto& [id, node] : project.nodes) {
    if (node.kind == NodeKind::kSource) {
      manifest["sources"][id] = SourceJson(node);
    } else {
      const auto found = results.find(id);
      manifest["nodes"][id] = NodeJson(node, project, found == results.end() ? nullptr : found->second);
    }
  }
  manifest["macros"] = MacrosJson(source.macros);
  manifest["exposures"] = OrderedJson::object();
  for (const auto& exposure : project.exposures) {
    const auto name = exposure.value("name", "");
    manifest["exposures"]["exposure." + project.name + "." + name] = exposure;
  }
  for (const char* empty : {"docs", "metrics", "groups", "selectors", "disabled", "group_map", "saved_queries",
                            "semantic_models", "unit_tests"}) {
    manifest[empty] = OrderedJson::object();
  }
  manifest["parent_map"] = MapJson(project, source.graph, &Graph::ParentsOf);
  manifest["child_map"] = MapJson(project, source.graph, &Graph::ChildrenOf);
  return codec::Dump(manifest);
}

std::string RunResultsJson(const ArtifactSource& source, const RunOutcome& outcome) {
  OrderedJson document;
  document["metadata"] = Metadata(source, "run-results/v6");
  document["results"] = OrderedJson::array();
  for (const auto& result : outcome.results) document["results"].push_back(ResultJson(source.project, result));
  document["elapsed_time"] = outcome.seconds;
  document["args"] = {{"which", source.settings.command},
                      {"full_refresh", source.settings.full_refresh},
                      {"vars", source.settings.vars}};
  return codec::Dump(document);
}

std::map<std::string, std::string> Artifacts(const ArtifactSource& source, const RunOutcome& outcome) {
  std::map<std::string, std::string> files;
  files["target/manifest.json"] = ManifestJson(source, outcome);
  files["target/run_results.json"] = RunResultsJson(source, outcome);
  for (const auto& result : outcome.results) {
    if (result.compiled_code) files[result.compiled_path] = *result.compiled_code;
  }
  return files;
}

}  // namespace tarn::dbt
