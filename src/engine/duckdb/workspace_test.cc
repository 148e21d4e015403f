// SPDX-License-Identifier: Apache-2.0
// Workspaces: inputs, temp tables, described types, written Parquet files and their statistics.

#include <cmath>
#include <fstream>

#include "engine/duckdb/engine_testing.h"
#include "engine/duckdb/parquet_statement.h"

namespace tarn::engine {
namespace {

using table::TypeKind;
using testing::HasSubstr;

class WorkspaceTest : public EngineTest {
 protected:
  WriteRequest Request(std::string select, table::Schema schema) {
    WriteRequest request;
    request.select = std::move(select);
    request.schema = std::move(schema);
    request.location = "gold/sales/report";
    return request;
  }

  size_t StoredObjects() { return store_.List("", "", 0)->size(); }
};

TEST_F(WorkspaceTest, InputsShowHiddenColumnsAndFileNames) {
  const auto visible = MakeSchema({MakeField(1, "id", table::Scalar(TypeKind::kInt64))});
  const auto hidden = MakeSchema({MakeField(2, "_offset", table::Scalar(TypeKind::kString))});
  const auto table =
      WriteTable({"sales", "silver", "orders"}, visible, hidden, {"SELECT 1 AS id, 'a' AS _offset", "SELECT 2, 'b'"});
  auto workspace = NewWorkspace();
  ASSERT_THAT(workspace->AddInput("Target", table), IsOk());
  auto rows = ReadAll(workspace->Query("SELECT * FROM input.target ORDER BY id"));
  ASSERT_THAT(rows, IsOk());
  EXPECT_EQ(rows->names, (std::vector<std::string>{"id", "_offset"}));
  EXPECT_EQ(rows->rows, (std::vector<std::string>{"1|a", "2|b"}));
  rows = ReadAll(workspace->Query("SELECT \"file;name\" FROM input.target WHERE id = 2"));
  ASSERT_THAT(rows, IsOk());
  const auto& files = std::get<table::PinnedTable>(table->source).files;
  EXPECT_TRUE(rows->rows.at(0).ends_with("/" + files[1]->path)) << rows->rows[0];
  EXPECT_THAT(Query("SELECT * FROM input.target"), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(ReadAll(NewWorkspace()->Query("SELECT * FROM input.target")), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST_F(WorkspaceTest, InputsTellThePositionOfARowInItsFile) {
  const auto visible = MakeSchema({MakeField(1, "id", table::Scalar(TypeKind::kInt64))});
  const auto hidden = MakeSchema({MakeField(2, "_offset", table::Scalar(TypeKind::kString))});
  // Several row groups, so that positions are counted over the whole file.
  const auto table = WriteTable({"sales", "silver", "orders"}, visible, hidden,
                                {"SELECT i AS id, 'a' || i AS _offset FROM range(300000) t(i)",
                                 "SELECT 1000000 - i, 'b' || i FROM range(10) t(i)"});
  auto workspace = NewWorkspace();
  ASSERT_THAT(workspace->AddInput("t", table), IsOk());
  const auto ask = [&](const std::string& sql) {
    auto rows = ReadAll(workspace->Query(sql));
    return rows ? rows->rows : std::vector<std::string>{rows.error().ToString()};
  };
  EXPECT_EQ(
      ask("SELECT count(*) FROM input.t WHERE \"file;row\" = CASE WHEN id < 300000 THEN id ELSE 1000000 - id END"),
      std::vector<std::string>{"300010"});
  EXPECT_EQ(ask("SELECT \"file;row\", \"file;name\" = (SELECT max(\"file;name\") FROM input.t WHERE id = 299999) FROM "
                "input.t WHERE id IN (250000, 999997) ORDER BY id"),
            (std::vector<std::string>{"250000|true", "3|false"}));
  EXPECT_EQ(ask("SELECT id FROM input.t WHERE \"file;row\" = 5 ORDER BY id"),
            (std::vector<std::string>{"5", "999995"}));
  EXPECT_EQ(ask("SELECT t.\"file;row\", k._offset FROM input.t t JOIN (SELECT 130000 AS id, 'x' AS _offset) k USING "
                "(id)"),
            std::vector<std::string>{"130000|x"});
  EXPECT_THAT(Query("SELECT \"file;row\" FROM sales.silver.orders"), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST_F(WorkspaceTest, InputsOfTwoWorkspacesDoNotMeet) {
  const auto schema = MakeSchema({MakeField(1, "id", table::Scalar(TypeKind::kInt64))});
  const auto one = WriteTable({"a", "silver", "x"}, schema, {}, {"SELECT 1 AS id"});
  const auto two = WriteTable({"a", "silver", "y"}, schema, {}, {"SELECT 2 AS id"});
  auto first = NewWorkspace();
  auto second = NewWorkspace();
  ASSERT_THAT(first->AddInput("t", one), IsOk());
  ASSERT_THAT(second->AddInput("t", two), IsOk());
  EXPECT_EQ(ReadAll(first->Query("SELECT id FROM input.t"))->rows, std::vector<std::string>{"1"});
  EXPECT_EQ(ReadAll(second->Query("SELECT id FROM input.t"))->rows, std::vector<std::string>{"2"});
}

TEST_F(WorkspaceTest, TempTablesLiveInTheWorkspace) {
  auto workspace = NewWorkspace();
  EXPECT_EQ(*workspace->Execute("CREATE TEMP TABLE batch AS SELECT i FROM range(5) t(i)"), 5U);
  EXPECT_EQ(*workspace->Execute("DELETE FROM batch WHERE i = 0"), 1U);
  EXPECT_EQ(ReadAll(workspace->Query("SELECT sum(i) FROM batch"))->rows, std::vector<std::string>{"10"});
  EXPECT_THAT(workspace->Execute("DROP TABLE batch"), IsOk());
  EXPECT_THAT(ReadAll(workspace->Query("SELECT * FROM batch")), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(workspace->Execute("SELECT 1; SELECT 2"), ErrorIs(ErrorCode::kInvalidArgument));
}

TEST_F(WorkspaceTest, DescribeGivesStorableTypes) {
  auto workspace = NewWorkspace();
  const auto schema = workspace->Describe(
      "SELECT 1::TINYINT AS a, 1::BIGINT AS b, sum(1) AS c, 1::UBIGINT AS d, uuid() AS e, TIME '10:00' AS f, "
      "'{}'::JSON AS g, 1.5::DECIMAL(9, 2) AS h, TIMESTAMPTZ '2026-01-01 00:00:00+00' AS i, now()::TIMESTAMP AS j, [1] "
      "AS k, "
      "{'x': 1} AS l, MAP {'x': 1} AS m, 'a'::BLOB AS n, NULL AS o, INTERVAL 1 DAY AS p, 'a'::ENUM ('a') AS q");
  ASSERT_THAT(schema, IsOk());
  std::vector<TypeKind> kinds;
  for (const auto& field : schema->fields) kinds.push_back(field.type.kind);
  using enum TypeKind;
  EXPECT_EQ(kinds,
            (std::vector<TypeKind>{kInt32, kInt64, kDecimal, kDecimal, kString, kString, kJson, kDecimal, kTimestamp,
                                   kTimestampNaive, kList, kStruct, kMap, kBinary, kInt32, kString, kString}));
  EXPECT_EQ(schema->fields[2].type, table::Decimal(38, 0));
  EXPECT_EQ(schema->fields[3].type, table::Decimal(20, 0));
  EXPECT_EQ(schema->fields[7].type, table::Decimal(9, 2));
}

TEST_F(WorkspaceTest, WrittenFilesCarryStatistics) {
  auto workspace = NewWorkspace();
  const auto schema = MakeSchema(
      {MakeField(1, "id", table::Scalar(TypeKind::kInt32)), MakeField(2, "name", table::Scalar(TypeKind::kString)),
       MakeField(3, "price", table::Decimal(18, 2)), MakeField(4, "day", table::Scalar(TypeKind::kDate)),
       MakeField(5, "at", table::Scalar(TypeKind::kTimestamp)),
       MakeField(6, "naive", table::Scalar(TypeKind::kTimestampNaive)),
       MakeField(7, "ok", table::Scalar(TypeKind::kBoolean)), MakeField(8, "x", table::Scalar(TypeKind::kDouble)),
       MakeField(9, "nan", table::Scalar(TypeKind::kDouble)), MakeField(10, "huge", table::Decimal(38, 4)),
       MakeField(11, "raw", table::Scalar(TypeKind::kBinary)), MakeField(12, "doc", table::Scalar(TypeKind::kJson)),
       MakeField(13, "long", table::Scalar(TypeKind::kString)),
       MakeField(14, "none", table::Scalar(TypeKind::kInt64))});
  auto files = workspace->WriteParquet(Request(
      "SELECT i, CASE WHEN i % 3 <> 0 THEN 'n' || i END, i + 0.25, DATE '2024-01-01' + i::INT, TIMESTAMPTZ '2024-01-01 "
      "00:00:00+00' + INTERVAL 1 SECOND * i, TIMESTAMP '2024-01-01' + INTERVAL 1 SECOND * i, i % 2 = 0, i * 0.5, CASE "
      "WHEN i = 5 "
      "THEN 'nan'::DOUBLE ELSE i END, -i, '\\x00\\xFF'::BLOB, json_object('a', i), repeat('z', 300) || i, NULL FROM "
      "range(10) "
      "t(i) -- comment",
      schema));
  ASSERT_THAT(files, IsOk());
  ASSERT_EQ(files->size(), 1U);
  const auto& file = files->front();
  EXPECT_EQ(file.record_count, 10);
  EXPECT_EQ(static_cast<uint64_t>(file.size_bytes), store_.Head("gold/sales/report/" + file.path)->size_bytes);
  EXPECT_EQ(file.stats.at(1).lower, table::Value(int64_t{0}));
  EXPECT_EQ(file.stats.at(1).upper, table::Value(int64_t{9}));
  EXPECT_TRUE(file.stats.at(1).exact);
  EXPECT_EQ(file.stats.at(1).null_count, 0);
  EXPECT_EQ(file.stats.at(2).lower, table::Value(std::string("n1")));
  EXPECT_EQ(file.stats.at(2).null_count, 4);
  EXPECT_EQ(file.stats.at(3).upper, table::Value(table::DecimalValue{925, 18, 2}));
  EXPECT_EQ(file.stats.at(4).lower, table::Value(table::DateValue{19723}));
  EXPECT_EQ(file.stats.at(5).upper, table::Value(table::TimestampValue{1704067209000000, true}));
  EXPECT_EQ(file.stats.at(6).lower, table::Value(table::TimestampValue{1704067200000000, false}));
  EXPECT_EQ(file.stats.at(7).upper, table::Value(true));
  EXPECT_EQ(file.stats.at(8).upper, table::Value(4.5));
  EXPECT_TRUE(table::IsNull(file.stats.at(9).upper));
  EXPECT_EQ(file.stats.at(10).lower, table::Value(table::DecimalValue{-90000, 38, 4}));
  EXPECT_TRUE(table::IsNull(file.stats.at(11).lower));
  EXPECT_FALSE(file.stats.at(13).exact);
  EXPECT_GE(std::get<std::string>(file.stats.at(13).upper), std::string(256, 'z'));
  EXPECT_EQ(file.stats.at(14).null_count, 10);
  EXPECT_TRUE(table::IsNull(file.stats.at(14).lower));
}

TEST_F(WorkspaceTest, LargeResultsBecomeSeveralFilesInOrder) {
  auto workspace = NewWorkspace();
  const auto schema = MakeSchema(
      {MakeField(1, "id", table::Scalar(TypeKind::kInt64)), MakeField(2, "text", table::Scalar(TypeKind::kString))});
  auto request = Request("SELECT i, md5(i::VARCHAR) FROM range(1000000) t(i)", schema);
  request.target_file_size_bytes = 3U << 20;
  const auto files = workspace->WriteParquet(request);
  ASSERT_THAT(files, IsOk());
  ASSERT_GT(files->size(), 3U);
  EXPECT_EQ(StoredObjects(), files->size());
  int64_t next = 0;
  std::set<std::string> paths;
  for (const auto& file : *files) {
    paths.insert(file.path);
    EXPECT_EQ(static_cast<uint64_t>(file.size_bytes), store_.Head("gold/sales/report/" + file.path)->size_bytes);
    EXPECT_LT(file.size_bytes, 8 << 20) << "the target and one row group";
    EXPECT_EQ(file.stats.at(1).lower, table::Value(next)) << "rows keep their order over the files";
    next += file.record_count;
    EXPECT_EQ(file.stats.at(1).upper, table::Value(next - 1));
    EXPECT_EQ(file.stats.at(2).null_count, 0);
  }
  EXPECT_EQ(next, 1'000'000);
  EXPECT_EQ(paths.size(), files->size());
  table::PinnedTable pinned{"gold/sales/report", std::make_shared<table::Snapshot>(), {}};
  for (const auto& file : *files) pinned.files.push_back(std::make_shared<const table::DataFile>(file));
  ASSERT_THAT(workspace->AddInput("written", std::make_shared<const BoundTable>(BoundTable{schema, {}, pinned})),
              IsOk());
  EXPECT_EQ(
      ReadAll(workspace->Query("SELECT count(*), count(DISTINCT id), count(*) FILTER (text = md5(id::VARCHAR)) FROM "
                               "input.written"))
          ->rows,
      std::vector<std::string>{"1000000|1000000|1000000"});
}

TEST_F(WorkspaceTest, RowsWithoutAnOrderAreSplitToo) {
  auto workspace = NewWorkspace();
  const auto schema = MakeSchema(
      {MakeField(1, "id", table::Scalar(TypeKind::kInt64)), MakeField(2, "text", table::Scalar(TypeKind::kString))});
  ASSERT_THAT(workspace->Execute("CREATE TEMP TABLE source AS SELECT i % 700000 AS k FROM range(1000000) t(i)"),
              IsOk());
  auto request = Request("SELECT k, md5(max(k)::VARCHAR) FROM source GROUP BY k", schema);
  request.target_file_size_bytes = 2U << 20;
  const auto files = workspace->WriteParquet(request);
  ASSERT_THAT(files, IsOk());
  EXPECT_GT(files->size(), 2U);
  int64_t rows = 0;
  for (const auto& file : *files) {
    EXPECT_GT(file.record_count, 0);
    rows += file.record_count;
  }
  EXPECT_EQ(rows, 700'000);
}

TEST_F(WorkspaceTest, AFailureAfterAFinishedFileLeavesNothing) {
  auto workspace = NewWorkspace();
  const auto schema = MakeSchema({MakeField(1, "id", table::Scalar(TypeKind::kInt64))});
  auto request = Request("", schema);
  request.select =
      "SELECT CASE WHEN i = 1900000 THEN error('boom')::BIGINT ELSE (hash(i) % 1000000007)::BIGINT END FROM "
      "range(2000000) t(i)";
  request.target_file_size_bytes = 1U << 20;
  EXPECT_THAT(workspace->WriteParquet(request), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_EQ(StoredObjects(), 0U);
  request.select = "SELECT 1";
  EXPECT_THAT(workspace->WriteParquet(request), IsOk());
  EXPECT_EQ(StoredObjects(), 1U);
}

TEST_F(WorkspaceTest, ColumnsAreWrittenUnderTheirStoredNames) {
  auto workspace = NewWorkspace();
  auto schema = MakeSchema(
      {MakeField(1, "id", table::Scalar(TypeKind::kInt64)), MakeField(2, "name", table::Scalar(TypeKind::kString))});
  schema.fields[1].stored_names = {"col-7f", "older"};
  const auto files = workspace->WriteParquet(Request("SELECT 1, 'a'", schema));
  ASSERT_THAT(files, IsOk());
  EXPECT_EQ(files->front().stats.at(2).lower, table::Value(std::string("a")));
  table::PinnedTable pinned{"gold/sales/report", std::make_shared<table::Snapshot>(), {}};
  pinned.files.push_back(std::make_shared<const table::DataFile>(files->front()));
  auto stored = schema;
  stored.fields[1] = MakeField(2, "col-7f", table::Scalar(TypeKind::kString));
  ASSERT_THAT(workspace->AddInput("raw", std::make_shared<const BoundTable>(BoundTable{stored, {}, pinned})), IsOk());
  EXPECT_EQ(ReadAll(workspace->Query("SELECT * FROM input.raw"))->rows, std::vector<std::string>{"1|a"});
  table::DataType record{TypeKind::kStruct, 0, 0, {MakeField(4, "inner", table::Scalar(TypeKind::kInt64))}};
  record.children[0].stored_names = {"col-8"};
  EXPECT_THAT(workspace->WriteParquet(Request("SELECT {'inner': 1}", MakeSchema({MakeField(3, "s", record)}))),
              ErrorIs(ErrorCode::kUnsupported));
}

TEST_F(WorkspaceTest, BoundsOfFloatsHoldBothZeros) {
  auto workspace = NewWorkspace();
  const auto schema = MakeSchema(
      {MakeField(1, "x", table::Scalar(TypeKind::kDouble)), MakeField(2, "y", table::Scalar(TypeKind::kFloat))});
  const auto files = workspace->WriteParquet(Request("SELECT * FROM (VALUES (0.0, -0.0), (1.5, -2.25))", schema));
  ASSERT_THAT(files, IsOk());
  const auto& stats = files->front().stats;
  EXPECT_TRUE(std::signbit(std::get<double>(stats.at(1).lower)));
  EXPECT_EQ(std::get<double>(stats.at(1).upper), 1.5);
  EXPECT_EQ(std::get<double>(stats.at(2).lower), -2.25);
  EXPECT_FALSE(std::signbit(std::get<double>(stats.at(2).upper)));
  EXPECT_FALSE(stats.at(1).exact) << "min(x) is not answered from a bound that may have the other sign";
}

TEST_F(WorkspaceTest, TypesSurviveAFile) {
  auto workspace = NewWorkspace();
  table::DataType list{TypeKind::kList, 0, 0, {MakeField(0, "element", table::Scalar(TypeKind::kString))}};
  table::DataType values{TypeKind::kList, 0, 0, {MakeField(0, "element", table::Scalar(TypeKind::kString))}};
  table::DataType map{
      TypeKind::kMap, 0, 0, {MakeField(0, "key", table::Scalar(TypeKind::kString)), MakeField(0, "value", values)}};
  table::DataType record{
      TypeKind::kStruct, 0, 0, {MakeField(0, "A b", table::Scalar(TypeKind::kInt32)), MakeField(0, "m", map)}};
  auto schema = MakeSchema(
      {MakeField(1, "list", list), MakeField(2, "map", map), MakeField(3, "select", record),
       MakeField(4, "doc", table::Scalar(TypeKind::kJson)), MakeField(5, "raw", table::Scalar(TypeKind::kBinary)),
       MakeField(6, "at", table::Scalar(TypeKind::kTimestamp)), MakeField(7, "f", table::Scalar(TypeKind::kFloat))});
  table::AssignFieldIds(schema, 0);
  const std::string select =
      "SELECT ['a', NULL] AS \"list\", MAP {'k': ['v']} AS \"map\", {'A b': 1, 'm': MAP {'x': ['y', 'z']}} AS "
      "\"select\", "
      "'{\"a\": [1, 2]}' AS doc, '\\x00\\x01'::BLOB AS raw, TIMESTAMPTZ '2026-01-01 10:00:00+02' AS at, 1.5::FLOAT AS "
      "f UNION ALL "
      "SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL";
  WriteTable({"sales", "gold", "report"}, schema, {}, {select}, workspace.get());
  const auto want = ReadAll(workspace->Query(select));
  const auto got = Query("SELECT * FROM sales.gold.report");
  ASSERT_THAT(got, IsOk());
  ASSERT_THAT(want, IsOk());
  EXPECT_EQ(got->rows, want->rows);
  EXPECT_EQ(Scalar("SELECT doc->>'$.a[1]' FROM sales.gold.report WHERE doc IS NOT NULL"), "2");
  EXPECT_EQ(
      Scalar(
          "SELECT string_agg(column_type, ',') FROM (DESCRIBE sales.gold.report) WHERE column_name IN ('doc', 'at')"),
      "JSON,TIMESTAMP WITH TIME ZONE");
  EXPECT_EQ(Scalar("SELECT count(*) FROM sales.gold.report WHERE \"select\".m['x'][2] = 'z'"), "1");
}

TEST_F(WorkspaceTest, ANewStreamEndsTheOneBefore) {
  auto workspace = NewWorkspace();
  auto stream = workspace->Query("SELECT range FROM range(10000000)");
  ASSERT_THAT(stream, IsOk());
  table::BatchView batch;
  ASSERT_TRUE(*(*stream)->Next(batch));
  stream = workspace->Query("SELECT range FROM range(10000)");
  const auto rows = ReadAll(std::move(stream));
  ASSERT_THAT(rows, IsOk());
  EXPECT_EQ(rows->rows.size(), 10000U);
}

TEST_F(WorkspaceTest, WritesSelectsThatEndInOddWays) {
  auto workspace = NewWorkspace();
  const auto schema = MakeSchema({MakeField(1, "n", table::Scalar(TypeKind::kInt64))});
  for (const auto* select :
       {"SELECT 1;", "SELECT 1 -- one", "FROM range(3)", "VALUES (1), (2)", "WITH x AS (SELECT 1) FROM x"}) {
    const auto files = workspace->WriteParquet(Request(select, schema));
    ASSERT_THAT(files, IsOk()) << select;
    EXPECT_EQ(files->size(), 1U) << select;
  }
  EXPECT_THAT(workspace->WriteParquet(Request("DROP TABLE x", schema)), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(workspace->WriteParquet(Request("SELECT 1) TO 'x'; --", schema)), ErrorIs(ErrorCode::kInvalidArgument));
  const auto two = MakeSchema(
      {MakeField(1, "0", table::Scalar(TypeKind::kInt64)), MakeField(2, "1", table::Scalar(TypeKind::kInt64))});
  EXPECT_THAT(workspace->WriteParquet(
                  Request("PIVOT (SELECT range % 2 AS k, range AS v FROM range(5)) ON k USING sum(v)", two)),
              IsOk());
}

TEST_F(WorkspaceTest, NoRowsMakeNoFile) {
  auto workspace = NewWorkspace();
  const auto schema = MakeSchema({MakeField(1, "id", table::Scalar(TypeKind::kInt64))});
  const auto files = workspace->WriteParquet(Request("SELECT 1 AS id WHERE false", schema));
  ASSERT_THAT(files, IsOk());
  EXPECT_TRUE(files->empty());
  EXPECT_EQ(StoredObjects(), 0U);
}

TEST_F(WorkspaceTest, AnAbortedWriteLeavesNothing) {
  auto workspace = NewWorkspace();
  const auto schema = MakeSchema({MakeField(1, "id", table::Scalar(TypeKind::kString))});
  const auto files = workspace->WriteParquet(
      Request("SELECT CASE WHEN i = 900000 THEN error('boom') ELSE i::VARCHAR END FROM range(1000000) t(i)", schema));
  ASSERT_THAT(files, ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(files.error().message, HasSubstr("boom"));
  EXPECT_EQ(StoredObjects(), 0U);
  const auto decimals = MakeSchema({MakeField(1, "id", table::Decimal(38, 0))});
  EXPECT_THAT(workspace->WriteParquet(Request("SELECT 170141183460469231731687303715884105727::HUGEINT", decimals)),
              ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_THAT(workspace->WriteParquet(Request("SELECT 1", decimals)), IsOk());
}

TEST_F(WorkspaceTest, TheTimeLimitIsTheWorkspaces) {
  WorkspaceOptions options;
  options.timeout = std::chrono::milliseconds(100);
  auto workspace = engine_->OpenWorkspace(options);
  ASSERT_THAT(workspace, IsOk());
  EXPECT_THAT((*workspace)
                  ->Execute("CREATE TEMP TABLE x AS SELECT count(*) FROM range(100000000) a, range(100000000) b WHERE "
                            "a.range + b.range = 7"),
              ErrorIs(ErrorCode::kDeadlineExceeded));
}

TEST_F(WorkspaceTest, ASmallPreparedFileIsHandedOutAndALargeOneIsPut) {
  const auto schema = MakeSchema({MakeField(1, "id", table::Scalar(TypeKind::kInt64))});
  auto workspace = NewWorkspace();
  const auto prepare = [&](const std::string& select) {
    return workspace->PrepareParquet(
        {.select = select, .schema = schema, .location = "t", .target_file_size_bytes = 1U << 28});
  };
  ASSERT_OK_AND_ASSIGN(const auto small, prepare("SELECT 7::BIGINT AS id"));
  ASSERT_EQ(small.files.size(), 1U);
  ASSERT_EQ(small.pending.size(), 1U);
  EXPECT_EQ(small.pending[0].key, "t/" + small.files[0].path);
  EXPECT_EQ(small.pending[0].body.size(), static_cast<size_t>(small.files[0].size_bytes));
  EXPECT_TRUE(small.pending[0].body.starts_with("PAR1"));
  EXPECT_THAT(store_.Head(small.pending[0].key), ErrorIs(ErrorCode::kNotFound));

  ASSERT_OK_AND_ASSIGN(const auto large, prepare("SELECT (hash(i) >> 2)::BIGINT AS id FROM range(1000000) t(i)"));
  ASSERT_EQ(large.files.size(), 1U);
  EXPECT_GT(large.files[0].size_bytes, static_cast<int64_t>(Workspace::kMaxPendingBytes));
  EXPECT_TRUE(large.pending.empty());
  ASSERT_OK_AND_ASSIGN(const auto put, store_.Head("t/" + large.files[0].path));
  EXPECT_EQ(put.size_bytes, static_cast<uint64_t>(large.files[0].size_bytes));

  ASSERT_OK_AND_ASSIGN(const auto none, prepare("SELECT 1::BIGINT AS id WHERE false"));
  EXPECT_TRUE(none.files.empty());
  EXPECT_TRUE(none.pending.empty());
}

TEST(ParquetShapeTest, RowsOfAMergeMakeAsManyGroupsForEachThreadUnlessThoseWereSmall) {
  const auto group_rows = [](uint64_t rows, size_t threads) { return ShapeForMerge(rows, threads).row_group_rows; };
  EXPECT_EQ(group_rows(0, 2), 122'880U) << "unknown";
  EXPECT_EQ(group_rows(275'000, 2), 69'632U) << "four of 34 vectors instead of two and a quarter";
  EXPECT_EQ(group_rows(185'000, 2), 94'208U);
  EXPECT_EQ(group_rows(245'760, 2), 122'880U);
  EXPECT_EQ(group_rows(100'000'000, 3), 122'880U);
  EXPECT_EQ(group_rows(10'000, 8), 10'240U);
  EXPECT_EQ(group_rows(40'000, 8), 20'480U) << "two, not eight";
}

/// Rows of each row group of a file, by DuckDB's own reader.
std::string RowGroupsOf(const std::string& body) {
  const auto path = testing::TempDir() + "row_groups.parquet";
  std::ofstream(path, std::ios::binary) << body;
  duckdb::DuckDB plain(nullptr);
  duckdb::Connection connection(plain);
  const auto result = connection.Query(
      "SELECT string_agg(rows, ' ' ORDER BY id) FROM (SELECT DISTINCT row_group_id AS id, row_group_num_rows AS rows "
      "FROM parquet_metadata('" +
      path + "'))");
  return result->HasError() ? result->GetError() : result->GetValue(0, 0).ToString();
}

TEST_F(WorkspaceTest, RowGroupsOfAPreparedFileAreEven) {
  const auto schema = MakeSchema({MakeField(1, "id", table::Scalar(TypeKind::kInt64))});
  auto workspace = NewWorkspace();
  ASSERT_OK_AND_ASSIGN(const auto stream, workspace->Query("SELECT i AS id FROM range(150000) t(i)"));
  const auto rows = std::make_shared<RecordedRows>(schema);
  ASSERT_THAT(rows->AddUnit(*stream), IsOk());
  ASSERT_THAT(workspace->AddInput("rows", Bind(schema, std::shared_ptr<RowSource>(rows))), IsOk());
  const WriteRequest request{.select = "SELECT id FROM input.rows", .schema = schema, .location = "t"};
  ASSERT_OK_AND_ASSIGN(const auto prepared, workspace->PrepareParquet(request));
  ASSERT_EQ(prepared.pending.size(), 1U);
  EXPECT_EQ(RowGroupsOf(prepared.pending[0].body), "75776 74224");
  ASSERT_OK_AND_ASSIGN(const auto written, workspace->WriteParquet(request));
  ASSERT_OK_AND_ASSIGN(const auto body, store_.Get("t/" + written[0].path));
  EXPECT_EQ(RowGroupsOf(body), "122880 27120");
}

TEST_F(WorkspaceTest, RowsThatAreThereBecomeTheSameFileWithoutAStatement) {
  auto renamed = MakeField(7, "shown", table::Scalar(TypeKind::kString));
  renamed.stored_names = {"col-7"};
  const auto schema = MakeSchema(
      {MakeField(1, "id", table::Scalar(TypeKind::kInt64)), renamed, MakeField(9, "price", table::Decimal(9, 2)),
       MakeField(4, "extra", table::Scalar(TypeKind::kJson)), MakeField(5, "at", table::Scalar(TypeKind::kTimestamp))});
  const std::string select =
      "SELECT i AS id, CASE WHEN i % 3 = 0 THEN NULL ELSE 'text ' || i END AS shown, (i / 4)::DECIMAL(9, 2) AS price, "
      "('{\"n\":' || i || '}')::JSON AS extra, TIMESTAMPTZ '2026-01-01 00:00:00Z' + to_seconds(i) AS at FROM "
      "range(5000) t(i)";
  auto workspace = NewWorkspace();
  ASSERT_OK_AND_ASSIGN(const auto stream, workspace->Query(select));
  RecordedRows rows(schema);
  ASSERT_THAT(rows.AddUnit(*stream), IsOk());
  ASSERT_OK_AND_ASSIGN(const auto by_rows, engine_->PrepareRows({rows, schema, "t"}));
  ASSERT_OK_AND_ASSIGN(const auto by_sql,
                       workspace->PrepareParquet({.select = select, .schema = schema, .location = "t"}));
  ASSERT_EQ(by_rows.files.size(), 1U);
  ASSERT_EQ(by_rows.pending.size(), 1U);
  EXPECT_EQ(by_rows.pending[0].key, "t/" + by_rows.files[0].path);
  EXPECT_EQ(by_rows.pending[0].body.size(), static_cast<size_t>(by_rows.files[0].size_bytes));
  EXPECT_EQ(by_rows.files[0].record_count, 5000);
  ASSERT_EQ(by_rows.files[0].stats.size(), schema.fields.size());
  for (const auto& [id, stats] : by_sql.files[0].stats) {
    const auto& same = by_rows.files[0].stats.at(id);
    EXPECT_EQ(same.null_count, stats.null_count) << id;
    EXPECT_EQ(same.exact, stats.exact) << id;
    EXPECT_TRUE(same.lower == stats.lower && same.upper == stats.upper) << id;
  }
  // Same columns, types, ids, encodings and rows: all but the name.
  EXPECT_EQ(by_rows.pending[0].body, by_sql.pending[0].body);
}

TEST_F(WorkspaceTest, RowsThatCannotBeReadLeaveNothing) {
  auto list = table::Scalar(TypeKind::kList);
  list.children = {MakeField(2, "element", table::Scalar(TypeKind::kInt64))};
  const auto nested = MakeSchema({MakeField(1, "list", std::move(list))});
  RecordedRows none(nested);
  EXPECT_THAT(engine_->PrepareRows({none, nested, "t"}), ErrorIs(ErrorCode::kInvalidArgument));
  EXPECT_EQ(StoredObjects(), 0U);
}

TEST_F(WorkspaceTest, OddResultTypesComeAsDocumented) {
  auto workspace = NewWorkspace();
  auto stream = workspace->Query(
      "SELECT 170141183460469231731687303715884105727 AS h, 18446744073709551615::UBIGINT AS u, TIME '10:00:00' AS t, "
      "INTERVAL 1 "
      "DAY AS i, '\\xAA'::BLOB AS b, TIMESTAMP_NS '2026-01-01 00:00:00.000001999' AS n, TIMESTAMP_S '1969-12-31 "
      "23:59:59' AS s, "
      "'a'::ENUM ('a', 'b') AS e, [1, 2]::INTEGER[2] AS r, 200::UTINYINT AS c, -1.50::DECIMAL(4, 2) AS d, 7::UHUGEINT "
      "AS w");
  ASSERT_THAT(stream, IsOk());
  std::vector<std::string> types;
  for (const auto& column : (*stream)->columns()) types.push_back(column.sql_type);
  EXPECT_EQ(types[0], "HUGEINT");
  EXPECT_EQ((*stream)->columns()[0].type, table::Decimal(39, 0));
  table::BatchView batch;
  ASSERT_TRUE(*(*stream)->Next(batch));
  std::vector<std::string> values;
  for (const auto& column : batch.columns) values.push_back(Render(column, 0));
  EXPECT_EQ(values, (std::vector<std::string>{"170141183460469231731687303715884105727", "18446744073709551615",
                                              "10:00:00", "1 day", "\xAA", "1767225600000001", "-1000000", "a",
                                              "[1, 2]", "200", "-1.50", "7"}));
}

}  // namespace
}  // namespace tarn::engine
