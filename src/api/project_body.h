// SPDX-License-Identifier: Apache-2.0
#pragma once
// The `dbt` member of a pipeline's body: every member checked. Free function.

#include <string>
#include <vector>

#include "api/answers.h"
#include "pipeline/project_call.h"

namespace tarn::api {

/// `place`: the folder that holds the server's projects; empty: it has none.
pipeline::ProjectCall ReadProjectCall(const codec::Json& given, const std::string& place,
                                      std::vector<Problem>& problems);

}  // namespace tarn::api
