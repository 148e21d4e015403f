# SPDX-License-Identifier: Apache-2.0
"""SQL texts the query route must refuse (400) and look-alikes it must answer (200): http-api.md §7.2.

`{t}` stands for a silver table with the columns id, v and a few rows; `{dir}` for a directory with readable files.
"""

STATEMENTS = r"""
INSERT INTO {t} VALUES (1, 'x')
INSERT INTO {t} SELECT 1, 'x'
UPDATE {t} SET v = 'x'
DELETE FROM {t}
TRUNCATE {t}
MERGE INTO {t} USING (SELECT 1 AS id) s ON s.id = {t}.id WHEN MATCHED THEN DELETE
CREATE TABLE x (i INTEGER)
CREATE TABLE memory.main.x AS SELECT 1
CREATE TEMP TABLE x AS SELECT 1
CREATE OR REPLACE TABLE x AS SELECT 1
CREATE VIEW x AS SELECT 1
CREATE TEMP VIEW x AS SELECT 1
CREATE MACRO x(a) AS a + 1
CREATE TEMP MACRO x() AS TABLE SELECT 1
CREATE FUNCTION x(a) AS a
CREATE SCHEMA x
CREATE SEQUENCE x
CREATE TYPE x AS ENUM ('a')
CREATE INDEX x ON {t} (id)
CREATE SECRET x (TYPE s3, KEY_ID 'a', SECRET 'b')
CREATE PERSISTENT SECRET x (TYPE s3)
DROP SECRET x
DROP TABLE {t}
DROP VIEW x
DROP SCHEMA sql
ALTER TABLE {t} ADD COLUMN x INTEGER
ALTER TABLE {t} RENAME TO y
COMMENT ON TABLE {t} IS 'x'
COPY {t} TO '{dir}/out.csv'
COPY (SELECT 1) TO '{dir}/out.parquet' (FORMAT parquet)
COPY {t} FROM '{dir}/secret.csv'
COPY (SELECT 1) TO '/dev/stdout'
COPY FROM DATABASE memory TO sql
ATTACH ':memory:' AS x
ATTACH '{dir}/x.db'
ATTACH DATABASE '{dir}/x.db' AS x (READ_ONLY)
ATTACH 'postgres:host=127.0.0.1' AS p (TYPE postgres)
DETACH sql
DETACH memory
INSTALL httpfs
INSTALL 'httpfs' FROM 'http://127.0.0.1/x'
FORCE INSTALL httpfs
LOAD httpfs
LOAD '{dir}/x.duckdb_extension'
UPDATE EXTENSIONS
SET threads = 1
SET GLOBAL enable_external_access = true
SET lock_configuration = false
SET VARIABLE x = 1
SET SCHEMA 'main'
SET search_path = 'memory'
RESET threads
RESET VARIABLE x
PRAGMA database_list
PRAGMA version
PRAGMA table_info('x')
PRAGMA memory_limit = '100GB'
PRAGMA enable_profiling
PRAGMA import_database('{dir}')
CALL pragma_version()
CALL duckdb_settings()
CALL query('SELECT 1')
EXPORT DATABASE '{dir}/out'
IMPORT DATABASE '{dir}'
USE memory
USE memory.main
BEGIN
BEGIN TRANSACTION
COMMIT
ROLLBACK
ABORT
PREPARE x AS SELECT 1
EXECUTE x
EXECUTE x(1)
DEALLOCATE x
CHECKPOINT
FORCE CHECKPOINT
VACUUM
VACUUM ANALYZE
ANALYZE
EXPLAIN SELECT 1
EXPLAIN ANALYZE SELECT 1
EXPLAIN ANALYZE DELETE FROM {t}
WITH x AS (DELETE FROM {t} RETURNING *) SELECT * FROM x
WITH x AS (INSERT INTO {t} VALUES (1, 'x') RETURNING *) SELECT * FROM x
WITH x AS (UPDATE {t} SET v = 'x' RETURNING *) SELECT * FROM x
WITH x AS (SELECT 1) INSERT INTO {t} SELECT 1, 'x'
WITH x AS (SELECT 1) DELETE FROM {t}
WITH x AS (SELECT 1) UPDATE {t} SET v = 'x'
SELECT 1; SELECT 2
SELECT 1; DROP TABLE {t}
SELECT 1;; SELECT 2
DROP TABLE {t}; SELECT 1
SELECT 1; -- x\nSELECT 2
SELECT 1; COPY (SELECT 1) TO '{dir}/out.csv'
/* SELECT */ DROP TABLE {t}
-- SELECT 1\nDROP TABLE {t}
;
;;
-- only a comment
/* only a comment */
hello world
SELEC 1
SELECT FROM WHERE
SELECT (
SELECT 'open
SELECT 1 /* open
(DELETE FROM {t})
SELECT * FROM (DELETE FROM {t})
SELECT * INTO x FROM {t}
KILL 1
GRANT ALL ON {t} TO public
LISTEN x
DO 1
HANDLER x
.read {dir}/secret.csv
\copy x
""".strip().split("\n")

READ_FUNCTIONS = r"""
SELECT * FROM read_csv('{dir}/secret.csv')
SELECT * FROM read_csv_auto('{dir}/secret.csv')
SELECT * FROM READ_CSV('{dir}/secret.csv')
SELECT * FROM "read_csv"('{dir}/secret.csv')
SELECT * FROM main.read_csv('{dir}/secret.csv')
SELECT * FROM system.main.read_csv('{dir}/secret.csv')
SELECT * FROM read_csv(['{dir}/secret.csv'])
SELECT * FROM read_csv('{dir}/*.csv')
SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')
SELECT * FROM read_csv('s3://bucket/x.csv')
SELECT * FROM read_json('{dir}/secret.json')
SELECT * FROM read_json_auto('{dir}/secret.json')
SELECT * FROM read_json_objects('{dir}/secret.json')
SELECT * FROM read_json_objects_auto('{dir}/secret.json')
SELECT * FROM read_ndjson('{dir}/secret.json')
SELECT * FROM read_ndjson_auto('{dir}/secret.json')
SELECT * FROM read_ndjson_objects('{dir}/secret.json')
SELECT * FROM read_parquet('{dir}/secret.parquet')
SELECT * FROM read_parquet('s3://bucket/x.parquet')
SELECT * FROM read_text('{dir}/secret.csv')
SELECT * FROM read_text('/etc/passwd')
SELECT * FROM read_blob('/etc/passwd')
SELECT * FROM read_blob('/proc/self/environ')
SELECT * FROM read_duckdb('{dir}/x.db')
SELECT (SELECT content FROM read_text('/etc/passwd'))
SELECT 1 WHERE EXISTS (SELECT 1 FROM read_text('/etc/passwd'))
WITH x AS (SELECT * FROM read_text('/etc/passwd')) SELECT * FROM x
SELECT * FROM {t} JOIN read_csv('{dir}/secret.csv') USING (id)
SELECT * FROM {t}, LATERAL (SELECT * FROM read_text('/etc/passwd'))
SELECT 1 UNION ALL SELECT content FROM read_text('/etc/passwd')
FROM read_text('/etc/passwd')
(SELECT * FROM read_text('/etc/passwd'))
VALUES ((SELECT content FROM read_text('/etc/passwd')))
SELECT * FROM (PIVOT read_csv('{dir}/secret.csv') ON a USING count(*))
SELECT * FROM (DESCRIBE SELECT * FROM read_csv('{dir}/secret.csv'))
SELECT * FROM (SUMMARIZE SELECT * FROM read_csv('{dir}/secret.csv'))
SELECT * FROM read_csv('tarn://x')
SELECT * FROM read_parquet('tarn://x')
SELECT * FROM read_text('tarn://x')
""".strip().split("\n")

FUNCTIONS = r"""
SELECT * FROM parquet_scan('{dir}/secret.parquet')
SELECT * FROM parquet_metadata('{dir}/secret.parquet')
SELECT * FROM parquet_schema('{dir}/secret.parquet')
SELECT * FROM parquet_file_metadata('{dir}/secret.parquet')
SELECT * FROM parquet_kv_metadata('{dir}/secret.parquet')
SELECT * FROM parquet_bloom_probe('{dir}/secret.parquet', 'a', 1)
SELECT * FROM glob('/etc/*')
SELECT * FROM glob('{dir}/*')
SELECT * FROM sniff_csv('{dir}/secret.csv')
SELECT * FROM query('SELECT 1')
SELECT * FROM query('SELECT * FROM {t}')
SELECT * FROM query_table('x')
SELECT * FROM query_table(['x'])
SELECT * FROM seq_scan('x')
SELECT * FROM arrow_scan(1, 2, 3)
SELECT * FROM arrow_scan_dumb(1, 2, 3)
SELECT * FROM pandas_scan(1)
SELECT * FROM python_map_function(1)
SELECT * FROM iceberg_scan('{dir}')
SELECT * FROM delta_scan('{dir}')
SELECT * FROM sqlite_scan('{dir}/x.db', 'x')
SELECT * FROM postgres_scan('', '', '')
SELECT * FROM st_read('{dir}/secret.csv')
SELECT * FROM read_xlsx('{dir}/x.xlsx')
SELECT * FROM duckdb_secrets()
SELECT * FROM duckdb_settings()
SELECT * FROM duckdb_extensions()
SELECT * FROM duckdb_temporary_files()
SELECT * FROM duckdb_memory()
SELECT * FROM duckdb_logs()
SELECT * FROM duckdb_log_contexts()
SELECT * FROM duckdb_external_file_cache()
SELECT * FROM duckdb_secret_types()
SELECT * FROM which_secret('s3://x', 's3')
SELECT * FROM pragma_database_size()
SELECT * FROM pragma_storage_info('x')
SELECT * FROM pragma_show('x')
SELECT * FROM pragma_table_info('x')
SELECT * FROM pragma_version()
SELECT * FROM pragma_platform()
SELECT * FROM pragma_user_agent()
SELECT * FROM pragma_metadata_info()
SELECT * FROM pragma_last_profiling_output()
SELECT * FROM checkpoint()
SELECT * FROM force_checkpoint()
SELECT * FROM enable_logging('x')
SELECT * FROM set_variable('x', 1)
SELECT * FROM json_execute_serialized_sql('{{}}')
SELECT * FROM enable_profile()
SELECT * FROM truncate_duckdb_logs()
SELECT * FROM disable_logging()
SELECT * FROM load_aws_credentials()
SELECT * FROM '/etc/passwd'
SELECT * FROM '{dir}/secret.csv'
SELECT * FROM '{dir}/secret.json'
SELECT * FROM '{dir}/secret.parquet'
SELECT * FROM '{dir}/*.csv'
SELECT * FROM "/etc/passwd"
SELECT * FROM "{dir}/secret.csv"
SELECT * FROM 's3://bucket/x.parquet'
SELECT * FROM 'https://127.0.0.1:1/x.csv'
SELECT * FROM "https://127.0.0.1:1/x.csv"
SELECT * FROM 'file://{dir}/secret.csv'
SELECT * FROM 'tarn://x.parquet'
SELECT * FROM 'x.csv'
SELECT * FROM "x.csv"
SELECT * FROM 'x.db'
SELECT * FROM {t} JOIN '{dir}/secret.csv' s ON true
SELECT * FROM (SELECT * FROM '{dir}/secret.csv')
FROM '{dir}/secret.csv'
TABLE '{dir}/secret.csv'
TABLE "{dir}/secret.csv"
WITH x AS (FROM '{dir}/secret.csv') SELECT * FROM x
SELECT getenv('HOME')
SELECT getenv('TARN_API_KEY')
SELECT current_setting('home_directory')
SELECT current_setting('secret_directory')
SELECT getvariable('x')
SELECT write_log('x')
SELECT read_text('/etc/passwd')
SELECT parse_duckdb_log_message('x', 'y')
SELECT v, getenv('HOME') FROM {t}
SELECT * FROM {t} WHERE getenv('HOME') IS NOT NULL
SELECT * FROM {t} ORDER BY getenv('HOME')
SELECT count(*) FILTER (WHERE getenv('HOME') = 'x') FROM {t}
SELECT list_transform([1], x -> getenv('HOME'))
SELECT nextval('x')
SELECT currval('x')
SELECT * FROM information_schema.nothing
SELECT * FROM sqlite_master_x
SELECT * FROM nowhere
SELECT * FROM sql.silver.nowhere
SELECT * FROM sql.bronze.nowhere
SELECT * FROM sql.platinum.t
SELECT * FROM nodomain.silver.t
SELECT nocolumn FROM {t}
SELECT nofunction(1)
SELECT 1 / 'x'
SELECT CAST('x' AS INTEGER)
SELECT error('/etc/secret/path')
""".strip().split("\n")

LOOK_ALIKES = r"""
SELECT 1
select 1
SELECT 1;
SELECT 1 ;  ;
  SELECT 1
-- comment\nSELECT 1
/* DROP TABLE x */ SELECT 1
SELECT 1 -- ; DROP TABLE x
SELECT 1 /* COPY x TO 'y' */
SELECT /* ; */ 1
/* a /* nested */ */ SELECT 1
(SELECT 1)
((SELECT 1))
FROM {t}
FROM {t} SELECT v
VALUES (1), (2)
TABLE {t}
WITH x AS (SELECT 1 AS a) SELECT * FROM x
WITH x AS MATERIALIZED (SELECT 1 AS a) SELECT * FROM x
WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x WHERE n < 5) SELECT * FROM x
SELECT 'INSERT INTO x; DROP TABLE y' AS s
SELECT 'read_csv(''/etc/passwd'')' AS s
SELECT 'it''s; COPY' AS s
SELECT $$DROP TABLE x; SELECT 2$$ AS s
SELECT 1 AS update
SELECT 1 AS "insert", 2 AS "delete", 3 AS "drop"
SELECT 1 AS copy, 2 AS call, 3 AS load
SELECT 1 AS "read_csv('x')"
SELECT 1 AS "set"
SELECT replace('abc', 'b', 'x')
SELECT v AS install FROM {t} AS attach
SELECT "update" FROM (SELECT 1 AS "update")
SELECT copy.a FROM (SELECT 1 AS a) AS copy
SELECT * REPLACE (upper(v) AS v) FROM {t}
SELECT * EXCLUDE (v) FROM {t}
SELECT * RENAME (v AS w) FROM {t}
SELECT COLUMNS('i.*') FROM {t}
SELECT * FROM range(5)
SELECT * FROM generate_series(1, 3)
SELECT unnest([1, 2])
SELECT * FROM unnest([1, 2])
SELECT * FROM range(3) r(i), range(3) s(j)
SELECT i FROM range(3) t(i) WHERE i IN (SELECT id FROM {t})
SELECT * FROM repeat(1, 3)
SELECT count(*) FROM {t}
SELECT v, count(*) FROM {t} GROUP BY ALL ORDER BY ALL
SELECT {t}.v FROM {t}
SELECT x.v FROM {t} x
SELECT t.v FROM {t}
SELECT sql.silver.t.v FROM {t}
SELECT v FROM "sql"."silver"."t"
SELECT v FROM SQL.Silver.T
SELECT v FROM sql.SILVER."t"
SELECT a.id FROM {t} a JOIN {t} b USING (id)
SELECT a.id FROM {t} a LEFT JOIN {t} b ON a.id = b.id + 1
SELECT id FROM {t} UNION SELECT 7
SELECT id FROM {t} EXCEPT SELECT 1
SELECT id FROM {t} INTERSECT SELECT 1
SELECT sum(id) OVER (ORDER BY id) FROM {t}
SELECT row_number() OVER () AS call FROM {t} QUALIFY call = 1
SELECT CASE WHEN id = 1 THEN 'drop' ELSE 'copy' END FROM {t}
SELECT * FROM (SELECT 'sql.silver.t' AS x)
SELECT 'FROM sql.silver.nowhere' AS x
SELECT 1 AS "sql.silver.nowhere"
SELECT 1 -- FROM sql.silver.nowhere
WITH t AS (SELECT 5 AS v) SELECT v FROM t
WITH silver AS (SELECT 1 AS a) SELECT a FROM silver
SELECT json_extract('{{"a": 1}}', '$.a')
SELECT json('{{"a": 1}}')
SELECT now() IS NOT NULL
SELECT current_date IS NOT NULL
SELECT date_trunc('day', TIMESTAMP '2024-01-01 10:00:00')
SELECT strftime(DATE '2024-01-01', '%Y')
SELECT regexp_matches('x', '[a-z]')
SELECT md5('x'), sha256('x')
SELECT list_aggregate([1, 2], 'sum')
SELECT [x + 1 FOR x IN [1, 2]]
SELECT list_transform([1, 2], lambda x: x + 1)
SELECT {{'a': 1, 'b': [1, 2]}}
SELECT MAP {{'a': 1}}
SELECT struct_pack(a := 1).a
SELECT uuid() IS NOT NULL
SELECT random() < 2
SELECT gen_random_uuid() IS NOT NULL
SELECT id FROM {t} WHERE v LIKE '%;%'
SELECT id FROM {t} WHERE v = 'it''s'
SELECT id FROM {t} USING SAMPLE 100%
SELECT id FROM {t} LIMIT 1 OFFSET 1
SELECT arg_max(v, id) FROM {t}
SELECT string_agg(v, ';' ORDER BY id) FROM {t}
SELECT ';' AS a, '--' AS b, '/*' AS c
SELECT E'a\tb'
SELECT '\'
SELECT "set".x FROM (SELECT 1 AS x) "set"
SELECT 1 AS "a""b"
SELECT 1 AS "FROM '/etc/passwd'"
SELECT '/etc/passwd' AS path
SELECT 's3://bucket/key' AS url
SELECT typeof(v) FROM {t}
SELECT * FROM (VALUES (1, 'a'), (2, 'b')) x(load, attach)
SELECT EXISTS (SELECT 1 FROM {t})
SELECT (SELECT max(id) FROM {t})
SELECT * FROM {t} ASOF JOIN {t} o ON {t}.id >= o.id
SELECT max(id) FILTER (WHERE v <> 'x') FROM {t}
SELECT id, v FROM {t} POSITIONAL JOIN range(2)
SELECT * FROM {t} TABLESAMPLE 100%
SELECT INTERVAL 1 DAY
SELECT DATE '2024-01-01' + 1
SELECT 1::DECIMAL(5,2)
SELECT grouping(v) FROM {t} GROUP BY ROLLUP (v)
""".strip().split("\n")


def texts(lines, table, directory):
    return [line.replace("\\n", "\n").replace("{t}", table).replace("{dir}", str(directory)).replace("{{", "{").replace("}}", "}")
            for line in lines]
