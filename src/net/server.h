// SPDX-License-Identifier: Apache-2.0
#pragma once
// HTTP/1.1 server (http-api.md §1): sockets on a few I/O threads, limits on every input, CORS, request ids, graceful
// drain. Owned by app. Thread-safe: Drain may be called from any thread but an I/O thread.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/router.h"

namespace tarn::net {

struct ServerConfig {
  std::string host = "127.0.0.1";  ///< address or name to listen on
  uint16_t port = 0;               ///< 0 = a free one
  size_t io_threads = 1;

  size_t head_limit_bytes = size_t{128} << 10;       ///< request line and headers; 414 or 431 beyond
  size_t body_limit_bytes = size_t{32} << 20;        ///< after decoding; 413 beyond
  size_t in_flight_limit_bytes = size_t{128} << 20;  ///< bodies of unanswered requests; at least one body; 503 beyond
  size_t max_connections = 10'000;                   ///< 503 beyond

  std::chrono::milliseconds head_timeout{10'000};   ///< from the first byte of a request to the end of its headers
  std::chrono::milliseconds body_timeout{30'000};   ///< for a body, plus its size at kSlowestBodyBytesPerSecond
  std::chrono::milliseconds write_timeout{30'000};  ///< without any byte of the answer taken by the client
  std::chrono::milliseconds idle_timeout{75'000};   ///< between two requests of a connection

  std::vector<std::string> cors_origins = {"*"};  ///< origins allowed to read answers
};

/// A client slower than this runs into body_timeout.
inline constexpr size_t kSlowestBodyBytesPerSecond = size_t{16} << 10;

/// One answered request, for metrics and the access log. The views are good during the call.
struct ResponseRecord {
  Method method = Method::kGet;
  std::string_view target;         ///< empty when the request was not readable
  std::string_view route_pattern;  ///< empty when no route matched
  std::string_view request_id;
  int status = 0;
  size_t request_body_bytes = 0;
  size_t response_body_bytes = 0;
  std::chrono::nanoseconds duration{};  ///< from the complete request head to the last byte handed to the system
};

struct ServerHooks {
  /// Called on the I/O thread after each answer; must be quick. May be empty.
  std::function<void(const ResponseRecord&)> on_response;
};

class Server {
 public:
  /// Listens and serves. kInvalidArgument for a bad configuration, kUnavailable when the address cannot be had.
  static Result<std::unique_ptr<Server>> Start(ServerConfig config, Router router, ServerHooks hooks = {});

  /// Drains without waiting.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  uint16_t port() const;
  size_t connection_count() const;

  /// Stops accepting, closes idle connections, answers what is under way with Connection: close; after `patience`
  /// closes what is left and stops its watchers' tokens. Returns when no connection is left. Idempotent.
  void Drain(std::chrono::milliseconds patience);

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tarn::net
