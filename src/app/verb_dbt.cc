// SPDX-License-Identifier: Apache-2.0
#include "app/verb_dbt.h"

#include <cstdio>
#include <cstdlib>

#include "app/complaint.h"
#include "app/config.h"
#include "app/dbt_invocation.h"
#include "app/lake_node.h"
#include "app/lake_warehouse.h"
#include "app/server_warehouse.h"
#include "base/log.h"
#include "codec/yaml.h"
#include "dbt/run_report.h"

namespace tarn::app {
namespace {

void Say(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

Result<DbtInvocation> InvocationOf(const DbtCommand& command, Clock& clock, Randomness& randomness) {
  DbtInvocation invocation{
      command.project, BeginDbt(command.action, clock, randomness), {command.select, command.exclude}};
  auto& settings = invocation.settings;
  settings.domain = command.domain;
  settings.target_name = command.target;
  settings.full_refresh = command.full_refresh;
  settings.say = Say;
  settings.environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  if (command.vars.empty()) return invocation;
  TARN_ASSIGN(settings.vars, codec::ParseYaml(command.vars));
  if (!settings.vars.is_object()) {
    return Fail(ErrorCode::kInvalidArgument,
                "--vars is a YAML mapping, such as 'start: 2026-01-01', not " + command.vars);
  }
  return invocation;
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
    warehouse_ = std::make_unique<LakeWarehouse>(node_->services(), config.table_format, std::stop_token());
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

std::string ListedName(const dbt::Node& node) {
  std::string name = node.kind == dbt::NodeKind::kSource ? "source:" : "";
  for (size_t i = 0; i < node.fqn.size(); ++i) name += (i > 0 ? "." : "") + node.fqn[i];
  return name;
}

int Refuse(const Error& error) {
  Complain("dbt", {error.code, error.message, {}});
  return ExitCodeOf(error) == kExitRefused ? kExitRefused : kExitUsage;
}

}  // namespace

int RunDbt(const DbtCommand& command) {
  SystemClock clock;
  SystemRandomness randomness;
  auto invocation = InvocationOf(command, clock, randomness);
  if (!invocation) return Refuse(invocation.error());
  const bool has_place = !command.lake.empty() || !command.url.empty();
  if (!has_place && command.action != "ls" && command.action != "compile") {
    return Refuse({ErrorCode::kInvalidArgument, "where are the tables? give --lake DIR, or --url of a server", {}});
  }
  const auto chosen = ChooseNodes(*invocation);
  if (!chosen) return Refuse(chosen.error());
  const auto& project = chosen->loaded.project;
  if (command.action == "ls") {
    for (const auto& id : chosen->ids) Say(ListedName(*project.Find(id)));
    return kExitOk;
  }
  OpenWarehouse warehouse;
  if (has_place) {
    if (const auto opened = warehouse.Open(command); !opened) return Refuse(opened.error());
  }
  const auto outcome = WorkOn(*invocation, *chosen, warehouse.get(), clock);
  if (!outcome) return Refuse(outcome.error());
  for (const auto& line : dbt::SummaryLines(project, *outcome)) Say(line);
  return outcome->ok() ? kExitOk : kExitFailed;
}

}  // namespace tarn::app
