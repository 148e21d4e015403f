// SPDX-License-Identifier: Apache-2.0
#include "app/server_warehouse.h"

#include <chrono>
#include <thread>

#include "app/dbt_rows.h"
#include "app/http_answers.h"
#include "codec/or_null.h"

namespace tarn::app {
namespace {

constexpr std::chrono::hours kTimeout{1};
constexpr uint64_t kMostRows = 100'000;
constexpr std::chrono::milliseconds kPause{5};

codec::OrderedJson JobBody(const dbt::Materialization& made) {
  codec::OrderedJson body;
  body["domain"] = made.relation.domain;
  body["job_name"] = made.relation.table;
  body["query"] = made.select;
  body["write_mode"] = made.write == dbt::WriteKind::kAppend  ? "append"
                       : made.write == dbt::WriteKind::kMerge ? "merge"
                                                              : "overwrite";
  body["unique_key"] = made.unique_key.empty() ? codec::OrderedJson(nullptr) : codec::OrderedJson(made.unique_key);
  body["materialization"] = made.write == dbt::WriteKind::kView       ? "view"
                            : made.write == dbt::WriteKind::kSnapshot ? "snapshot"
                                                                      : "table";
  if (made.write == dbt::WriteKind::kSnapshot) body["snapshot"] = made.snapshot;
  return body;
}

}  // namespace

Result<net::ClientResponse> ServerWarehouse::Do(const std::string& method, const std::string& path,
                                                const codec::OrderedJson& body) {
  net::ClientRequest request;
  request.method = method;
  request.url = url_ + path;
  request.headers = {{"Content-Type", "application/json"}};
  if (!api_key_.empty()) request.headers.emplace_back("x-api-key", api_key_);
  if (!body.is_null()) request.body = codec::Dump(body);
  request.timeout = kTimeout;
  return client_.Do(request);
}

Result<std::string> ServerWarehouse::Ask(const std::string& sql) {
  TARN_ASSIGN(auto answer,
              Do("POST", "/consumption/query", {{"sql", sql}, {"format", "json"}, {"max_rows", kMostRows}}));
  if (answer.status != 200) return Fail(ErrorOf(answer));
  return std::move(answer.body);
}

Result<dbt::QueryRows> ServerWarehouse::Query(const std::string& sql) {
  TARN_ASSIGN(const auto answer, Ask(sql));
  return DbtRowsOf(answer);
}

Result<std::optional<std::vector<dbt::ColumnInfo>>> ServerWarehouse::ColumnsOf(const dbt::Relation& relation) {
  const auto answer = Ask("select * from " + relation.ToSql() + " limit 0");
  if (!answer) {
    const bool absent = answer.error().code == ErrorCode::kInvalidArgument &&
                        answer.error().message.find("does not exist") != std::string::npos;
    if (absent) return std::optional<std::vector<dbt::ColumnInfo>>();
    return Fail(answer.error());
  }
  TARN_ASSIGN(auto columns, DbtColumnsOf(*answer));
  return std::optional(std::move(columns));
}

Status ServerWarehouse::Save(const dbt::Materialization& made) {
  auto body = JobBody(made);
  const auto path = "/transform/jobs/" + made.relation.domain + "/" + made.relation.table;
  TARN_ASSIGN(const auto changed, Do("PUT", path, body));
  if (changed.status == 200) return {};
  if (changed.status != 404) return Fail(ErrorOf(changed));
  body["schedule_type"] = "manual";
  TARN_ASSIGN(const auto created, Do("POST", "/transform/jobs", body));
  if (created.status != 200) return Fail(ErrorOf(created));
  return {};
}

Result<codec::OrderedJson> ServerWarehouse::RunToEnd(const std::string& job) {
  TARN_ASSIGN(const auto started, Do("POST", "/transform/jobs/" + job + "/run", nullptr));
  TARN_ASSIGN(auto execution, BodyOf(started));
  const auto path = "/transform/executions/" + execution.value("execution_id", "");
  for (;;) {
    TARN_ASSIGN(const auto answer, Do("GET", path, nullptr));
    TARN_ASSIGN(execution, BodyOf(answer));
    const auto status = execution.value("status", "");
    if (status != "QUEUED" && status != "RUNNING") return execution;
    std::this_thread::sleep_for(kPause);
  }
}

Result<dbt::Built> ServerWarehouse::Build(const dbt::Materialization& made) {
  // A view whose SQL does not bind must not take the place of one that does.
  if (made.write == dbt::WriteKind::kView) TARN_TRY(Ask("select * from (\n" + made.select + "\n) limit 0"));
  TARN_TRY(Save(made));
  TARN_ASSIGN(const auto execution, RunToEnd(made.relation.domain + "/" + made.relation.table));
  if (execution.value("status", "") != "SUCCEEDED") {
    const auto error = execution.find("error");
    return Fail(ErrorCode::kInvalidArgument,
                error != execution.end() && error->is_string() ? error->get<std::string>() : "the run did not succeed");
  }
  dbt::Built built;
  const auto output = execution.find("output");
  if (output != execution.end() && output->is_object() && output->contains("rows") && (*output)["rows"].is_number()) {
    built.rows = (*output)["rows"].get<uint64_t>();
  }
  return built;
}

}  // namespace tarn::app
