// SPDX-License-Identifier: Apache-2.0
#include "aws/credentials.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "aws/profile.h"
#include "base/result_matchers.h"
#include "net/outbound_client.h"
#include "net/scripted_server.h"

namespace tarn::aws {
namespace {

using net::Peer;
using net::ScriptedServer;
using testing::HasSubstr;

constexpr int64_t kMinute = 60LL * 1'000'000;

std::string Answer(int status, const std::string& body) {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

std::string KeysUntil(const std::string& key, Timestamp expires) {
  return R"({"Code": "Success", "AccessKeyId": ")" + key +
         R"(", "SecretAccessKey": "s", "Token": "t", "Expiration": ")" + FormatTimestamp(expires) + R"("})";
}

class CredentialsTest : public testing::Test {
 protected:
  CredentialsTest() { EXPECT_NE(mkdtemp(folder_.data()), nullptr); }
  ~CredentialsTest() override { std::filesystem::remove_all(folder_); }

  /// Nothing set up, no service in reach.
  CredentialSettings Nothing() const {
    CredentialSettings settings;
    settings.environment = {{"HOME", folder_}, {"AWS_EC2_METADATA_DISABLED", "true"}};
    return settings;
  }
  void WriteProfiles(const std::string& name, const std::string& text) {
    std::filesystem::create_directories(folder_ + "/.aws");
    std::ofstream(folder_ + "/.aws/" + name) << text;
  }
  Result<Credentials> First(const CredentialSettings& settings) {
    CredentialChain chain(settings, client_, clock_);
    TARN_ASSIGN(const auto credentials, chain.Get());
    return *credentials;
  }

  std::string folder_ = (std::filesystem::temp_directory_path() / "tarn-aws-XXXXXX").string();
  net::OutboundClient client_{{}};
  ManualClock clock_{Timestamp{1'700'000'000'000'000}};
};

TEST_F(CredentialsTest, SourcesAreAskedInOrder) {
  WriteProfiles("credentials", "[default]\naws_access_key_id = fromfile\naws_secret_access_key=s\n");
  auto settings = Nothing();
  ASSERT_OK_AND_ASSIGN(const auto third, First(settings));
  EXPECT_EQ(third.access_key_id, "fromfile");
  settings.environment["AWS_ACCESS_KEY_ID"] = "fromenv";
  settings.environment["AWS_SECRET_ACCESS_KEY"] = "s";
  settings.environment["AWS_SESSION_TOKEN"] = "token";
  ASSERT_OK_AND_ASSIGN(const auto second, First(settings));
  EXPECT_EQ(second.access_key_id, "fromenv");
  EXPECT_EQ(second.session_token, "token");
  settings.configured.access_key_id = "configured";
  ASSERT_OK_AND_ASSIGN(const auto first, First(settings));
  EXPECT_EQ(first.access_key_id, "configured");
}

TEST_F(CredentialsTest, NothingAnywhereSaysWhatToDo) {
  const auto none = First(Nothing());
  ASSERT_THAT(none, ErrorIs(ErrorCode::kUnauthenticated));
  EXPECT_THAT(none.error().message, HasSubstr("AWS_ACCESS_KEY_ID"));
}

TEST_F(CredentialsTest, HalfOfAPairIsAnErrorAndNotTheNextSource) {
  auto settings = Nothing();
  settings.environment["AWS_ACCESS_KEY_ID"] = "alone";
  EXPECT_THAT(First(settings), ErrorIs(ErrorCode::kUnauthenticated));
}

TEST_F(CredentialsTest, ProfilesComeFromBothFiles) {
  WriteProfiles("credentials",
                "[a]\naws_access_key_id=x\n# no\n[work]\n aws_secret_access_key = nested\n"
                "aws_access_key_id = k\r\naws_secret_access_key = s=cret\n");
  WriteProfiles("config",
                "[profile work]\nregion = eu-west-1\naws_access_key_id = shadowed\ns3 =\n  region = nested\n");
  ASSERT_OK_AND_ASSIGN(const auto profile, LoadProfile(Nothing().environment, "work"));
  EXPECT_EQ(profile.at("region"), "eu-west-1");
  auto settings = Nothing();
  settings.environment["AWS_PROFILE"] = "work";
  ASSERT_OK_AND_ASSIGN(const auto credentials, First(settings));
  EXPECT_EQ(credentials.access_key_id, "k");
  EXPECT_EQ(credentials.secret_access_key, "s=cret");
  settings.profile = "absent";
  EXPECT_THAT(First(settings), ErrorIs(ErrorCode::kUnauthenticated));
}

TEST_F(CredentialsTest, ProfilesThatNeedMoreAreRefusedByName) {
  WriteProfiles("config", "[default]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = y\n");
  const auto refused = First(Nothing());
  ASSERT_THAT(refused, ErrorIs(ErrorCode::kUnsupported));
  EXPECT_THAT(refused.error().message, HasSubstr("role_arn"));
}

TEST_F(CredentialsTest, ContainerEndpointIsAskedWithItsToken) {
  ScriptedServer server({[&](Peer& peer) {
    const auto request = peer.ReadRequest();
    EXPECT_THAT(request, HasSubstr("GET /v2/credentials HTTP/1.1\r\n"));
    EXPECT_THAT(request, HasSubstr("Authorization: pod-token\r\n"));
    peer.Send(Answer(200, KeysUntil("container", {clock_.Now().micros + 60 * kMinute})));
  }});
  std::ofstream(folder_ + "/token") << "pod-token\n";
  auto settings = Nothing();
  settings.environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = server.UrlOf("/v2/credentials");
  settings.environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = folder_ + "/token";
  ASSERT_OK_AND_ASSIGN(const auto credentials, First(settings));
  EXPECT_EQ(credentials.access_key_id, "container");
  EXPECT_EQ(credentials.session_token, "t");
}

TEST_F(CredentialsTest, ContainerTokensAreNotSentAbroadInClear) {
  for (const auto* url : {"http://example.org/x", "http://127.0.0.1.example.org/", "http://localhost@example.org/"}) {
    auto settings = Nothing();
    settings.environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url;
    EXPECT_THAT(First(settings), ErrorIs(ErrorCode::kPermissionDenied)) << url;
  }
}

TEST_F(CredentialsTest, InstanceMetadataIsAskedInItsSecondVersion) {
  ScriptedServer server({[&](Peer& peer) {
                           EXPECT_THAT(peer.ReadRequest(), HasSubstr("PUT /latest/api/token HTTP/1.1\r\n"));
                           peer.Send(Answer(200, "session"));
                           const auto answers = {std::string("role-a\n"),
                                                 KeysUntil("instance", {clock_.Now().micros + 60 * kMinute})};
                           for (const auto& answer : answers) {
                             EXPECT_THAT(peer.ReadRequest(), HasSubstr("X-aws-ec2-metadata-token: session\r\n"));
                             peer.Send(Answer(200, answer));
                           }
                         },
                         [&](Peer& peer) {
                           while (!peer.ReadRequest().empty()) {
                             peer.Send(Answer(200, KeysUntil("instance", {clock_.Now().micros + 60 * kMinute})));
                           }
                         }});
  auto settings = Nothing();
  settings.environment.erase("AWS_EC2_METADATA_DISABLED");
  settings.metadata_endpoint = server.UrlOf("");
  ASSERT_OK_AND_ASSIGN(const auto credentials, First(settings));
  EXPECT_EQ(credentials.access_key_id, "instance");
}

/// A container endpoint that hands out key0, key1, … each good for an hour, and fails while told to.
class Renewal : public CredentialsTest {
 protected:
  Renewal()
      : server_({[this](Peer& peer) {
          while (!peer.ReadRequest().empty()) {
            if (fails_) {
              peer.Send(Answer(500, ""));
            } else {
              peer.Send(Answer(200, KeysUntil("key" + std::to_string(given_++), {clock_.Now().micros + 60 * kMinute})));
            }
          }
        }}) {
    auto settings = Nothing();
    settings.environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = server_.UrlOf("/");
    chain_ = std::make_unique<CredentialChain>(settings, client_, clock_);
  }
  std::string Key() {
    const auto credentials = chain_->Get();
    return credentials ? (*credentials)->access_key_id : credentials.error().ToString();
  }

  net::OutboundClient client_{{}};  // its connections end before the server
  std::atomic<bool> fails_{false};
  std::atomic<int> given_{0};
  ScriptedServer server_;
  std::unique_ptr<CredentialChain> chain_;
};

TEST_F(Renewal, NewCredentialsAreFetchedBeforeTheOldExpire) {
  EXPECT_EQ(Key(), "key0");
  clock_.Advance(std::chrono::minutes(54));
  EXPECT_EQ(Key(), "key0");
  clock_.Advance(std::chrono::minutes(2));
  EXPECT_EQ(Key(), "key1");
}

TEST_F(Renewal, OldCredentialsServeWhileTheSourceFails) {
  EXPECT_EQ(Key(), "key0");
  fails_ = true;
  clock_.Advance(std::chrono::minutes(56));
  EXPECT_EQ(Key(), "key0");
  clock_.Advance(std::chrono::minutes(5));
  EXPECT_THAT(Key(), HasSubstr("unavailable"));
  fails_ = false;
  EXPECT_EQ(Key(), "key1");
}

TEST_F(Renewal, RefusedCredentialsAreForgotten) {
  ASSERT_OK_AND_ASSIGN(const auto first, chain_->Get());
  chain_->Forget(first);
  EXPECT_EQ(Key(), "key1");
  chain_->Forget(first);
  EXPECT_EQ(Key(), "key1");
}

TEST_F(Renewal, ManyThreadsFetchOnce) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([&] { EXPECT_EQ(Key(), "key0"); });
}

}  // namespace
}  // namespace tarn::aws
