// SPDX-License-Identifier: Apache-2.0
#include "app/verb_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/result_matchers.h"

namespace tarn::app {
namespace {

using testing::HasSubstr;

net::OutboundResponse Answer(int status, const std::string& members) {
  net::OutboundResponse response;
  response.status = status;
  response.body = "{" + members + "}";
  return response;
}

constexpr const char* kTaken = R"("rows":3,"accepted":2,"quarantined":1,"already_taken":false)";

class ImportTest : public testing::Test {
 protected:
  Result<bool> Import(std::vector<Result<net::OutboundResponse>> answers) {
    ImportPorts ports;
    ports.send = [&, answers](const net::OutboundRequest& request) {
      urls_.push_back(request.url);
      EXPECT_EQ(request.body, "id\n1\n");
      return answers.at(urls_.size() - 1);
    };
    ports.pause = [](std::chrono::milliseconds) {};
    ports.print = [&](std::string_view text) { printed_ += text; };
    ImportCommand command;
    command.endpoint = "a/b";
    command.url = "http://x";
    command.options = {{"delimiter", ";"}};
    return ImportFile(command, "dir/my file.csv", "id\n1\n", ports);
  }

  std::vector<std::string> urls_;
  std::string printed_;
};

TEST_F(ImportTest, OptionsTravelAsParametersAndTheManifestIsALine) {
  ASSERT_OK_AND_ASSIGN(const bool good, Import({Answer(200, kTaken)}));
  EXPECT_TRUE(good);
  EXPECT_EQ(urls_.front(), "http://x/files/a/b?name=my%20file.csv&ack=bronze&op=upsert&validate=true&delimiter=%3B");
  EXPECT_EQ(printed_, "dir/my file.csv: 3 rows, 2 accepted, 1 quarantined");
}

TEST_F(ImportTest, ALostAnswerSendsTheFileAgain) {
  ASSERT_OK_AND_ASSIGN(const bool good,
                       Import({Fail(ErrorCode::kUnknownOutcome, "gone"), Answer(503, R"("detail":"busy")"),
                               Answer(200, R"("rows":3,"accepted":3,"quarantined":0,"already_taken":true)")}));
  EXPECT_TRUE(good);
  EXPECT_EQ(urls_.size(), 3U);
  EXPECT_THAT(printed_, HasSubstr("taken before"));
}

TEST_F(ImportTest, AFileThatCannotBeReadToItsEndIsNoSuccess) {
  ASSERT_OK_AND_ASSIGN(const bool good, Import({Answer(422, std::string(kTaken) + R"(,"error":"no end")")}));
  EXPECT_FALSE(good);
  EXPECT_THAT(printed_, HasSubstr("cannot be read: no end"));
}

TEST_F(ImportTest, ARefusalIsAnErrorInTheServersWords) {
  const auto refused = Import({Answer(404, R"("detail":"Endpoint 'a/b' not found")")});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("not found"));
}

}  // namespace
}  // namespace tarn::app
