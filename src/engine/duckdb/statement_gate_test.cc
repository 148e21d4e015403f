// SPDX-License-Identifier: Apache-2.0
// What the gate lets through and what it refuses, by the syntax tree alone; and that the locked engine behind it
// refuses the same when the gate is not asked.

#include "engine/duckdb/statement_gate.h"

#include "engine/duckdb/engine_testing.h"

namespace tarn::engine {
namespace {

using testing::HasSubstr;

std::string Refusal(const std::string& sql) {
  const auto checked = CheckSelect(sql);
  if (checked) return "ACCEPTED";
  if (checked.error().code != ErrorCode::kInvalidArgument) return checked.error().ToString();
  return checked.error().message;
}

TEST(StatementGateTest, OtherStatementsAreRefused) {
  for (const auto* sql : {
           "CREATE TABLE t (i INT)",
           "CREATE TEMP TABLE t AS SELECT 1",
           "CREATE VIEW v AS SELECT 1",
           "CREATE MACRO m() AS TABLE SELECT 1",
           "CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')",
           "CREATE TYPE __pivot_enum_x AS ENUM ('a')",
           "CREATE SCHEMA x",
           "CREATE INDEX i ON t (a)",
           "DROP TABLE sales.silver.orders",
           "ALTER TABLE t ADD COLUMN a INT",
           "INSERT INTO sales.silver.orders VALUES (1)",
           "UPDATE sales.silver.orders SET id = 1",
           "DELETE FROM sales.silver.orders",
           "TRUNCATE sales.silver.orders",
           "MERGE INTO a USING b ON a.x = b.x WHEN MATCHED THEN DELETE",
           "COPY (SELECT 1) TO 'x.csv'",
           "COPY sales.silver.orders FROM 'x.csv'",
           "ATTACH 'x.db' AS x",
           "ATTACH ':memory:' AS y",
           "DETACH sales",
           "INSTALL httpfs",
           "LOAD httpfs",
           "LOAD 'x.duckdb_extension'",
           "SET memory_limit = '100GB'",
           "SET VARIABLE x = 1",
           "RESET lock_configuration",
           "PRAGMA enable_profiling",
           "PRAGMA database_list",
           "CALL pragma_version()",
           "EXPORT DATABASE 'x'",
           "IMPORT DATABASE 'x'",
           "USE sales",
           "BEGIN",
           "COMMIT",
           "ROLLBACK",
           "PREPARE p AS SELECT 1",
           "EXECUTE p",
           "DEALLOCATE p",
           "CHECKPOINT",
           "VACUUM",
           "ANALYZE",
           "EXPLAIN SELECT 1",
           "EXPLAIN ANALYZE SELECT 1",
           "SELECT 1; SELECT 2",
           "SELECT 1; DROP TABLE x",
           "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x",
           "WITH x AS (INSERT INTO t VALUES (1) RETURNING *) FROM x",
           "SELEC 1",
           "",
           ";",
           "-- nothing",
           "garbage",
           "SELECT",
           "SELECT 1 INTO x",
           "VACUUM; SELECT 1",
       }) {
    EXPECT_THAT(Refusal(sql), HasSubstr("Only SELECT")) << sql;
  }
}

TEST(StatementGateTest, FilesAreRefusedWhereverTheyHide) {
  for (const auto* sql : {
           "SELECT * FROM read_csv('/etc/passwd')",
           "SELECT * FROM READ_CSV_AUTO('/etc/passwd')",
           "SELECT * FROM main.read_csv('/etc/passwd')",
           "SELECT * FROM system.main.read_csv('/etc/passwd')",
           "SELECT * FROM \"read_csv\"('/etc/passwd')",
           "SELECT * FROM read_parquet('tarn://x')",
           "SELECT * FROM parquet_scan('x')",
           "SELECT * FROM parquet_metadata('x')",
           "SELECT * FROM read_json('x')",
           "SELECT * FROM read_text('/etc/passwd')",
           "SELECT * FROM read_blob('/etc/passwd')",
           "SELECT * FROM read_ndjson_objects('x')",
           "SELECT * FROM glob('/etc/*')",
           "SELECT * FROM sniff_csv('x')",
           "SELECT * FROM arrow_scan(1, 2, 3)",
           "SELECT * FROM seq_scan('x')",
           "SELECT * FROM read_duckdb('x.db')",
           "SELECT * FROM 'x.csv'",
           "SELECT * FROM \"/etc/passwd\"",
           "SELECT * FROM 's3://bucket/x.parquet'",
           "SELECT * FROM 'https://example.com/x'",
           "SELECT * FROM './x.parquet'",
           "FROM 'tarn://b/f0.parquet'",
           "SELECT (SELECT content FROM read_text('/etc/passwd'))",
           "SELECT * FROM (VALUES (1)) t, LATERAL (SELECT * FROM read_text('/etc/passwd'))",
           "SELECT 1 UNION ALL SELECT content FROM read_text('x')",
           "SELECT 1 ORDER BY (SELECT content FROM read_text('x'))",
           "SELECT 1 LIMIT (SELECT count(*) FROM read_text('x'))",
           "VALUES ((SELECT content FROM read_text('x')))",
           "WITH x AS (SELECT * FROM read_text('x')) SELECT 1",
           "WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT 1 FROM 'x.csv') FROM r",
           "SELECT * FROM a.silver.b POSITIONAL JOIN read_text('x')",
           "SELECT * FROM a.silver.b JOIN read_text('x') USING (id)",
           "SELECT * FROM a.silver.b JOIN c.silver.d ON (SELECT true FROM 'x.csv')",
           "SELECT sum(x) FILTER (EXISTS (FROM read_text('x'))) FROM a.silver.b",
           "SELECT sum(x) OVER (PARTITION BY (SELECT 1 FROM 'x.csv')) FROM a.silver.b",
           "SELECT * FROM (PIVOT read_csv('x') ON a USING sum(b))",
           "UNPIVOT (FROM 'x.csv') ON a, b INTO NAME n VALUE v",
           "DESCRIBE SELECT * FROM read_csv('x')",
           "SUMMARIZE FROM read_csv('x')",
           "DESCRIBE 'x.csv'",
           "SELECT * EXCLUDE (a) REPLACE ((SELECT content FROM read_text('x')) AS b) FROM a.silver.b",
           "SELECT CASE WHEN true THEN (SELECT content FROM read_text('x')) END",
           "SELECT list_transform([1], lambda x: (SELECT content FROM read_text('x')))",
           "SELECT * FROM range((SELECT count(*) FROM read_text('x')))",
           "SELECT read_text('x')",
           "SELECT ('x').read_text()",
           "SELECT * FROM a.silver.b AT (VERSION => (SELECT 1 FROM 'x.csv'))",
           "SELECT count(*) FROM a.silver.b GROUP BY ALL HAVING (SELECT true FROM 'x.csv')",
           "SELECT x FROM a.silver.b QUALIFY (SELECT true FROM 'x.csv')",
       }) {
    EXPECT_THAT(Refusal(sql), HasSubstr("file access")) << sql;
  }
}

TEST(StatementGateTest, FunctionsThatReadSettingsOrRunTextAreRefused) {
  for (const auto* sql : {
           "SELECT getenv('HOME')",
           "SELECT current_setting('temp_directory')",
           "SELECT getvariable('x')",
           "SELECT write_log('x')",
           "SELECT * FROM query('SELECT 1')",
           "SELECT * FROM query_table('x')",
           "SELECT * FROM duckdb_settings()",
           "SELECT * FROM duckdb_secrets()",
           "SELECT * FROM which_secret('a', 's3')",
           "SELECT * FROM pragma_database_size()",
           "SELECT * FROM pragma_storage_info('x')",
           "SELECT * FROM checkpoint()",
           "SELECT * FROM duckdb_temporary_files()",
           "SELECT * FROM duckdb_external_file_cache()",
           "SELECT * FROM json_execute_serialized_sql('x')",
           "SELECT * FROM test_all_types()",
           "SELECT nextval('x')",
           "SELECT system.main.getenv('HOME')",
           "SELECT ('HOME').getenv()",
           "SELECT * FROM a.silver.b ORDER BY getenv('x')",
           "SELECT * FROM histogram(sales.silver.orders, id)",
           "SELECT * FROM unknown_function()",
       }) {
    EXPECT_NE(Refusal(sql), "ACCEPTED") << sql;
  }
}

TEST(StatementGateTest, LookAlikesPass) {
  for (const auto* sql : {
           "SELECT 1",
           "SELECT 1;",
           "  SELECT 1 ; -- the end",
           "/* drop table x */ SELECT 1",
           "(SELECT 1)",
           "FROM a.silver.b",
           "VALUES (1), (2)",
           "TABLE a.silver.b",
           "WITH x AS (SELECT 1 AS a) SELECT * FROM x",
           "SELECT 'read_csv(''x'')'",
           "SELECT 'drop table x; delete from y' AS \"update\"",
           "SELECT replace('a', 'b', 'c')",
           "SELECT 1 AS \"copy\"",
           "SELECT 1 AS call, 2 AS \"set\", 3 AS load",
           "SELECT \"insert\" FROM a.silver.\"order\"",
           "SELECT a.b.c FROM a.silver.b",
           "SELECT x AS read_csv FROM a.silver.b",
           "SELECT '/etc/passwd', 's3://x', 'x.csv'",
           "SELECT * FROM range(3)",
           "SELECT unnest([1, 2])",
           "SELECT * FROM unnest([1, 2])",
           "SELECT * FROM generate_series(1, 3)",
           "SELECT a.* EXCLUDE (x) FROM a.silver.b AS a",
           "SELECT count(*) FROM a.silver.b USING SAMPLE 10%",
           "SELECT x FROM a.silver.b AT (VERSION => 3)",
           "DESCRIBE a.silver.b",
           "SUMMARIZE a.silver.b",
           "SHOW ALL TABLES",
           "SELECT * FROM information_schema.tables",
           "SELECT * FROM duckdb_tables()",
           "SELECT e'a\\nb', $$drop$$",
           "SELECT x -> '$.a' FROM a.silver.b",
           "SELECT a.x FROM a.silver.b a ASOF JOIN a.silver.c c ON a.t >= c.t",
           "SELECT * FROM (PIVOT a.silver.b ON x IN (1, 2) USING sum(y))",
           "PIVOT a.silver.b ON x USING sum(y)",
           "SELECT list_transform([1, 2], lambda x: x + 1)",
           "WITH \"x.csv\" AS (SELECT 1) SELECT * FROM \"x.csv\"",
           "SELECT * FROM a.gold.\"job@run\"",
           "SELECT * FROM json_each('[1]')",
           "SELECT ?::INT, $2",
           "SELECT $name",
       }) {
    EXPECT_EQ(Refusal(sql), "ACCEPTED") << sql;
  }
}

TEST(StatementGateTest, FindsTablesOnceInOrderAndParameters) {
  const auto checked = CheckSelect(
      "WITH orders AS (SELECT * FROM A.Silver.Base) SELECT * FROM orders o JOIN b.gold.\"T x\" t USING (id) WHERE t.k "
      "IN "
      "(SELECT k FROM c.bronze.z) AND EXISTS (SELECT 1 FROM a.silver.base) AND o.x = $two AND o.y = $one ORDER BY "
      "(SELECT "
      "max(q) FROM d.gold.qq)");
  ASSERT_THAT(checked, IsOk());
  std::vector<std::string> names;
  for (const auto& table : checked->info.tables) names.push_back(table.ToString());
  EXPECT_EQ(names, (std::vector<std::string>{"a.silver.base", "b.gold.t x", "c.bronze.z", "d.gold.qq"}));
  EXPECT_EQ(checked->info.parameters, (std::vector<std::string>{"two", "one"}));
  EXPECT_EQ(DomainsOf(checked->info), (std::vector<std::string>{"a", "b", "c", "d"}));
  EXPECT_EQ(CheckSelect("SELECT ?, ?, ?")->info.parameters, (std::vector<std::string>{"1", "2", "3"}));
}

class LockdownTest : public EngineTest {};

TEST_F(LockdownTest, TheEngineRefusesWithoutTheGate) {
  const auto workspace = NewWorkspace();
  for (const auto* sql : {
           "SELECT * FROM read_csv('/etc/passwd')",
           "SELECT * FROM system.main.read_text('/etc/passwd')",
           "SELECT * FROM '/etc/passwd'",
           "SELECT * FROM 'x.csv'",
           "SELECT * FROM glob('/etc/*')",
           "SELECT getenv('HOME')",
           "SELECT * FROM duckdb_settings()",
           "SELECT * FROM pg_catalog.pg_settings",
           "SELECT current_setting('threads')",
           "SELECT * FROM query('SELECT 1')",
           "COPY (SELECT 1) TO '/tmp/tarn_never.csv'",
           "COPY (SELECT 1 AS a) TO 'tarn://silver/x.parquet' (FORMAT parquet)",
           "ATTACH '/tmp/tarn_never.db' AS x",
           "INSTALL httpfs",
           "LOAD httpfs",
           "SET memory_limit = '100GB'",
           "SET enable_external_access = true",
           "RESET lock_configuration",
           "EXPORT DATABASE '/tmp/tarn_never'",
           "SELECT * FROM which_secret('s3://x', 's3')",
           "SELECT * FROM read_parquet('tarn://silver/x.parquet')",
           "SELECT * FROM duckdb_secrets()",
           "INSERT INTO sales.silver.orders VALUES (1)",
           "CREATE TABLE sales.silver.x (i INT)",
           "DROP TABLE sales.silver.x",
       }) {
    EXPECT_FALSE(workspace->Execute(sql).has_value()) << sql;
  }
}

TEST_F(LockdownTest, ErrorsShowNoPaths) {
  for (const auto* sql :
       {"SELECT * FROM 'x.csv'", "SELECT CAST('/etc/passwd/x' AS INTEGER)", "SELECT error('at tarn://silver/x y')"}) {
    const auto result = Query(sql);
    ASSERT_FALSE(result.has_value()) << sql;
    EXPECT_THAT(result.error().message, Not(HasSubstr("/etc/passwd"))) << sql;
    EXPECT_THAT(result.error().message, Not(HasSubstr("tarn://"))) << sql;
  }
}

}  // namespace
}  // namespace tarn::engine
