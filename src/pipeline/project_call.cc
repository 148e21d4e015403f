// SPDX-License-Identifier: Apache-2.0
#include "pipeline/project_call.h"

#include "codec/or_null.h"

namespace tarn::pipeline {

using codec::Json;
using codec::OrderedJson;
using codec::OrNull;

OrderedJson ProjectCallToJson(const ProjectCall& call) {
  return {{"project", call.project},          {"command", call.command}, {"select", call.select},
          {"exclude", call.exclude},          {"vars", call.vars},       {"domain", OrNull(call.domain)},
          {"full_refresh", call.full_refresh}};
}

ProjectCall ProjectCallFromJson(const Json& json) {
  ProjectCall call;
  call.project = json.at("project");
  call.command = json.at("command");
  call.select = json.at("select").get<std::vector<std::string>>();
  call.exclude = json.at("exclude").get<std::vector<std::string>>();
  call.vars = json.at("vars");
  if (!json.at("domain").is_null()) call.domain = json.at("domain").get<std::string>();
  call.full_refresh = json.at("full_refresh");
  return call;
}

}  // namespace tarn::pipeline
