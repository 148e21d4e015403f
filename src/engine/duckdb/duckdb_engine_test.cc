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

TEST_F(DuckDbEngineTest, DomainsOfAViewAreAttachedWhenItIsUsed) {
  lake_.Set({"hr", "gold", "far"}, std::make_shared<const BoundTable>(
                                       BoundTable{{}, {}, View{"SELECT count(*) AS n FROM sales.silver.orders"}}));
  Open({});
  EXPECT_EQ(Scalar("SELECT n FROM hr.gold.far"), "6000");
  EXPECT_EQ(Scalar("SELECT string_agg(column_name, ',') FROM (DESCRIBE hr.gold.far)"), "n");
}

TEST_F(DuckDbEngineTest, TablesWithoutFilesAndSourcesWithoutUnitsAreEmpty) {
  WriteTable({"sales", "gold", "empty"}, OrderSchema(), {}, {});
  lake_.Set({"sales", "bronze", "empty"}, std::make_shared<const BoundTable>(BoundTable{
                                              OrderSchema(), {}, std::make_shared<RecordedRows>(OrderSchema())}));
  for (const std::string name : {"sales.gold.empty", "sales.bronze.empty"}) {
    const auto rows = Query("SELECT * FROM " + name);
    ASSERT_THAT(rows, IsOk());
    EXPECT_EQ(rows->names, (std::vector<std::string>{"id", "name", "amount"}));
    EXPECT_TRUE(rows->rows.empty());
    EXPECT_EQ(Scalar("SELECT count(*) || ' ' || coalesce(max(id), -1) FROM " + name), "0 -1");
    EXPECT_EQ(Scalar("SELECT count(*) FROM " + name + " WHERE id > 3 AND name = 'x'"), "0");
  }
}

TEST_F(DuckDbEngineTest, BoundsOfEveryTypeSkipFiles) {
  const auto schema = MakeSchema(
      {MakeField(1, "price", table::Decimal(9, 2)), MakeField(2, "big", table::Decimal(38, 4)),
       MakeField(3, "day", table::Scalar(TypeKind::kDate)),
       MakeField(4, "instant", table::Scalar(TypeKind::kTimestamp)),
       MakeField(5, "code", table::Scalar(TypeKind::kString)), MakeField(6, "n", table::Scalar(TypeKind::kInt32)),
       MakeField(7, "ok", table::Scalar(TypeKind::kBoolean))});
  const auto file = [](int from) {
    const auto base = std::to_string(from);
    return "SELECT (" + base + " + i) / 4, " + base + " + i, DATE '2024-01-01' + (" + base +
           " + i)::INT, TIMESTAMPTZ '2024-01-01 00:00:00+00' + to_hours(" + base + " + i), 'code-' || (" + base +
           " + i), " + base + " + i, " + (from == 1000 ? "true" : "false") + " FROM range(100) t(i)";
  };
  WriteTable({"sales", "silver", "typed"}, schema, {}, {file(1000), file(2000), file(3000)});
  for (const auto* where :
       {"price = 502.25", "big BETWEEN 2010 AND 2020", "day = DATE '2024-01-01' + 2050",
        "instant > TIMESTAMPTZ '2024-01-01 00:00:00+00' + to_hours(2098) AND instant < TIMESTAMPTZ '2024-01-01 "
        "00:00:00+00' + to_hours(2500)",
        "code = 'code-2077'", "n IN (2001, 2002)"}) {
    Open({});
    store_.TakeOpened();
    const auto rows = Query(std::string("SELECT * FROM sales.silver.typed WHERE ") + where);
    ASSERT_THAT(rows, IsOk()) << where;
    EXPECT_FALSE(rows->rows.empty()) << where;
    EXPECT_EQ(store_.TakeOpened().size(), 1U) << where;
  }
  EXPECT_EQ(Scalar("SELECT max(price) || ' ' || min(day) || ' ' || max(n) FROM sales.silver.typed"),
            "774.75 2026-09-27 3099");
}

TEST_F(DuckDbEngineTest, FilesOfWritersThatDidNotCountAreCounted) {
  const auto counted =
      WriteTable({"sales", "silver", "counted"}, OrderSchema(), {}, {OrderRows(0, 1000), OrderRows(1000, 1500)});
  auto pinned = std::get<table::PinnedTable>(counted->source);
  auto uncounted = *pinned.files[1];
  uncounted.record_count = -1;
  uncounted.stats.clear();
  pinned.files[1] = std::make_shared<const table::DataFile>(std::move(uncounted));
  lake_.Set({"sales", "silver", "foreign"}, std::make_shared<const BoundTable>(BoundTable{OrderSchema(), {}, pinned}));
  EXPECT_EQ(Scalar("SELECT count(*) FROM sales.silver.foreign"), "1500");
  EXPECT_EQ(Scalar("SELECT max(id) || ' ' || min(id) FROM sales.silver.foreign"), "1499 0");
  EXPECT_EQ(Scalar("SELECT count(*) FROM sales.silver.foreign WHERE id >= 990"), "510");
}

TEST_F(DuckDbEngineTest, AMissingDataFileIsUnavailable) {
  ASSERT_OK_AND_ASSIGN(const auto objects, store_.List("silver/sales/orders/", "", 0));
  for (const auto& object : objects) ASSERT_THAT(store_.Delete(object.key), IsOk());
  Open({});
  EXPECT_THAT(Query("SELECT sum(amount) FROM sales.silver.orders"), ErrorIs(ErrorCode::kUnavailable));
}

class BrokenRows final : public RowSource {
 public:
  const table::Schema& schema() const override { return schema_; }
  size_t unit_count() const override { return 1; }
  std::optional<uint64_t> row_count() const override { return std::nullopt; }
  Result<std::unique_ptr<RowReader>> Open(size_t, std::span<const size_t>) override {
    return Fail(ErrorCode::kCorrupt, "a bronze object cannot be read");
  }

 private:
  table::Schema schema_ = OrderSchema();
};

TEST_F(DuckDbEngineTest, ASourcesErrorKeepsItsCode) {
  lake_.Set({"sales", "bronze", "broken"},
            std::make_shared<const BoundTable>(BoundTable{OrderSchema(), {}, std::make_shared<BrokenRows>()}));
  const auto result = Query("SELECT * FROM sales.bronze.broken");
  ASSERT_THAT(result, ErrorIs(ErrorCode::kCorrupt));
  EXPECT_EQ(result.error().message, "a bronze object cannot be read");
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

TEST_F(SmallEngineTest, WhatDoesNotFitIsSpilled) {
  EXPECT_EQ(
      Scalar("SELECT count(*) FROM (SELECT a.range r, hash(a.range) h FROM range(8000000) a ORDER BY h) WHERE r >= 0"),
      "8000000");
}

}  // namespace
}  // namespace tarn::engine
