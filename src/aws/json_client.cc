// SPDX-License-Identifier: Apache-2.0
#include "aws/json_client.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

namespace tarn::aws {
namespace {

using codec::Json;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kMaxAttempts = 8;
constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{5'000};
constexpr milliseconds kAnswerTimeout{60'000};
constexpr size_t kMaxAnswerBytes = size_t{64} << 20;
constexpr size_t kMaxShown = 400;

/// Words of services for their refusals; those that end in "ThrottlingException" and the like are told by status, too.
constexpr auto kByWord = std::to_array<std::pair<std::string_view, ErrorCode>>({
    {"TooManyRequestsException", ErrorCode::kUnavailable},
    {"ThrottlingException", ErrorCode::kUnavailable},
    {"Throttling", ErrorCode::kUnavailable},
    {"RequestLimitExceeded", ErrorCode::kUnavailable},
    {"ConcurrentModificationException", ErrorCode::kUnavailable},
    {"InternalServerException", ErrorCode::kUnavailable},
    {"InternalServiceException", ErrorCode::kUnavailable},
    {"OperationTimeoutException", ErrorCode::kUnavailable},
    {"ServiceUnavailableException", ErrorCode::kUnavailable},
    {"AccessDeniedException", ErrorCode::kPermissionDenied},
    {"AccessDenied", ErrorCode::kPermissionDenied},
    {"ExpiredTokenException", ErrorCode::kUnauthenticated},
    {"UnrecognizedClientException", ErrorCode::kUnauthenticated},
    {"InvalidClientTokenId", ErrorCode::kUnauthenticated},
    {"InvalidSignatureException", ErrorCode::kUnauthenticated},
    {"MissingAuthenticationTokenException", ErrorCode::kUnauthenticated},
    {"IncompleteSignatureException", ErrorCode::kUnauthenticated},
    {"EntityNotFoundException", ErrorCode::kNotFound},
    {"ResourceNotFoundException", ErrorCode::kNotFound},
    {"AlreadyExistsException", ErrorCode::kAlreadyExists},
    {"ResourceNumberLimitExceededException", ErrorCode::kResourceExhausted},
});

std::string TextOf(const Json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// Of an answer with another status than 200.
Error RefusalOf(const JsonService& service, const net::OutboundResponse& answer) {
  Error error{answer.status / 100 == 5 || answer.status == 429 ? ErrorCode::kUnavailable : ErrorCode::kInvalidArgument,
              service.name + " answered with status " + std::to_string(answer.status),
              {}};
  const auto body = codec::ParseJson(answer.body);
  if (!body || !body->is_object()) {
    error.message += ": " + answer.body.substr(0, kMaxShown);
    return error;
  }
  auto word = TextOf(*body, "__type");
  word = word.substr(word.rfind('#') + 1);  // npos + 1 = 0
  auto text = TextOf(*body, "message");
  if (text.empty()) text = TextOf(*body, "Message");
  error.message = service.name + ": " + word + ": " + text.substr(0, kMaxShown);
  error.context = word;
  const auto found = std::ranges::find(kByWord, word, [](const auto& one) { return one.first; });
  if (found != kByWord.end()) error.code = found->second;
  return error;
}

std::string HostOf(const std::string& url) { return url.substr(url.find("://") + 3); }

}  // namespace

struct JsonClient::Attempt {
  Result<Json> answer = Json();
  std::shared_ptr<const Credentials> signed_by{};
};

JsonClient::JsonClient(Dependencies dependencies, JsonService service)
    : dependencies_(dependencies), service_([&] {
        if (service.endpoint.empty()) {
          const auto* const domain = service.region.starts_with("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com";
          service.endpoint = "https://" + service.name + "." + service.region + domain;
        }
        return std::move(service);
      }()) {}

JsonClient::Attempt JsonClient::Try(const JsonCall& call, const std::string& body) {
  Attempt attempt;
  auto credentials = dependencies_.credentials.Get();
  if (!credentials) {
    attempt.answer = Fail(std::move(credentials).error());
    return attempt;
  }
  attempt.signed_by = *credentials;
  UnsignedRequest to_sign{"POST", "/", {}, {}, PayloadHash(body, false)};
  to_sign.headers = {{"Content-Type", "application/x-amz-json-1.1"},
                     {"X-Amz-Target", service_.target + "." + call.operation}};
  net::OutboundRequest request;
  request.headers = to_sign.headers;
  to_sign.headers.emplace_back("Host", HostOf(service_.endpoint));
  for (auto& field : Sign(to_sign, **credentials, {service_.region, service_.name}, dependencies_.clock.Now())) {
    request.headers.push_back(std::move(field));
  }
  request.method = "POST";
  request.url = service_.endpoint + "/";
  request.body = body;
  request.response_limit_bytes = kMaxAnswerBytes;
  request.stop = call.stop;
  const auto left = std::chrono::ceil<milliseconds>(call.deadline - steady_clock::now());
  request.timeouts.total = std::clamp(left, milliseconds(1), kAnswerTimeout);
  auto response = dependencies_.http.Do(request);
  if (!response) {
    attempt.answer = Fail(std::move(response).error());
  } else if (response->status != 200) {
    attempt.answer = Fail(RefusalOf(service_, *response));
  } else {
    attempt.answer = codec::ParseJson(response->body);
    if (!attempt.answer) attempt.answer = Fail(ErrorCode::kInternal, service_.name + ": an answer that is no JSON");
  }
  return attempt;
}

Status JsonClient::Pause(const JsonCall& call, int attempt) const {
  if (attempt > 0) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    const auto pause = std::min(kFirstPause * (1 << attempt) / 2, kLongestPause);
    wake.wait_until(lock, call.stop, std::min(steady_clock::now() + pause, call.deadline), [] { return false; });
  }
  if (call.stop.stop_requested()) return Fail(ErrorCode::kCancelled, "stopped while waiting for " + service_.name);
  if (steady_clock::now() < call.deadline) return {};
  return Fail(ErrorCode::kDeadlineExceeded, service_.name + " did not answer in time");
}

Result<Json> JsonClient::Do(const JsonCall& call) {
  const auto body = codec::Dump(call.input);
  Error last;
  for (int number = 0; number < kMaxAttempts; ++number) {
    TARN_TRY(Pause(call, number));
    auto attempt = Try(call, body);
    if (attempt.answer) return std::move(attempt.answer);
    last = std::move(attempt.answer).error();
    const bool is_stale = last.context == "ExpiredTokenException" && attempt.signed_by != nullptr;
    if (is_stale) dependencies_.credentials.Forget(attempt.signed_by);
    const bool may_pass = last.code == ErrorCode::kUnavailable || last.code == ErrorCode::kUnknownOutcome;
    if (!may_pass && !(is_stale && number == 0)) return Fail(std::move(last));
  }
  last.code = ErrorCode::kUnavailable;
  return Fail(std::move(last));
}

}  // namespace tarn::aws
