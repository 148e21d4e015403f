# SPDX-License-Identifier: Apache-2.0
"""Jobs with `engine: athena`, against a server that speaks Athena's and Glue's APIs (docs/guide/gold.md, "Jobs that run
elsewhere"). The lake lies in a bucket, as it must."""

import subprocess
from functools import partial
from pathlib import Path

import pytest

import far_jobs
import s3_server
from fake_athena import DATABASE, FakeAthena, Refusal
from far_jobs import rows, run, succeed
from server import Server, wait_until

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
MARTS = [("orders", "good_orders"), ("orders", "customer_totals"), ("revenue", "daily_revenue"), ("events", "dim_users"), ("events", "fct_events")]


@pytest.fixture(scope="module")
def athena():
    fake = FakeAthena(lambda: fake.tarn.port)
    yield fake
    fake.close()


def server_in_bucket(root, athena):
    return Server(root=root, lake=s3_server.lake_of(root), env={**s3_server.shared_server().environment(), **athena.environment})


@pytest.fixture(scope="module")
def server(athena, tmp_path_factory):
    with server_in_bucket(tmp_path_factory.mktemp("athena"), athena) as running:
        athena.tarn = running.start()
        yield running


@pytest.fixture(autouse=True)
def quiet(request, athena):
    """Every test finds an Athena in order, and leaves no files of it."""
    athena.troubles.clear()
    athena.calls.clear()
    athena.executions.clear()
    athena.has_database = athena.knows_versions = True
    yield
    if "server" in request.fixturenames:
        assert left_over(request.getfixturevalue("server")) == []


def left_over(server):
    place = server.lake_files / "_control" / "results"
    return [str(path) for path in place.rglob("*") if path.is_file()] if place.exists() else []


body = partial(far_jobs.body, "athena")
make = partial(far_jobs.make, "athena")
orders = partial(far_jobs.orders, lambda i: None if i == 2 else "" if i == 3 else f"n{i}", lambda i: f".00000{i}")


def test_the_rows_of_a_query_elsewhere_are_published_here(client, athena, name):
    orders(client, name)
    job = make(client, name, f'SELECT {name}.id, amount, made, note FROM "far" . silver /* the orders */ .{name} WHERE {name}.id > 0',
               tests=[{"type": "unique", "column": "id"}, {"type": "row_count", "min": 4, "max": 4}])
    assert job["engine"] == "athena"
    done = succeed(client, name)
    assert done["output"]["rows"] == 4 and done["input"]["engine"] == "athena"
    assert rows(client, f"SELECT * FROM far.gold.{name} ORDER BY id") == rows(client, f"SELECT id, amount, made, note FROM far.silver.{name} WHERE id > 0 ORDER BY id")
    (execution,) = athena.executions.values()
    snapshot = client.value(f"SELECT upstreams->>'far.silver.{name}' FROM tarn.system.executions WHERE execution_id = '{done['execution_id']}'")
    (table,) = [one for one in athena.tables if one.startswith(f"far_silver_{name}_")]
    assert f'FROM "{DATABASE}"."{table}" FOR VERSION AS OF {snapshot} AS "{name}" WHERE' in execution["sql"]


def test_tables_are_shown_in_glue_at_the_metadata_that_is_read(client, athena, name):
    orders(client, name)
    make(client, name, f"SELECT count(*) AS n FROM far.silver.{name}", write_mode="append")
    succeed(client, name)
    assert athena.calls[:2] == ["GetTable", "CreateTable"]
    athena.calls.clear()
    succeed(client, name)
    assert athena.calls[:2] == ["GetTable", "StartQueryExecution"]  # as new as it can be
    client.batch(f"far/{name}", [{"id": 77}])
    athena.calls.clear()
    succeed(client, name)
    assert athena.calls[:3] == ["GetTable", "UpdateTable", "StartQueryExecution"]
    assert rows(client, f"SELECT n FROM far.gold.{name} ORDER BY n") == [(5,), (5,), (6,)]
    (table,) = [one for one in athena.tables.values() if one["Name"].startswith(f"far_silver_{name}_")]
    table["Parameters"]["tarn.table"] = "of.somebody.else"
    done = run(client, name)
    assert done["status"] == "FAILED" and "has a table of others by the name" in done["error"], done
    athena.tables.clear()
    athena.has_database = False
    done = run(client, name)
    assert done["status"] == "FAILED" and f"glue has no database {DATABASE}" in done["error"], done


def test_intervals_are_asked_for_alone(client, athena, name):
    orders(client, name)
    make(client, name, f"SELECT id, made FROM far.silver.{name}", materialization="incremental", interval_column="made", interval="1d")
    assert succeed(client, name)["output"]["rows"] == 5
    client.batch(f"far/{name}", [{"id": 9, "made": "2026-01-05T11:00:00Z"}, {"id": 10, "made": "2026-01-01T11:00:00Z"}])
    assert succeed(client, name)["output"]["rows"] == 2
    assert "rows_of_job.\"made\" >= TIMESTAMP '2026-01-05 00:00:00 UTC'" in list(athena.executions.values())[-1]["sql"]
    assert rows(client, f"SELECT id FROM far.gold.{name} ORDER BY id") == [(0,), (1,), (2,), (3,), (4,), (9,)]


def test_a_mirror_in_iceberg_is_read_at_the_version_it_shows(client, athena, name):
    orders(client, name, format="delta", mirror="iceberg")
    make(client, name, f"SELECT id, note FROM far.silver.{name}")
    athena.knows_versions = False  # the mirror's numbers are not the lake's own
    succeed(client, name)
    (table,) = [one for one in athena.tables.values() if one["Name"].startswith(f"far_silver_{name}_")]
    assert f"/silver/far/{name}/metadata/v" in table["Parameters"]["metadata_location"]
    assert rows(client, f"SELECT * FROM far.gold.{name} ORDER BY id") == [(0, "n0"), (1, "n1"), (2, None), (3, ""), (4, "n4")]


def test_tests_keep_the_old_table(client, name):
    orders(client, name)
    make(client, name, f"SELECT id FROM far.silver.{name}", tests=[{"type": "range", "column": "id", "max": 4}])
    succeed(client, name)
    client.batch(f"far/{name}", [{"id": 7}])
    done = run(client, name)
    assert done["status"] == "FAILED" and "range" in done["error"]
    assert rows(client, f"SELECT max(id) FROM far.gold.{name}") == [(4,)]


def test_an_empty_result_has_its_columns(client, name):
    make(client, name, "SELECT 1 AS a, CAST(NULL AS DECIMAL(9,2)) AS b WHERE 1 = 0")
    assert succeed(client, name)["output"]["rows"] == 0
    assert rows(client, f"SELECT a, b FROM far.gold.{name}") == []


def test_a_type_without_a_place_is_refused_by_the_columns_name(client, name):
    make(client, name, "SELECT 1 AS a, [1, 2] AS many")
    done = run(client, name)
    assert done["status"] == "FAILED" and "column many of the result is of type array" in done["error"], done


def test_errors_of_the_query_are_the_runs(client, athena, name):
    make(client, name, "SELECT no_such_column AS a")
    done = run(client, name)
    assert done["status"] == "FAILED" and "COLUMN_NOT_FOUND" in done["error"] and "no_such_column" in done["error"], done
    assert len(athena.executions) == 1  # what will not pass is not tried again


def test_what_may_pass_is_tried_again(client, athena, name):
    make(client, name, "SELECT 7 AS a")
    athena.troubles += [Refusal("TooManyRequestsException", "slow down"), Refusal("InternalServerException", "oh", 500)]
    succeed(client, name)
    assert athena.calls.count("StartQueryExecution") == 3 and len(athena.executions) == 1
    athena.troubles += [{"State": "FAILED", "StateChangeReason": "Internal error", "AthenaError": {"ErrorCategory": 1, "ErrorType": 233, "Retryable": True}}]
    succeed(client, name)
    assert client.get(f"/transform/jobs/far/{name}/executions").json()["count"] == 2
    athena.troubles += [Refusal("AccessDeniedException", "not authorized to perform athena:StartQueryExecution")]
    done = run(client, name)
    assert done["status"] == "FAILED" and "AccessDeniedException" in done["error"], done
    athena.troubles += [{"State": "FAILED", "StateChangeReason": "Query exhausted resources at this scale factor", "AthenaError": {"ErrorCategory": 2, "Retryable": False}}]
    done = run(client, name)
    assert done["status"] == "FAILED" and "exhausted resources" in done["error"], done


def test_stop_and_timeout_end_the_query_there(client, athena, name):
    make(client, name, "SELECT 1 AS a")
    athena.troubles += ["hang"]
    started = client.post(f"/transform/jobs/far/{name}/run").json()["execution_id"]
    wait_until(lambda: "GetQueryExecution" in athena.calls, what="the query under way")
    assert client.post(f"/transform/executions/{started}/cancel").status == 200
    assert client.execution(started)["status"] == "ABORTED"
    assert athena.calls[-1] == "StopQueryExecution"
    athena.troubles += ["hang"]
    assert client.put(f"/transform/jobs/far/{name}", {"timeout": "500ms"}).status == 200
    assert run(client, name)["status"] == "TIMED_OUT"
    assert athena.calls[-1] == "StopQueryExecution"


def test_what_it_cannot_read_is_refused_by_name(client, name):
    orders(client, name, format="delta")
    answer = client.post("/transform/jobs", body(name, f"SELECT id FROM far.silver.{name}"))
    assert answer.status == 422 and f"far.silver.{name}" in str(answer.json()) and "engine athena cannot run this job" in str(answer.json()), answer
    answer = client.post("/transform/jobs", body(name, f"SELECT count(*) FROM far.bronze.{name}"))
    assert answer.status == 422 and f"far.bronze.{name}" in str(answer.json()), answer


def test_layers_in_a_directory_are_refused_by_name(athena, tmp_path):
    one = Server(root=tmp_path, lake=s3_server.lake_of(tmp_path), env={**s3_server.shared_server().environment(), **athena.environment, "TARN_SILVER_ROOT": str(tmp_path / "here")})
    with one as own:
        own.start()
        client = own.client()
        orders(client, "near")
        answer = client.post("/transform/jobs", body("near", "SELECT id FROM far.silver.near"))
        assert answer.status == 422 and "athena reads the lake's own tables that lie in a bucket: far.silver.near" in str(answer.json()), answer


def test_a_lake_in_a_directory_has_no_athena(tmp_path):
    with Server(root=tmp_path, lake=tmp_path / "lake", env={"TARN_ATHENA_DATABASE": DATABASE}) as own:
        own.spawn()
        assert own.process.wait(timeout=60) != 0
        assert "athena_database needs a lake in a bucket" in own.log_tail()
        own.process = None


def test_killed_in_the_middle_it_is_over_once_and_leaves_nothing(tmp_path, athena):
    before = athena.tarn if hasattr(athena, "tarn") else None
    with server_in_bucket(tmp_path, athena) as own:
        athena.tarn = own.start()
        client = own.client()
        orders(client, "killed")
        make(client, "killed", "SELECT id FROM far.silver.killed")
        succeed(client, "killed")
        athena.troubles += ["hang"]
        athena.calls.clear()
        started = client.post("/transform/jobs/far/killed/run").json()["execution_id"]
        wait_until(lambda: "GetQueryExecution" in athena.calls, what="the query under way")
        assert left_over(own)
        own.kill()
        own.start()
        client = own.client()
        assert left_over(own) == []
        assert client.execution(started)["status"] in ("FAILED", "ABORTED")
        assert rows(client, "SELECT count(*) FROM far.gold.killed") == [(5,)]
        succeed(client, "killed")
        assert client.get("/transform/jobs/far/killed/executions").json()["count"] == 3
        assert left_over(own) == []
    athena.tarn = before


def test_the_example_marts_are_the_same_from_elsewhere(client, server):
    for example in ("orders", "revenue", "events"):
        done = subprocess.run([EXAMPLES / "apply.sh", EXAMPLES / example, f"http://127.0.0.1:{server.port}"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    for domain, job in MARTS:
        client.run_job(domain, job)
        here = rows(client, f"SELECT * FROM {domain}.gold.{job} ORDER BY ALL")
        query = client.get(f"/transform/jobs/{domain}/{job}").json()["query"]
        make(client, f"{domain}_{job}", query)
        succeed(client, f"{domain}_{job}")
        assert here and rows(client, f"SELECT * FROM far.gold.{domain}_{job} ORDER BY ALL") == here, job
