// SPDX-License-Identifier: Apache-2.0
#include "store/s3/s3_client.h"

#include <algorithm>
#include <cstring>
#include <thread>

#include "base/log.h"
#include "codec/url.h"

namespace tarn::store {
namespace {

/// A slower transfer is given up.
constexpr int64_t kSlowestBytesPerMs = 64;

/// "/prefix/a%20b/c": slashes stay.
std::string EncodePath(std::string_view prefix, std::string_view key) {
  std::string path(prefix);
  path += '/';
  for (;;) {
    const auto slash = key.find('/');
    path += codec::PercentEncode(key.substr(0, slash));
    if (slash == std::string_view::npos) return path;
    path += '/';
    key.remove_prefix(slash + 1);
  }
}

/// Fills a buffer of known size.
class Filler {
 public:
  explicit Filler(std::span<char> target) : target_(target) {}

  Status Take(std::string_view piece) {
    if (piece.size() > target_.size() - filled_) {
      return Fail(ErrorCode::kCorrupt, "the S3 server sent more than was asked for");
    }
    std::memcpy(target_.data() + filled_, piece.data(), piece.size());
    filled_ += piece.size();
    return {};
  }
  bool is_full() const { return filled_ == target_.size(); }

 private:
  const std::span<char> target_;
  size_t filled_ = 0;
};

}  // namespace

/// What one attempt came to.
struct S3Client::Attempt {
  std::optional<net::OutboundResponse> response{};  ///< good
  Refusal kind = Refusal::kFinal;
  S3Failure failure{};
  bool was_timeout = false;
  std::shared_ptr<const aws::Credentials> signed_by{};
};

S3Client::S3Client(Dependencies needs, Options options)
    : needs_(std::move(needs)),
      options_(std::move(options)),
      names_{options_.bucket, options_.endpoint.host, options_.region},
      requests_(needs_.metrics.GetCounter("tarn_s3_requests_total", "requests to the lake's S3 server")),
      retries_(needs_.metrics.GetCounter("tarn_s3_retries_total", "requests to S3 that were sent again")),
      failures_(needs_.metrics.GetCounter("tarn_s3_failures_total", "calls to S3 given up without an answer")),
      seconds_(needs_.metrics.GetHistogram("tarn_s3_request_seconds", "time of one request to S3")) {}

Result<net::OutboundResponse> S3Client::Send(const S3Call& call, const aws::Credentials& credentials) {
  const auto& endpoint = options_.endpoint;
  aws::UnsignedRequest to_sign{call.method, EncodePath(endpoint.path_prefix, call.key), call.query, call.headers,
                               aws::PayloadHash(call.body, endpoint.is_tls)};
  to_sign.headers.emplace_back("x-amz-content-sha256", to_sign.payload_hash);
  net::OutboundRequest request;
  request.headers = to_sign.headers;
  to_sign.headers.emplace_back("Host", endpoint.host);
  for (auto& field : aws::Sign(to_sign, credentials, {options_.region, "s3"}, needs_.clock.Now())) {
    request.headers.push_back(std::move(field));
  }
  request.method = call.method;
  request.url = endpoint.BaseUrl() + to_sign.path;
  if (!call.query.empty()) request.url += "?" + aws::CanonicalQuery(call.query);
  request.body = call.body;
  request.timeouts = options_.timeouts;
  const auto bytes = static_cast<int64_t>(std::max(call.body.size(), call.target.size()));
  request.timeouts.total += call.more_time + std::chrono::milliseconds(bytes / kSlowestBytesPerMs);
  const auto started = needs_.clock.Steady();
  Filler filler(call.target);
  auto response = call.target.empty()
                      ? needs_.http.Do(request)
                      : needs_.http.Do(request, [&](std::string_view piece) { return filler.Take(piece); });
  seconds_.Observe(std::chrono::duration<double>(needs_.clock.Steady() - started).count());
  if (response && response->status / 100 == 2 && !call.target.empty() && !filler.is_full()) {
    return Fail(ErrorCode::kUnknownOutcome, "the S3 server sent less than was asked for");
  }
  return response;
}

S3Client::Attempt S3Client::Try(const S3Call& call) {
  Attempt attempt;
  auto credentials = needs_.credentials.Get();
  if (!credentials) {
    attempt.failure.error = std::move(credentials).error();
    // A service that hands out credentials may be back in a moment.
    if (attempt.failure.error.code == ErrorCode::kUnavailable) attempt.kind = Refusal::kNotDone;
    return attempt;
  }
  attempt.signed_by = *credentials;
  requests_.Add();
  auto response = Send(call, **credentials);
  if (!response) {
    const auto code = response.error().code;
    attempt.was_timeout = true;
    if (code == ErrorCode::kUnavailable) attempt.kind = Refusal::kNotDone;
    if (code == ErrorCode::kUnknownOutcome) attempt.kind = Refusal::kUncertain;
    attempt.failure.error = std::move(response).error();
    return attempt;
  }
  if (response->status / 100 == 2) {
    attempt.response = std::move(*response);
    return attempt;
  }
  auto refusal = ReadRefusal(*response, call.key.empty() ? options_.bucket : call.key, names_);
  attempt.kind = refusal.kind;
  attempt.failure = {std::move(refusal.error), std::move(refusal.code), response->status, false};
  return attempt;
}

bool S3Client::MayRetry(const S3Call& call, const Attempt& attempt, int number) {
  if (attempt.kind == Refusal::kFinal) return false;
  if (attempt.kind == Refusal::kStaleSecret) {
    needs_.credentials.Forget(attempt.signed_by);
    return number == 0;
  }
  if (attempt.kind == Refusal::kUncertain && call.repeat == Repeat::kOnlyNotDone) return false;
  return number + 1 < options_.attempts && budget_.TryTake(attempt.was_timeout);
}

/// Anything up to twice as long as before, so that those who were refused together do not come back together.
void S3Client::Pause(int number) {
  const auto longest = std::min<std::chrono::milliseconds>(
      options_.longest_backoff, options_.first_backoff * (int64_t{1} << std::min(number, 16)));
  const auto range = static_cast<uint64_t>(std::max<int64_t>(longest.count(), 1));
  const std::chrono::milliseconds pause(static_cast<int64_t>(needs_.randomness.Next() % range + 1));
  if (needs_.sleep) {
    needs_.sleep(pause);
  } else {
    std::this_thread::sleep_for(pause);
  }
}

std::expected<S3Answer, S3Failure> S3Client::Do(const S3Call& call) {
  bool may_be_done = false;
  for (int number = 0;; ++number) {
    auto attempt = Try(call);
    if (attempt.response) {
      budget_.OnSuccess();
      return S3Answer{std::move(*attempt.response), may_be_done};
    }
    auto& failure = attempt.failure;
    failure.may_be_second = may_be_done;
    if (!MayRetry(call, attempt, number)) {
      const bool is_uncertain = attempt.kind == Refusal::kUncertain;
      if (is_uncertain) {
        failures_.Add();
        const bool decides = call.repeat == Repeat::kOnlyNotDone;
        failure.error.code = decides ? ErrorCode::kUnknownOutcome : ErrorCode::kUnavailable;
      }
      return std::unexpected(std::move(failure));
    }
    may_be_done = may_be_done || attempt.kind == Refusal::kUncertain;
    retries_.Add();
    Log(LogLevel::kDebug, "request to S3 is sent again",
        {{"method", call.method}, {"key", call.key}, {"attempt", number + 1}, {"error", failure.error.ToString()}});
    Pause(number);
  }
}

}  // namespace tarn::store
