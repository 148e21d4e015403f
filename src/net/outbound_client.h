// SPDX-License-Identifier: Apache-2.0
#pragma once
// HTTP/1.1 to servers of others (object stores, metadata services): http and https with verified certificates, kept
// connections, timeouts, bodies as text or streamed. Blocking and thread-safe: a call takes a kept connection or opens
// one. Never follows redirects and sends nothing twice unasked, so that the caller knows what a lost answer means.
// The command line and tests talk to our own server through net/client.h, which stands on it.

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "net/message.h"

namespace tarn::net {

struct OutboundTimeouts {
  std::chrono::milliseconds connect{5'000};  ///< name, connection and TLS handshake
  std::chrono::seconds idle{20};             ///< without a byte in either direction; 0 = any
  std::chrono::milliseconds total{300'000};  ///< the whole exchange
};

struct OutboundRequest {
  std::string method = "GET";
  std::string url;  ///< http:// or https://, percent-encoded; sent as it stands
  std::vector<std::pair<std::string, std::string>> headers;
  std::string_view body{};  ///< outlives the call
  /// Told how many bytes of the body have been handed to the connection, from the calling thread; may be empty.
  std::function<void(size_t sent_bytes)> on_sent{};
  OutboundTimeouts timeouts{};
  size_t response_limit_bytes = size_t{1} << 30;  ///< a body above it is kResourceExhausted
  std::stop_token stop{};                         ///< breaks the exchange off, within about a second
};

struct OutboundResponse {
  int status = 0;
  HeaderList headers;
  std::string body;  ///< empty when it went to a sink

  std::optional<std::string_view> Header(std::string_view name) const { return headers.Find(name); }
};

/// Takes a body piece by piece; an error ends the exchange and is its result.
using BodyReceiver = std::function<Status(std::string_view piece)>;

class OutboundClient {
 public:
  struct Options {
    size_t kept_connections = 32;    ///< idle ones beyond it are closed
    std::string ca_file{};           ///< certificates to trust instead of the system's, PEM
    std::string user_agent{"tarn"};  ///< sent with every request
  };

  explicit OutboundClient(Options options);
  ~OutboundClient();
  OutboundClient(const OutboundClient&) = delete;
  OutboundClient& operator=(const OutboundClient&) = delete;

  /// Sends one request and reads its answer, whatever its status.
  /// kUnavailable: the server did not get the request. kUnknownOutcome: it may have, the answer is lost or late.
  /// kFailedPrecondition: its certificate is not trusted. kCancelled: it was stopped; the server may have got it.
  Result<OutboundResponse> Do(const OutboundRequest& request) { return Do(request, nullptr); }

  /// The same; the body of an answer with status 2xx goes to `sink`.
  Result<OutboundResponse> Do(const OutboundRequest& request, const BodyReceiver& sink);

 private:
  struct Connections;
  const Options options_;
  std::unique_ptr<Connections> connections_;
};

}  // namespace tarn::net
