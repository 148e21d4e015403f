// SPDX-License-Identifier: Apache-2.0
#include "dbt/project_loader.h"

#include <algorithm>
#include <array>

#include "dbt/compiler.h"
#include "dbt/project_config.h"
#include "dbt/properties.h"
#include "dbt/snapshot_blocks.h"
#include "dbt/snapshot_settings.h"

namespace tarn::dbt {
namespace {

using codec::OrderedJson;

constexpr std::array<std::string_view, 4> kMaterializations{"view", "table", "incremental", "ephemeral"};
constexpr std::array<std::string_view, 6> kRefusedSettings{"pre-hook",  "post-hook",  "pre_hook",
                                                           "post_hook", "sql_header", "event_time"};

/// models/staging/stg_orders.sql → package, "staging", "stg_orders".
std::vector<std::string> FqnOf(const std::string& package, const std::string& path, const std::string& folder) {
  std::vector<std::string> fqn{package};
  auto rest = path.substr(folder.size() + 1);
  for (auto slash = rest.find('/'); slash != std::string::npos; slash = rest.find('/')) {
    fqn.push_back(rest.substr(0, slash));
    rest = rest.substr(slash + 1);
  }
  fqn.push_back(rest.substr(0, rest.rfind('.')));
  return fqn;
}

class Loader {
 public:
  Loader(const ProjectFiles& files, Settings& settings) : files_(files), settings_(settings) {}

  Result<LoadedProject> Run() {
    TARN_ASSIGN(config_, ReadProjectConfig(files_, "dbt_project.yml", settings_));
    if (settings_.domain.empty()) settings_.domain = config_.name;
    project_.name = config_.name;
    project_.version = config_.version;
    project_.vars = config_.vars;
    macros_ = std::make_unique<MacroLibrary>(config_.name);
    TARN_TRY(LoadMacros());
    TARN_TRY(LoadNodes());
    TARN_TRY(LoadProperties());
    TARN_TRY(FinishNodes());
    TARN_TRY(Connect());
    return LoadedProject{std::move(project_), std::move(macros_)};
  }

 private:
  RenderContext::Needs needs() { return {project_, *macros_, settings_}; }

  Status LoadMacros() {
    TARN_TRY(macros_->AddBuiltIns());
    TARN_TRY(LoadPackages());
    for (const auto& path : files_.In(config_.macro_paths, ".sql")) {
      TARN_TRY(macros_->Add(config_.name, path, files_.texts.at(path)));
    }
    for (const auto& folder : config_.test_paths) {
      for (const auto& path : files_.In({folder + "/generic"}, ".sql")) {
        TARN_TRY(macros_->Add(config_.name, path, files_.texts.at(path)));
      }
    }
    return {};
  }

  /// Macros of dbt_packages/*; dbt_utils is the one that is built in.
  Status LoadPackages() {
    for (const auto& [path, text] : files_.texts) {
      constexpr std::string_view kFolder = "dbt_packages/";
      constexpr std::string_view kFile = "/dbt_project.yml";
      if (!path.starts_with(kFolder) || !path.ends_with(kFile)) continue;
      const auto root = path.substr(0, path.size() - kFile.size());
      if (root.find('/', kFolder.size()) != std::string::npos) continue;
      TARN_ASSIGN(const auto package, ReadProjectConfig(files_, path, settings_));
      if (package.name == "dbt_utils") continue;
      const auto inside = [&](const std::vector<std::string>& folders) {
        std::vector<std::string> paths;
        for (const auto& folder : folders) paths.push_back(root + "/" + folder);
        return paths;
      };
      if (const auto models = files_.In(inside(package.model_paths), ".sql"); !models.empty()) {
        return Fail(ErrorCode::kUnsupported, jinja::AtLine(models[0], 1, "not supported: models of packages"));
      }
      for (const auto& macro : files_.In(inside(package.macro_paths), ".sql")) {
        TARN_TRY(macros_->Add(package.name, macro, files_.texts.at(macro)));
      }
    }
    return {};
  }

  Status LoadNodes() {
    for (const auto& folder : config_.model_paths) {
      for (const auto& path : files_.In({folder}, ".sql")) TARN_TRY(AddNode(NodeKind::kModel, path, folder));
      for (const auto& path : files_.In({folder}, ".py")) {
        return Fail(ErrorCode::kUnsupported, jinja::AtLine(path, 1, "not supported: models in Python"));
      }
    }
    for (const auto& folder : config_.snapshot_paths) {
      for (const auto& path : files_.In({folder}, ".sql")) TARN_TRY(AddSnapshots(path, folder));
    }
    for (const auto& folder : config_.seed_paths) {
      for (const auto& path : files_.In({folder}, ".csv")) TARN_TRY(AddNode(NodeKind::kSeed, path, folder));
    }
    for (const auto& folder : config_.test_paths) {
      for (const auto& path : files_.In({folder}, ".sql")) {
        if (!path.starts_with(folder + "/generic/")) TARN_TRY(AddNode(NodeKind::kTest, path, folder));
      }
    }
    return {};
  }

  Status AddSnapshots(const std::string& path, const std::string& folder) {
    TARN_ASSIGN(auto blocks, ReadSnapshotBlocks(path, files_.texts.at(path)));
    for (auto& block : blocks) {
      auto fqn = FqnOf(config_.name, path, folder);
      fqn.push_back(block.name);
      Node node;
      node.kind = NodeKind::kSnapshot;
      node.path = path;
      node.fqn = std::move(fqn);
      node.raw_code = std::move(block.code);
      TARN_TRY(AddNamed(std::move(node), config_.snapshots));
    }
    return {};
  }

  Status AddNode(NodeKind kind, const std::string& path, const std::string& folder) {
    Node node;
    node.kind = kind;
    node.path = path;
    node.fqn = FqnOf(config_.name, path, folder);
    node.raw_code = files_.texts.at(path);
    const auto& tree = kind == NodeKind::kSeed   ? config_.seeds
                       : kind == NodeKind::kTest ? config_.tests
                                                 : config_.models;
    if (kind == NodeKind::kTest) node.test.short_name = node.fqn.back();
    return AddNamed(std::move(node), tree);
  }

  /// Named by the end of its fqn, with the settings of its place.
  Status AddNamed(Node node, const OrderedJson& tree) {
    node.package = config_.name;
    node.name = node.fqn.back();
    node.unique_id = NodeKindName(node.kind) + "." + config_.name + "." + node.name;
    node.config = SettingsAt(tree, node.fqn);
    const auto other = project_.nodes.find(node.unique_id);
    if (other != project_.nodes.end()) {
      return Fail(ErrorCode::kInvalidArgument,
                  jinja::AtLine(node.path, 1, "two files have this name; the other one is " + other->second.path));
    }
    project_.nodes.emplace(node.unique_id, std::move(node));
    return {};
  }

  Status LoadProperties() {
    Project nothing;
    nothing.name = project_.name;
    nothing.vars = project_.vars;
    RenderContext context({nothing, *macros_, settings_}, nullptr, nullptr);
    PropertyReader reader({project_, config_, context});
    std::vector<std::string> folders = config_.model_paths;
    folders.insert(folders.end(), config_.seed_paths.begin(), config_.seed_paths.end());
    folders.insert(folders.end(), config_.snapshot_paths.begin(), config_.snapshot_paths.end());
    for (const char* ending : {".yml", ".yaml"}) {
      for (const auto& path : files_.In(folders, ending)) TARN_TRY(reader.Read(path, files_.texts.at(path)));
    }
    return {};
  }

  /// The first round of every file with Jinja; disabled nodes go.
  Status FinishNodes() {
    for (auto& [id, node] : project_.nodes) {
      const bool has_code = node.kind != NodeKind::kSeed && node.kind != NodeKind::kSource;
      if (has_code) TARN_TRY(Parse(node));
    }
    for (auto at = project_.nodes.begin(); at != project_.nodes.end();) {
      const bool enabled = at->second.Flag("enabled", true);
      if (!enabled) project_.disabled.insert(at->second.name);
      at = enabled ? std::next(at) : project_.nodes.erase(at);
    }
    std::erase_if(project_.nodes, [&](const auto& item) {
      const auto& attached = item.second.test.attached;
      return !attached.empty() && !project_.nodes.contains(attached);
    });
    for (auto& [id, node] : project_.nodes) {
      TARN_TRY(CheckSettings(node));
      if (const auto tags = node.config.find("tags"); tags != node.config.end()) {
        for (const auto& tag : tags->is_array() ? *tags : OrderedJson::array({*tags}))
          node.tags.push_back(tag.is_string() ? tag.get<std::string>() : codec::Dump(tag));
      }
      if (const auto meta = node.config.find("meta"); meta != node.config.end() && meta->is_object())
        node.meta.update(*meta);
      if (node.has_table()) TARN_TRY(Place(node));
    }
    return {};
  }

  Status Parse(Node& node) {
    RenderContext context(needs(), node);
    TARN_TRY(RenderCode(context, node));
    MergeSettings(node.config, context.own_config());
    return {};
  }

  Status CheckSettings(const Node& node) const {
    const auto refuse = [&](const std::string& what) {
      return Fail(ErrorCode::kUnsupported,
                  jinja::AtLine(node.path, LineOf(node.raw_code, what), "not supported: " + what + " of " + node.name));
    };
    for (const auto key : kRefusedSettings) {
      const auto found = node.config.find(std::string(key));
      if (found != node.config.end() && !found->is_null() && !found->empty()) return refuse(std::string(key));
    }
    if (node.kind == NodeKind::kSnapshot) return CheckSnapshot(node);
    if (node.kind != NodeKind::kModel) return {};
    const auto wanted = node.materialized();
    if (std::ranges::find(kMaterializations, wanted) == kMaterializations.end())
      return refuse("materialized='" + wanted + "'");
    const auto strategy = node.Setting("incremental_strategy");
    if (!strategy.empty() && strategy != "append" && strategy != "delete+insert" && strategy != "merge" &&
        strategy != "default") {
      return refuse("incremental_strategy='" + strategy + "'");
    }
    return {};
  }

  Status CheckSnapshot(const Node& node) const {
    const auto at = [&](const std::string& what) { return LineOf(node.raw_code, what); };
    for (const char* key : {"snapshot_meta_column_names", "dbt_valid_to_current", "target_database"}) {
      if (node.Setting(key).empty()) continue;
      return Fail(ErrorCode::kUnsupported,
                  jinja::AtLine(node.path, at(key), std::string("not supported: ") + key + " of " + node.name));
    }
    const auto settings = SnapshotOf(node.config);
    if (settings) return {};
    return Fail(settings.error().code,
                jinja::AtLine(node.path, at("config"), settings.error().message + ": " + node.name));
  }

  /// generate_schema_name and generate_alias_name of the project decide domain and table.
  Status Place(Node& node) {
    RenderContext context(needs(), &node, nullptr);
    jinja::Interpreter interpreter(context);
    TARN_ASSIGN(const auto described, context.Find("model", node.package));
    const auto call = [&](const std::string& macro, const std::string& setting) -> Result<std::string> {
      jinja::Arguments arguments;
      const auto given = node.Setting(setting);
      arguments.positional = {given.empty() ? jinja::Value() : jinja::Value(given), described};
      TARN_ASSIGN(const auto value, interpreter.CallMacro(*macros_->Find(macro, node.package), arguments, nullptr));
      const auto text = value.Text();
      const auto from = text.find_first_not_of(" \n\r\t");
      return from == std::string::npos ? std::string() : text.substr(from, text.find_last_not_of(" \n\r\t") - from + 1);
    };
    TARN_ASSIGN(node.relation.domain, call("generate_schema_name", "schema"));
    if (const auto schema = node.Setting("target_schema"); !schema.empty()) node.relation.domain = schema;
    if (const auto database = node.Setting("database"); !database.empty()) node.relation.domain = database;
    TARN_ASSIGN(node.relation.table, call("generate_alias_name", "alias"));
    node.relation.layer = "gold";
    node.relation.ephemeral = node.materialized() == "ephemeral";
    return {};
  }

  Status Connect() {
    for (auto& [id, node] : project_.nodes) {
      std::vector<std::string> needed;
      for (const auto& reference : node.refs) {
        const auto* found = project_.FindReferenced(reference);
        if (found == nullptr) {
          const bool disabled = project_.disabled.contains(reference.name);
          return Fail(ErrorCode::kInvalidArgument,
                      jinja::AtLine(node.path, LineOf(node.raw_code, reference.name),
                                    node.name +
                                        (disabled ? " refers to a disabled model or seed: "
                                                  : " refers to a model or seed that is not there: ") +
                                        reference.name));
        }
        needed.push_back(found->unique_id);
      }
      for (const auto& source : node.sources) {
        const auto* found = project_.FindSource(source);
        if (found == nullptr) {
          return Fail(ErrorCode::kInvalidArgument, jinja::AtLine(node.path, LineOf(node.raw_code, source.name),
                                                                 node.name + " refers to a source that is not there: " +
                                                                     source.package + "." + source.name));
        }
        needed.push_back(found->unique_id);
      }
      std::ranges::sort(needed);
      node.depends_on = std::move(needed);
    }
    return CheckPlaces();
  }

  /// Two models cannot have one table.
  Status CheckPlaces() const {
    std::map<std::string, const Node*> taken;
    for (const auto& [id, node] : project_.nodes) {
      const bool has_table = node.has_table() && !node.relation.ephemeral;
      if (!has_table) continue;
      const auto [at, is_new] = taken.emplace(node.relation.ToSql(), &node);
      if (is_new) continue;
      return Fail(
          ErrorCode::kInvalidArgument,
          jinja::AtLine(node.path, 1, "its table is also that of " + at->second->path + ": " + node.relation.ToSql()));
    }
    return {};
  }

  const ProjectFiles& files_;
  Settings& settings_;
  ProjectConfig config_;
  Project project_;
  std::unique_ptr<MacroLibrary> macros_;
};

}  // namespace

Result<LoadedProject> LoadProject(const ProjectFiles& files, Settings& settings) {
  return Loader(files, settings).Run();
}

}  // namespace tarn::dbt
