// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bodies of PUT /monitors/{name} into monitors (docs/guide/monitors.md): every member checked.

#include <string>
#include <vector>

#include "api/answers.h"
#include "quality/monitor.h"

namespace tarn::api {

struct MonitorBody {
  quality::Monitor monitor;
  bool keeps_columns = false;     ///< of schema: the columns the table has now are to be expected
  std::vector<Problem> problems;  ///< 422
};

/// A whole definition: what is left out has its default.
MonitorBody ReadMonitorBody(const codec::Json& body, const std::string& name);

}  // namespace tarn::api
