// SPDX-License-Identifier: Apache-2.0
#include "aws/json_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <mutex>

#include "aws/signature_check.h"
#include "base/result_matchers.h"
#include "net/scripted_server.h"

namespace tarn::aws {
namespace {

using net::Peer;
using net::ScriptedServer;
using testing::HasSubstr;

class JsonClientTest : public testing::Test {
 protected:
  static std::string Answer(const std::string& body, const std::string& status = "200 OK") {
    return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  Result<codec::Json> Do(std::deque<std::string> answers,
                         std::chrono::milliseconds timeout = std::chrono::seconds(60)) {
    {
      const std::lock_guard lock(mutex_);
      answers_ = std::move(answers);
      requests_.clear();
    }
    return client_.Do({"StartJob", {{"Name", "\u00fc"}}, std::chrono::steady_clock::now() + timeout});
  }

  std::vector<std::string> Requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void Serve(Peer& peer) {
    for (auto request = peer.ReadRequest(); !request.empty(); request = peer.ReadRequest()) {
      std::string answer;
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
        if (answers_.empty()) return;
        answer = answers_.front();
        answers_.pop_front();
      }
      peer.Send(answer);
    }
  }

 protected:
  SystemClock clock_;
  net::OutboundClient http_{{}};
  CredentialChain credentials_{{.configured = {"key", "secret"}}, http_, clock_};
  std::mutex mutex_;
  std::deque<std::string> answers_;
  std::vector<std::string> requests_;
  ScriptedServer server_{{}, [this](Peer& peer) { Serve(peer); }};
  JsonClient client_{{http_, credentials_, clock_}, {"glue", "AWSGlue", "eu-west-1", server_.UrlOf("")}};
};

TEST_F(JsonClientTest, ACallIsASignedObjectUnderTheOperationsName) {
  ASSERT_OK_AND_ASSIGN(const auto answer, Do({Answer(R"({"Id": 7})")}));
  EXPECT_EQ(answer.at("Id"), 7);
  ASSERT_EQ(Requests().size(), 1U);
  const auto request = Requests().front();
  const auto body = request.substr(request.find("\r\n\r\n") + 4);
  EXPECT_EQ(body, "{\"Name\":\"\u00fc\"}");
  EXPECT_THAT(request, HasSubstr("\r\nX-Amz-Target: AWSGlue.StartJob\r\n"));
  SignedRequest received{"POST", "/", {}, {}, body};
  for (auto at = request.find("\r\n") + 2; request.compare(at, 2, "\r\n") != 0; at = request.find("\r\n", at) + 2) {
    const auto colon = request.find(": ", at);
    received.headers.emplace_back(request.substr(at, colon - at),
                                  request.substr(colon + 2, request.find("\r\n", at) - colon - 2));
  }
  EXPECT_THAT(CheckSignature(received, "glue", "secret", clock_.Now()), IsOk());
  EXPECT_THAT(CheckSignature(received, "glue", "another", clock_.Now()), ErrorIs(ErrorCode::kUnauthenticated));
}

TEST_F(JsonClientTest, WhatMayPassIsSentAgain) {
  EXPECT_THAT(Do({Answer(R"({"__type": "ThrottlingException"})", "400 Bad Request"),
                  Answer("", "503 Service Unavailable"), Answer("{}")}),
              IsOk());
  EXPECT_EQ(Requests().size(), 3U);
  const auto late = Do({Answer("", "500 Oh"), Answer("", "500 Oh"), Answer("", "500 Oh"), Answer("", "500 Oh"),
                        Answer("", "500 Oh"), Answer("", "500 Oh"), Answer("", "500 Oh")},
                       std::chrono::milliseconds(250));
  EXPECT_THAT(late, ErrorIs(ErrorCode::kDeadlineExceeded));
}

TEST_F(JsonClientTest, RefusalsSayWhatToDo) {
  const auto code_of = [&](const std::string& word) {
    const auto refused =
        Do({Answer(R"({"__type": "com.amazonaws.glue#)" + word + R"(", "Message": "why"})", "400 Bad Request")});
    EXPECT_FALSE(refused);
    EXPECT_EQ(refused.error().message, "glue: " + word + ": why");
    EXPECT_EQ(refused.error().context, word);
    return refused.error().code;
  };
  EXPECT_EQ(code_of("EntityNotFoundException"), ErrorCode::kNotFound);
  EXPECT_EQ(code_of("AlreadyExistsException"), ErrorCode::kAlreadyExists);
  EXPECT_EQ(code_of("AccessDeniedException"), ErrorCode::kPermissionDenied);
  EXPECT_EQ(code_of("UnrecognizedClientException"), ErrorCode::kUnauthenticated);
  EXPECT_EQ(code_of("InvalidInputException"), ErrorCode::kInvalidArgument);
  EXPECT_THAT(Do({Answer("no JSON")}), ErrorIs(ErrorCode::kInternal));
  const auto expired =
      Do({Answer(R"({"__type": "ExpiredTokenException", "message": "x"})", "400 Bad Request"), Answer("{}")});
  EXPECT_THAT(expired, IsOk()) << "with credentials anew";
}

}  // namespace
}  // namespace tarn::aws
