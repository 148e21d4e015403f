# SPDX-License-Identifier: Apache-2.0
"""Jobs with `engine: trino`, against a server that speaks Trino's protocol (docs/guide/gold.md, "Jobs that run elsewhere").
Trino itself is asked in tests/interop."""

import re
import subprocess
from functools import partial
from pathlib import Path

import pytest

import far_jobs
from fake_trino import FakeTrino
from far_jobs import rows, run, succeed
from server import Server, column, wait_until

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="module")
def trino():
    fake = FakeTrino(lambda: fake.tarn.port)
    yield fake
    fake.close()


@pytest.fixture(scope="module")
def server(trino):
    with Server(env={"TARN_TRINO_URL": trino.url, "TARN_TRINO_USER": "ada", "TARN_TRINO_SESSION": "join_distribution_type=BROADCAST"}) as running:
        trino.tarn = running.start()
        yield running


@pytest.fixture(autouse=True)
def quiet(trino):
    """Every test finds a server in order, and its own statements."""
    trino.troubles.clear()
    trino.statements.clear()
    trino.pages.clear()
    trino.requests.clear()
    trino.cancelled.clear()
    trino.knows_versions = True


body = partial(far_jobs.body, "trino")
make = partial(far_jobs.make, "trino")
orders = partial(far_jobs.orders, lambda i: None if i == 2 else f"n{i}", lambda i: "")


def test_the_rows_of_a_query_elsewhere_are_published_here(client, trino, name):
    orders(client, name)
    job = make(client, name, f'SELECT o.id, o.amount, o.made, o.note FROM "far" . silver /* the orders */ .{name} AS o WHERE o.id > 0',
               tests=[{"type": "unique", "column": "id"}, {"type": "row_count", "min": 4, "max": 4}])
    assert job["engine"] == "trino"
    done = succeed(client, name)
    assert done["output"]["rows"] == 4 and done["input"]["engine"] == "trino"
    assert rows(client, f"SELECT * FROM far.gold.{name} ORDER BY id") == rows(client, f"SELECT id, amount, made, note FROM far.silver.{name} WHERE id > 0 ORDER BY id")
    (statement,) = trino.statements
    snapshot = client.value(f"SELECT upstreams->>'far.silver.{name}' FROM tarn.system.executions WHERE execution_id = '{done['execution_id']}'")
    assert statement == (f'SELECT * FROM (\nSELECT o.id, o.amount, o.made, o.note FROM "tarn"."far.silver"."{name}" FOR VERSION AS OF {snapshot} AS o WHERE o.id > 0\n)'
                         " AS rows_of_job")
    headers = trino.requests[0][2]
    assert headers["X-Trino-User"] == "ada" and headers["X-Trino-Session"] == "join_distribution_type=BROADCAST"
    assert headers["X-Trino-Client-Info"] == done["execution_id"]
    assert all(path.startswith("/v1/statement/") for method, path, _ in trino.requests[1:])


def test_every_way_to_write_takes_rows_from_elsewhere(client, name):
    orders(client, name)
    make(client, name + "_append", f"SELECT count(*) AS n FROM far.silver.{name}", write_mode="append")
    make(client, name + "_merge", f"SELECT id % 2 AS k, sum(amount) AS s FROM far.silver.{name} GROUP BY id % 2", write_mode="merge", unique_key="k")
    for _ in range(2):
        succeed(client, name + "_append")
        succeed(client, name + "_merge")
    assert rows(client, f"SELECT n FROM far.gold.{name}_append") == [(5,), (5,)]
    assert rows(client, f"SELECT k, s::VARCHAR FROM far.gold.{name}_merge ORDER BY k") == [(0, "6.75"), (1, "4.50")]


def test_a_snapshot_keeps_versions_of_rows_from_elsewhere(client, trino, name):
    orders(client, name)
    make(client, name, f"SELECT id, note FROM far.silver.{name}", materialization="snapshot", unique_key="id")
    succeed(client, name)
    client.batch(f"far/{name}", [{"id": 1, "note": "other"}])
    succeed(client, name)
    assert len(trino.statements) == 2
    assert rows(client, f"SELECT id, note, is_current, valid_to IS NULL FROM far.gold.{name} WHERE id < 2 ORDER BY id, valid_from") == [
        (0, "n0", True, True), (1, "n1", False, False), (1, "other", True, True)]


def test_intervals_are_asked_for_alone(client, trino, name):
    orders(client, name)
    make(client, name, f"SELECT id, made FROM far.silver.{name}", materialization="incremental", interval_column="made", interval="1d")
    assert succeed(client, name)["output"]["rows"] == 5
    client.batch(f"far/{name}", [{"id": 9, "made": "2026-01-05T11:00:00Z"}, {"id": 10, "made": "2026-01-01T11:00:00Z"}])
    assert succeed(client, name)["output"]["rows"] == 2
    assert "rows_of_job.\"made\" >= TIMESTAMP '2026-01-05 00:00:00 UTC'" in trino.statements[-1]
    assert rows(client, f"SELECT id FROM far.gold.{name} ORDER BY id") == [(0,), (1,), (2,), (3,), (4,), (9,)]
    succeed(client, name, **{"from": "2026-01-01", "to": "2026-01-02"})
    assert "AND rows_of_job.\"made\" < TIMESTAMP '2026-01-02 00:00:00 UTC'" in trino.statements[-1]
    assert rows(client, f"SELECT id FROM far.gold.{name} ORDER BY id") == [(0,), (1,), (2,), (3,), (4,), (9,), (10,)]


def test_views_are_written_out_and_their_tables_are_pinned(client, trino, name):
    orders(client, name)
    make(client, name + "_view", f"SELECT id, note FROM far.silver.{name} WHERE note IS NOT NULL", engine="duckdb", materialization="view")
    make(client, name, f"SELECT v.id FROM far.gold.{name}_view v JOIN far.gold.{name}_view USING (id)")
    done = succeed(client, name)
    assert rows(client, f"SELECT id FROM far.gold.{name} ORDER BY id") == [(0,), (1,), (3,), (4,)]
    assert trino.statements[0].count(f'"tarn"."far.silver"."{name}" FOR VERSION AS OF ') == 2 and f'\n) AS "{name}_view"' in trino.statements[0]
    assert client.value(f"SELECT json_keys(upstreams)::VARCHAR FROM tarn.system.executions WHERE execution_id = '{done['execution_id']}'") == f"[far.silver.{name}]"


def test_a_table_without_rows_yet_is_read_as_empty_or_missed(client, trino, name):
    client.create("far", name, [column("id", "integer", primary_key=True)])
    make(client, name, f"SELECT count(*) AS n FROM far.silver.{name}")
    done = run(client, name)
    if done["status"] == "SUCCEEDED":
        assert "WHERE 1 = 0) AS" in trino.statements[0] and client.value(f"SELECT n FROM far.gold.{name}") == 0
    else:
        assert f"far.silver.{name} does not exist" in done["error"] and not trino.statements


def test_tests_keep_a_bad_result_back(client, name):
    orders(client, name)
    make(client, name, f"SELECT id FROM far.silver.{name}", tests=[{"type": "range", "column": "id", "max": 3}])
    done = run(client, name)
    assert done["status"] == "FAILED" and "range" in done["error"]
    assert client.query(f"SELECT * FROM far.gold.{name}").status == 400


def test_what_the_engine_cannot_read_is_refused_by_name(client, name):
    def refused(query, **members):
        answer = client.post("/transform/jobs", body(name, query, **members))
        assert answer.status == 422 and answer.json()["detail"][0]["loc"] == ["body", "engine"], answer
        return answer.json()["detail"][0]["msg"]

    orders(client, name, format="delta")
    assert f"far.silver.{name}" in refused(f"SELECT id FROM far.silver.{name}") and "mirror" in refused(f"SELECT id FROM far.silver.{name}")
    make(client, name + "_view", f"SELECT id FROM far.silver.{name}", engine="duckdb", materialization="view")
    assert f"far.silver.{name}" in refused(f"SELECT id FROM far.gold.{name}_view")
    assert f"far.bronze.{name}" in refused(f"SELECT count(*) FROM far.bronze.{name}")
    assert "tarn.system.tables" in refused("SELECT count(*) FROM tarn.system.tables")
    assert "far.information_schema.tables" in refused("SELECT * FROM far.information_schema.tables")
    assert "AT is not" in refused("SELECT * FROM far.silver.later AT (VERSION => 1)")
    assert "semicolon" in refused("SELECT 1 AS a;")
    assert "view" in refused("SELECT 1 AS a", materialization="view")
    assert client.get(f"/transform/jobs/far/{name}").status == 404
    make(client, name, "SELECT 1 AS a")
    answer = client.put(f"/transform/jobs/far/{name}", {"query": f"SELECT id FROM far.silver.{name}"})
    assert answer.status == 422, answer


def test_a_mirror_in_iceberg_is_read_at_the_version_it_shows(client, trino, name):
    orders(client, name, format="delta", mirror="iceberg")
    make(client, name, f"SELECT id, note FROM far.silver.{name}", format="delta")
    trino.knows_versions = False  # the mirror's numbers are not the lake's own
    succeed(client, name)
    shown = re.search(r"FOR VERSION AS OF (\d+)", trino.statements[0])
    tables = client.get(f"/iceberg/v1/namespaces/far%1Fsilver/tables/{name}").json()
    assert int(shown[1]) == tables["metadata"]["current-snapshot-id"]
    assert rows(client, f"SELECT * FROM far.gold.{name} ORDER BY id") == [(0, "n0"), (1, "n1"), (2, None), (3, "n3"), (4, "n4")]


def test_errors_of_the_query_are_the_runs(client, trino, name):
    make(client, name, "SELECT no_such_column AS a")
    done = run(client, name)
    assert done["status"] == "FAILED" and "SYNTAX_ERROR" in done["error"] and "no_such_column" in done["error"]
    assert len(trino.statements) == 1  # what will not pass is not tried again
    make(client, name + "_missing", "SELECT * FROM far.silver.never_made")
    done = run(client, name + "_missing")
    assert done["status"] == "FAILED" and "far.silver.never_made does not exist" in done["error"]


def test_what_may_pass_is_tried_again_under_the_same_execution(client, trino, name):
    make(client, name, "SELECT 7 AS a")
    trino.troubles += [503, 429]
    succeed(client, name)
    trino.troubles += [{"message": "none free", "errorName": "NO_NODES_AVAILABLE", "errorType": "INTERNAL_ERROR"}]
    succeed(client, name)
    assert rows(client, f"SELECT a FROM far.gold.{name}") == [(7,)]
    listed = client.get(f"/transform/jobs/far/{name}/executions").json()
    assert listed["count"] == 2


def test_stop_and_timeout_end_the_query_there(client, trino, name):
    make(client, name, "SELECT 1 AS a")
    trino.troubles += [None, "wait"]
    started = client.post(f"/transform/jobs/far/{name}/run").json()["execution_id"]
    wait_until(lambda: len(trino.requests) > 2, what="the query under way")
    assert client.post(f"/transform/executions/{started}/cancel").status == 200
    assert client.execution(started)["status"] == "ABORTED"
    assert trino.cancelled.is_set()
    trino.cancelled.clear()
    trino.troubles[:] = [None, "wait"]
    assert client.put(f"/transform/jobs/far/{name}", {"timeout": "500ms"}).status == 200
    done = run(client, name)
    assert done["status"] == "TIMED_OUT", done
    assert trino.cancelled.is_set()


def test_the_example_marts_are_the_same_from_elsewhere(client, server, trino):
    for example in ("orders", "revenue", "events"):
        done = subprocess.run([EXAMPLES / "apply.sh", EXAMPLES / example, f"http://127.0.0.1:{server.port}"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    marts = [("orders", "good_orders"), ("orders", "customer_totals"), ("revenue", "daily_revenue"), ("events", "dim_users"), ("events", "fct_events")]
    for domain, job in marts:
        client.run_job(domain, job)
        here = rows(client, f"SELECT * FROM {domain}.gold.{job} ORDER BY ALL")
        query = client.get(f"/transform/jobs/{domain}/{job}").json()["query"]
        make(client, f"{domain}_{job}", query)
        succeed(client, f"{domain}_{job}")
        assert here and rows(client, f"SELECT * FROM far.gold.{domain}_{job} ORDER BY ALL") == here, job
