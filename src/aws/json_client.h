// SPDX-License-Identifier: Apache-2.0
#pragma once
// Calls to services of AWS that speak JSON 1.1: an operation's name in a header, an object there, an object back.
// Signed, and tried again where that helps. Thread-safe; what it is given outlives it.

#include <chrono>
#include <stop_token>
#include <string>

#include "aws/credentials.h"
#include "aws/signature.h"
#include "base/result.h"
#include "base/time.h"
#include "codec/json.h"
#include "net/outbound_client.h"

namespace tarn::aws {

struct JsonService {
  std::string name;      ///< as requests are signed: "athena"
  std::string target;    ///< what stands before an operation's name: "AmazonAthena"
  std::string region;    ///< "eu-west-1"
  std::string endpoint;  ///< "https://host[:port]"; empty = AWS's own of the region
};

/// One call and how long it may take.
struct JsonCall {
  std::string operation;  ///< "StartQueryExecution"
  codec::Json input;
  std::chrono::steady_clock::time_point deadline;
  std::stop_token stop{};
};

class JsonClient {
 public:
  struct Dependencies {
    net::OutboundClient& http;
    CredentialChain& credentials;
    Clock& clock;
  };

  JsonClient(Dependencies dependencies, JsonService service);

  /// The answer. A call that was refused as one too many, or met a fault there, is made again with growing pauses: the
  /// operation must bear that. Errors: kCancelled, kDeadlineExceeded, kUnauthenticated, kPermissionDenied, kNotFound
  /// (EntityNotFoundException), kAlreadyExists, kResourceExhausted, kInvalidArgument (any other refusal), kUnavailable.
  /// Error::context is the service's own word, if there is one.
  Result<codec::Json> Do(const JsonCall& call);

 private:
  struct Attempt;
  Attempt Try(const JsonCall& call, const std::string& body);
  Status Pause(const JsonCall& call, int attempt) const;

  const Dependencies dependencies_;
  const JsonService service_;
};

}  // namespace tarn::aws
