// SPDX-License-Identifier: Apache-2.0
#pragma once
// Small blocking client of our own server, for the command line and tests, over http or https: one kept connection,
// one timeout, whole bodies. Stands on the outbound client. Thread-compatible: one client per thread.

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "net/outbound_client.h"

namespace tarn::net {

struct ClientRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::chrono::milliseconds timeout{30'000};  ///< for the whole exchange
};

using ClientResponse = OutboundResponse;

class Client {
 public:
  Client();
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  /// Bodies above this are refused with kResourceExhausted.
  void set_response_limit_bytes(size_t limit) { response_limit_bytes_ = limit; }

  /// Sends one request and reads its answer, whatever its status. kUnavailable when the server cannot be reached,
  /// kDeadlineExceeded after the timeout, kUnknownOutcome when the connection broke after the request was sent.
  Result<ClientResponse> Do(const ClientRequest& request);

 private:
  std::unique_ptr<OutboundClient> http_;
  size_t response_limit_bytes_ = size_t{1} << 30;
};

}  // namespace tarn::net
