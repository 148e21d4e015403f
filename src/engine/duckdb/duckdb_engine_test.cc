// SPDX-License-Identifier: Apache-2.0
// Queries from end to end: names, versions, views, parameters, limits.

#include "engine/duckdb/duckdb_engine.h"

#include <atomic>
#include <thread>

#include "engine/duckdb/engine_testing.h"

namespace tarn::engine {
namespace {

using table::TypeKind;
using testing::HasSubstr;

const TableName kOrders{"sales", "silver", "orders"};

table::Schema OrderSchema() {
  return MakeSchema({MakeField(1, "id", table::Scalar(TypeKind::kInt64)),
                     MakeField(2, "name", table::Scalar(TypeKind::kString)),
                     MakeField(3, "amount", table::Scalar(TypeKind::kDouble))});
}

std::string OrderRows(int64_t from, int64_t to) {
  return "SELECT i AS id, 'n' || i AS name, i * 1.5 AS amount FROM range(" + std::to_string(from) + ", " +
         std::to_string(to) + ") t(i)";
}

class DuckDbEngineTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    WriteTable(kOrders, OrderSchema(), {}, {OrderRows(0, 1000), OrderRows(1000, 3000), OrderRows(3000, 6000)});
    store_.TakeOpened();
  }
};

TEST_F(DuckDbEngineTest, SelectsWithoutTables) {
  EXPECT_EQ(Scalar("SELECT 1"), "1");
  EXPECT_EQ(Scalar("SELECT 'drop table x; update y set z = read_csv(1)' -- copy"),
            "drop table x; update y set z = read_csv(1)");
}

TEST_F(DuckDbEngineTest, ReadsPinnedTablesUnderAnySpelling) {
  EXPECT_EQ(Scalar("SELECT count(*) FROM sales.silver.orders"), "6000");
  EXPECT_EQ(Scalar("SELECT count(name) FROM Sales.\"SILVER\".Orders"), "6000");
  EXPECT_EQ(Scalar("SELECT sum(orders.id) FROM \"sales\".\"silver\".\"orders\" WHERE orders.name <> 'x'"), "17997000");
  EXPECT_EQ(Scalar("SELECT sales.silver.orders.name FROM sales.silver.orders WHERE id = 4711"), "n4711");
  EXPECT_EQ(Scalar("WITH orders AS (SELECT 42 AS x) SELECT x FROM orders"), "42");
}

TEST_F(DuckDbEngineTest, UnknownNamesAreToldWithoutSuggestions) {
  for (const auto* name :
       {"sales.silver.order", "sales.bronze.orders", "nope.silver.orders", "sales.platinum.orders"}) {
    const auto result = Query(std::string("SELECT * FROM ") + name);
    ASSERT_THAT(result, ErrorIs(ErrorCode::kInvalidArgument));
    EXPECT_THAT(result.error().message, HasSubstr(std::string(name) + " does not exist"));
    EXPECT_THAT(result.error().message, Not(HasSubstr("Did you mean")));
  }
  const auto upper = Query("SELECT * FROM Sales.Bronze.MISSING");
  ASSERT_THAT(upper, ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(upper.error().message, HasSubstr("sales.bronze.missing does not exist"));
  EXPECT_THAT(Query("SELECT * FROM orders"), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(Query("SELECT * FROM sales.orders"), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST_F(DuckDbEngineTest, TimeTravelIsPassedOn) {
  auto old = WriteTable({"sales", "silver", "other"}, OrderSchema(), {}, {OrderRows(0, 10)});
  lake_.Set(kOrders, old, 0);
  EXPECT_EQ(Scalar("SELECT count(*) FROM sales.silver.orders AT (VERSION => 0)"), "10");
  EXPECT_EQ(Scalar("SELECT count(*) FROM sales.silver.orders AT (TIMESTAMP => TIMESTAMP '1970-01-01 00:00:00')"), "10");
  EXPECT_EQ(Scalar("SELECT count(*) FROM sales.silver.orders AT (TIMESTAMP => '1970-01-01T00:00:00Z')"), "10");
  EXPECT_EQ(
      Scalar("SELECT (SELECT count(*) FROM sales.silver.orders) - count(*) FROM sales.silver.orders AT (VERSION => 0)"),
      "5990");
  EXPECT_THAT(Query("SELECT count(*) FROM sales.silver.orders AT (VERSION => 7)"),
              ErrorIs(ErrorCode::kInvalidArgument));
}

TEST_F(DuckDbEngineTest, ATableIsPinnedOncePerStatement) {
  const int before = lake_.resolutions();
  EXPECT_EQ(Scalar("SELECT count(*) FROM sales.silver.orders a JOIN sales.silver.orders b USING (id) WHERE a.id IN "
                   "(SELECT id FROM sales.silver.orders)"),
            "6000");
  EXPECT_EQ(lake_.resolutions() - before, 1);
}

TEST_F(DuckDbEngineTest, ViewsAreBoundWhereUsed) {
  lake_.Set({"sales", "gold", "big"},
            std::make_shared<const BoundTable>(
                BoundTable{{}, {}, View{"SELECT id, amount FROM sales.silver.orders WHERE id >= 5000"}}));
  lake_.Set({"hr", "gold", "chained"},
            std::make_shared<const BoundTable>(BoundTable{{}, {}, View{"SELECT max(id) AS top FROM sales.gold.big"}}));
  EXPECT_EQ(Scalar("SELECT count(*) FROM sales.gold.big"), "1000");
  EXPECT_EQ(Scalar("SELECT top FROM hr.gold.chained"), "5999");
  lake_.Set({"sales", "gold", "loop"},
            std::make_shared<const BoundTable>(BoundTable{{}, {}, View{"SELECT * FROM sales.gold.loop"}}));
  EXPECT_THAT(Query("SELECT * FROM sales.gold.loop"), ErrorIs(ErrorCode::kInvalidArgument));
  lake_.Set({"sales", "gold", "bad"},
            std::make_shared<const BoundTable>(BoundTable{{}, {}, View{"SELECT * FROM read_text('/etc/passwd')"}}));
  EXPECT_THAT(Query("SELECT * FROM sales.gold.bad"), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST_F(DuckDbEngineTest, ParametersByPositionAndName) {
  QueryRequest request;
  request.sql = "SELECT count(*) FROM sales.silver.orders WHERE id < ? AND name <> ?";
  request.parameters = PositionalParameters{int64_t{10}, std::string("n3")};
  auto result = ReadAll(engine_->Query(request));
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->rows, std::vector<std::string>{"9"});
  request.parameters = PositionalParameters{int64_t{10}};
  EXPECT_THAT(ReadAll(engine_->Query(request)), ErrorIs(ErrorCode::kInvalidArgument));
  request.parameters = NoParameters{};
  EXPECT_THAT(ReadAll(engine_->Query(request)), ErrorIs(ErrorCode::kInvalidArgument));

  request.sql = "SELECT $limit + $other::BIGINT";
  request.parameters = NamedParameters{{"limit", int64_t{40}}, {"other", std::string("2")}};
  result = ReadAll(engine_->Query(request));
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->rows, std::vector<std::string>{"42"});
  request.parameters = NamedParameters{{"limit", int64_t{40}}};
  EXPECT_THAT(ReadAll(engine_->Query(request)), ErrorIs(ErrorCode::kInvalidArgument));
  request.parameters = NamedParameters{{"limit", int64_t{40}}, {"other", int64_t{2}}, {"third", int64_t{3}}};
  EXPECT_THAT(ReadAll(engine_->Query(request)), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST_F(DuckDbEngineTest, ATimeLimitEndsTheQueryOnly) {
  QueryRequest request;
  request.sql = "SELECT count(*) FROM range(100000000) a, range(100000000) b WHERE a.range + b.range = 7";
  request.timeout = std::chrono::milliseconds(100);
  const auto began = std::chrono::steady_clock::now();
  EXPECT_THAT(ReadAll(engine_->Query(request)), ErrorIs(ErrorCode::kDeadlineExceeded));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
  EXPECT_EQ(Scalar("SELECT 1"), "1");
}

TEST_F(DuckDbEngineTest, ATimeLimitThatIsOverBeforeTheStartStillEndsTheQuery) {
  QueryRequest request;
  request.sql = "SELECT count(*) FROM range(100000000) a, range(100000000) b WHERE a.range + b.range = 7";
  request.timeout = std::chrono::milliseconds(0);
  EXPECT_THAT(ReadAll(engine_->Query(request)), ErrorIs(ErrorCode::kDeadlineExceeded));
}

TEST_F(DuckDbEngineTest, AStopRequestCancels) {
  std::stop_source stop;
  QueryRequest request;
  request.sql = "SELECT count(*) FROM range(100000000) a, range(100000000) b WHERE a.range + b.range = 7";
  request.stop = stop.get_token();
  std::jthread canceller([&] { stop.request_stop(); });
  EXPECT_THAT(ReadAll(engine_->Query(request)), ErrorIs(ErrorCode::kCancelled));
}

TEST_F(DuckDbEngineTest, AStreamMayBeDroppedHalfway) {
  for (int round = 0; round < 5; ++round) {
    QueryRequest request;
    request.sql = "SELECT a.range FROM range(1000000000) a";
    auto stream = engine_->Query(request);
    ASSERT_THAT(stream, IsOk());
    table::BatchView batch;
    ASSERT_THAT((*stream)->Next(batch), IsOk());
    EXPECT_GT(batch.rows, 0U);
  }
  EXPECT_EQ(Scalar("SELECT 1"), "1");
}

TEST_F(DuckDbEngineTest, FourThreadsTimesFiftyQueries) {
  std::vector<std::jthread> threads;
  std::atomic<int> wrong{0};
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        if (Scalar("SELECT count(*) || ' ' || sum(id) FROM sales.silver.orders WHERE id % 7 = 3") != "857 2570143")
          ++wrong;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

TEST_F(DuckDbEngineTest, PivotWithValuesFromTheData) {
  auto result = Query(
      "SELECT * FROM (PIVOT (SELECT id % 2 AS odd, id FROM sales.silver.orders WHERE id < 5) ON odd USING count(id))");
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->names, (std::vector<std::string>{"0", "1"}));
  EXPECT_EQ(result->rows, std::vector<std::string>{"3|2"});
  EXPECT_THAT(Query("PIVOT (SELECT id % 3 AS k, id FROM sales.silver.orders) ON k USING count(id)"), IsOk());
  EXPECT_THAT(Query("PIVOT (SELECT * FROM read_csv('/etc/passwd')) ON a USING count(b)"),
              ErrorIs(ErrorCode::kInvalidArgument));
}

TEST_F(DuckDbEngineTest, TheCatalogCanBeListed) {
  EXPECT_EQ(Scalar("SELECT string_agg(column_name, ',') FROM information_schema.columns WHERE table_catalog = 'sales'"),
            "id,name,amount");
  EXPECT_EQ(Scalar("SELECT string_agg(column_name, ',') FROM (DESCRIBE sales.silver.orders)"), "id,name,amount");
  EXPECT_THAT(Query("SHOW ALL TABLES"), IsOk());
  EXPECT_THAT(Query("SUMMARIZE sales.silver.orders"), IsOk());
}

TEST_F(DuckDbEngineTest, SessionsAreUtcAndIcuIsThere) {
  EXPECT_EQ(Scalar("SELECT (TIMESTAMP '2026-01-01 00:00:00')::TIMESTAMPTZ::VARCHAR"), "2026-01-01 00:00:00+00");
  EXPECT_EQ(Scalar("SELECT (TIMESTAMPTZ '2026-07-01 12:00:00+00' AT TIME ZONE 'Europe/Berlin')::VARCHAR"),
            "2026-07-01 14:00:00");
}

class SmallEngineTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineConfig config;
    config.memory_limit_bytes = 100ULL << 20;
    Open(config);
  }
};

TEST_F(SmallEngineTest, RunningOutOfMemoryIsAnErrorAndTheEngineGoesOn) {
  EXPECT_THAT(Query("SELECT list(a.range) FROM range(300000000) a"), ErrorIs(ErrorCode::kResourceExhausted));
  EXPECT_EQ(Scalar("SELECT 1"), "1");
}

}  // namespace
}  // namespace tarn::engine
