// SPDX-License-Identifier: Apache-2.0
#include "pipeline/pipeline.h"

#include "gold/job_words.h"

namespace tarn::pipeline {
namespace {

using codec::Json;
using codec::OrderedJson;

constexpr int kFormatVersion = 1;

/// Throws Json::exception on another shape.
Result<StoredPipeline> FromJson(const Json& json) {
  if (json.at("format_version") != kFormatVersion) {
    return Fail(ErrorCode::kUnsupported,
                "the pipeline's document has version " + json.at("format_version").dump() + ", this build reads 1");
  }
  StoredPipeline stored;
  auto& pipeline = stored.pipeline;
  pipeline.name = json.at("name");
  pipeline.version = json.at("version");
  pipeline.jobs = json.at("jobs").get<std::vector<std::string>>();
  if (!json.at("schedule").is_null()) pipeline.schedule = json.at("schedule").get<std::string>();
  pipeline.catchup = CatchUpOf(json.at("catchup").get<std::string>()).value_or(lake::CatchUp::kOne);
  pipeline.is_paused = json.at("status") == "paused";
  TARN_ASSIGN(pipeline.created_at, ParseTimestamp(json.at("created_at").get<std::string>()));
  TARN_ASSIGN(pipeline.updated_at, ParseTimestamp(json.at("updated_at").get<std::string>()));
  stored.deleted = json.at("deleted");
  return stored;
}

}  // namespace

std::optional<lake::CatchUp> CatchUpOf(std::string word) { return gold::WordTo(gold::kCatchUps, std::move(word)); }

OrderedJson PipelineToJson(const Pipeline& pipeline) {
  return {{"name", pipeline.name},
          {"version", pipeline.version},
          {"jobs", pipeline.jobs},
          {"schedule", pipeline.schedule ? OrderedJson(*pipeline.schedule) : OrderedJson(nullptr)},
          {"catchup", gold::WordOf(gold::kCatchUps, pipeline.catchup)},
          {"status", pipeline.is_paused ? "paused" : "active"},
          {"next_run_at", nullptr},
          {"created_at", FormatTimestamp(pipeline.created_at)},
          {"updated_at", FormatTimestamp(pipeline.updated_at)}};
}

std::string EncodePipeline(const StoredPipeline& stored) {
  auto json = PipelineToJson(stored.pipeline);
  json.erase("next_run_at");
  json["format_version"] = kFormatVersion;
  json["deleted"] = stored.deleted;
  return codec::Dump(json);
}

Result<StoredPipeline> DecodePipeline(std::string_view text) {
  TARN_ASSIGN(const auto json, codec::ParseJson(text));
  try {
    return FromJson(json);
  } catch (const Json::exception& error) {
    return Fail(ErrorCode::kCorrupt, std::string("broken document of a pipeline: ") + error.what());
  }
}

}  // namespace tarn::pipeline
