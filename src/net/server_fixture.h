// SPDX-License-Identifier: Apache-2.0
#pragma once
// A running server with a few plain routes for the server's tests. For *_test.cc files only.

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/result_matchers.h"
#include "net/client.h"
#include "net/error_body.h"
#include "net/raw_client.h"
#include "net/server.h"

namespace tarn::net {

inline Response Text(std::string body) {
  Response response;
  response.content_type = "text/plain";
  response.body = std::move(body);
  return response;
}

/// Responders that the test answers itself, from its own thread.
class HeldResponders {
 public:
  void Hold(Request request, Responder responder) {
    const std::lock_guard lock(mutex_);
    held_.emplace_back(std::move(request), std::move(responder));
    arrived_.notify_all();
  }
  std::pair<Request, Responder> Next() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return !held_.empty(); });
    auto next = std::move(held_.front());
    held_.pop_front();
    return next;
  }
  void Clear() {
    const std::lock_guard lock(mutex_);
    held_.clear();
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::pair<Request, Responder>> held_;
};

class ServerTest : public testing::Test {
 protected:
  static constexpr size_t kSmallLimit = 1000;

  void StartServer(ServerConfig config = {}, ServerHooks hooks = {}) {
    auto started = Server::Start(std::move(config), MakeRouter(), std::move(hooks));
    ASSERT_THAT(started, IsOk());
    server_ = std::move(*started);
  }
  void TearDown() override {
    held_.Clear();
    server_.reset();
    for (auto& thread : threads_) thread.join();
  }

  Router MakeRouter() {
    Router router;
    router.Add(Method::kGet, "/hello/{name}", [](Request request, Responder responder) {
      responder.Send(Text("hello " + std::string(request.Param("name"))));
    });
    router.Add(Method::kPost, "/echo", [](Request request, Responder responder) {
      EXPECT_GE(request.body.capacity(), request.body.size() + kBodyPadding);
      responder.Send(Text(std::move(request.body)));
    });
    RouteOptions small;
    small.body_limit_bytes = kSmallLimit;
    router.Add(
        Method::kPost, "/small",
        [](Request request, Responder responder) { responder.Send(Text(std::to_string(request.body.size()))); }, small);
    RouteOptions guarded = small;
    guarded.precheck = [](const Request& request) -> std::optional<Response> {
      if (request.Header("x-api-key") == "secret") return std::nullopt;
      return ErrorResponse(401, "no key");
    };
    router.Add(Method::kPost, "/guarded", [](Request, Responder responder) { responder.Send(Text("in")); }, guarded);
    RouteOptions raw;
    raw.decoding = BodyDecoding::kRaw;
    router.Add(
        Method::kPost, "/raw",
        [](Request request, Responder responder) { responder.Send(Text(std::to_string(request.body.size()))); }, raw);
    router.Add(Method::kGet, "/held",
               [this](Request request, Responder responder) { held_.Hold(std::move(request), std::move(responder)); });
    router.Add(Method::kPost, "/held",
               [this](Request request, Responder responder) { held_.Hold(std::move(request), std::move(responder)); });
    router.Add(Method::kGet, "/dropped", [](Request, Responder) {});
    router.Add(Method::kGet, "/throws", [](Request, Responder) { throw std::runtime_error("bug"); });
    return router;
  }

  std::string UrlOf(std::string_view target) const {
    return "http://127.0.0.1:" + std::to_string(server_->port()) + std::string(target);
  }
  ClientResponse Do(ClientRequest request) {
    request.url = UrlOf(request.url);
    auto response = client_.Do(request);
    EXPECT_THAT(response, IsOk());
    return response ? std::move(*response) : ClientResponse{};
  }
  ClientResponse Get(std::string target) {
    return Do({.method = "GET", .url = std::move(target), .headers = {}, .body = {}});
  }
  ClientResponse Post(std::string target, std::string body,
                      std::vector<std::pair<std::string, std::string>> headers = {}) {
    return Do({.method = "POST", .url = std::move(target), .headers = std::move(headers), .body = std::move(body)});
  }

  HeldResponders held_;
  std::unique_ptr<Server> server_;
  std::vector<std::thread> threads_;
  Client client_;
};

}  // namespace tarn::net
