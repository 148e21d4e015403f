// SPDX-License-Identifier: Apache-2.0
#include "dbt/project_config.h"

#include <algorithm>
#include <array>

#include "dbt/yaml_document.h"

namespace tarn::dbt {
namespace {

using codec::OrderedJson;

/// Settings that may stand without "+": other plain keys are folders.
constexpr std::array<std::string_view, 31> kSettings{"materialized",
                                                     "enabled",
                                                     "tags",
                                                     "schema",
                                                     "alias",
                                                     "database",
                                                     "unique_key",
                                                     "meta",
                                                     "full_refresh",
                                                     "severity",
                                                     "warn_if",
                                                     "error_if",
                                                     "where",
                                                     "limit",
                                                     "fail_calc",
                                                     "store_failures",
                                                     "quote_columns",
                                                     "column_types",
                                                     "delimiter",
                                                     "incremental_strategy",
                                                     "on_schema_change",
                                                     "format",
                                                     "persist_docs",
                                                     "docs",
                                                     "strategy",
                                                     "updated_at",
                                                     "check_cols",
                                                     "hard_deletes",
                                                     "invalidate_hard_deletes",
                                                     "target_schema",
                                                     "target_database"};

bool IsName(std::string_view name) {
  return !name.empty() && (name[0] < '0' || name[0] > '9') && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

void ReadPaths(const OrderedJson& document, const char* key, std::vector<std::string>& paths) {
  const auto found = document.find(key);
  if (found == document.end() || !found->is_array()) return;
  paths.clear();
  for (const auto& path : *found) {
    auto text = path.is_string() ? path.get<std::string>() : codec::Dump(path);
    while (text.ends_with('/')) text.pop_back();
    paths.push_back(std::move(text));
  }
}

void ReadTree(const OrderedJson& document, const char* key, OrderedJson& tree) {
  const auto found = document.find(key);
  if (found != document.end() && found->is_object()) tree = *found;
}

Status RefuseHooks(const OrderedJson& document, const std::string& path, const std::string& text) {
  for (const char* key : {"on-run-start", "on-run-end", "query-comment", "dispatch"}) {
    const auto found = document.find(key);
    if (found == document.end() || found->is_null() || (found->is_array() && found->empty())) continue;
    return Fail(ErrorCode::kUnsupported,
                jinja::AtLine(path, LineOf(text, key), std::string("not supported: ") + key + " of a project"));
  }
  return {};
}

/// Settings of one level, the folders below left out.
void AddLevel(const OrderedJson& level, OrderedJson& settings) {
  auto own = OrderedJson::object();
  for (const auto& [key, value] : level.items()) {
    if (key.starts_with('+')) {
      own[key.substr(1)] = value;
    } else if (std::ranges::find(kSettings, key) != kSettings.end() &&
               (!value.is_object() || key == "meta" || key == "column_types" || key == "docs" ||
                key == "persist_docs")) {
      own[key] = value;
    }
  }
  MergeSettings(settings, own);
}

}  // namespace

Result<ProjectConfig> ReadProjectConfig(const ProjectFiles& files, const std::string& path, const Settings& settings) {
  const auto& text = files.texts.at(path);
  TARN_ASSIGN(auto document, ReadYamlFile(path, text));
  const Project nothing;
  const MacroLibrary none("");
  RenderContext context({nothing, none, settings}, nullptr, nullptr);
  TARN_TRY(RenderStrings(context, path, document));
  ProjectConfig config;
  config.name = document.value("name", "");
  if (!IsName(config.name)) {
    return Fail(ErrorCode::kInvalidArgument,
                jinja::AtLine(path, LineOf(text, "name"), "the project needs a name of letters, digits and _"));
  }
  if (document.contains("version"))
    config.version =
        document["version"].is_string() ? document["version"].get<std::string>() : codec::Dump(document["version"]);
  TARN_TRY(RefuseHooks(document, path, text));
  ReadPaths(document, "model-paths", config.model_paths);
  ReadPaths(document, "seed-paths", config.seed_paths);
  ReadPaths(document, "test-paths", config.test_paths);
  ReadPaths(document, "macro-paths", config.macro_paths);
  ReadPaths(document, "snapshot-paths", config.snapshot_paths);
  ReadTree(document, "vars", config.vars);
  ReadTree(document, "models", config.models);
  ReadTree(document, "seeds", config.seeds);
  ReadTree(document, "snapshots", config.snapshots);
  ReadTree(document, "tests", config.tests);
  ReadTree(document, "data_tests", config.tests);
  ReadTree(document, "sources", config.sources);
  return config;
}

OrderedJson SettingsAt(const OrderedJson& tree, const std::vector<std::string>& fqn) {
  auto settings = OrderedJson::object();
  const auto* level = &tree;
  AddLevel(*level, settings);
  for (const auto& name : fqn) {
    const auto below = level->find(name);
    if (below == level->end() || !below->is_object()) break;
    level = &*below;
    AddLevel(*level, settings);
  }
  return settings;
}

}  // namespace tarn::dbt
