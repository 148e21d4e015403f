// SPDX-License-Identifier: Apache-2.0
#include "pipeline/pipeline.h"

#include "codec/document.h"
#include "codec/or_null.h"
#include "gold/job_words.h"

namespace tarn::pipeline {
namespace {

using codec::Json;
using codec::OrderedJson;
using codec::OrNull;

constexpr int kFormatVersion = 2;
constexpr int kWithoutProjects = 1;  ///< the version of documents that name jobs

/// Throws Json::exception on another shape.
Result<StoredPipeline> FromJson(const Json& json) {
  const int version = json.at("format_version");
  StoredPipeline stored;
  auto& pipeline = stored.value;
  pipeline.name = json.at("name");
  pipeline.version = json.at("version");
  pipeline.jobs = json.at("jobs").get<std::vector<std::string>>();
  if (version == kFormatVersion) pipeline.dbt = ProjectCallFromJson(json.at("dbt"));
  if (!json.at("schedule").is_null()) pipeline.schedule = json.at("schedule").get<std::string>();
  pipeline.catchup = CatchUpOf(json.at("catchup").get<std::string>()).value_or(lake::CatchUp::kOne);
  pipeline.is_paused = json.at("status") == "paused";
  TARN_ASSIGN(pipeline.created_at, ParseTimestamp(json.at("created_at").get<std::string>()));
  TARN_ASSIGN(pipeline.updated_at, ParseTimestamp(json.at("updated_at").get<std::string>()));
  stored.deleted = json.at("deleted");
  return stored;
}

}  // namespace

std::optional<lake::CatchUp> CatchUpOf(std::string_view word) { return ValueInAnyCase(gold::kCatchUps, word); }

OrderedJson PipelineToJson(const Pipeline& pipeline) {
  return {{"name", pipeline.name},
          {"version", pipeline.version},
          {"jobs", pipeline.jobs},
          {"dbt", pipeline.dbt ? ProjectCallToJson(*pipeline.dbt) : OrderedJson(nullptr)},
          {"schedule", OrNull(pipeline.schedule)},
          {"catchup", WordOf(gold::kCatchUps, pipeline.catchup)},
          {"status", pipeline.is_paused ? "paused" : "active"},
          {"next_run_at", nullptr},
          {"created_at", FormatTimestamp(pipeline.created_at)},
          {"updated_at", FormatTimestamp(pipeline.updated_at)}};
}

std::string EncodePipeline(const StoredPipeline& stored) {
  auto json = PipelineToJson(stored.value);
  json.erase("next_run_at");
  if (!stored.value.dbt) json.erase("dbt");
  json["format_version"] = stored.value.dbt ? kFormatVersion : kWithoutProjects;
  json["deleted"] = stored.deleted;
  return codec::Dump(json);
}

Result<StoredPipeline> DecodePipeline(std::string_view text) {
  return codec::ReadDocument(text, {"document of a pipeline", kFormatVersion, kWithoutProjects, "format_version"},
                             FromJson);
}

}  // namespace tarn::pipeline
