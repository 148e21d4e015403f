// SPDX-License-Identifier: Apache-2.0
#include "engine/trino/trino_statement.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "base/log.h"
#include "codec/base64.h"
#include "codec/url.h"
#include "engine/trino/trino_errors.h"
#include "engine/trino/trino_types.h"

namespace tarn::engine {
namespace {

using codec::Json;
using std::chrono::milliseconds;

constexpr int kMaxAttempts = 8;  ///< of one request
constexpr milliseconds kFirstRetry{100};
constexpr milliseconds kLongestRetry{2'000};
/// Between answers without rows; the server holds them back itself as long as nothing happens.
constexpr milliseconds kLongestPause{100};
constexpr milliseconds kAnswerTimeout{60'000};
constexpr milliseconds kCancelTimeout{2'000};
constexpr size_t kMaxPageBytes = size_t{128} << 20;

constexpr const char* kStatementPath = "/v1/statement";

/// The place behind the server's address: wherever the server believes to stand, requests and what they carry go to the
/// configured address.
Result<std::string> PathOf(const std::string& url) {
  const auto scheme = url.find("://");
  const auto path = scheme == std::string::npos ? scheme : url.find('/', scheme + 3);
  if (path != std::string::npos) return url.substr(path);
  return Fail(ErrorCode::kInternal, "trino: a nextUri that is no URL: " + url);
}

}  // namespace

Result<std::unique_ptr<TrinoStatement>> TrinoStatement::Start(const TrinoSettings& settings,
                                                              net::OutboundClient& client, RemoteQuery query) {
  auto statement = std::unique_ptr<TrinoStatement>(new TrinoStatement(settings, client, std::move(query)));
  TARN_ASSIGN(auto answer, statement->Exchange("POST", settings.url + kStatementPath, statement->query_.sql));
  TARN_TRY(statement->Take(std::move(answer)));
  while (!statement->columns_) {
    if (statement->next_.empty()) return Fail(ErrorCode::kInternal, "trino: the query ended without columns");
    TARN_TRY(statement->Advance());
  }
  return statement;
}

TrinoStatement::~TrinoStatement() {
  if (next_.empty()) return;
  auto request = RequestTo("DELETE", next_);
  request.timeouts.total = kCancelTimeout;
  const auto answer = client_.Do(request);
  // Trino gives up by itself what nobody asks for.
  if (!answer) LogWarning("trino's query not ended", {{"query", query_.label}, {"error", answer.error().ToString()}});
}

Result<std::optional<Json>> TrinoStatement::NextPage() {
  while (page_.is_null() && !next_.empty()) TARN_TRY(Advance());
  if (page_.is_null()) return std::optional<Json>();
  return std::optional(std::exchange(page_, Json()));
}

Status TrinoStatement::Advance() {
  TARN_TRY(Pause(pause_));
  TARN_ASSIGN(auto answer, Exchange("GET", next_, ""));
  TARN_TRY(Take(std::move(answer)));
  pause_ = page_.is_null() ? std::min(std::max(pause_ * 2, milliseconds(1)), kLongestPause) : milliseconds(0);
  return {};
}

Status TrinoStatement::Take(Json answer) {
  if (!answer.is_object()) return Fail(ErrorCode::kInternal, "trino: an answer that is no object");
  const auto next = answer.find("nextUri");
  std::string path;
  if (next != answer.end() && next->is_string()) {
    TARN_ASSIGN(path, PathOf(next->get<std::string>()));
  }
  next_ = path.empty() ? "" : settings_.url + path;
  if (const auto error = answer.find("error"); error != answer.end() && !error->is_null()) {
    next_.clear();
    return std::unexpected(TrinoQueryError(*error));
  }
  if (const auto columns = answer.find("columns"); !columns_ && columns != answer.end() && columns->is_array()) {
    TARN_ASSIGN(columns_, TrinoColumns(*columns));
  }
  const auto data = answer.find("data");
  if (data == answer.end() || data->is_null()) return {};
  if (!data->is_array()) return Fail(ErrorCode::kInternal, "trino: rows that are no array");
  if (!data->empty()) page_ = std::move(*data);
  return {};
}

Status TrinoStatement::CheckTime() const {
  if (query_.stop.stop_requested()) return Fail(ErrorCode::kCancelled, "the run was stopped while trino worked for it");
  if (std::chrono::steady_clock::now() < query_.deadline) return {};
  return Fail(ErrorCode::kDeadlineExceeded, "trino did not finish within the job's timeout");
}

/// Ends early when the run is stopped.
Status TrinoStatement::Pause(milliseconds length) const {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, query_.stop, length, [] { return false; });
  return CheckTime();
}

net::OutboundRequest TrinoStatement::RequestTo(const std::string& method, const std::string& url) const {
  net::OutboundRequest request;
  request.method = method;
  request.url = url;
  request.headers = {{"X-Trino-User", settings_.user},
                     {"X-Trino-Source", "tarn"},
                     {"X-Trino-Client-Info", query_.label},
                     {"X-Trino-Time-Zone", "UTC"},
                     {"X-Trino-Client-Capabilities", "PARAMETRIC_DATETIME"}};
  for (const auto& [name, value] : settings_.session) {
    request.headers.emplace_back("X-Trino-Session", name + "=" + codec::PercentEncode(value));
  }
  if (!settings_.password.empty()) {
    request.headers.emplace_back("Authorization",
                                 "Basic " + codec::Base64Encode(settings_.user + ":" + settings_.password));
  }
  request.timeouts.idle = std::chrono::seconds(0);
  request.response_limit_bytes = kMaxPageBytes;
  return request;
}

/// A page may be asked for again until the one behind it was, and a lost statement has changed nothing.
Result<Json> TrinoStatement::Exchange(const std::string& method, const std::string& url,
                                      const std::string& body) const {
  auto request = RequestTo(method, url);
  request.body = body;
  Error last;
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    TARN_TRY(attempt == 0 ? CheckTime() : Pause(std::min(kFirstRetry * (1 << attempt) / 2, kLongestRetry)));
    const auto left = query_.deadline - std::chrono::steady_clock::now();
    request.timeouts.total = std::clamp(std::chrono::ceil<milliseconds>(left), milliseconds(1), kAnswerTimeout);
    const auto answer = client_.Do(request);
    if (answer && answer->status == 200) {
      auto json = codec::ParseJson(answer->body);
      if (!json) return Fail(ErrorCode::kInternal, "trino: an answer that is no JSON: " + json.error().message);
      return json;
    }
    last = answer ? TrinoStatusError(answer->status, answer->body) : answer.error();
    const bool may_repeat = answer ? IsTrinoBusy(answer->status)
                                   : last.code == ErrorCode::kUnavailable || last.code == ErrorCode::kUnknownOutcome;
    if (!may_repeat) break;
  }
  TARN_TRY(CheckTime());
  return std::unexpected(last);
}

}  // namespace tarn::engine
