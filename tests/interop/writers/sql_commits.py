# SPDX-License-Identifier: Apache-2.0
"""sql_commits.py spark|trino CATALOG_URI ROUNDS: Spark or Trino appends to Tarn's own table shop.silver.shared, merges into
and deletes from what it appended, trying again whenever somebody else was first; and makes, fills and drops tables of its
own, all but one, ENGINE_kept.t. Runs inside an environment of engines.py; TARN_KEY is the catalog's key, TARN_TRINO the
address of a server whose catalog `tarn` is this one."""

import os
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "readers")]

ATTEMPTS = 50


def with_spark(uri):
    from with_spark import connected

    catalog = "spark.sql.catalog.tarn"
    session = connected(more={catalog: "org.apache.iceberg.spark.SparkCatalog", catalog + ".type": "rest", catalog + ".uri": uri,
                             catalog + ".token": os.environ["TARN_KEY"], catalog + ".token-refresh-enabled": "false", catalog + ".cache-enabled": "false"})
    return lambda sql: session.sql(sql).collect()


def with_trino(_):
    from trino_client import statement

    return lambda sql: statement(os.environ["TARN_TRINO"], sql)[1]


# What differs: names, and the way to number rows.
SPARK = {"run": with_spark, "first": 2_000_000, "shared": "tarn.shop.silver.shared", "mine": "tarn.spark", "text": "STRING", "rows": "(SELECT {0} + id AS id FROM range(10)) r"}
TRINO = {"run": with_trino, "first": 3_000_000, "shared": 'tarn."shop.silver".shared', "mine": "tarn.trino", "text": "VARCHAR", "rows": "(SELECT {0} + n AS id FROM UNNEST(sequence(0, 9)) AS u(n)) r"}


def insist(run, sql):
    """Again when the commit came second; anything else is an error."""
    for _ in range(ATTEMPTS):
        try:
            return run(sql)
        except Exception as error:
            if not any(word in str(error) for word in ("CommitFailed", "Failed to commit", "conflict", "Conflict", "branch main has changed", "Missing required files")):
                raise
            time.sleep(0.1)
    raise AssertionError(f"lost {ATTEMPTS} races in a row: {sql}")


def round_of(run, engine, start):
    """Nine rows are there afterwards: appended, one of them deleted, one merged into and one merged as new."""
    shared, rows = engine["shared"], engine["rows"].format(start)
    insist(run, f"INSERT INTO {shared} (id, s) SELECT id, concat('theirs ', CAST(id AS VARCHAR(20))) FROM {rows} WHERE id < {start + 9}")
    insist(run, f"DELETE FROM {shared} WHERE id = {start + 4}")
    insist(run, f"UPDATE {shared} SET s = 'changed' WHERE id = {start + 3}")
    insist(run, f"MERGE INTO {shared} t USING (SELECT id, concat('theirs ', CAST(id AS VARCHAR(20))) AS s FROM {rows} WHERE id IN ({start + 3}, {start + 9})) n ON t.id = n.id "
                "WHEN MATCHED THEN UPDATE SET s = n.s WHEN NOT MATCHED THEN INSERT (id, s) VALUES (n.id, n.s)")


def own_tables(run, engine, number):
    """One that comes and goes, one that stays and grows."""
    table = f"{engine['mine']}.t{number}"
    run(f"CREATE TABLE {table} (id BIGINT, s {engine['text']})")
    run(f"INSERT INTO {table} VALUES (1, 'a'), (2, 'b')")
    run(f"DELETE FROM {table} WHERE id = 1")
    assert [list(row) for row in run(f"SELECT id, s FROM {table}")] == [[2, "b"]]
    run(f"DROP TABLE {table}")
    run(f"INSERT INTO {engine['mine']}_kept.t VALUES ({number}, 'kept'), ({number + 100}, 'gone')")
    run(f"DELETE FROM {engine['mine']}_kept.t WHERE s = 'gone'")


def main():
    engine = {"spark": SPARK, "trino": TRINO}[sys.argv[1]]
    run = engine["run"](sys.argv[2])
    run(f"CREATE SCHEMA {engine['mine']}")
    run(f"CREATE SCHEMA {engine['mine']}_kept")
    run(f"CREATE TABLE {engine['mine']}_kept.t (n BIGINT, s {engine['text']})")
    for number in range(int(sys.argv[3])):
        round_of(run, engine, engine["first"] + 100 * number)
        own_tables(run, engine, number)
    run(f"DROP SCHEMA {engine['mine']}")


main()
