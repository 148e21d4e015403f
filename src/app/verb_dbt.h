// SPDX-License-Identifier: Apache-2.0
#pragma once
// `tarn dbt`: works on a dbt project, against a lake's folder whose seat it takes, or against a server (lake.md §6.7,
// §8). Exit codes are dbt's: 0 all well, 1 something failed, 2 the project or the command cannot be worked on.

#include <string>
#include <vector>

namespace tarn::app {

struct DbtCommand {
  std::string action;  ///< build, run, test, seed, ls or compile
  std::string project = ".";
  std::string lake;      ///< folder or s3://…; its seat is taken
  std::string data_dir;  ///< of the seat; beside a local lake when left out
  std::string url;       ///< of a server, instead of a lake
  std::string api_key;
  std::string domain;  ///< of models; the project's name when left out
  std::string target = "tarn";
  std::string vars;  ///< YAML or JSON mapping
  std::vector<std::string> select;
  std::vector<std::string> exclude;
  bool full_refresh = false;
};

/// Prints as dbt does; returns the exit code.
int RunDbt(const DbtCommand& command);

}  // namespace tarn::app
