// SPDX-License-Identifier: Apache-2.0
#pragma once
// `tarn pipeline run|runs`: start a pipeline on a server and follow it, or look at its runs (docs/guide/pipelines.md).

#include <string>

namespace tarn::app {

struct PipelineCommand {
  std::string action;  ///< "run", "runs"
  std::string name;
  std::string url = "http://127.0.0.1:8080";
  std::string api_key;
  bool no_wait = false;  ///< run: only start it
  uint64_t limit = 20;   ///< runs to show
  bool json = false;
};

/// Prints a line for each job (run) or run (runs); returns the exit code: a run that did not succeed is a failure.
int RunPipeline(const PipelineCommand& command);

}  // namespace tarn::app
