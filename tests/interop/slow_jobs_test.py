# SPDX-License-Identifier: Apache-2.0
"""Jobs whose query runs on Trino: the example marts have the rows that Tarn's own engine gives them."""

import contextlib
import os
import subprocess

import s3_server
import slow_engines
from engines import HERE
from server import Server, column

EXAMPLES = HERE.parents[1] / "examples"
KEY = "key-of-the-lake"
RUN_TIMEOUT_S = 600

MARTS = [("orders", "good_orders"), ("orders", "customer_totals"), ("revenue", "daily_revenue"), ("events", "dim_users"), ("events", "fct_events")]
# Where Trino's dialect is another: no GROUP BY of an alias, averages of decimals are decimals, ISO times have a function.
QUERIES = {
    ("orders", "customer_totals"): "SELECT customer_id, count(*) AS order_count, sum(amount) AS total_spent, CAST(round(avg(amount), 2) AS DOUBLE) AS avg_order_value "
                                   "FROM orders.gold.good_orders GROUP BY customer_id",
    ("revenue", "daily_revenue"): "SELECT CAST(sold_at AS DATE) AS day, count(*) AS orders, sum(amount) AS revenue FROM revenue.silver.sales GROUP BY CAST(sold_at AS DATE)",
    ("events", "dim_users"): "SELECT user_id, username, email, from_iso8601_timestamp(created_at) AS created_at, country FROM events.gold.stg_raw_users",
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


def far(client, name, query, **members):
    answer = client.post("/transform/jobs", {"domain": "far", "job_name": name, "query": query, "schedule_type": "manual", "engine": "trino", **members})
    assert answer.status == 200, answer
    run(client, "far", name)


def test_the_example_marts_have_the_same_rows_from_trino():
    port = s3_server.free_port()
    with Server(env={"TARN_API_KEY": KEY, "TARN_TRINO_URL": f"http://127.0.0.1:{port}"}) as server, contextlib.ExitStack() as ended:
        server.start()
        trino = slow_engines.trino_server(f"http://127.0.0.1:{server.port}/iceberg", KEY, port)
        ended.callback(trino.close)
        client = server.client(headers={"x-api-key": KEY})
        for example in ("orders", "revenue", "events"):
            subprocess.run([EXAMPLES / "apply.sh", EXAMPLES / example, f"http://127.0.0.1:{server.port}"], check=True, capture_output=True,
                           env={**os.environ, "TARN_API_KEY": KEY})
        for domain, job in MARTS:
            run(client, domain, job)
            query = QUERIES.get((domain, job)) or client.get(f"/transform/jobs/{domain}/{job}").json()["query"]
            far(client, f"{domain}_{job}", query)
            columns = ", ".join(f'"{row["column_name"]}"' for row in client.rows(f"DESCRIBE SELECT * FROM {domain}.gold.{job}"))
            here = rows(client, f"SELECT {columns} FROM {domain}.gold.{job} ORDER BY ALL")
            assert here and rows(client, f"SELECT {columns} FROM far.gold.{domain}_{job} ORDER BY ALL") == here, job

        client.create("far", "types", TYPES)
        client.batch("far/types", RECORDS)
        names = ", ".join(f'"{one["name"]}"' for one in TYPES)
        far(client, "types", f"SELECT {names} FROM far.silver.types")
        assert rows(client, f"SELECT {names} FROM far.gold.types ORDER BY id") == rows(client, f"SELECT {names} FROM far.silver.types ORDER BY id")
        client.batch("far/types", [{"id": 4, "made": "2026-11-22T07:00:00Z"}])
        far(client, "newest", "SELECT id, made FROM far.silver.types WHERE made IS NOT NULL", materialization="incremental", interval_column="made", interval="1h")
        client.batch("far/types", [{"id": 5, "made": "2026-11-22T07:30:00Z"}])
        run(client, "far", "newest")
        assert rows(client, "SELECT id FROM far.gold.newest ORDER BY id") == [(1,), (2,), (4,), (5,)]
