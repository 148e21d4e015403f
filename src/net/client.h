// SPDX-License-Identifier: Apache-2.0
#pragma once
// Small blocking HTTP/1.1 client for the command line and tests: keep-alive, timeouts, whole bodies. TLS comes with
// the remote stores. Thread-compatible: one client per thread.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "net/message.h"

namespace tarn::net {

struct Url {
  std::string host;
  uint16_t port = 80;
  std::string target = "/";  ///< path and query, percent-encoded

  /// Reads "http://host[:port][/path][?query]"; IPv6 hosts in brackets. kUnsupported for https, kInvalidArgument else.
  static Result<Url> Parse(std::string_view text);
};

struct ClientRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::chrono::milliseconds timeout{30'000};  ///< for the whole exchange
};

struct ClientResponse {
  int status = 0;
  HeaderList headers;
  std::string body;

  std::optional<std::string_view> Header(std::string_view name) const { return headers.Find(name); }
};

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
  struct Connection;
  Result<ClientResponse> Exchange(const ClientRequest& request, const Url& url,
                                  std::chrono::steady_clock::time_point deadline);

  std::unique_ptr<Connection> connection_;  // kept alive after an exchange, for the same host and port
  size_t response_limit_bytes_ = size_t{1} << 30;
};

}  // namespace tarn::net
