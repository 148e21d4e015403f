// SPDX-License-Identifier: Apache-2.0
#include "net/outbound_client.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>

#include "base/result_matchers.h"
#include "net/scripted_server.h"

namespace tarn::net {
namespace {

using testing::HasSubstr;

OutboundRequest To(const ScriptedServer& server, std::string method = "GET", std::string_view body = {}) {
  OutboundRequest request;
  request.method = std::move(method);
  request.url = server.UrlOf("/a%20b/c?x=1");
  request.body = body;
  return request;
}

TEST(OutboundClientTest, AnswerComesWithStatusHeadersAndBody) {
  ScriptedServer server({[](Peer& peer) {
    const auto request = peer.ReadRequest();
    EXPECT_TRUE(request.starts_with("GET /a%20b/c?x=1 HTTP/1.1\r\n")) << request;
    EXPECT_THAT(request, HasSubstr("X-One: 1\r\n"));
    EXPECT_THAT(request, HasSubstr("X-Empty:\r\n"));
    peer.Send("HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\nx-Why:  gone \r\n\r\nhello");
  }});
  OutboundClient client({});
  auto request = To(server);
  request.headers = {{"X-One", "1"}, {"X-Empty", ""}};
  ASSERT_OK_AND_ASSIGN(const auto answer, client.Do(request));
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.body, "hello");
  EXPECT_EQ(answer.Header("X-WHY"), "gone");
}

TEST(OutboundClientTest, BodiesOfAnySizeAreSentWhole) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{3'000'000}}) {
    const std::string body(size, 'b');
    ScriptedServer server({[&](Peer& peer) {
      const auto request = peer.ReadRequest();
      EXPECT_THAT(request.substr(0, 600), HasSubstr("Content-Length: " + std::to_string(size) + "\r\n"));
      EXPECT_EQ(request.substr(0, 600).find("Expect"), std::string::npos);
      EXPECT_TRUE(request.ends_with(body));
      peer.Send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }});
    OutboundClient client({});
    ASSERT_OK_AND_ASSIGN(const auto answer, client.Do(To(server, "PUT", body)));
    EXPECT_EQ(answer.status, 200);
  }
}

TEST(OutboundClientTest, ConnectionsAreKept) {
  ScriptedServer server({[](Peer& peer) {
    for (int i = 0; i < 3; ++i) {
      peer.ReadRequest();
      peer.Send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + std::to_string(i));
    }
  }});
  OutboundClient client({});
  for (int i = 0; i < 3; ++i) {
    ASSERT_OK_AND_ASSIGN(const auto answer, client.Do(To(server)));
    EXPECT_EQ(answer.body, std::to_string(i));
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST(OutboundClientTest, HeadHasNoBody) {
  ScriptedServer server({[](Peer& peer) {
    peer.ReadRequest();
    peer.Send("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n");
  }});
  OutboundClient client({});
  ASSERT_OK_AND_ASSIGN(const auto answer, client.Do(To(server, "HEAD")));
  EXPECT_EQ(answer.Header("content-length"), "500");
}

TEST(OutboundClientTest, GoodBodiesStreamAndOthersDoNot) {
  ScriptedServer server({[](Peer& peer) {
    peer.ReadRequest();
    peer.Send("HTTP/1.1 206 Partial Content\r\nContent-Length: 4\r\n\r\nab");
    peer.Send("cd");
    peer.ReadRequest();
    peer.Send("HTTP/1.1 503 Slow Down\r\nContent-Length: 4\r\n\r\nwhy?");
  }});
  OutboundClient client({});
  std::string streamed;
  const auto sink = [&](std::string_view piece) -> Status {
    streamed += piece;
    return {};
  };
  ASSERT_OK_AND_ASSIGN(const auto good, client.Do(To(server), sink));
  EXPECT_EQ(streamed, "abcd");
  EXPECT_EQ(good.body, "");
  ASSERT_OK_AND_ASSIGN(const auto bad, client.Do(To(server), sink));
  EXPECT_EQ(streamed, "abcd");
  EXPECT_EQ(bad.body, "why?");
}

TEST(OutboundClientTest, ErrorOfTheReceiverEndsTheExchange) {
  ScriptedServer server({[](Peer& peer) {
    peer.ReadRequest();
    peer.Send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd");
  }});
  OutboundClient client({});
  const auto answer =
      client.Do(To(server), [](std::string_view) -> Status { return Fail(ErrorCode::kCancelled, "enough"); });
  EXPECT_THAT(answer, ErrorIs(ErrorCode::kCancelled));
}

TEST(OutboundClientTest, AnswersOverTheLimitAreRefused) {
  ScriptedServer server({[](Peer& peer) {
    peer.ReadRequest();
    peer.Send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789");
  }});
  OutboundClient client({});
  auto request = To(server);
  request.response_limit_bytes = 9;
  EXPECT_THAT(client.Do(request), ErrorIs(ErrorCode::kResourceExhausted));
}

TEST(OutboundClientTest, ServerThatIsNotThereIsUnavailable) {
  uint16_t free_port = 0;
  {
    const ScriptedServer closed({});
    free_port = closed.port();
  }
  OutboundClient client({});
  OutboundRequest request;
  request.url = "http://127.0.0.1:" + std::to_string(free_port) + "/";
  EXPECT_THAT(client.Do(request), ErrorIs(ErrorCode::kUnavailable));
}

TEST(OutboundClientTest, ConnectionThatBreaksAfterTheRequestIsAnUnknownOutcome) {
  for (const auto* sent : {"", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123"}) {
    ScriptedServer server({[&](Peer& peer) {
      peer.ReadRequest();
      peer.Send(sent);
    }});
    OutboundClient client({});
    EXPECT_THAT(client.Do(To(server, "PUT", "x")), ErrorIs(ErrorCode::kUnknownOutcome)) << sent;
  }
}

TEST(OutboundClientTest, PutOnAConnectionThatDiesIsNotSentTwice) {
  std::atomic<int> puts{0};
  ScriptedServer server({[&](Peer& peer) {
                           peer.ReadRequest();
                           peer.Send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                           if (!peer.ReadRequest().empty()) ++puts;
                         },
                         [&](Peer& peer) {
                           if (!peer.ReadRequest().empty()) ++puts;
                           peer.Send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                         }});
  OutboundClient client({});
  ASSERT_THAT(client.Do(To(server)), IsOk());
  EXPECT_THAT(client.Do(To(server, "PUT", "body")), ErrorIs(ErrorCode::kUnknownOutcome));
  EXPECT_EQ(puts.load(), 1);
}

TEST(OutboundClientTest, SilentServerIsGivenUpAfterTheTimeout) {
  ScriptedServer server({[](Peer& peer) {
    peer.ReadRequest();
    peer.WaitForClose();
  }});
  OutboundClient client({});
  auto request = To(server);
  request.timeouts.total = std::chrono::milliseconds(200);
  const auto started = std::chrono::steady_clock::now();
  EXPECT_THAT(client.Do(request), ErrorIs(ErrorCode::kUnknownOutcome));
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(5));
}

TEST(OutboundClientTest, AStopBreaksAnExchangeOff) {
  std::stop_source stop;
  ScriptedServer server({[&](Peer& peer) {
    peer.ReadRequest();
    stop.request_stop();
    peer.WaitForClose();
  }});
  OutboundClient client({});
  auto request = To(server, "POST", "body");
  request.timeouts.idle = std::chrono::seconds(0);
  request.stop = stop.get_token();
  EXPECT_THAT(client.Do(request), ErrorIs(ErrorCode::kCancelled));
}

TEST(OutboundClientTest, LineBreaksAndForeignSchemesAreRefused) {
  OutboundClient client({});
  OutboundRequest request;
  request.url = "http://127.0.0.1/\r\nX: y";
  EXPECT_THAT(client.Do(request), ErrorIs(ErrorCode::kInvalidArgument));
  for (const auto* url : {"ftp://127.0.0.1/", "file:///etc/passwd", "http://"}) {
    request.url = url;
    EXPECT_THAT(client.Do(request), ErrorIs(ErrorCode::kInvalidArgument)) << url;
  }
}

TEST(OutboundClientTest, ManyThreadsShareOneClient) {
  constexpr int kThreads = 8;
  constexpr int kRequests = 20;
  const auto serve = [](Peer& peer) {
    while (!peer.ReadRequest().empty()) peer.Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  };
  ScriptedServer server(std::vector<ScriptedServer::Script>(kThreads, serve));
  OutboundClient client({});
  std::atomic<int> good{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < kRequests; ++n) {
          const auto answer = client.Do(To(server));
          if (answer && answer->body == "ok") ++good;
        }
      });
    }
  }
  EXPECT_EQ(good.load(), kThreads * kRequests);
}

}  // namespace
}  // namespace tarn::net
