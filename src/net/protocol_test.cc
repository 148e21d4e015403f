// SPDX-License-Identifier: Apache-2.0
// What the server does with bytes of its clients' choice, with their pace, and with their leaving.
#include <atomic>
#include <functional>

#include "net/server_fixture.h"

namespace tarn::net {
namespace {

using namespace std::chrono_literals;

class ProtocolTest : public ServerTest {
 protected:
  // Sends `bytes` and gives everything until the server closes.
  std::string Closing(std::string_view bytes) {
    RawClient client(server_->port());
    client.Send(bytes);
    client.ShutdownSend();
    return client.ReadAll();
  }
  static std::string StatusOf(std::string_view answer) {
    return std::string(answer.substr(std::min<size_t>(answer.size(), 9), 3));
  }
  static std::string PostHead(std::string_view target, std::string_view fields) {
    return "POST " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n" + std::string(fields) + "\r\n";
  }
};

TEST_F(ProtocolTest, PipelinedRequestsAreAnsweredInOrder) {
  StartServer();
  std::string requests;
  for (int i = 0; i < 300; ++i) requests += "GET /hello/" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n";
  requests += PostHead("/echo", "Content-Length: 3\r\n") + "abc" + PostHead("/echo", "Content-Length: 0\r\n");
  const std::string answers = Closing(requests);
  size_t at = 0;
  for (int i = 0; i < 300; ++i) {
    at = answers.find("hello " + std::to_string(i), at);
    ASSERT_NE(at, std::string::npos) << i;
  }
  EXPECT_NE(answers.find("abc", at), std::string::npos);
}

TEST_F(ProtocolTest, BytesMayComeOneByOne) {
  StartServer();
  RawClient client(server_->port());
  const std::string bytes = "\r\n" + PostHead("/echo", "Content-Length: 4\r\n") + "wxyz" +
                            PostHead("/echo", "Transfer-Encoding: chunked\r\n") +
                            "2;a=b\r\nAB\r\n1\r\nC\r\n0\r\nT: 1\r\n\r\n";
  for (const char byte : bytes) client.Send({&byte, 1});
  EXPECT_NE(client.ReadUntil("wxyz").find("200 OK"), std::string::npos);
  EXPECT_NE(client.ReadUntil("ABC").find("200 OK"), std::string::npos);
}

TEST_F(ProtocolTest, ChunkedBodiesAreReadToTheLimit) {
  StartServer();
  const std::string head = PostHead("/small", "Transfer-Encoding: chunked\r\n");
  EXPECT_NE(Closing(head + "3e8\r\n" + std::string(1000, 'x') + "\r\n0\r\n\r\n").find("\r\n\r\n1000"),
            std::string::npos);
  EXPECT_EQ(StatusOf(Closing(head + "3e9\r\n" + std::string(1001, 'x') + "\r\n0\r\n\r\n")), "413");
  EXPECT_EQ(StatusOf(Closing(head + "3e8\r\n" + std::string(1000, 'x') + "\r\n1\r\nx\r\n0\r\n\r\n")), "413");
  EXPECT_EQ(StatusOf(Closing(head + "zz\r\n")), "400");
  EXPECT_EQ(StatusOf(Closing(head + "ffffffffffffffffff\r\n")), "400");
  EXPECT_EQ(StatusOf(Closing(head + "3\r\nabcd\r\n0\r\n\r\n")), "400");
}

TEST_F(ProtocolTest, MalformedRequestsAre400AndCloseTheConnection) {
  StartServer();
  for (const std::string bytes :
       {"GARBAGE\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /hello/x HTTP/1.1\r\nHost x\r\n\r\n",
        "GET /hello/x HTTP/1.1\r\nHost: x\r\nBad Name: 1\r\n\r\n", "GET /hello/x HTTP/1.1\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\nabc",
        "\x16\x03\x01\x02\x01\x01\r\n\r\n", "GET /hello/x\x01 HTTP/1.1\r\nHost: x\r\n\r\n"}) {
    const std::string answer = Closing(bytes + "GET /hello/smuggled HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(StatusOf(answer), "400") << bytes;
    EXPECT_NE(answer.find("\"detail\""), std::string::npos);
    EXPECT_NE(answer.find("X-Request-Id: "), std::string::npos);
    EXPECT_EQ(answer.find("smuggled"), std::string::npos) << bytes;
  }
}

TEST_F(ProtocolTest, HeadLimitsAre64KiBAtLeast) {
  StartServer();
  const auto with_query = [&](size_t size) {
    return StatusOf(Closing("GET /hello/x?q=" + std::string(size, 'q') + " HTTP/1.1\r\nHost: x\r\n\r\n"));
  };
  EXPECT_EQ(with_query(65'536), "200");
  EXPECT_EQ(with_query(200'000), "414");
  const auto with_field = [&](size_t size) {
    return StatusOf(Closing("GET /hello/x HTTP/1.1\r\nHost: x\r\nA: " + std::string(size, 'a') + "\r\n\r\n"));
  };
  EXPECT_EQ(with_field(65'536), "200");
  EXPECT_EQ(with_field(200'000), "431");
  std::string many = "GET /hello/x HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 20'000; ++i) many += "F: 1234567890\r\n";
  EXPECT_EQ(StatusOf(Closing(many + "\r\n")), "431");
}

TEST_F(ProtocolTest, ConnectionFieldAndVersionDecideAboutKeepAlive) {
  StartServer();
  RawClient closing(server_->port());
  closing.Send("GET /hello/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_NE(closing.ReadAll().find("Connection: close"), std::string::npos);
  RawClient old(server_->port());
  old.Send("GET /hello/x HTTP/1.0\r\n\r\n");
  EXPECT_NE(old.ReadAll().find("Connection: close"), std::string::npos);
  RawClient kept(server_->port());
  kept.Send("GET /hello/x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_NE(kept.ReadUntil("hello x").find("Connection: keep-alive"), std::string::npos);
  kept.Send("GET http://x/hello/y HTTP/1.0\r\n\r\n");
  EXPECT_NE(kept.ReadAll().find("hello y"), std::string::npos);
}

TEST_F(ProtocolTest, ExpectContinueIsHonouredOrRefusedBeforeTheBody) {
  StartServer();
  RawClient client(server_->port());
  client.Send(PostHead("/echo", "Content-Length: 3\r\nExpect: 100-continue\r\n"));
  EXPECT_EQ(client.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("abc");
  EXPECT_NE(client.ReadUntil("abc").find("200 OK"), std::string::npos);
  client.Send(PostHead("/small", "Content-Length: 5000\r\nExpect: 100-continue\r\n"));
  EXPECT_EQ(StatusOf(client.ReadUntil("\r\n\r\n")), "413");
}

TEST_F(ProtocolTest, RefusedSmallBodyLeavesTheConnectionUsable) {
  StartServer();
  RawClient client(server_->port());
  client.Send(PostHead("/guarded", "Content-Length: 900\r\n"));
  EXPECT_NE(client.ReadUntil("no key").find("401"), std::string::npos);
  client.Send(std::string(900, 'x') + "GET /hello/next HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(client.ReadUntil("hello next").find("200 OK"), std::string::npos);
}

TEST_F(ProtocolTest, SlowClientsRunIntoTheirTimeouts) {
  ServerConfig config;
  config.head_timeout = config.body_timeout = 60ms;
  config.idle_timeout = 120ms;
  StartServer(config);
  RawClient head(server_->port());
  head.Send("GET /hello/x HTTP/1.1\r\nHo");
  EXPECT_EQ(StatusOf(head.ReadAll()), "408");
  RawClient body(server_->port());
  body.Send(PostHead("/echo", "Content-Length: 10\r\n") + "abc");
  EXPECT_EQ(StatusOf(body.ReadAll()), "408");
  RawClient chunked(server_->port());
  chunked.Send(PostHead("/echo", "Transfer-Encoding: chunked\r\n") + "5\r\nab");
  EXPECT_EQ(StatusOf(chunked.ReadAll()), "408");
  RawClient idle(server_->port());
  EXPECT_EQ(idle.ReadAll(), "");
}

TEST_F(ProtocolTest, DrippingHeadDoesNotExtendItsDeadline) {
  ServerConfig config;
  config.head_timeout = 80ms;
  StartServer(config);
  RawClient client(server_->port());
  client.Send("GET /hello/x HTTP/1.1\r\n");
  const auto begun = std::chrono::steady_clock::now();
  while (!client.HasNews(5) && std::chrono::steady_clock::now() < begun + 10s) client.Send("A: b\r\n");
  EXPECT_EQ(StatusOf(client.ReadUntil("\r\n\r\n")), "408");
}

TEST_F(ProtocolTest, ConnectionsOverTheLimitAre503) {
  ServerConfig config;
  config.max_connections = 2;
  StartServer(config);
  RawClient first(server_->port());
  RawClient second(server_->port());
  for (RawClient* client : {&first, &second}) {
    client->Send("GET /hello/x HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_NE(client->ReadUntil("hello x").find("200"), std::string::npos);
  }
  RawClient third(server_->port());
  EXPECT_EQ(StatusOf(third.ReadAll()), "503");
}

TEST_F(ProtocolTest, LeavingClientStopsTheToken) {
  StartServer();
  RawClient client(server_->port());
  client.Send("GET /held HTTP/1.1\r\nHost: x\r\n\r\nGET /hello/pipelined HTTP/1.1\r\nHost: x\r\n\r\n");
  auto [request, responder] = held_.Next();
  std::mutex mutex;
  std::condition_variable stopped;
  bool is_stopped = false;
  const auto token = responder.WatchDisconnect();
  const std::stop_callback callback(token, [&] {
    const std::lock_guard lock(mutex);
    is_stopped = true;
    stopped.notify_all();
  });
  EXPECT_FALSE(token.stop_requested());
  client.Close();
  std::unique_lock lock(mutex);
  EXPECT_TRUE(stopped.wait_for(lock, 10s, [&] { return is_stopped; }));
  lock.unlock();
  responder.Send(Text("nobody reads this"));
}

TEST_F(ProtocolTest, WatchedRequestStillPipelines) {
  StartServer();
  RawClient client(server_->port());
  client.Send("GET /held HTTP/1.1\r\nHost: x\r\n\r\n");
  auto [request, responder] = held_.Next();
  const auto token = responder.WatchDisconnect();
  client.Send(PostHead("/echo", "Content-Length: 50000\r\n") + std::string(40'000, 'e'));
  responder.Send(Text("first"));
  EXPECT_NE(client.ReadUntil("first").find("200"), std::string::npos);
  client.Send(std::string(10'000, 'e') + "GET /hello/after HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(client.ReadUntil(std::string(50'000, 'e')).find("200"), std::string::npos);
  EXPECT_NE(client.ReadUntil("hello after").find("200"), std::string::npos);
  EXPECT_FALSE(token.stop_requested());
}

class StreamTest : public ProtocolTest {
 protected:
  // Asks for /held over a raw socket and lets `write` stream the answer from a thread of its own.
  void Stream(RawClient& client, std::string_view version, std::function<void(BodyWriter)> write) {
    client.Send("GET /held HTTP/" + std::string(version) + "\r\nHost: x\r\n\r\n");
    auto held = held_.Next();
    threads_.emplace_back([responder = std::move(held.second), write = std::move(write)]() mutable {
      Response head = Text("first ");
      write(responder.Begin(std::move(head)));
    });
  }
};

TEST_F(StreamTest, ArrivesInChunksAndTheConnectionGoesOn) {
  StartServer();
  for (int round = 0; round < 2; ++round) {
    threads_.emplace_back([this] {
      auto [request, responder] = held_.Next();
      BodyWriter writer = responder.Begin(Text("first "));
      for (int i = 0; i < 1000; ++i) EXPECT_THAT(writer.Write("part" + std::to_string(i) + " "), IsOk());
      writer.Finish();
    });
    const auto response = Get("/held");
    EXPECT_EQ(response.Header("transfer-encoding"), "chunked");
    EXPECT_EQ(response.body.substr(0, 18), "first part0 part1 ");
    EXPECT_TRUE(response.body.ends_with("part999 "));
  }
  EXPECT_EQ(server_->connection_count(), 1U);
}

TEST_F(StreamTest, OldClientsGetTheBodyUntilClose) {
  StartServer();
  RawClient client(server_->port());
  Stream(client, "1.0", [](BodyWriter writer) {
    EXPECT_THAT(writer.Write("and last"), IsOk());
    writer.Finish();
  });
  const std::string answer = client.ReadAll();
  EXPECT_EQ(answer.find("chunked"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\nfirst and last")) << answer;
}

TEST_F(StreamTest, AbortedBodyIsCutVisibly) {
  StartServer();
  RawClient client(server_->port());
  Stream(client, "1.1", [](BodyWriter writer) { EXPECT_THAT(writer.Write("half"), IsOk()); });
  const std::string answer = client.ReadAll();
  EXPECT_NE(answer.find("half"), std::string::npos);
  EXPECT_FALSE(answer.ends_with("0\r\n\r\n"));
}

TEST_F(StreamTest, WriterWaitsForASlowReaderAndLearnsThatItLeft) {
  StartServer();
  RawClient client(server_->port());
  std::atomic<size_t> written{0};
  std::atomic<bool> cancelled{false};
  Stream(client, "1.1", [&](BodyWriter writer) {
    const std::string chunk(256 << 10, 'z');
    for (int i = 0; i < 4000; ++i) {
      const Status status = writer.Write(chunk);
      if (!status) {
        cancelled = status.error().code == ErrorCode::kCancelled;
        return;
      }
      written += chunk.size();
    }
  });
  EXPECT_NE(client.ReadUntil("zzz").find("200 OK"), std::string::npos);
  client.Close();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  EXPECT_TRUE(cancelled);
  // What the bound and the system's socket buffers hold, not the gigabyte the writer had.
  EXPECT_LT(written, size_t{64} << 20);
}

TEST_F(StreamTest, StalledReaderRunsIntoTheWriteTimeout) {
  ServerConfig config;
  config.write_timeout = 100ms;
  StartServer(config);
  RawClient client(server_->port());
  std::atomic<bool> cancelled{false};
  Stream(client, "1.1", [&](BodyWriter writer) {
    Status status;
    while (status) status = writer.Write(std::string(256 << 10, 'z'));
    cancelled = true;
  });
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  EXPECT_TRUE(cancelled);
}

TEST_F(StreamTest, HeadRequestDiscardsTheBody) {
  StartServer();
  threads_.emplace_back([this] {
    auto [request, responder] = held_.Next();
    BodyWriter writer = responder.Begin(Text("first"));
    EXPECT_THAT(writer.Write("part"), IsOk());
    writer.Finish();
  });
  const auto response = Do({.method = "HEAD", .url = "/held", .headers = {}, .body = {}});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(Get("/hello/x").body, "hello x");
}

TEST_F(StreamTest, DrainAbandonsAStreamWithoutEnd) {
  StartServer();
  RawClient client(server_->port());
  Stream(client, "1.1", [](BodyWriter writer) {
    Status status;
    while (status) status = writer.Write(std::string(64 << 10, 'z'));
    EXPECT_EQ(status.error().code, ErrorCode::kCancelled);
  });
  EXPECT_NE(client.ReadUntil("zzz").find("200 OK"), std::string::npos);
  server_->Drain(10ms);
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace
}  // namespace tarn::net
