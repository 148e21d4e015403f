// SPDX-License-Identifier: Apache-2.0
#include "net/client.h"

#include <gtest/gtest.h>

#include <atomic>

#include "base/result_matchers.h"
#include "net/scripted_server.h"

namespace tarn::net {
namespace {

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

ClientRequest To(const ScriptedServer& server, std::string method, std::string body = {}) {
  return {.method = std::move(method), .url = server.UrlOf("/x"), .headers = {}, .body = std::move(body)};
}

/// Answers one request on each connection and closes upon the next; counts what came in whole.
class ForgetfulServer {
 public:
  int requests() const { return requests_.load(); }
  const ScriptedServer& server() const { return server_; }

 private:
  std::atomic<int> requests_{0};
  ScriptedServer server_{{}, [this](Peer& peer) {
                           if (peer.ReadRequest().empty()) return;
                           ++requests_;
                           peer.Send(kOk);
                           if (!peer.ReadRequest().empty()) ++requests_;
                         }};
};

TEST(ClientTest, KeptConnectionThatDiesIsReplacedWhereThatIsSafe) {
  for (const auto* method : {"GET", "PUT", "DELETE"}) {
    ForgetfulServer forgetful;
    Client client;
    ASSERT_THAT(client.Do(To(forgetful.server(), "GET")), IsOk());
    ASSERT_OK_AND_ASSIGN(const auto answer, client.Do(To(forgetful.server(), method, "body")));
    EXPECT_EQ(answer.body, "ok") << method;
  }
}

TEST(ClientTest, LostAnswerOfAPostIsAnUnknownOutcome) {
  ForgetfulServer forgetful;
  Client client;
  ASSERT_THAT(client.Do(To(forgetful.server(), "GET")), IsOk());
  EXPECT_THAT(client.Do(To(forgetful.server(), "POST", "body")), ErrorIs(ErrorCode::kUnknownOutcome));
  EXPECT_EQ(forgetful.requests(), 2);  // the POST came once
}

TEST(ClientTest, SilenceUpToTheTimeoutIsADeadline) {
  ScriptedServer server({[](Peer& peer) { peer.WaitForClose(); }});
  Client client;
  auto request = To(server, "GET");
  request.timeout = std::chrono::milliseconds(100);
  EXPECT_THAT(client.Do(request), ErrorIs(ErrorCode::kDeadlineExceeded));
}

TEST(ClientTest, UrlsThatAreNoneAreRefused) {
  Client client;
  for (const auto* url :
       {"", "http://", "http://h:99999/", "http://h:1x/", "http://[::1/", "http://h/a b", "ftp://h/"}) {
    EXPECT_THAT(client.Do({.method = "GET", .url = url, .headers = {}, .body = {}}),
                ErrorIs(ErrorCode::kInvalidArgument))
        << url;
  }
}

TEST(ClientTest, LongAnswersAreRefused) {
  ForgetfulServer forgetful;
  Client client;
  client.set_response_limit_bytes(1);
  EXPECT_THAT(client.Do(To(forgetful.server(), "GET")), ErrorIs(ErrorCode::kResourceExhausted));
}

}  // namespace
}  // namespace tarn::net
