// SPDX-License-Identifier: Apache-2.0
#pragma once
// Requests to one bucket: signed, sent, tried again where that is safe and may help. Knows requests and answers, not
// what the store makes of them. Thread-safe; what it is given outlives it.

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/credentials.h"
#include "aws/s3_endpoint.h"
#include "aws/signature.h"
#include "base/metrics.h"
#include "base/random.h"
#include "base/time.h"
#include "net/outbound_client.h"
#include "store/s3/retry_budget.h"
#include "store/s3/s3_error.h"

namespace tarn::store {

/// When a call may be sent again.
enum class Repeat {
  kAlways,       ///< doing it twice is as good as once
  kOnlyNotDone,  ///< only when the attempt before certainly changed nothing (the put that decides)
};

struct S3Call {
  std::string method = "GET";
  std::string key;  ///< in the bucket; empty = the bucket itself
  std::vector<std::pair<std::string, std::string>> query{};
  aws::HeaderFields headers{};
  std::string_view body{};
  Repeat repeat = Repeat::kAlways;
  std::chrono::milliseconds more_time{0};  ///< besides the usual, for what the server takes long to do
  std::span<char> target{};                ///< when not empty: a good answer's body goes here and must fill it
};

struct S3Answer {
  net::OutboundResponse response;
  bool may_be_second = false;  ///< an attempt before this one may have been done
};

/// A call that failed for good.
struct S3Failure {
  Error error;
  std::string code;            ///< the server's word, when it said one
  int status = 0;              ///< 0 = no answer
  bool may_be_second = false;  ///< an attempt before the refused one may have been done
};

class S3Client {
 public:
  struct Dependencies {
    net::OutboundClient& http;
    aws::CredentialChain& credentials;
    Clock& clock;
    Randomness& randomness;
    MetricRegistry& metrics;
    std::function<void(std::chrono::milliseconds)> sleep{};  ///< between attempts; the thread's own when empty
  };
  struct Options {
    std::string bucket;
    std::string region;
    aws::S3Endpoint endpoint;
    int attempts = 6;
    std::chrono::milliseconds first_backoff{50};
    std::chrono::milliseconds longest_backoff{5'000};
    net::OutboundTimeouts timeouts{.total = std::chrono::milliseconds(20'000)};  ///< total is for a small body
  };

  S3Client(Dependencies needs, Options options);

  /// An answer with status 2xx, or what it failed with. The error is kUnknownOutcome when the call is kOnlyNotDone and
  /// may have been done.
  std::expected<S3Answer, S3Failure> Do(const S3Call& call);

  const Options& options() const { return options_; }

 private:
  struct Attempt;
  using Answer = std::expected<S3Answer, S3Failure>;

  Result<net::OutboundResponse> Send(const S3Call& call, const aws::Credentials& credentials);
  Attempt Try(const S3Call& call);
  bool MayRetry(const S3Call& call, const Attempt& attempt, int number);
  void Pause(int number);

  const Dependencies needs_;
  const Options options_;
  const S3Names names_;
  RetryBudget budget_;
  Counter& requests_;
  Counter& retries_;
  Counter& failures_;
  Histogram& seconds_;
};

}  // namespace tarn::store
