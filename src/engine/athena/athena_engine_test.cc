// SPDX-License-Identifier: Apache-2.0
// The APIs against a server that answers as told. That requests are signed as AWS checks it and have its shapes, and
// what comes of whole queries, is asked in tests/e2e.

#include "engine/athena/athena_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <mutex>
#include <numeric>

#include "base/result_matchers.h"
#include "engine/athena/athena_errors.h"
#include "net/scripted_server.h"
#include "store/memory/memory_store.h"
#include "table/batch.h"

namespace tarn::engine {
namespace {

using net::Peer;
using net::ScriptedServer;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kStarted = R"({"QueryExecutionId": "q-1"})";
constexpr const char* kRunning = R"({"QueryExecution": {"Status": {"State": "RUNNING"}}})";
constexpr const char* kDone = R"({"QueryExecution": {"Status": {"State": "SUCCEEDED"}}})";
constexpr const char* kColumns =
    R"("ResultSetMetadata": {"ColumnInfo": [{"Name": "n", "Type": "bigint"}, {"Name": "s", "Type": "varchar"}]}}})";
constexpr const char* kHeader = R"({"Data": [{"VarCharValue": "n"}, {"VarCharValue": "s"}]})";
constexpr const char* kMissing = R"({"__type": "EntityNotFoundException", "Message": "no"})";

std::string Ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}
std::string Refused(const std::string& body, const std::string& status = "400 Bad Request") {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}
std::string Page(const std::string& rows, const std::string& more = "") {
  return Ok("{" + more + R"("ResultSet": {"Rows": [)" + rows + "], " + kColumns);
}

class AthenaEngineTest : public testing::Test {
 protected:
  void Answers(std::deque<std::string> answers) { answers_ = std::move(answers); }

  AthenaEngine Engine() {
    return AthenaEngine({http_, credentials_, clock_, randomness_, folders_},
                        {"la\"ke", "jobs", "eu-west-1", server_.UrlOf(""), server_.UrlOf("")});
  }

  static RemoteQuery Query(std::vector<RemoteTable> tables = {},
                           std::chrono::milliseconds timeout = std::chrono::seconds(60), std::stop_token stop = {}) {
    return {"SELECT 1", "sales.daily.7", std::chrono::steady_clock::now() + timeout, std::move(stop),
            std::move(tables)};
  }

  static RemoteTable Orders(int number) {
    return {{"shop", "silver", "orders"},
            42,
            false,
            "s3://b/silver/shop/orders/metadata/v" + std::to_string(number) + ".metadata.json"};
  }

  /// Rows as "n:s", NULL as -, or the error.
  static std::string Rows(RemoteEngine& engine, const RemoteQuery& query) {
    auto rows = engine.Query(query);
    if (!rows) return rows.error().ToString();
    std::vector<size_t> columns((*rows)->schema().fields.size());
    std::iota(columns.begin(), columns.end(), 0);
    auto reader = (*rows)->Open(0, columns);
    if (!reader) return reader.error().ToString();
    std::string text;
    for (table::BatchView batch;;) {
      const auto more = (*reader)->Next(batch);
      if (!more) return more.error().ToString();
      if (!*more) return text;
      for (size_t i = 0; i < batch.rows; ++i) {
        const auto& name = batch.columns[1];
        text += std::to_string(batch.columns[0].At<int64_t>(i)) + ":" +
                (name.IsValid(i) ? std::string(name.At<std::string_view>(i)) : "-") + " ";
      }
    }
  }

  /// Operations that were called.
  std::vector<std::string> Calls() {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> calls;
    for (const auto& request : requests_) {
      constexpr std::string_view kField = "\r\nX-Amz-Target: ";
      const auto at = request.find(kField) + kField.size();
      calls.push_back(request.substr(at, request.find("\r\n", at) - at));
    }
    return calls;
  }
  std::string Request(size_t i) {
    const std::lock_guard lock(mutex_);
    return requests_.at(i);
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

  SystemClock clock_;
  SeededRandomness randomness_{3};
  store::MemoryStore store_;
  ResultFolders folders_{{store_, randomness_}};
  net::OutboundClient http_{{}};
  aws::CredentialChain credentials_{{.configured = {"key", "secret"}}, http_, clock_};
  std::mutex mutex_;
  std::deque<std::string> answers_;
  std::vector<std::string> requests_;
  ScriptedServer server_{{}, [this](Peer& peer) { Serve(peer); }};
};

TEST_F(AthenaEngineTest, RowsComePageByPageOnceTheQueryHasEnded) {
  Answers({Ok(kStarted), Ok(kRunning), Ok(kDone), Page(kHeader, R"("NextToken": "2", )"),
           Page(R"({"Data": [{"VarCharValue": "1"}, {"VarCharValue": ""}]}, {"Data": [{"VarCharValue": "2"}, {}]})")});
  auto engine = Engine();
  EXPECT_EQ(Rows(engine, Query()), "1: 2:- ");
  EXPECT_THAT(Calls(), ElementsAre("AmazonAthena.StartQueryExecution", "AmazonAthena.GetQueryExecution",
                                   "AmazonAthena.GetQueryExecution", "AmazonAthena.GetQueryResults",
                                   "AmazonAthena.GetQueryResults"));
  EXPECT_THAT(Request(0), HasSubstr(R"("QueryExecutionContext":{"Catalog":"AwsDataCatalog","Database":"la\"ke"})"));
  EXPECT_THAT(Request(0), HasSubstr(R"("WorkGroup":"jobs")"));
  EXPECT_THAT(Request(0), HasSubstr("Credential=key/"));
  EXPECT_THAT(Request(4), HasSubstr(R"("NextToken":"2")"));
}

TEST_F(AthenaEngineTest, AnswersThatAreNotTheApisAreErrors) {
  auto engine = Engine();
  Answers({Ok("{}")});
  EXPECT_THAT(Rows(engine, Query()), HasSubstr("without QueryExecutionId"));
  Answers({Ok(kStarted), Ok(kDone), Page(R"({"Data": [{"VarCharValue": "1"}, {"VarCharValue": "x"}]})")});
  EXPECT_THAT(Rows(engine, Query()), HasSubstr("without a row of names"));
  Answers({Ok(kStarted), Ok(kDone),
           Page(std::string(kHeader) + R"(, {"Data": [{"VarCharValue": "x"}, {"VarCharValue": "x"}]})")});
  EXPECT_THAT(Rows(engine, Query()), HasSubstr("column n: athena: not a number"));
}

TEST_F(AthenaEngineTest, WhatMayPassIsAskedForAgain) {
  Answers({Refused(R"({"__type": "TooManyRequestsException", "Message": "slow"})"),
           Refused("oh", "503 Service Unavailable"), Ok(kStarted), Ok(kDone), Page(kHeader)});
  auto engine = Engine();
  EXPECT_EQ(Rows(engine, Query()), "");
  Answers({Refused(R"({"__type": "a#AccessDeniedException", "Message": "no rights"})")});
  EXPECT_THAT(engine.Query(Query()), ErrorIs(ErrorCode::kPermissionDenied));
  Answers({Refused(R"({"__type": "InvalidRequestException", "Message": "line 1"})")});
  EXPECT_THAT(engine.Query(Query()), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST_F(AthenaEngineTest, TheTimeoutAndAStopEndTheQueryThere) {
  auto engine = Engine();
  Answers({Ok(kStarted), Ok(kRunning), Ok(kRunning), Ok(kRunning), Ok(kRunning), Ok(kRunning), Ok(kRunning),
           Ok(kRunning), Ok(kRunning), Ok(kRunning)});
  EXPECT_THAT(engine.Query(Query({}, std::chrono::milliseconds(300))), ErrorIs(ErrorCode::kDeadlineExceeded));
  EXPECT_EQ(Calls().back(), "AmazonAthena.StopQueryExecution");
  std::stop_source stop;
  stop.request_stop();
  const auto before = Calls().size();
  EXPECT_THAT(engine.Query(Query({}, std::chrono::seconds(60), stop.get_token())), ErrorIs(ErrorCode::kCancelled));
  EXPECT_EQ(Calls().size(), before) << "not begun, not ended";
}

TEST_F(AthenaEngineTest, TablesAreShownInGlueBeforeTheyAreRead) {
  auto engine = Engine();
  const auto shown = [](const std::string& metadata, const std::string& owner = "shop.silver.orders") {
    return Ok(R"({"Table": {"Parameters": {"tarn.table": ")" + owner +
              R"(", "metadata_location": "s3://b/silver/shop/orders/metadata/)" + metadata + "\"}}}");
  };
  Answers({Refused(kMissing), Ok("{}"), Ok(kStarted), Ok(kDone), Page(kHeader)});
  EXPECT_EQ(Rows(engine, Query({Orders(7)})), "");
  EXPECT_THAT(Request(1), HasSubstr(R"("metadata_location":"s3://b/silver/shop/orders/metadata/v7.metadata.json")"));
  EXPECT_THAT(Request(1), HasSubstr(R"("Location":"s3://b/silver/shop/orders")"));
  Answers({shown("v6.metadata.json"), Ok("{}"), Ok(kStarted), Ok(kDone), Page(kHeader)});
  EXPECT_EQ(Rows(engine, Query({Orders(7)})), "");
  for (const auto* metadata : {"v7.metadata.json", "v10.metadata.json"}) {
    Answers({shown(metadata), Ok(kStarted), Ok(kDone), Page(kHeader)});
    EXPECT_EQ(Rows(engine, Query({Orders(7)})), "");
  }
  const auto calls = Calls();
  EXPECT_THAT(std::vector(calls.begin() + 5, calls.begin() + 7),
              ElementsAre("AWSGlue.GetTable", "AWSGlue.UpdateTable"));
  EXPECT_EQ(std::ranges::count(calls, "AWSGlue.UpdateTable"), 1);
  Answers({shown("v7.metadata.json", "of.somebody.else")});
  EXPECT_THAT(engine.Query(Query({Orders(7)})), ErrorIs(ErrorCode::kFailedPrecondition));
  Answers({Refused(kMissing), Refused(kMissing)});
  const auto homeless = engine.Query(Query({Orders(7)}));
  ASSERT_THAT(homeless, ErrorIs(ErrorCode::kFailedPrecondition));
  EXPECT_THAT(homeless.error().message, HasSubstr("no database la\"ke"));
}

TEST_F(AthenaEngineTest, TablesHaveNamesThatGlueTakes) {
  const auto engine = Engine();
  const auto name = GlueNameOf({"shop", "silver", "orders"});
  EXPECT_THAT(name, testing::MatchesRegex("shop_silver_orders_[0-9a-f]+"));
  EXPECT_NE(GlueNameOf({"shop", "silver", "a_b"}), GlueNameOf({"shop_silver", "silver", "a_b"}));
  EXPECT_EQ(engine.TableText(Orders(1)), "\"la\"\"ke\".\"" + name + "\" FOR VERSION AS OF 42 AS \"orders\"");
  EXPECT_EQ(engine.TableText({{"shop", "silver", "orders"}, std::nullopt, true}),
            "(SELECT * FROM \"la\"\"ke\".\"" + name + "\" WHERE 1 = 0)");
  EXPECT_EQ(engine.TimeText({1'500'000}, true), "TIMESTAMP '1970-01-01 00:00:01.500000 UTC'");
  EXPECT_THAT(engine.CheckTable(Orders(1)), IsOk());
  EXPECT_THAT(engine.CheckTable({{"a", "silver", "b"}, 1, false, "/srv/lake/silver/a/b/metadata/v1.metadata.json"}),
              ErrorIs(ErrorCode::kInvalidArgument));
}

TEST(AthenaErrorsTest, ErrorsSayWhetherTheyMayPass) {
  const auto code_of = [](const std::string& status) { return AthenaQueryError(*codec::ParseJson(status)).code; };
  EXPECT_EQ(code_of(R"({"State": "CANCELLED"})"), ErrorCode::kCancelled);
  EXPECT_EQ(code_of(R"({"State": "FAILED", "AthenaError": {"Retryable": true, "ErrorCategory": 1}})"),
            ErrorCode::kUnavailable);
  EXPECT_EQ(code_of(R"({"State": "FAILED", "AthenaError": {"Retryable": false, "ErrorCategory": 2}})"),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of(R"({"State": "FAILED", "AthenaError": {"Retryable": false, "ErrorCategory": 3}})"),
            ErrorCode::kInternal);
  EXPECT_EQ(code_of(R"({"State": "FAILED", "StateChangeReason": "Query exhausted resources at this scale factor"})"),
            ErrorCode::kResourceExhausted);
  EXPECT_EQ(code_of(R"({"State": "FAILED", "StateChangeReason": "x: Access Denied at S3"})"),
            ErrorCode::kPermissionDenied);
}

}  // namespace
}  // namespace tarn::engine
