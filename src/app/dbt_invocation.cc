// SPDX-License-Identifier: Apache-2.0
#include "app/dbt_invocation.h"

#include <filesystem>
#include <fstream>

#include "dbt/artifacts.h"
#include "dbt/project_run.h"

namespace tarn::app {
namespace {

bool WorksOn(const std::string& action, dbt::NodeKind kind) {
  if (action == "run") return kind == dbt::NodeKind::kModel;
  if (action == "test") return kind == dbt::NodeKind::kTest;
  if (action == "seed") return kind == dbt::NodeKind::kSeed;
  if (action == "snapshot") return kind == dbt::NodeKind::kSnapshot;
  if (action == "compile") return kind != dbt::NodeKind::kSource && kind != dbt::NodeKind::kSeed;
  return action == "ls" || kind != dbt::NodeKind::kSource;
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

}  // namespace

dbt::Settings BeginDbt(std::string command, Clock& clock, Randomness& randomness) {
  dbt::Settings settings;
  settings.command = std::move(command);
  settings.started_at = clock.Now();
  settings.invocation_id = NewUuid(randomness);
  return settings;
}

Result<ChosenNodes> ChooseNodes(DbtInvocation& invocation) {
  auto& settings = invocation.settings;
  ChosenNodes chosen;
  TARN_ASSIGN(chosen.files, dbt::ReadProjectFiles(invocation.folder));
  TARN_ASSIGN(chosen.loaded, dbt::LoadProject(chosen.files, settings));
  const auto& project = chosen.loaded.project;
  for (const auto& warning : project.warnings) settings.say("warning: " + warning);
  TARN_ASSIGN(chosen.graph, dbt::Graph::Of(project));
  TARN_ASSIGN(chosen.ids, dbt::SelectNodes(project, chosen.graph, invocation.selection));
  std::erase_if(chosen.ids, [&](const auto& id) { return !WorksOn(settings.command, project.Find(id)->kind); });
  return chosen;
}

Result<dbt::RunOutcome> WorkOn(const DbtInvocation& invocation, const ChosenNodes& chosen, dbt::Warehouse* warehouse,
                               Clock& clock) {
  const auto& settings = invocation.settings;
  const auto& project = chosen.loaded.project;
  dbt::ProjectRun run({project, *chosen.loaded.macros, settings, chosen.files, clock, warehouse});
  settings.say("Found " + std::to_string(project.nodes.size()) + " nodes; works on " +
               std::to_string(chosen.ids.size()));
  const bool only_compiles = settings.command == "compile";
  const bool tests_between = settings.command == "build";
  auto outcome = only_compiles   ? run.Compile(chosen.ids, chosen.graph)
                 : tests_between ? run.Run(chosen.ids, chosen.graph.WithTestsFirst(project))
                                 : run.Run(chosen.ids, chosen.graph);
  TARN_TRY(
      WriteArtifacts(invocation.folder,
                     dbt::Artifacts({project, *chosen.loaded.macros, chosen.graph, settings, clock.Now()}, outcome)));
  return outcome;
}

}  // namespace tarn::app
