// SPDX-License-Identifier: Apache-2.0
#include "engine/athena/athena_statement.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "base/log.h"
#include "engine/athena/athena_errors.h"
#include "engine/athena/athena_values.h"

namespace tarn::engine {
namespace {

using codec::Json;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kFirstPause{50};
constexpr milliseconds kLongestPause{2'000};
constexpr milliseconds kStopTimeout{5'000};
constexpr int kPageRows = 1000;  ///< the most that Athena gives at once
constexpr size_t kMaxQueryBytes = size_t{256} << 10;
constexpr const char* kCatalog = "AwsDataCatalog";

std::unexpected<Error> Unexpected(const std::string& what) {
  return Fail(ErrorCode::kInternal, "athena: an answer without " + what);
}

}  // namespace

Result<std::unique_ptr<AthenaStatement>> AthenaStatement::Run(aws::JsonClient& client, RemoteQuery query,
                                                              AthenaPlace place) {
  auto statement = std::unique_ptr<AthenaStatement>(new AthenaStatement(client, std::move(query), std::move(place)));
  TARN_TRY(statement->Start());
  TARN_TRY(statement->Wait());
  TARN_TRY(statement->LoadPage());
  return statement;
}

AthenaStatement::~AthenaStatement() {
  if (id_.empty() || is_over_) return;
  const auto stopped =
      client_.Do({"StopQueryExecution", {{"QueryExecutionId", id_}}, steady_clock::now() + kStopTimeout});
  if (!stopped) {
    LogWarning("athena's query not stopped", {{"query", query_.label}, {"error", stopped.error().ToString()}});
  }
}

Result<Json> AthenaStatement::Call(const char* operation, Json input) {
  auto answer = client_.Do({operation, std::move(input), query_.deadline, query_.stop});
  if (answer) return answer;
  auto error = std::move(answer).error();
  if (error.code == ErrorCode::kCancelled) error.message = "the run was stopped while athena worked for it";
  if (error.code == ErrorCode::kDeadlineExceeded) error.message = "athena did not finish within the job's timeout";
  return Fail(std::move(error));
}

Status AthenaStatement::Start() {
  if (query_.sql.size() > kMaxQueryBytes) {
    return Fail(ErrorCode::kInvalidArgument, "the query is longer than the 256 KiB that athena takes");
  }
  TARN_ASSIGN(
      const auto answer,
      Call("StartQueryExecution", {{"QueryString", query_.sql},
                                   {"ClientRequestToken", place_.request_token},
                                   {"WorkGroup", place_.workgroup},
                                   {"QueryExecutionContext", {{"Catalog", kCatalog}, {"Database", place_.database}}},
                                   {"ResultConfiguration", {{"OutputLocation", place_.folder->Uri() + "/"}}}}));
  const auto id = answer.find("QueryExecutionId");
  if (id == answer.end() || !id->is_string()) return Unexpected("QueryExecutionId");
  id_ = id->get<std::string>();
  return {};
}

/// Ends early when the run is stopped.
Status AthenaStatement::Pause(milliseconds length) const {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_until(lock, query_.stop, std::min(steady_clock::now() + length, query_.deadline), [] { return false; });
  return {};
}

Status AthenaStatement::Wait() {
  for (auto pause = kFirstPause;; pause = std::min(pause * 3 / 2, kLongestPause)) {
    TARN_ASSIGN(const auto answer, Call("GetQueryExecution", {{"QueryExecutionId", id_}}));
    const auto execution = answer.find("QueryExecution");
    if (execution == answer.end() || !execution->is_object()) return Unexpected("QueryExecution");
    const auto status = execution->find("Status");
    if (status == execution->end() || !status->is_object()) return Unexpected("Status");
    const auto state = status->find("State");
    if (state == status->end() || !state->is_string()) return Unexpected("State");
    if (*state == "SUCCEEDED" || *state == "FAILED" || *state == "CANCELLED") {
      is_over_ = true;
      if (*state == "SUCCEEDED") return {};
      return std::unexpected(AthenaQueryError(*status));
    }
    TARN_TRY(Pause(pause));
  }
}

/// The first row repeats the names of the columns.
Status AthenaStatement::TakeHeader(const Json& columns) {
  TARN_ASSIGN(columns_, AthenaColumns(columns));
  has_columns_ = true;
  if (page_.empty() || page_.front().at("Data").size() != columns_.fields.size()) return Unexpected("a row of names");
  const auto& names = page_.front().at("Data");
  for (size_t i = 0; i < columns_.fields.size(); ++i) {
    if (names[i].at("VarCharValue") != columns_.fields[i].name) return Unexpected("a row of names");
  }
  page_.erase(page_.begin());
  return {};
}

Status AthenaStatement::LoadPage() {
  Json input{{"QueryExecutionId", id_}, {"MaxResults", kPageRows}};
  if (!next_token_.empty()) input["NextToken"] = next_token_;
  TARN_ASSIGN(const auto answer, Call("GetQueryResults", std::move(input)));
  try {
    const auto& set = answer.at("ResultSet");
    page_ = set.at("Rows");
    next_token_ = answer.value("NextToken", "");
    has_more_ = !next_token_.empty();
    if (!has_columns_) TARN_TRY(TakeHeader(set.at("ResultSetMetadata").at("ColumnInfo")));
  } catch (const Json::exception& error) {
    return Fail(ErrorCode::kInternal, std::string("athena: results that cannot be read: ") + error.what());
  }
  return {};
}

Result<std::optional<Json>> AthenaStatement::NextPage() {
  while (page_.empty() && has_more_) TARN_TRY(LoadPage());
  if (page_.empty()) return std::optional<Json>();
  return std::optional(std::exchange(page_, Json()));
}

}  // namespace tarn::engine
