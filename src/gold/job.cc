// SPDX-License-Identifier: Apache-2.0
#include "gold/job.h"

#include "codec/or_null.h"
#include "codec/yaml.h"
#include "gold/job_words.h"
#include "lake/export_json.h"
#include "lake/table_reference.h"
#include "quality/data_tests_json.h"

namespace tarn::gold {
namespace {

using codec::OrderedJson;
using codec::OrNull;

Result<Timestamp> TimeOf(const OrderedJson& json, const char* member) {
  return ParseTimestamp(json.at(member).get<std::string>());
}

/// Documents of before there was a choice name "table" and no interval.
Status ReadMaterialization(const OrderedJson& json, Job& job) {
  job.materialization = ValueInAnyCase(kMaterializations, json.at("materialization").get<std::string>())
                            .value_or(Materialization::kTable);
  if (const auto given = json.find("snapshot"); given != json.end() && !given->is_null()) {
    std::vector<SnapshotProblem> problems;
    const auto spec = ReadSnapshotSpec(codec::Json(*given), problems);
    if (!spec) return Fail(ErrorCode::kCorrupt, "broken snapshot of a job document: " + problems[0].message);
    job.snapshot = *spec;
  }
  const auto column = json.find("interval_column");
  if (column == json.end() || column->is_null()) return {};
  job.interval_column = *column;
  job.interval_text = json.at("interval");
  TARN_ASSIGN(job.interval, ParseDuration(job.interval_text));
  return {};
}

/// Throws OrderedJson::exception on another shape.
Result<StoredJob> FromDocument(const OrderedJson& json) {
  StoredJob stored;
  auto& job = stored.value;
  job.domain = json.at("domain");
  job.name = json.at("job_name");
  job.version = json.at("version");
  job.query = json.at("query");
  job.write_mode =
      ValueInAnyCase(kWriteModes, json.at("write_mode").get<std::string>()).value_or(WriteMode::kOverwrite);
  for (const auto& column : json.at("unique_columns")) job.unique_key.push_back(column);
  if (!json.at("unique_key").is_null()) job.unique_key_echo = codec::Json(json.at("unique_key"));
  job.schedule_type =
      ValueInAnyCase(kScheduleTypes, json.at("schedule_type").get<std::string>()).value_or(ScheduleType::kCron);
  if (!json.at("cron_schedule").is_null()) job.cron_schedule = json.at("cron_schedule").get<std::string>();
  if (!json.at("dependencies").is_null()) job.dependencies = json.at("dependencies").get<std::vector<std::string>>();
  for (const auto& text : json.value("reads", std::vector<std::string>())) {
    job.reads.push_back(lake::ReadTableReference(job.domain, text));
  }
  job.status = ValueInAnyCase(kJobStatuses, json.at("status").get<std::string>()).value_or(JobStatus::kActive);
  TARN_TRY(ReadMaterialization(json, job));
  job.engine = ValueInAnyCase(kJobEngines, json.value("engine", "duckdb")).value_or(JobEngine::kDuckDb);
  job.retries = json.at("retries");
  job.timeout_text = json.at("timeout");
  TARN_ASSIGN(job.timeout, ParseDuration(job.timeout_text));
  job.catchup = ValueInAnyCase(kCatchUps, json.at("catchup").get<std::string>()).value_or(CatchUp::kOne);
  job.debounce = json.at("debounce");
  job.format = json.at("format");
  if (json.contains("mirror") && !json.at("mirror").is_null()) job.mirror = json.at("mirror").get<std::string>();
  if (const auto found = json.find("tests"); found != json.end()) {
    TARN_ASSIGN(job.tests, quality::DecodeTests(*found, job.table()));
  }
  if (const auto found = json.find("exports"); found != json.end()) {
    TARN_ASSIGN(job.exports, lake::DecodeExports(*found));
  }
  TARN_ASSIGN(job.created_at, TimeOf(json, "created_at"));
  TARN_ASSIGN(job.updated_at, TimeOf(json, "updated_at"));
  stored.deleted = json.value("deleted", false);
  return stored;
}

OrderedJson ToDocument(const Job& job) {
  auto json = JobToJson(job);
  json.erase("id");
  json.erase("next_run_at");
  json["version"] = job.version;
  json["unique_columns"] = job.unique_key;
  json["reads"] = OrderedJson::array();
  for (const auto& name : job.reads) json["reads"].push_back(name.ToString());
  return json;
}

}  // namespace

std::string_view WriteModeName(WriteMode mode) { return WordOf(kWriteModes, mode); }

OrderedJson JobToJson(const Job& job) {
  OrderedJson json;
  json["id"] = job.id();
  json["domain"] = job.domain;
  json["job_name"] = job.name;
  json["query"] = job.query;
  json["write_mode"] = WordOf(kWriteModes, job.write_mode);
  json["unique_key"] = OrNull(job.unique_key_echo);
  json["schedule_type"] = WordOf(kScheduleTypes, job.schedule_type);
  json["cron_schedule"] = OrNull(job.cron_schedule);
  json["dependencies"] = OrNull(job.dependencies);
  json["status"] = WordOf(kJobStatuses, job.status);
  json["tests"] = quality::TestsToJson(job.tests);
  json["materialization"] = WordOf(kMaterializations, job.materialization);
  json["interval_column"] = job.replaces_intervals() ? OrderedJson(job.interval_column) : OrderedJson(nullptr);
  json["interval"] = job.replaces_intervals() ? OrderedJson(job.interval_text) : OrderedJson(nullptr);
  json["snapshot"] = job.is_snapshot() ? SnapshotSpecToJson(job.snapshot) : OrderedJson(nullptr);
  json["engine"] = WordOf(kJobEngines, job.engine);
  json["retries"] = job.retries;
  json["timeout"] = job.timeout_text;
  json["catchup"] = WordOf(kCatchUps, job.catchup);
  json["debounce"] = job.debounce;
  json["format"] = job.format;
  json["mirror"] = OrNull(job.mirror);
  json["exports"] = lake::ExportsToJson(job.exports);
  json["next_run_at"] = nullptr;
  json["created_at"] = FormatTimestamp(job.created_at);
  json["updated_at"] = FormatTimestamp(job.updated_at);
  return json;
}

std::vector<engine::TableName> UpstreamsOf(const Job& job) {
  if (!job.dependencies)
    return job.schedule_type == ScheduleType::kDependency ? job.reads : std::vector<engine::TableName>();
  std::vector<engine::TableName> upstreams;
  for (const auto& text : *job.dependencies) upstreams.push_back(lake::ReadTableReference(job.domain, text));
  return upstreams;
}

std::vector<std::string> UpstreamJobs(const Job& job) {
  std::vector<std::string> jobs;
  for (const auto& name : UpstreamsOf(job)) {
    if (name.layer == "gold") jobs.push_back(name.domain + "/" + name.table);
  }
  return jobs;
}

std::string EncodeJob(const StoredJob& stored) {
  auto json = ToDocument(stored.value);
  if (stored.deleted) json["deleted"] = true;
  return codec::WriteYaml(json);
}

Result<StoredJob> DecodeJob(std::string_view yaml) {
  TARN_ASSIGN(const auto json, codec::ParseYaml(yaml));
  try {
    return FromDocument(json);
  } catch (const OrderedJson::exception& error) {
    return Fail(ErrorCode::kCorrupt, std::string("broken job document: ") + error.what());
  }
}

}  // namespace tarn::gold
