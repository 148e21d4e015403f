// SPDX-License-Identifier: Apache-2.0
#include "api/access.h"

#include "codec/digest.h"
#include "net/error_body.h"

namespace tarn::api {
namespace {

constexpr std::string_view kBearer = "Bearer ";

/// About a fifth of a millisecond of checking.
constexpr size_t kLargeBodyBytes = size_t{256} << 10;

/// A request on its way through a pool's queue.
struct Queued {
  net::Request request;
  net::Responder responder;
};

void AnswerBusy(net::Responder& responder) {
  auto busy = net::ErrorResponse(503, "too many requests are waiting; nothing of this one was done", "unavailable");
  busy.headers.emplace_back("Retry-After", "1");
  responder.Send(std::move(busy));
}

std::optional<std::string_view> GivenKey(const net::Request& request) {
  if (const auto key = request.Header("x-api-key")) return key;
  const auto authorization = request.Header("authorization");
  if (!authorization || !authorization->starts_with(kBearer)) return std::nullopt;
  return authorization->substr(kBearer.size());
}

}  // namespace

std::optional<net::Response> CheckKey(const net::Request& request, const std::string& api_key) {
  if (api_key.empty()) return std::nullopt;
  const auto given = GivenKey(request);
  // Digests have one length, so the comparison tells nothing about the key's.
  if (given &&
      codec::EqualConstantTime(codec::AsBytes(codec::Sha256(*given)), codec::AsBytes(codec::Sha256(api_key)))) {
    return std::nullopt;
  }
  auto response = net::ErrorResponse(
      401, given ? "the API key is not valid" : "an API key is needed: send it as x-api-key", "unauthenticated");
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

std::string KeyHolder(const net::Request& request) {
  const auto given = GivenKey(request);
  return given ? codec::Hex(codec::AsBytes(codec::Sha256(*given))) : "anonymous";
}

net::Precheck Routes::KeyCheck() const {
  if (services_.settings.api_key.empty()) return {};
  return [key = services_.settings.api_key](const net::Request& request) { return CheckKey(request, key); };
}

net::Handler Routes::OnPool(StreamingHandler handler) const {
  auto shared = std::make_shared<StreamingHandler>(std::move(handler));
  return [shared, &pool = services_.pool](net::Request request, net::Responder responder) {
    auto queued = std::make_shared<Queued>(std::move(request), std::move(responder));
    if (pool.TrySubmit([shared, queued] { (*shared)(queued->request, std::move(queued->responder)); })) return;
    AnswerBusy(queued->responder);
  };
}

net::Handler Routes::OnPoolWhenLarge(net::Handler handler) const {
  auto shared = std::make_shared<net::Handler>(std::move(handler));
  return [shared, &pool = services_.large_bodies](net::Request request, net::Responder responder) {
    if (request.body.size() < kLargeBodyBytes) return (*shared)(std::move(request), std::move(responder));
    auto queued = std::make_shared<Queued>(std::move(request), std::move(responder));
    if (pool.TrySubmit([shared, queued] { (*shared)(std::move(queued->request), std::move(queued->responder)); }))
      return;
    AnswerBusy(queued->responder);
  };
}

void Routes::Add(net::Method method, std::string_view pattern, BlockingHandler handler) {
  AddStreaming(method, pattern, [handler = std::move(handler)](const net::Request& request, net::Responder responder) {
    responder.Send(handler(request));
  });
}

void Routes::Add(net::Method method, std::string_view pattern, ResourceHandler handler) {
  Add(method, pattern,
      [&services = services_, handler](const net::Request& request) { return handler(services, request); });
}

void Routes::AddStreaming(net::Method method, std::string_view pattern, StreamingHandler handler) {
  net::RouteOptions options;
  options.precheck = KeyCheck();
  router_.Add(method, pattern, OnPool(std::move(handler)), std::move(options));
}

void Routes::AddOpen(net::Method method, std::string_view pattern, BlockingHandler handler) {
  AddStreamingOpen(method, pattern,
                   [handler = std::move(handler)](const net::Request& request, net::Responder responder) {
                     responder.Send(handler(request));
                   });
}

void Routes::AddStreamingOpen(net::Method method, std::string_view pattern, StreamingHandler handler) {
  router_.Add(method, pattern, OnPool(std::move(handler)));
}

void Routes::AddImmediate(net::Method method, std::string_view pattern, net::Handler handler, net::Precheck check) {
  net::RouteOptions options;
  options.precheck = [key = KeyCheck(),
                      check = std::move(check)](const net::Request& request) -> std::optional<net::Response> {
    if (key) {
      if (auto refused = key(request)) return refused;
    }
    return check(request);
  };
  router_.Add(method, pattern, OnPoolWhenLarge(std::move(handler)), std::move(options));
}

void Routes::AddBodyStream(net::Method method, std::string_view pattern, net::Handler handler) {
  net::RouteOptions options;
  options.decoding = net::BodyDecoding::kStream;
  options.precheck = KeyCheck();
  router_.Add(method, pattern, std::move(handler), std::move(options));
}

void Routes::AddImmediateOpen(net::Method method, std::string_view pattern, net::Handler handler) {
  router_.Add(method, pattern, std::move(handler));
}

}  // namespace tarn::api
