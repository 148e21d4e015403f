// SPDX-License-Identifier: Apache-2.0
#include "app/verb_dbt.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "app/complaint.h"
#include "app/config.h"
#include "app/lake_node.h"
#include "app/lake_warehouse.h"
#include "app/server_warehouse.h"
#include "base/log.h"
#include "base/random.h"
#include "codec/yaml.h"
#include "dbt/artifacts.h"
#include "dbt/project_loader.h"
#include "dbt/project_run.h"
#include "dbt/selector.h"

namespace tarn::app {
namespace {

void Say(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

Result<dbt::Settings> SettingsOf(const DbtCommand& command, Clock& clock, Randomness& randomness) {
  dbt::Settings settings;
  settings.command = command.action;
  settings.domain = command.domain;
  settings.target_name = command.target;
  settings.full_refresh = command.full_refresh;
  settings.started_at = clock.Now();
  settings.invocation_id = NewUuid(randomness);
  settings.say = Say;
  settings.environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  if (command.vars.empty()) return settings;
  TARN_ASSIGN(settings.vars, codec::ParseYaml(command.vars));
  if (!settings.vars.is_object()) {
    return Fail(ErrorCode::kInvalidArgument,
                "--vars is a YAML mapping, such as 'start: 2026-01-01', not " + command.vars);
  }
  return settings;
}

/// The lake whose tables the command works on, open as long as this lives.
class OpenWarehouse {
 public:
  Status Open(const DbtCommand& command) {
    if (!command.url.empty()) {
      warehouse_ = std::make_unique<ServerWarehouse>(command.url, command.api_key);
      return {};
    }
    TARN_ASSIGN(const auto config, ConfigOf(command));
    TARN_ASSIGN(node_, LakeNode::Open(config));
    TARN_TRY(node_->StartJobs());
    warehouse_ = std::make_unique<LakeWarehouse>(node_->services(), config.table_format);
    return {};
  }

  ~OpenWarehouse() {
    warehouse_.reset();
    if (node_) node_->Close();
  }

  dbt::Warehouse* get() { return warehouse_.get(); }

 private:
  static Result<Config> ConfigOf(const DbtCommand& command) {
    SettingTexts flags{{"lake", command.lake}};
    SettingTexts defaults{{"log_level", "warning"}};
    // The seat's own directory is kept: it is what makes the next command the same node.
    if (!IsBucket(command.lake)) {
      auto folder = command.lake;
      while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
      defaults["data_dir"] = folder + ".node";
    }
    if (!command.data_dir.empty()) flags["data_dir"] = command.data_dir;
    TARN_ASSIGN(
        auto config,
        BuildConfig({{"the defaults", defaults}, {"the environment", ReadEnvironment()}, {"the command line", flags}}));
    SetLogLevel(config.log_level);
    return config;
  }

  std::unique_ptr<LakeNode> node_;
  std::unique_ptr<dbt::Warehouse> warehouse_;
};

bool WorksOn(const std::string& action, dbt::NodeKind kind) {
  if (action == "run") return kind == dbt::NodeKind::kModel;
  if (action == "test") return kind == dbt::NodeKind::kTest;
  if (action == "seed") return kind == dbt::NodeKind::kSeed;
  if (action == "snapshot") return kind == dbt::NodeKind::kSnapshot;
  if (action == "compile") return kind != dbt::NodeKind::kSource && kind != dbt::NodeKind::kSeed;
  return action == "ls" || kind != dbt::NodeKind::kSource;
}

std::string ListedName(const dbt::Node& node) {
  std::string name = node.kind == dbt::NodeKind::kSource ? "source:" : "";
  for (size_t i = 0; i < node.fqn.size(); ++i) name += (i > 0 ? "." : "") + node.fqn[i];
  return name;
}

Status WriteArtifacts(const std::string& project, const std::map<std::string, std::string>& files) {
  for (const auto& [path, text] : files) {
    const auto target = std::filesystem::path(project) / path;
    std::error_code error;
    std::filesystem::create_directories(target.parent_path(), error);
    std::ofstream out(target, std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    if (error || !out) return Fail(ErrorCode::kUnavailable, "an artifact cannot be written: " + target.string());
  }
  return {};
}

/// A project with what a command chose from it.
struct Chosen {
  dbt::ProjectFiles files;
  dbt::LoadedProject loaded;
  dbt::Graph graph;
  std::set<std::string> ids;
};

Result<Chosen> Choose(const DbtCommand& command, dbt::Settings& settings) {
  Chosen chosen;
  TARN_ASSIGN(chosen.files, dbt::ReadProjectFiles(command.project));
  TARN_ASSIGN(chosen.loaded, dbt::LoadProject(chosen.files, settings));
  const auto& project = chosen.loaded.project;
  for (const auto& warning : project.warnings) Say("warning: " + warning);
  TARN_ASSIGN(chosen.graph, dbt::Graph::Of(project));
  TARN_ASSIGN(chosen.ids, dbt::SelectNodes(project, chosen.graph, {command.select, command.exclude}));
  std::erase_if(chosen.ids, [&](const auto& id) { return !WorksOn(command.action, project.Find(id)->kind); });
  return chosen;
}

Result<int> Work(const DbtCommand& command, const Chosen& chosen, const dbt::Settings& settings, Clock& clock) {
  const auto& project = chosen.loaded.project;
  OpenWarehouse warehouse;
  if (!command.lake.empty() || !command.url.empty()) TARN_TRY(warehouse.Open(command));
  dbt::ProjectRun run({project, *chosen.loaded.macros, settings, chosen.files, clock, warehouse.get()});
  Say("Found " + std::to_string(project.nodes.size()) + " nodes; works on " + std::to_string(chosen.ids.size()));
  const bool only_compiles = command.action == "compile";
  const bool tests_between = command.action == "build";
  const auto outcome = only_compiles   ? run.Compile(chosen.ids, chosen.graph)
                       : tests_between ? run.Run(chosen.ids, chosen.graph.WithTestsFirst(project))
                                       : run.Run(chosen.ids, chosen.graph);
  TARN_TRY(WriteArtifacts(
      command.project, dbt::Artifacts({project, *chosen.loaded.macros, chosen.graph, settings, clock.Now()}, outcome)));
  for (const auto& line : dbt::SummaryLines(project, outcome)) Say(line);
  return outcome.ok() ? kExitOk : kExitFailed;
}

int Refuse(const Error& error) {
  Complain("dbt", {error.code, error.message, {}});
  return ExitCodeOf(error) == kExitRefused ? kExitRefused : kExitUsage;
}

}  // namespace

int RunDbt(const DbtCommand& command) {
  SystemClock clock;
  SystemRandomness randomness;
  auto settings = SettingsOf(command, clock, randomness);
  if (!settings) return Refuse(settings.error());
  const bool has_place = !command.lake.empty() || !command.url.empty();
  if (!has_place && command.action != "ls" && command.action != "compile") {
    return Refuse({ErrorCode::kInvalidArgument, "where are the tables? give --lake DIR, or --url of a server", {}});
  }
  const auto chosen = Choose(command, *settings);
  if (!chosen) return Refuse(chosen.error());
  if (command.action == "ls") {
    for (const auto& id : chosen->ids) Say(ListedName(*chosen->loaded.project.Find(id)));
    return kExitOk;
  }
  const auto worked = Work(command, *chosen, *settings, clock);
  return worked ? *worked : Refuse(worked.error());
}

}  // namespace tarn::app
