// SPDX-License-Identifier: Apache-2.0
// The protocol against a server that answers as told. What Trino itself does with our statements is asked in
// tests/interop.

#include "engine/trino/trino_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <mutex>
#include <numeric>

#include "base/result_matchers.h"
#include "net/scripted_server.h"

namespace tarn::engine {
namespace {

using net::Peer;
using net::ScriptedServer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kColumns =
    R"("columns": [{"name": "n", "type": "bigint", "typeSignature": {"rawType": "bigint", "arguments": []}},)"
    R"({"name": "s", "type": "varchar", "typeSignature": {"rawType": "varchar", "arguments": []}}])";

std::string Answer(const std::string& body, const std::string& status = "200 OK") {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// Goes on at `path`, as a server that believes to stand elsewhere says it.
std::string Next(const std::string& path, const std::string& members = "") {
  return Answer(R"({"id": "q", "nextUri": "https://inner.example:9999)" + path + "\"" +
                (members.empty() ? "" : ", " + members) + "}");
}

std::string Last(const std::string& members) { return Answer(R"({"id": "q", )" + members + "}"); }

class TrinoEngineTest : public testing::Test {
 protected:
  /// What requests are answered with, in their order; then connections are closed.
  void Answers(std::deque<std::string> answers) { answers_ = std::move(answers); }

  std::string Url() const { return server_.UrlOf(""); }

  TrinoEngine Engine() {
    TrinoSettings settings{.url = Url()};
    settings.user = "ada";
    settings.catalog = "la\"ke";
    settings.session = {{"query_max_run_time", "1h"}, {"x", "a b"}};
    return TrinoEngine(std::move(settings));
  }

  static RemoteQuery Query(std::stop_token stop = {}, std::chrono::milliseconds timeout = std::chrono::seconds(60)) {
    return {"SELECT 1", "sales.daily.7", std::chrono::steady_clock::now() + timeout, std::move(stop)};
  }

  /// Rows as "n:s", or the error.
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
        text += std::to_string(batch.columns[0].At<int64_t>(i)) + ":" +
                std::string(batch.columns[1].At<std::string_view>(i)) + " ";
      }
    }
  }

  std::vector<std::string> Requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  /// "POST /v1/statement" of each.
  std::vector<std::string> Targets() {
    std::vector<std::string> targets;
    for (const auto& request : Requests()) targets.push_back(request.substr(0, request.find(" HTTP/")));
    return targets;
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
      if (answer.empty()) return;
      peer.Send(answer);
    }
  }

  std::mutex mutex_;
  std::deque<std::string> answers_;
  std::vector<std::string> requests_;
  ScriptedServer server_{{}, [this](Peer& peer) { Serve(peer); }};
};

TEST_F(TrinoEngineTest, RowsComePageByPageFromTheConfiguredServer) {
  Answers({Next("/v1/statement/queued/q/1"), Next("/v1/statement/executing/q/2"),
           Next("/v1/statement/executing/q/3", kColumns),
           Next("/v1/statement/executing/q/4", std::string(kColumns) + R"(, "data": [[1, "a"], [2, "b"]])"),
           Next("/v1/statement/executing/q/5", R"("data": [])"),
           Last(std::string(kColumns) + R"(, "data": [[3, "c"]])")});
  auto engine = Engine();
  EXPECT_EQ(Rows(engine, Query()), "1:a 2:b 3:c ");
  EXPECT_THAT(Targets(), ElementsAre("POST /v1/statement", "GET /v1/statement/queued/q/1",
                                     "GET /v1/statement/executing/q/2", "GET /v1/statement/executing/q/3",
                                     "GET /v1/statement/executing/q/4", "GET /v1/statement/executing/q/5"));
  const auto first = Requests().front();
  for (const auto* header :
       {"X-Trino-User: ada\r\n", "X-Trino-Source: tarn\r\n", "X-Trino-Client-Info: sales.daily.7\r\n",
        "X-Trino-Time-Zone: UTC\r\n", "X-Trino-Client-Capabilities: PARAMETRIC_DATETIME\r\n",
        "X-Trino-Session: query_max_run_time=1h\r\n", "X-Trino-Session: x=a%20b\r\n"}) {
    EXPECT_THAT(first, HasSubstr(header));
  }
  EXPECT_THAT(first, Not(HasSubstr("Authorization")));
  EXPECT_THAT(first, testing::EndsWith("\r\n\r\nSELECT 1"));
}

TEST_F(TrinoEngineTest, APageOfManyRowsIsCutIntoBatches) {
  std::string data;
  std::string want;
  for (size_t i = 0; i < 2 * RowReader::kMaxBatchRows + 1; ++i) {
    data += (i == 0 ? "[" : ", [") + std::to_string(i) + R"(, "x"])";
    want += std::to_string(i) + ":x ";
  }
  Answers({Last(std::string(kColumns) + R"(, "data": [)" + data + "]")});
  auto engine = Engine();
  EXPECT_EQ(Rows(engine, Query()), want);
}

TEST_F(TrinoEngineTest, APasswordGoesWithEveryRequest) {
  Answers({Next("/v1/statement/queued/q/1"), Last(kColumns)});
  // Plain HTTP here only: the configuration asks for https where there is a password.
  TrinoSettings settings{.url = Url()};
  settings.user = "ada";
  settings.password = "secret";
  TrinoEngine engine(settings);
  EXPECT_EQ(Rows(engine, Query()), "");
  for (const auto& request : Requests()) EXPECT_THAT(request, HasSubstr("Authorization: Basic YWRhOnNlY3JldA==\r\n"));
  EXPECT_EQ(Requests().size(), 2U);
}

TEST_F(TrinoEngineTest, ABusyServerAndALostPageAreAskedAgain) {
  Answers({Answer("later", "503 Service Unavailable"), Next("/v1/statement/executing/q/1", kColumns), "",
           Answer("", "502 Bad Gateway"), Last(R"("data": [[1, "a"]])")});
  auto engine = Engine();
  EXPECT_EQ(Rows(engine, Query()), "1:a ");
  EXPECT_THAT(Targets(), ElementsAre("POST /v1/statement", "POST /v1/statement", "GET /v1/statement/executing/q/1",
                                     "GET /v1/statement/executing/q/1", "GET /v1/statement/executing/q/1"));
}

TEST_F(TrinoEngineTest, ErrorsSayWhetherTheyMayPass) {
  const auto code_of = [&](const std::string& name, const std::string& type) {
    Answers({Next("/v1/statement/queued/q/1"), Last(R"("error": {"message": "line 1:1: why", "errorName": ")" + name +
                                                    R"(", "errorType": ")" + type + "\"}")});
    auto engine = Engine();
    const auto rows = engine.Query(Query());
    EXPECT_FALSE(rows);
    EXPECT_THAT(rows.error().message, HasSubstr(name + ": line 1:1: why"));
    return rows.error().code;
  };
  EXPECT_EQ(code_of("COLUMN_NOT_FOUND", "USER_ERROR"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of("PERMISSION_DENIED", "USER_ERROR"), ErrorCode::kPermissionDenied);
  EXPECT_EQ(code_of("USER_CANCELED", "USER_ERROR"), ErrorCode::kCancelled);
  EXPECT_EQ(code_of("EXCEEDED_TIME_LIMIT", "INSUFFICIENT_RESOURCES"), ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(code_of("EXCEEDED_LOCAL_MEMORY_LIMIT", "INSUFFICIENT_RESOURCES"), ErrorCode::kResourceExhausted);
  EXPECT_EQ(code_of("QUERY_QUEUE_FULL", "INSUFFICIENT_RESOURCES"), ErrorCode::kUnavailable);
  EXPECT_EQ(code_of("NO_NODES_AVAILABLE", "INTERNAL_ERROR"), ErrorCode::kUnavailable);
  EXPECT_EQ(code_of("ICEBERG_CATALOG_ERROR", "EXTERNAL"), ErrorCode::kUnavailable);
  EXPECT_EQ(code_of("GENERIC_INTERNAL_ERROR", "INTERNAL_ERROR"), ErrorCode::kInternal);
}

TEST_F(TrinoEngineTest, StatusesSayWhatIsWrong) {
  const auto code_of = [&](const std::string& status) {
    Answers({Answer("no", status)});
    auto engine = Engine();
    const auto rows = engine.Query(Query());
    EXPECT_FALSE(rows);
    return rows.error().code;
  };
  EXPECT_EQ(code_of("401 Unauthorized"), ErrorCode::kUnauthenticated);
  EXPECT_EQ(code_of("403 Forbidden"), ErrorCode::kPermissionDenied);
  EXPECT_EQ(code_of("410 Gone"), ErrorCode::kUnavailable);
  EXPECT_EQ(code_of("500 Internal Server Error"), ErrorCode::kInternal);
}

TEST_F(TrinoEngineTest, AFailureBetweenRowsIsAnErrorAndNoEnd) {
  Answers({Next("/v1/statement/executing/q/1", std::string(kColumns) + R"(, "data": [[1, "a"]])"),
           Last(R"("error": {"message": "lost", "errorName": "REMOTE_TASK_ERROR", "errorType": "INTERNAL_ERROR"})")});
  auto engine = Engine();
  EXPECT_THAT(Rows(engine, Query()), HasSubstr("REMOTE_TASK_ERROR: lost"));
  Answers({Last(std::string(kColumns) + R"(, "data": [[1]])")});
  EXPECT_THAT(Rows(engine, Query()), HasSubstr("another number of values"));
  Answers({Last(std::string(kColumns) + R"(, "data": [["x", "a"]])")});
  EXPECT_THAT(Rows(engine, Query()), HasSubstr("column n:"));
}

TEST_F(TrinoEngineTest, WhatIsNotReadToItsEndIsEndedThere) {
  Answers({Next("/v1/statement/executing/q/1", kColumns), Answer("", "204 No Content")});
  auto engine = Engine();
  {
    ASSERT_OK_AND_ASSIGN(const auto rows, engine.Query(Query()));
    EXPECT_EQ(rows->schema().fields.size(), 2U);
  }
  EXPECT_THAT(Targets(), ElementsAre("POST /v1/statement", "DELETE /v1/statement/executing/q/1"));
}

TEST_F(TrinoEngineTest, AStoppedRunAndTheTimeoutEndTheQuery) {
  std::stop_source stop;
  Answers({Next("/v1/statement/executing/q/1", kColumns), Answer("", "204 No Content")});
  auto engine = Engine();
  {
    ASSERT_OK_AND_ASSIGN(const auto rows, engine.Query(Query(stop.get_token())));
    const std::vector<size_t> columns{0, 1};
    ASSERT_OK_AND_ASSIGN(const auto reader, rows->Open(0, columns));
    stop.request_stop();
    table::BatchView batch;
    EXPECT_THAT(reader->Next(batch), ErrorIs(ErrorCode::kCancelled));
    EXPECT_THAT(rows->Open(0, columns), ErrorIs(ErrorCode::kInternal));
  }
  EXPECT_THAT(Targets().back(), StartsWith("DELETE "));
  EXPECT_THAT(engine.Query(Query({}, std::chrono::milliseconds(0))), ErrorIs(ErrorCode::kDeadlineExceeded));
}

TEST_F(TrinoEngineTest, TablesAreNamedByNamespaceAndVersion) {
  const auto engine = Engine();
  EXPECT_EQ(engine.TableText({{"shop", "silver", "orders"}, 42, false}),
            R"("la""ke"."shop.silver"."orders" FOR VERSION AS OF 42)");
  EXPECT_EQ(engine.TableText({{"lab", "external", "samples"}, 1, true}),
            R"("la""ke"."lab"."samples" FOR VERSION AS OF 1)");
  EXPECT_EQ(engine.TableText({{"lab", "external", "deep.er.samples"}, 1, true}),
            R"("la""ke"."lab.deep.er"."samples" FOR VERSION AS OF 1)");
  EXPECT_EQ(engine.TableText({{"shop", "silver", "orders"}, std::nullopt, true}),
            R"((SELECT * FROM "la""ke"."shop.silver"."orders" WHERE 1 = 0))");
  EXPECT_EQ(engine.TableText({{"shop", "silver", "orders"}, std::nullopt, false}),
            R"((SELECT * FROM "la""ke"."shop.silver"."orders" WHERE 1 = 0) AS "orders")");
  EXPECT_EQ(engine.TimeText({1'500'000}, true), "TIMESTAMP '1970-01-01 00:00:01.500000 UTC'");
  EXPECT_EQ(engine.TimeText({0}, false), "TIMESTAMP '1970-01-01 00:00:00'");
}

}  // namespace
}  // namespace tarn::engine
