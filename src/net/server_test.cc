// SPDX-License-Identifier: Apache-2.0
#include "net/server.h"

#include <atomic>

#include "codec/compression.h"
#include "codec/json.h"
#include "net/server_fixture.h"

namespace tarn::net {
namespace {

using namespace std::chrono_literals;

TEST_F(ServerTest, AnswersAndKeepsTheConnection) {
  StartServer();
  for (int i = 0; i < 3; ++i) {
    const auto response = Get("/hello/w%C3%B6rld/");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, "hello wörld");
    EXPECT_EQ(response.Header("content-type"), "text/plain");
    EXPECT_NE(response.Header("date"), std::nullopt);
  }
  EXPECT_EQ(server_->connection_count(), 1U);
}

TEST_F(ServerTest, EchoesBodiesOfEverySize) {
  StartServer();
  for (const size_t size : {0, 1, 100, 16'000, 16'384, 20'000, 1'000'000, 32 << 20}) {
    const std::string body(size, 'x');
    const auto response = Post("/echo", body);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body.size(), size);
    EXPECT_TRUE(response.body == body) << size;
  }
}

TEST_F(ServerTest, UnknownPathAndMethodAreErrorsOfTheContract) {
  StartServer();
  const auto missing = Get("/nothing");
  EXPECT_EQ(missing.status, 404);
  ASSERT_OK_AND_ASSIGN(const auto body, codec::ParseJson(missing.body));
  EXPECT_EQ(body["detail"], "Not Found");
  EXPECT_EQ(body["request_id"], *missing.Header("x-request-id"));
  const auto method = Post("/hello/x", "ignored body");
  EXPECT_EQ(method.status, 405);
  EXPECT_EQ(method.Header("allow"), "GET, HEAD, OPTIONS");
  EXPECT_NE(method.body.find("Method Not Allowed"), std::string::npos);
  EXPECT_EQ(Get("/hello/%zz").status, 400);
}

TEST_F(ServerTest, HeadIsGetWithoutBody) {
  StartServer();
  const auto response = Do({.method = "HEAD", .url = "/hello/x", .headers = {}, .body = {}});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(response.Header("content-length"), "7");
  EXPECT_EQ(Get("/hello/x").body, "hello x");
}

TEST_F(ServerTest, RequestIdIsEchoedWhenFitAndMadeWhenNot) {
  StartServer();
  const auto with_id = [&](std::string id) {
    return std::string(*Post("/echo", "x", {{"X-Request-Id", std::move(id)}}).Header("x-request-id"));
  };
  EXPECT_EQ(with_id("client 1"), "client 1");
  EXPECT_EQ(with_id(std::string(128, 'a')), std::string(128, 'a'));
  EXPECT_EQ(with_id(std::string(129, 'a')).size(), 15U);
  EXPECT_EQ(with_id("\xC3\xA9").size(), 15U);
  EXPECT_NE(with_id(""), with_id(""));
}

TEST_F(ServerTest, CorsFieldsAreOnEveryAnswerAndPreflightNeedsNoRoute) {
  StartServer();
  EXPECT_EQ(Get("/hello/x").Header("access-control-allow-origin"), "*");
  EXPECT_EQ(Get("/nothing").Header("access-control-allow-origin"), "*");
  for (const auto* target : {"/guarded", "/nothing"}) {
    const auto preflight = Do({.method = "OPTIONS", .url = target, .headers = {{"Origin", "http://ui"}}, .body = {}});
    EXPECT_EQ(preflight.status, 204);
    EXPECT_EQ(preflight.Header("access-control-allow-origin"), "*");
    EXPECT_NE(preflight.Header("access-control-allow-methods")->find("DELETE"), std::string::npos);
    EXPECT_NE(preflight.Header("access-control-allow-headers")->find("idempotency-key"), std::string::npos);
    EXPECT_EQ(preflight.Header("content-length"), std::nullopt);
  }
}

TEST_F(ServerTest, ConfiguredOriginsAreAnsweredByName) {
  ServerConfig config;
  config.cors_origins = {"http://a", "http://b"};
  StartServer(config);
  const auto from = [&](std::string origin) {
    return Do({.method = "GET", .url = "/hello/x", .headers = {{"Origin", std::move(origin)}}, .body = {}});
  };
  EXPECT_EQ(from("http://b").Header("access-control-allow-origin"), "http://b");
  EXPECT_EQ(from("http://b").Header("vary"), "Origin");
  EXPECT_EQ(from("http://evil").Header("access-control-allow-origin"), std::nullopt);
}

class EncodedBodyTest : public ServerTest, public testing::WithParamInterface<const char*> {
 protected:
  std::string Compress(std::string_view data) const {
    auto result = std::string_view(GetParam()) == "gzip" ? codec::GzipCompress(data) : codec::ZstdCompress(data);
    return result.value_or("");
  }
};
INSTANTIATE_TEST_SUITE_P(All, EncodedBodyTest, testing::Values("gzip", "zstd"));

TEST_P(EncodedBodyTest, IsDecodedSmallAndLarge) {
  StartServer();
  for (const size_t size : {0, 10, 200'000, 5'000'000}) {
    const std::string body(size, 'y');
    const auto response = Post("/echo", Compress(body), {{"Content-Encoding", GetParam()}});
    EXPECT_EQ(response.status, 200);
    EXPECT_TRUE(response.body == body) << size;
  }
}

TEST_P(EncodedBodyTest, BombIs413DamageIs422RawStays) {
  StartServer();
  const std::string bomb = Compress(std::string(40 << 20, '\0'));
  EXPECT_EQ(Post("/echo", bomb, {{"Content-Encoding", GetParam()}}).status, 413);
  EXPECT_EQ(Post("/small", Compress(std::string(kSmallLimit, 'x')), {{"Content-Encoding", GetParam()}}).body, "1000");
  EXPECT_EQ(Post("/small", Compress(std::string(kSmallLimit + 1, 'x')), {{"Content-Encoding", GetParam()}}).status,
            413);
  const std::string good = Compress("hello");
  EXPECT_EQ(Post("/echo", good.substr(0, good.size() - 2), {{"Content-Encoding", GetParam()}}).status, 422);
  EXPECT_EQ(Post("/echo", "{}", {{"Content-Encoding", GetParam()}}).status, 422);
  EXPECT_EQ(Post("/raw", good, {{"Content-Encoding", GetParam()}}).body, std::to_string(good.size()));
  EXPECT_EQ(Post("/echo", "still fine").status, 200);
}

TEST_F(ServerTest, OtherEncodingsAreRefusedWithTheAcceptedOnes) {
  StartServer();
  for (const auto* encoding : {"br", "gzip, zstd", "deflate"}) {
    const auto response = Post("/echo", "x", {{"Content-Encoding", encoding}});
    EXPECT_EQ(response.status, 415);
    EXPECT_EQ(response.Header("accept-encoding"), "gzip, zstd");
  }
  EXPECT_EQ(Post("/echo", "x", {{"Content-Encoding", "Identity"}}).status, 200);
}

TEST_F(ServerTest, BodyLimitIsPerRouteAndExact) {
  StartServer();
  EXPECT_EQ(Post("/small", std::string(kSmallLimit, 'x')).status, 200);
  EXPECT_EQ(Post("/small", std::string(kSmallLimit + 1, 'x')).status, 413);
  const auto huge = Post("/echo", std::string((32 << 20) + 1, 'x'));
  EXPECT_EQ(huge.status, 413);
  EXPECT_EQ(huge.Header("connection"), "close");
  EXPECT_EQ(Get("/hello/x").status, 200);
}

TEST_F(ServerTest, ChecksComeInTheOrderOfTheContract) {
  StartServer();
  const std::string large(kSmallLimit + 1, 'x');
  EXPECT_EQ(Post("/guarded", large, {{"Content-Encoding", "br"}}).status, 401);
  EXPECT_EQ(Post("/guarded", large, {{"Content-Encoding", "br"}, {"X-Api-Key", "secret"}}).status, 415);
  EXPECT_EQ(Post("/guarded", large, {{"X-Api-Key", "secret"}}).status, 413);
  EXPECT_EQ(Post("/guarded", "x", {{"X-Api-Key", "secret"}}).status, 200);
}

TEST_F(ServerTest, BytesInFlightAreBounded) {
  ServerConfig config;
  config.body_limit_bytes = 1000;
  config.in_flight_limit_bytes = 1000;
  StartServer(config);
  std::thread first([&] {
    Client client;
    const auto response =
        client.Do({.method = "POST", .url = UrlOf("/held"), .headers = {}, .body = std::string(600, 'x')});
    EXPECT_THAT(response, IsOk());
  });
  auto [request, responder] = held_.Next();
  const auto refused = Post("/echo", std::string(600, 'x'));
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.Header("retry-after"), "1");
  EXPECT_EQ(Post("/echo", std::string(300, 'x')).status, 200);
  responder.Send(Text("done"));
  first.join();
  EXPECT_EQ(Post("/echo", std::string(1000, 'x')).status, 200);
}

TEST_F(ServerTest, HandlersThatDropOrThrowAnswer500) {
  StartServer();
  EXPECT_EQ(Get("/dropped").status, 500);
  EXPECT_EQ(Get("/throws").status, 500);
  EXPECT_EQ(Get("/hello/x").status, 200);
}

TEST_F(ServerTest, AnswersFromAnotherThreadInAnyOrder) {
  StartServer();
  constexpr int kClients = 100;
  std::atomic<int> right{0};
  for (int i = 0; i < kClients; ++i) {
    threads_.emplace_back([&, i] {
      Client client;
      for (int round = 0; round < 5; ++round) {
        const std::string body = std::to_string(i) + "/" + std::to_string(round);
        const auto response = client.Do({.method = "POST", .url = UrlOf("/held"), .headers = {}, .body = body});
        if (response && response->body == body) ++right;
      }
    });
  }
  for (int round = 0; round < 5; ++round) {
    std::vector<std::pair<Request, Responder>> batch;
    for (int i = 0; i < kClients; ++i) batch.push_back(held_.Next());
    for (auto& [request, responder] : batch) responder.Send(Text(std::move(request.body)));
  }
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  EXPECT_EQ(right, kClients * 5);
}

TEST_F(ServerTest, SeveralIoThreadsServeTheirShare) {
  ServerConfig config;
  config.io_threads = 3;
  StartServer(config);
  std::atomic<int> right{0};
  for (int i = 0; i < 12; ++i) {
    threads_.emplace_back([&] {
      Client client;
      for (int round = 0; round < 20; ++round) {
        const auto response = client.Do({.method = "POST", .url = UrlOf("/echo"), .headers = {}, .body = "x"});
        if (response && response->status == 200) ++right;
      }
    });
  }
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  EXPECT_EQ(right, 12 * 20);
}

TEST_F(ServerTest, HookSeesEveryAnswer) {
  std::mutex mutex;
  std::vector<std::string> lines;
  ServerHooks hooks;
  hooks.on_response = [&](const ResponseRecord& record) {
    const std::lock_guard lock(mutex);
    lines.push_back(std::string(MethodName(record.method)) + " " + std::string(record.target) + " " +
                    std::string(record.route_pattern) + " " + std::to_string(record.status) + " " +
                    std::to_string(record.request_body_bytes) + " " + std::to_string(record.response_body_bytes));
    EXPECT_FALSE(record.request_id.empty());
    EXPECT_GT(record.duration.count(), 0);
  };
  StartServer({}, hooks);
  Post("/echo?a=1", "abc");
  Get("/hello/x");
  Get("/nothing");
  server_->Drain(1s);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0], "POST /echo?a=1 /echo 200 3 3");
  EXPECT_EQ(lines[1], "GET /hello/x /hello/{name} 200 0 7");
  EXPECT_EQ(lines[2].substr(0, 18), "GET /nothing  404 ");
}

TEST_F(ServerTest, BusyPortAndBadConfigurationAreClearErrors) {
  StartServer();
  ServerConfig config;
  config.port = server_->port();
  const auto second = Server::Start(config, Router());
  ASSERT_THAT(second, ErrorIs(ErrorCode::kUnavailable));
  EXPECT_NE(second.error().message.find("cannot listen on 127.0.0.1"), std::string::npos);
  config = {};
  config.io_threads = 0;
  EXPECT_THAT(Server::Start(config, Router()), ErrorIs(ErrorCode::kInvalidArgument));
  Client client;
  config = {};
  server_.reset();
  EXPECT_THAT(client.Do({.method = "GET", .url = "http://127.0.0.1:1/", .headers = {}, .body = {}}),
              ErrorIs(ErrorCode::kUnavailable));
}

TEST_F(ServerTest, DrainFinishesWhatIsUnderWayAndRefusesTheRest) {
  StartServer();
  RawClient idle(server_->port());
  ASSERT_TRUE(idle.connected());
  idle.Send("GET /hello/x HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(idle.ReadUntil("hello x").find("200 OK"), std::string::npos);
  RawClient busy(server_->port());
  busy.Send("GET /held HTTP/1.1\r\nHost: x\r\n\r\n");
  auto [request, responder] = held_.Next();
  std::thread drain([&] { server_->Drain(20s); });
  EXPECT_TRUE(idle.IsClosed());
  responder.Send(Text("last"));
  const std::string answer = busy.ReadAll();
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  EXPECT_NE(answer.find("last"), std::string::npos);
  drain.join();
  EXPECT_EQ(server_->connection_count(), 0U);
  EXPECT_FALSE(RawClient(server_->port()).connected());
}

TEST_F(ServerTest, DrainOutOfPatienceStopsTokensAndLateAnswersAreHarmless) {
  StartServer();
  RawClient busy(server_->port());
  busy.Send("GET /held HTTP/1.1\r\nHost: x\r\n\r\n");
  auto [request, responder] = held_.Next();
  const auto token = responder.WatchDisconnect();
  server_->Drain(10ms);
  EXPECT_TRUE(token.stop_requested());
  EXPECT_TRUE(busy.IsClosed());
  server_.reset();
  responder.Send(Text("too late"));
}

}  // namespace
}  // namespace tarn::net
