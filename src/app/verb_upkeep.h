// SPDX-License-Identifier: Apache-2.0
#pragma once
// `tarn compact`, `tarn expire`, `tarn orphans`: ask a server to keep its tables fit now (docs/guide/upkeep.md).

#include <string>

namespace tarn::app {

struct UpkeepCommand {
  std::string verb;  ///< "compact", "expire", "export", "orphans"
  std::string url = "http://127.0.0.1:8080";
  std::string api_key;
  std::string table;  ///< "sales.silver.orders"; empty = all
  bool dry_run = false;
};

/// Prints a line for each run; returns the exit code: a run that failed is a failure.
int RunUpkeep(const UpkeepCommand& command);

}  // namespace tarn::app
