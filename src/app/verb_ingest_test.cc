// SPDX-License-Identifier: Apache-2.0
#include "app/verb_ingest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "app/record_batches.h"
#include "base/result_matchers.h"

namespace tarn::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Bodies of all batches of a text.
Result<std::vector<std::string>> Batches(const std::string& text, size_t batch_records) {
  std::istringstream input(text);
  RecordBatches batches(input, batch_records);
  std::vector<std::string> bodies;
  for (;;) {
    TARN_ASSIGN(auto batch, batches.Next());
    if (!batch) return bodies;
    EXPECT_EQ(std::ranges::count(batch->body, '\n'), static_cast<int64_t>(batch->records));
    bodies.push_back(std::move(batch->body));
  }
}

TEST(RecordBatchesTest, LinesAreCutIntoBatchesWithoutTheBlankOnes) {
  ASSERT_OK_AND_ASSIGN(const auto bodies, Batches("\n{\"a\":1}\r\n\n  \n{\"a\":2}\n{\"a\":3}", 2));
  EXPECT_THAT(bodies, ElementsAre("{\"a\":1}\n{\"a\":2}\n", "{\"a\":3}\n"));
}

TEST(RecordBatchesTest, ElementsOfAnArrayKeepTheirBytesOnOneLine) {
  ASSERT_OK_AND_ASSIGN(const auto bodies,
                       Batches(" [ {\"a\": \"],[\\\"\",\n \"b\": [1.0, {\"c\": 2}]} , 7,null] \n", 10));
  EXPECT_THAT(bodies, ElementsAre(" {\"a\": \"],[\\\"\",  \"b\": [1.0, {\"c\": 2}]} \n 7\nnull\n"));
}

TEST(RecordBatchesTest, NothingIsNoBatch) {
  for (const auto* text : {"", " \n \n", "[]", " [ ] "}) {
    ASSERT_OK_AND_ASSIGN(const auto bodies, Batches(text, 10));
    EXPECT_TRUE(bodies.empty()) << text;
  }
}

TEST(RecordBatchesTest, BrokenArraysAreRefused) {
  for (const auto* text : {"[", "[{\"a\":1}", "[{\"a\":1},", "[1,]", "[,1]", "[1] 2", "[\"x]"}) {
    EXPECT_THAT(Batches(text, 1), ErrorIs(ErrorCode::kInvalidArgument)) << text;
  }
}

TEST(RecordBatchesTest, ABatchStaysBelowItsLimitOfBytes) {
  const std::string large(RecordBatches::kMaxBatchBytes / 2, 'x');
  ASSERT_OK_AND_ASSIGN(const auto bodies, Batches(large + "\n" + large + "\nsmall\n" + large + large + large, 100));
  ASSERT_EQ(bodies.size(), 3U);
  EXPECT_EQ(bodies[1].size(), large.size() + 1 + 6);
}

/// A server that stores under keys, as http-api.md §4 says, and answers as its script tells.
class ScriptedServer {
 public:
  enum class Move { kAnswer, kLoseAnswer, kRefuseConnection, kBusy };

  explicit ScriptedServer(std::vector<Move> script) : script_(std::move(script)) {}

  Result<net::ClientResponse> Answer(const net::ClientRequest& request) {
    const auto move = next_ < script_.size() ? script_[next_++] : Move::kAnswer;
    if (move == Move::kRefuseConnection) return Fail(ErrorCode::kUnavailable, "connection refused");
    net::ClientResponse answer;
    if (move == Move::kBusy) {
      answer.status = 503;
      answer.headers.Add("Retry-After", "2");
      return answer;
    }
    stored_[KeyOf(request)] = request.body;
    if (move == Move::kLoseAnswer) return Fail(ErrorCode::kUnknownOutcome, "the connection broke");
    answer.status = 200;
    answer.body = R"({"status":"completed","quarantined_count":1,"failed_count":0})";
    return answer;
  }

  size_t stored_batches() const { return stored_.size(); }

 private:
  static std::string KeyOf(const net::ClientRequest& request) {
    for (const auto& [name, value] : request.headers) {
      if (name == "Idempotency-Key") return value;
    }
    return "";
  }

  std::vector<Move> script_;
  size_t next_ = 0;
  std::map<std::string, std::string> stored_;
};

class SendRecordsTest : public testing::Test {
 protected:
  Status Send(ScriptedServer& server) {
    IngestPorts ports;
    ports.send = [&](const net::ClientRequest& request) { return server.Answer(request); };
    ports.pause = [&](std::chrono::milliseconds pause) { pauses_.push_back(pause.count()); };
    ports.key_prefix = "run";
    IngestCommand command;
    command.endpoint = "a/b";
    command.batch_records = 2;
    std::istringstream input("{}\n{}\n{}\n{}\n{}\n");
    return SendRecords(command, input, ports, totals_);
  }

  IngestTotals totals_;
  std::vector<int64_t> pauses_;
};

TEST_F(SendRecordsTest, EveryBatchHasItsOwnKey) {
  ScriptedServer server({});
  ASSERT_THAT(Send(server), IsOk());
  EXPECT_EQ(server.stored_batches(), 3U);
  EXPECT_EQ(totals_.sent, 5U);
  EXPECT_EQ(totals_.quarantined, 3U);
  EXPECT_EQ(totals_.retries, 0U);
}

TEST_F(SendRecordsTest, ALostAnswerIsAskedForAgainUnderTheSameKey) {
  using Move = ScriptedServer::Move;
  ScriptedServer server({Move::kLoseAnswer, Move::kRefuseConnection, Move::kAnswer, Move::kBusy});
  ASSERT_THAT(Send(server), IsOk());
  EXPECT_EQ(server.stored_batches(), 3U);
  EXPECT_EQ(totals_.sent, 5U);
  EXPECT_EQ(totals_.retries, 3U);
  EXPECT_THAT(pauses_, ElementsAre(100, 200, 2000));
}

TEST_F(SendRecordsTest, AServerThatNeverComesBackEndsIt) {
  ScriptedServer server(std::vector<ScriptedServer::Move>(1000, ScriptedServer::Move::kRefuseConnection));
  EXPECT_THAT(Send(server), ErrorIs(ErrorCode::kUnavailable));
  EXPECT_EQ(totals_.sent, 0U);
}

TEST(SendRecordsRefusalTest, ARefusedBatchEndsItWithItsRecordsNamed) {
  IngestPorts ports;
  ports.send = [](const net::ClientRequest& request) -> Result<net::ClientResponse> {
    EXPECT_THAT(request.url, HasSubstr("/ingest/a/b/batch?ack=wal&op=upsert&strict=false&validate=true"));
    net::ClientResponse answer;
    answer.status = 404;
    answer.body = R"({"detail":"Endpoint 'a/b' not found"})";
    return answer;
  };
  ports.pause = [](std::chrono::milliseconds) { ADD_FAILURE() << "nothing to wait for"; };
  IngestCommand command;
  command.endpoint = "a/b";
  std::istringstream input("{}\n");
  IngestTotals totals;
  const auto sent = SendRecords(command, input, ports, totals);
  ASSERT_THAT(sent, ErrorIs(ErrorCode::kNotFound));
  EXPECT_THAT(sent.error().ToString(), HasSubstr("Endpoint 'a/b' not found"));
  EXPECT_THAT(sent.error().ToString(), HasSubstr("records 1 to 1"));
}

}  // namespace
}  // namespace tarn::app
