// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bodies of POST and PUT /transform/jobs into jobs (http-api.md §8): every field checked.

#include <string>
#include <vector>

#include "api/answers.h"
#include "engine/query_engine.h"
#include "gold/job.h"

namespace tarn::api {

struct JobBody {
  gold::Job job;
  std::vector<Problem> problems;  ///< 422
};

/// `present` is the job a PUT changes (absent members keep its values); nullptr for a POST, whose job has
/// `default_format` if it names none.
JobBody ReadJobBody(const codec::Json& body, const gold::Job* present, const std::string& default_format,
                    engine::QueryEngine& engine);

}  // namespace tarn::api
