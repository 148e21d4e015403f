// SPDX-License-Identifier: Apache-2.0
#pragma once
// Who may call, and where handlers run (http-api.md §1 Auth): the key check as a precheck of every guarded route, and
// blocking handlers on the worker pool. Thread-safe.

#include <functional>
#include <optional>
#include <string>

#include "api/services.h"
#include "net/router.h"

namespace tarn::api {

/// Adds routes of one resource to the server's router.
class Routes {
 public:
  using BlockingHandler = std::function<net::Response(const net::Request&)>;
  using ResourceHandler = net::Response (*)(Services&, const net::Request&);
  using StreamingHandler = std::function<void(const net::Request&, net::Responder)>;

  Routes(net::Router& router, Services& services) : router_(router), services_(services) {}

  /// Runs on the worker pool; needs the key.
  void Add(net::Method method, std::string_view pattern, BlockingHandler handler);
  void Add(net::Method method, std::string_view pattern, ResourceHandler handler);
  /// As Add, the handler answers by itself.
  void AddStreaming(net::Method method, std::string_view pattern, StreamingHandler handler);
  /// Runs on the worker pool, open to everybody.
  void AddOpen(net::Method method, std::string_view pattern, BlockingHandler handler);
  /// As AddStreaming for a handler that checks by itself who calls.
  void AddStreamingOpen(net::Method method, std::string_view pattern, StreamingHandler handler);
  /// Runs on the I/O thread and must not block; needs the key. `check` looks at the head after the key check. A request
  /// with a large body is handled on its pool, so that the thread's other connections need not wait for it.
  void AddImmediate(net::Method method, std::string_view pattern, net::Handler handler, net::Precheck check);
  /// As AddImmediate for a handler that reads its body while it arrives (net::BodyDecoding::kStream).
  void AddBodyStream(net::Method method, std::string_view pattern, net::Handler handler);
  /// As AddImmediate for a handler that needs no key.
  void AddImmediateOpen(net::Method method, std::string_view pattern, net::Handler handler);

  Services& services() { return services_; }

 private:
  net::Precheck KeyCheck() const;
  net::Handler OnPool(StreamingHandler handler) const;
  net::Handler OnPoolWhenLarge(net::Handler handler) const;

  net::Router& router_;
  Services& services_;
};

/// The 401 answer when a key is configured and the request does not carry it.
std::optional<net::Response> CheckKey(const net::Request& request, const std::string& api_key);

/// Whom an Idempotency-Key belongs to: a digest of the key the request carries, or "anonymous".
std::string KeyHolder(const net::Request& request);

}  // namespace tarn::api
