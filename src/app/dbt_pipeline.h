// SPDX-License-Identifier: Apache-2.0
#pragma once
// A dbt project that a pipeline of this server runs (docs/guide/dbt.md): on the server's own jobs and queries, said
// line by line in its log. Free function; thread-safe, one run of a project at a time.

#include <stop_token>
#include <string>

#include "api/services.h"
#include "pipeline/project_call.h"

namespace tarn::app {

struct DbtPlace {
  api::Services& services;
  const std::string& projects;  ///< the folder that holds them
  const std::string& format;    ///< of tables that are made
};

/// kFailedPrecondition names the nodes that failed; kCancelled after a stop was asked for; errors of the project's
/// files as they are.
Status RunDbtProject(const DbtPlace& place, const pipeline::ProjectCall& call, const std::stop_token& stop);

}  // namespace tarn::app
