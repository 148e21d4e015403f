// SPDX-License-Identifier: Apache-2.0
#pragma once
// dbt_project.yml: names, folders, variables, and settings of models, seeds, tests and sources by their place in the
// project. Plain value (lake.md §6.7).

#include <string>
#include <vector>

#include "codec/json.h"
#include "dbt/project_files.h"
#include "dbt/settings.h"

namespace tarn::dbt {

struct ProjectConfig {
  std::string name;
  std::string version;
  std::vector<std::string> model_paths{"models"};
  std::vector<std::string> seed_paths{"seeds"};
  std::vector<std::string> test_paths{"tests"};
  std::vector<std::string> macro_paths{"macros"};
  std::vector<std::string> snapshot_paths{"snapshots"};
  codec::OrderedJson vars = codec::OrderedJson::object();
  codec::OrderedJson models = codec::OrderedJson::object();
  codec::OrderedJson seeds = codec::OrderedJson::object();
  codec::OrderedJson snapshots = codec::OrderedJson::object();
  codec::OrderedJson tests = codec::OrderedJson::object();
  codec::OrderedJson sources = codec::OrderedJson::object();
};

/// Reads `path`, a dbt_project.yml. Its Jinja knows var (of the command line), env_var and target.
Result<ProjectConfig> ReadProjectConfig(const ProjectFiles& files, const std::string& path, const Settings& settings);

/// What a tree of settings says for a node: from its root along the names of `fqn`; keys may begin with "+".
codec::OrderedJson SettingsAt(const codec::OrderedJson& tree, const std::vector<std::string>& fqn);

}  // namespace tarn::dbt
