// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a pipeline asks of a dbt project, in the place of jobs (docs/guide/dbt.md). Plain value and codec.

#include <string>
#include <vector>

#include "codec/json.h"

namespace tarn::pipeline {

struct ProjectCall {
  std::string project;            ///< its folder below the setting `dbt_projects`
  std::string command = "build";  ///< build, run, test, seed or snapshot
  std::vector<std::string> select;
  std::vector<std::string> exclude;
  codec::OrderedJson vars = codec::OrderedJson::object();
  std::string domain;  ///< of models; empty: the project's name
  bool full_refresh = false;

  /// What its only step is called; no job has such an id.
  std::string step() const { return "dbt:" + project; }
};

codec::OrderedJson ProjectCallToJson(const ProjectCall& call);
/// Of what ProjectCallToJson made; throws Json::exception on another shape.
ProjectCall ProjectCallFromJson(const codec::Json& json);

}  // namespace tarn::pipeline
