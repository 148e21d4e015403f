# SPDX-License-Identifier: Apache-2.0
"""Jobs with `engine: spark`, against a program that does what spark-sql does (docs/guide/gold.md, "Jobs that run elsewhere").
Spark itself is asked in tests/interop."""

import os
import subprocess
from functools import partial
from pathlib import Path

import pytest

import far_jobs
from fake_spark import FakeSpark
from far_jobs import rows, run, succeed
from server import Server, alive, wait_until

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
MARTS = [("orders", "good_orders"), ("orders", "customer_totals"), ("revenue", "daily_revenue"), ("events", "dim_users"), ("events", "fct_events")]


@pytest.fixture(scope="module")
def spark():
    fake = FakeSpark(lambda: fake.tarn.port)
    yield fake
    fake.close()


@pytest.fixture(scope="module")
def server(spark):
    with Server(env={"TARN_SPARK_COMMAND": spark.command}) as running:
        spark.tarn = running.start()
        yield running


@pytest.fixture(autouse=True)
def quiet(server, spark):
    """Every test finds a Spark in order and leaves no files of it."""
    spark.ready()
    yield
    assert left_over(server) == []


def left_over(server):
    """What lies where results come, folders too, and where processes run."""
    return [str(path) for place in (server.lake_files / "_control" / "results", server.data_dir / "spark") if place.exists()
            for path in place.rglob("*") if not server.in_bucket or path.is_file()]


body = partial(far_jobs.body, "spark")
make = partial(far_jobs.make, "spark")
orders = partial(far_jobs.orders, lambda i: None if i == 2 else f"n\u00e9{i}", lambda i: f".00000{i}")


def test_the_rows_of_a_query_elsewhere_are_published_here(client, spark, name):
    orders(client, name)
    job = make(client, name, f"SELECT o.id, o.amount, o.made, o.note, 'it''s;' AS \"a b\" FROM \"far\" . silver /* the orders */ .{name} AS o WHERE o.id > 0",
               tests=[{"type": "unique", "column": "id"}, {"type": "row_count", "min": 4, "max": 4}])
    assert job["engine"] == "spark"
    done = succeed(client, name)
    assert done["output"]["rows"] == 4 and done["input"]["engine"] == "spark"
    assert rows(client, f"SELECT * FROM far.gold.{name} ORDER BY id") == rows(client, f"SELECT id, amount, made, note, 'it''s;' FROM far.silver.{name} WHERE id > 0 ORDER BY id")
    (statement,) = spark.statements
    snapshot = client.value(f"SELECT upstreams->>'far.silver.{name}' FROM tarn.system.executions WHERE execution_id = '{done['execution_id']}'")
    assert statement == ("SELECT * FROM (\nSELECT o.id, o.amount, o.made, o.note, 'it''s;' AS \"a b\" FROM "
                         f"`tarn`.`far`.`silver`.`{name}` VERSION AS OF {snapshot} AS o WHERE o.id > 0\n) AS rows_of_job")


def test_every_way_to_write_takes_rows_from_elsewhere(client, name):
    orders(client, name)
    make(client, name + "_append", f"SELECT count(*) AS n FROM far.silver.{name}", write_mode="append", format="delta")
    make(client, name + "_merge", f"SELECT id % 2 AS k, sum(amount) AS s FROM far.silver.{name} GROUP BY id % 2", write_mode="merge", unique_key="k")
    for _ in range(2):
        succeed(client, name + "_append")
        succeed(client, name + "_merge")
    assert rows(client, f"SELECT n FROM far.gold.{name}_append") == [(5,), (5,)]
    assert rows(client, f"SELECT k, s::VARCHAR FROM far.gold.{name}_merge ORDER BY k") == [(0, "6.75"), (1, "4.50")]


def test_intervals_are_asked_for_alone(client, spark, name):
    orders(client, name)
    make(client, name, f"SELECT id, made FROM far.silver.{name}", materialization="incremental", interval_column="made", interval="1d")
    assert succeed(client, name)["output"]["rows"] == 5
    client.batch(f"far/{name}", [{"id": 9, "made": "2026-01-05T11:00:00Z"}, {"id": 10, "made": "2026-01-01T11:00:00Z"}])
    assert succeed(client, name)["output"]["rows"] == 2
    assert "rows_of_job.\"made\" >= TIMESTAMP_LTZ '2026-01-05 00:00:00 UTC'" in spark.statements[-1]
    assert rows(client, f"SELECT id FROM far.gold.{name} ORDER BY id") == [(0,), (1,), (2,), (3,), (4,), (9,)]


def test_an_empty_result_empties_the_table(client, name):
    orders(client, name)
    make(client, name, f"SELECT id, note FROM far.silver.{name} WHERE id < 3")
    succeed(client, name)
    client.batch(f"far/{name}", [{"id": i} for i in range(3)], op="delete")
    assert succeed(client, name)["output"]["rows"] == 0
    assert rows(client, f"SELECT * FROM far.gold.{name}") == []


def test_a_mirror_in_iceberg_is_read_and_other_tables_are_refused_by_name(client, spark, name):
    orders(client, name, format="delta")
    answer = client.post("/transform/jobs", body(name, f"SELECT id FROM far.silver.{name}"))
    assert answer.status == 422 and f"far.silver.{name}" in str(answer.json()) and "engine spark cannot run this job" in str(answer.json()), answer
    make(client, name + "_view", "SELECT 1 AS a", engine="duckdb", materialization="view")
    assert client.put(f"/transform/jobs/far/{name}_view", {"engine": "spark"}).status == 422


def test_tests_keep_the_old_table(client, name):
    orders(client, name)
    make(client, name, f"SELECT id FROM far.silver.{name}", tests=[{"type": "range", "column": "id", "max": 4}])
    succeed(client, name)
    client.batch(f"far/{name}", [{"id": 7}])
    done = run(client, name)
    assert done["status"] == "FAILED" and "range" in done["error"]
    assert rows(client, f"SELECT max(id) FROM far.gold.{name}") == [(4,)]


def test_a_type_without_a_place_is_refused_by_the_columns_name(client, name):
    make(client, name, "SELECT 1 AS a, INTERVAL 1 DAY AS pause")
    done = run(client, name)
    assert done["status"] == "FAILED" and "column pause of the result is of type interval day to second" in done["error"], done
    assert client.query(f"SELECT * FROM far.gold.{name}").status == 400


def test_errors_of_the_query_are_the_runs(client, spark, name):
    make(client, name, "SELECT no_such_column AS a")
    done = run(client, name)
    assert done["status"] == "FAILED" and "UNRESOLVED_COLUMN" in done["error"] and "no_such_column" in done["error"], done
    assert len(spark.statements) == 1  # what will not pass is not tried again


def test_what_may_pass_is_tried_again_under_the_same_execution(client, spark, name):
    make(client, name, "SELECT 7 AS a")
    spark.ready([{"says": "Caused by: java.net.ConnectException: Connection refused", "status": 1}, {"says": "[X] busy SQLSTATE: 57000", "status": 1}])
    succeed(client, name)
    assert rows(client, f"SELECT a FROM far.gold.{name}") == [(7,)]
    assert client.get(f"/transform/jobs/far/{name}/executions").json()["count"] == 1 and len(spark.statements) == 3
    spark.ready([{"says": "java.net.UnknownHostException: nowhere", "status": 1}] * 3)
    done = run(client, name)
    assert done["status"] == "FAILED" and "UnknownHostException" in done["error"] and len(spark.statements) == 3
    spark.ready([{"says": "java.lang.OutOfMemoryError: Java heap space", "status": 52}])
    done = run(client, name)
    assert done["status"] == "FAILED" and "OutOfMemoryError" in done["error"] and len(spark.statements) == 1


def test_stop_and_timeout_end_the_process(client, spark, name):
    make(client, name, "SELECT 1 AS a")
    spark.ready(["hang", "hang"])
    started = client.post(f"/transform/jobs/far/{name}/run").json()["execution_id"]
    process = spark.wait_for_hang()
    assert client.post(f"/transform/executions/{started}/cancel").status == 200
    assert client.execution(started)["status"] == "ABORTED"
    wait_until(lambda: not alive(process), what="the end of the process")
    spark.ready(["hang"])
    assert client.put(f"/transform/jobs/far/{name}", {"timeout": "500ms"}).status == 200
    assert run(client, name)["status"] == "TIMED_OUT"


def test_killed_in_the_middle_it_is_over_once_and_leaves_nothing(tmp_path, request):
    with Server(root=tmp_path) as own:
        spark = FakeSpark(lambda: own.port)
        request.addfinalizer(spark.close)
        own.env["TARN_SPARK_COMMAND"] = spark.command
        own.start()
        client = own.client()
        orders(client, "killed")
        make(client, "killed", "SELECT id FROM far.silver.killed")
        spark.ready()
        succeed(client, "killed")
        spark.ready(["hang"])
        started = client.post("/transform/jobs/far/killed/run").json()["execution_id"]
        process = spark.wait_for_hang()
        assert left_over(own)
        own.kill()
        wait_until(lambda: not alive(process), what="the end of a process that lost its server")
        own.start()
        client = own.client()
        assert left_over(own) == []
        assert client.execution(started)["status"] in ("FAILED", "ABORTED")
        assert rows(client, "SELECT count(*) FROM far.gold.killed") == [(5,)]
        spark.ready()
        succeed(client, "killed")
        listed = client.get("/transform/jobs/far/killed/executions").json()
        assert listed["count"] == 3
        assert own.stop() == 0
        done = own.cli("fsck", "--lake", own.lake, "--data-dir", own.data_dir)
        assert done.returncode == 0 and done.stdout.startswith("clean"), done


def test_a_command_that_is_none_fails_the_run_at_once(tmp_path):
    with Server(root=tmp_path, env={"TARN_SPARK_COMMAND": "no-such-spark-sql --x"}) as own:
        own.start()
        client = own.client()
        make(client, "lost", "SELECT 1 AS a")
        done = run(client, "lost")
        assert done["status"] == "FAILED" and "no program to be run as no-such-spark-sql" in done["error"], done


def test_the_example_marts_are_the_same_from_elsewhere(client, server):
    for example in ("orders", "revenue", "events"):
        done = subprocess.run([EXAMPLES / "apply.sh", EXAMPLES / example, f"http://127.0.0.1:{server.port}"], capture_output=True, text=True, check=False, env=dict(os.environ))
        assert done.returncode == 0, done.stdout + done.stderr
    for domain, job in MARTS:
        client.run_job(domain, job)
        here = rows(client, f"SELECT * FROM {domain}.gold.{job} ORDER BY ALL")
        query = client.get(f"/transform/jobs/{domain}/{job}").json()["query"]
        make(client, f"{domain}_{job}", query)
        succeed(client, f"{domain}_{job}")
        assert here and rows(client, f"SELECT * FROM far.gold.{domain}_{job} ORDER BY ALL") == here, job
