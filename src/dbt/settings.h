// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a run of a project is given from outside: where its models go, variables, environment, time. Plain value;
// outlives what uses it.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "codec/json.h"

namespace tarn::dbt {

/// The version of dbt whose projects and artifacts these are.
inline constexpr const char* kDbtVersion = "1.10.0";

struct Settings {
  std::string command;               ///< "build", "run" …
  std::string domain;                ///< of models and seeds; empty: the project's name
  std::string target_name = "tarn";  ///< target.name
  codec::OrderedJson vars = codec::OrderedJson::object();
  bool full_refresh = false;
  Timestamp started_at;
  std::string invocation_id;
  /// Reads one variable of the environment.
  std::function<std::optional<std::string>(const std::string&)> environment;
  /// Takes what log(…, info=true) and print() say.
  std::function<void(const std::string&)> say;
};

}  // namespace tarn::dbt
