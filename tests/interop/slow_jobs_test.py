# SPDX-License-Identifier: Apache-2.0
"""Jobs whose query runs on Trino or on Spark: the example marts have the rows that Tarn's own engine gives them."""

import contextlib
import os
import subprocess

import pytest

import s3_server
import slow_engines
from engines import HERE
from server import Server, column

EXAMPLES = HERE.parents[1] / "examples"
KEY = "key-of-the-lake"
RUN_TIMEOUT_S = 600

MARTS = [("orders", "good_orders"), ("orders", "customer_totals"), ("revenue", "daily_revenue"), ("events", "dim_users"), ("events", "fct_events")]
# Where Trino's dialect is another: no GROUP BY of an alias, averages of decimals are decimals, ISO times have a function.
TRINO = {
    ("orders", "customer_totals"): "SELECT customer_id, count(*) AS order_count, sum(amount) AS total_spent, CAST(round(avg(amount), 2) AS DOUBLE) AS avg_order_value "
                                   "FROM orders.gold.good_orders GROUP BY customer_id",
    ("revenue", "daily_revenue"): "SELECT CAST(sold_at AS DATE) AS day, count(*) AS orders, sum(amount) AS revenue FROM revenue.silver.sales GROUP BY CAST(sold_at AS DATE)",
    ("events", "dim_users"): "SELECT user_id, username, email, from_iso8601_timestamp(created_at) AS created_at, country FROM events.gold.stg_raw_users",
}
# Spark has no name of its own for a time stamp with a zone.
SPARK = {
    ("orders", "customer_totals"): TRINO[("orders", "customer_totals")],
    ("events", "dim_users"): "SELECT user_id, username, email, CAST(created_at AS TIMESTAMP) AS created_at, country FROM events.gold.stg_raw_users",
}
TYPES = [column("id", "integer", primary_key=True), column("flag", "boolean"), column("real", "double"), column("price", "decimal(30,10)"), column("day", "date"),
         column("made", "timestamp"), column("text")]
RECORDS = [
    {"id": 1, "flag": True, "real": 0.1, "price": "12345678901234567890.0123456789", "day": "1969-12-31", "made": "1969-12-31T23:59:59.999999Z", "text": "\u00fc \u0001 \U0001f600"},
    {"id": 2, "flag": False, "real": -1.7976931348623157e308, "price": "-0.0000000001", "day": "9999-12-31", "made": "2026-11-22T06:00:00.000001Z", "text": ""},
    {"id": 3},
]


def rows(client, sql):
    return [tuple(row.values()) for row in client.rows(sql)]


def run(client, domain, job):
    done = client.run_job(domain, job, RUN_TIMEOUT_S)
    assert done["status"] == "SUCCEEDED", done


def far(client, engine, name, query, **members):
    answer = client.post("/transform/jobs", {"domain": "far", "job_name": name, "query": query, "schedule_type": "manual", "engine": engine, **members})
    assert answer.status == 200, answer
    run(client, "far", name)


def compare(server, engine, queries):
    """The marts, every type, and intervals."""
    client = server.client(headers={"x-api-key": KEY})
    for example in ("orders", "revenue", "events"):
        subprocess.run([EXAMPLES / "apply.sh", EXAMPLES / example, f"http://127.0.0.1:{server.port}"], check=True, capture_output=True,
                       env={**os.environ, "TARN_API_KEY": KEY})
    for domain, job in MARTS:
        run(client, domain, job)
        query = queries.get((domain, job)) or client.get(f"/transform/jobs/{domain}/{job}").json()["query"]
        far(client, engine, f"{domain}_{job}", query)
        columns = ", ".join(f'"{row["column_name"]}"' for row in client.rows(f"DESCRIBE SELECT * FROM {domain}.gold.{job}"))
        here = rows(client, f"SELECT {columns} FROM {domain}.gold.{job} ORDER BY ALL")
        assert here and rows(client, f"SELECT {columns} FROM far.gold.{domain}_{job} ORDER BY ALL") == here, job

    client.create("far", "types", TYPES)
    client.batch("far/types", RECORDS)
    names = ", ".join(f'"{one["name"]}"' for one in TYPES)
    far(client, engine, "types", f"SELECT {names} FROM far.silver.types")
    assert rows(client, f"SELECT {names} FROM far.gold.types ORDER BY id") == rows(client, f"SELECT {names} FROM far.silver.types ORDER BY id")
    client.batch("far/types", [{"id": 4, "made": "2026-11-22T07:00:00Z"}])
    far(client, engine, "newest", "SELECT id, made FROM far.silver.types WHERE made IS NOT NULL", materialization="incremental", interval_column="made", interval="1h")
    client.batch("far/types", [{"id": 5, "made": "2026-11-22T07:30:00Z"}])
    run(client, "far", "newest")
    assert rows(client, "SELECT id FROM far.gold.newest ORDER BY id") == [(1,), (2,), (4,), (5,)]
    return client


def test_the_example_marts_have_the_same_rows_from_trino():
    port = s3_server.free_port()
    with Server(env={"TARN_API_KEY": KEY, "TARN_TRINO_URL": f"http://127.0.0.1:{port}"}) as server, contextlib.ExitStack() as ended:
        server.start()
        trino = slow_engines.trino_server(f"http://127.0.0.1:{server.port}/iceberg", KEY, port)
        ended.callback(trino.close)
        compare(server, "trino", TRINO)


@pytest.mark.parametrize("place", ["directory", "bucket"])
def test_the_example_marts_have_the_same_rows_from_spark(place, tmp_path):
    settings = tmp_path / "spark.conf"
    in_bucket = place == "bucket"
    env = {"TARN_API_KEY": KEY, "TARN_SPARK_COMMAND": slow_engines.spark_sql(settings), **(s3_server.shared_server().environment() if in_bucket else {})}
    with Server(root=tmp_path, lake=s3_server.lake_of(tmp_path) if in_bucket else None, env=env) as server:
        server.start()
        slow_engines.write_spark_settings(settings, f"http://127.0.0.1:{server.port}/iceberg", KEY, in_bucket)
        client = compare(server, "spark", SPARK)
        job = {"domain": "far", "schedule_type": "manual", "engine": "spark"}
        for name, query, said in (
                ("text", "SELECT 'it''s; ${env:HOME} \u00fc\U0001f600' AS \"a; b\", decode(X'2d2d0a', 'UTF-8') AS c", None),
                ("wrong", "SELECT nope AS a", "UNRESOLVED_COLUMN"),
                ("zero", "SELECT 1 / (id - 1) AS a FROM far.silver.types", "DIVIDE_BY_ZERO"),
                ("pause", "SELECT 1 AS a, INTERVAL '1' DAY AS pause", "column pause of the result is of type interval day"),
                ("twice", "SELECT 1 AS a, 2 AS A", "COLUMN_ALREADY_EXISTS")):
            assert client.post("/transform/jobs", {**job, "job_name": name, "query": query, "retries": 0}).status == 200
            done = client.run_job("far", name, RUN_TIMEOUT_S)
            assert (done["status"], said or "") == ("FAILED" if said else "SUCCEEDED", said or ""), done
            assert not said or said in done["error"], done
        assert rows(client, 'SELECT "a; b", c FROM far.gold.text') == [("it's; ${env:HOME} \u00fc\U0001f600", "--\n")]
        results = server.lake_files / "_control" / "results"
        assert not [path for path in results.rglob("*") if path.is_file()]
