# SPDX-License-Identifier: Apache-2.0
"""Data tests before publishing: http-api.md §8.3, lake.md §6.2 and §6.4."""

import threading

import pytest

from server import Server, column, wait_until

ELEMENTARY = ["id", "data_issue_id", "test_execution_id", "test_unique_id", "model_unique_id", "invocation_id", "detected_at", "created_at",
              "database_name", "schema_name", "table_name", "column_name", "test_type", "test_sub_type", "test_results_description", "owners",
              "tags", "test_results_query", "other", "test_name", "test_params", "severity", "status", "failures", "test_short_name",
              "test_alias", "result_rows", "failed_row_count"]
RESULT = {"name", "domain", "table", "column", "type", "severity", "status", "failures", "message", "execution_id", "executed_at"}


def make(client, name, query, tests=(), **members):
    body = {"domain": "dq", "job_name": name, "query": query, "schedule_type": "manual", "tests": list(tests), **members}
    answer = client.post("/transform/jobs", body)
    assert answer.status == 200, answer
    return answer.json()


def change(client, name, **members):
    answer = client.put(f"/transform/jobs/dq/{name}", members)
    assert answer.status == 200, answer
    return answer.json()


def run(client, name, status):
    execution = client.run_job("dq", name)
    assert execution["status"] == status, execution
    return execution


def results(client, **query):
    answer = client.get("/tests/results", query=query)
    assert answer.status == 200 and answer.json()["count"] == len(answer.json()["results"]), answer
    return answer.json()["results"]


def rows(client, sql):
    return [tuple(row.values()) for row in client.rows(sql)]


def test_a_job_shows_its_tests_with_their_names(client, name):
    tests = [{"type": "NOT_NULL", "column": "id"}, {"type": "unique", "columns": ["id", "day"]}, {"type": "row_count", "min": 1, "severity": "WARN"},
             {"type": "sql", "query": "SELECT 1 WHERE false", "name": "mine", "error_if": "> 10"}]
    job = make(client, name, "SELECT 1 AS id, 2 AS day", tests)
    assert [test["name"] for test in job["tests"]] == [f"not_null_{name}_id", f"unique_{name}_id_day", f"row_count_{name}", "mine"]
    assert job["tests"][0] == {"name": f"not_null_{name}_id", "type": "not_null", "column": "id", "severity": "error", "warn_if": "!=0",
                               "error_if": "!=0", "store_failures": False}
    assert job["tests"][2]["severity"] == "warn" and job["tests"][3]["error_if"] == ">10"
    assert client.get(f"/transform/jobs/dq/{name}").json() == job
    assert change(client, name, status="paused")["tests"] == job["tests"]
    assert change(client, name, tests=None)["tests"] == []


@pytest.mark.parametrize(("test", "loc"), [
    (5, []), ({}, ["type"]), ({"type": "odd"}, ["type"]), ({"type": "not_null"}, ["column"]), ({"type": "range", "column": "a"}, ["min"]),
    ({"type": "accepted_values", "column": "a", "values": []}, ["values"]), ({"type": "relationships", "column": "a", "to": "b"}, ["field"]),
    ({"type": "row_count", "min": 1, "error_if": "many"}, ["error_if"]), ({"type": "row_count", "min": 1, "severity": "info"}, ["severity"]),
    ({"type": "sql", "query": "DROP TABLE x"}, ["query"]), ({"type": "sql", "query": "SELECT * FROM read_csv('/etc/passwd')"}, ["query"]),
    ({"type": "expression", "expression": "a >"}, ["expression"]), ({"type": "row_count", "min": 1, "where": "1; SELECT 2"}, ["where"]),
    ({"type": "freshness", "column": "a", "max_age": "soon"}, ["max_age"]), ({"type": "regex", "column": "a"}, ["pattern"])])
def test_a_test_that_does_not_fit_is_422(client, name, test, loc):
    good = {"type": "row_count", "min": 0}
    answer = client.post("/transform/jobs", {"domain": "dq", "job_name": name, "query": "SELECT 1", "tests": [good, test]})
    assert answer.status == 422 and answer.detail[0]["loc"] == ["body", "tests", 1, *loc], answer
    assert client.get(f"/transform/jobs/dq/{name}").status == 404


def test_a_failed_test_publishes_nothing(client, name):
    make(client, name, "SELECT 1 AS id", [{"type": "not_null", "column": "id"}])
    good = run(client, name, "SUCCEEDED")
    change(client, name, query="SELECT CASE WHEN i % 4 > 0 THEN i END AS id FROM range(1000) t(i)")
    bad = run(client, name, "FAILED")
    assert f"not_null_{name}_id (250 failures)" in bad["error"] and bad["output"] is None, bad
    assert rows(client, f"SELECT * FROM dq.gold.{name}") == [(1,)]
    number = bad["execution_id"].rsplit(".", 1)[1]
    assert rows(client, f'SELECT count(*), count(id) FROM dq.gold."{name}@{number}"') == [(1000, 750)]
    assert client.query(f'SELECT * FROM dq.gold."{name}@9999"').status == 400
    newest, older = results(client, domain="dq", job_name=name)
    assert set(newest) == RESULT
    assert (newest["execution_id"], newest["status"], newest["failures"], newest["column"]) == (bad["execution_id"], "fail", 250, "id")
    assert (older["execution_id"], older["status"], older["failures"]) == (good["execution_id"], "pass", 0)
    assert results(client, execution_id=bad["execution_id"]) == [newest]
    assert results(client, job_name=name, status="PASS") == [older]
    assert results(client, execution_id=bad["execution_id"], status="pass") == []
    assert client.get("/tests/results", query={"status": "odd"}).status == 422


def test_an_error_is_never_a_pass_and_a_warning_publishes(client, name):
    make(client, name, "SELECT 1 AS id", [{"type": "not_null", "column": "missing", "severity": "warn"}, {"type": "unique", "column": "id"}])
    bad = run(client, name, "FAILED")
    assert {one["name"]: (one["status"], one["failures"]) for one in results(client, execution_id=bad["execution_id"])} == {
        f"not_null_{name}_missing": ("error", None), f"unique_{name}_id": ("pass", 0)}
    change(client, name, tests=[{"type": "range", "column": "id", "max": 0, "severity": "warn", "store_failures": True}])
    run(client, name, "SUCCEEDED")
    (warned,) = results(client, job_name=name, status="warn")
    assert warned["failures"] == 1 and warned["rows"] == [{"id": 1}]


def test_relationships_and_freshness_over_the_lake(client, name):
    client.create("dq", name + "_users", [column("id", "integer", primary_key=True), column("seen", "timestamp")])
    client.batch(f"dq/{name}_users", [{"id": 1, "seen": "2020-01-01T00:00:00Z"}, {"id": 2, "seen": None}])
    make(client, name, f"SELECT id, seen FROM dq.silver.{name}_users UNION ALL SELECT 3, NULL", [
        {"type": "relationships", "column": "id", "to": f"dq.silver.{name}_users", "field": "id", "severity": "warn"},
        {"type": "freshness", "column": "seen", "max_age": "30d", "severity": "warn"},
        {"type": "freshness", "column": "seen", "max_age": "36500d", "severity": "warn", "name": "old_enough"}])
    execution = run(client, name, "SUCCEEDED")
    found = {one["name"]: (one["status"], one["failures"]) for one in results(client, execution_id=execution["execution_id"])}
    assert found == {f"relationships_{name}_id": ("warn", 1), f"freshness_{name}_seen": ("warn", 1), "old_enough": ("pass", 0)}


def test_the_results_table_has_elementarys_shape(client, name):
    make(client, name, "SELECT 1 AS id", [{"type": "accepted_values", "column": "id", "values": [1, 2]}])
    execution = run(client, name, "SUCCEEDED")
    answer = client.query(f"SELECT * FROM tarn.system.test_results WHERE table_name = '{name}'")
    assert [one["name"] for one in answer.json()["columns"]] == ELEMENTARY
    types = {one["name"]: one["type"] for one in answer.json()["columns"]}
    assert types["failures"] == types["failed_row_count"] == "BIGINT" and "TIMESTAMP" in types["detected_at"] and types["status"] == "VARCHAR"
    (row,) = answer.json()["data"]
    assert (row["test_short_name"], row["test_name"], row["status"], row["failures"], row["severity"]) == (
        "accepted_values", f"accepted_values_{name}_id", "pass", 0, "ERROR")
    assert (row["database_name"], row["schema_name"], row["invocation_id"]) == ("dq", "gold", execution["execution_id"])
    runs = rows(client, f"SELECT execution_id, status, row_count FROM tarn.system.executions WHERE job_name = '{name}'")
    assert runs == [(execution["execution_id"], "SUCCEEDED", 1)]


@pytest.mark.parametrize("table_format", ["iceberg", "delta"])
def test_readers_see_the_old_table_while_and_after_tests_fail(server, client, name, table_format):
    name += table_format
    make(client, name, "SELECT i AS id FROM range(100) t(i)", [{"type": "unique", "column": "id"}], format=table_format)
    run(client, name, "SUCCEEDED")
    change(client, name, query="SELECT i // 2 AS id FROM range(200000) t(i)")
    stop, seen, errors = threading.Event(), set(), []

    def poll():
        reader = server.client()
        while not stop.is_set():
            answer = reader.query(f"SELECT count(*), count(DISTINCT id), max(id) FROM dq.gold.{name}")
            if answer.status == 200:
                seen.add(tuple(answer.json()["data"][0].values()))
            else:
                errors.append(answer)
        reader.close()

    readers = [threading.Thread(target=poll) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        for _ in range(3):
            assert "100000 failures" in run(client, name, "FAILED")["error"]
        wait_until(lambda: seen, what="an answer")
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    assert errors == [] and seen == {(100, 100, 99)}
    assert rows(client, f"SELECT count(*) FROM dq.gold.{name}") == [(100,)]


def test_what_failed_stays_over_a_restart_and_fsck_counts_on_it(tmp_path):
    with Server(root=tmp_path) as server:
        server.start()
        client = server.client()
        make(client, "kept", "SELECT 1 AS id", [{"type": "unique", "column": "id"}], write_mode="append")
        run(client, "kept", "SUCCEEDED")
        bad = run(client, "kept", "FAILED")
        server.stop()
        server.start()
        client = server.client()
        staged = 'SELECT id FROM dq.gold."kept@%s"' % bad["execution_id"].rsplit(".", 1)[1]
        assert rows(client, staged) == [(1,), (1,)]
        assert [one["status"] for one in results(client, job_name="kept")] == ["fail", "pass"]
        assert client.post("/upkeep/runs", query={"verb": "orphans"}).json()["runs"][0]["status"] == "SUCCEEDED"
        assert rows(client, staged) == [(1,), (1,)]
        server.stop()
        assert server.cli("fsck", "--lake", server.lake, "--data-dir", server.data_dir).returncode == 0
        manifest = next((server.lake_files / "gold" / "dq" / "kept" / "_staged").iterdir())
        data = [path for path in (server.lake_files / "gold" / "dq" / "kept" / "data").iterdir() if path.name in manifest.read_text()]
        assert len(data) == 1
        result = sorted((server.lake_files / "_control" / "tests" / "dq" / "kept").iterdir())[0]
        whole = result.read_text()
        result.write_text(whole[:-9])
        broken = server.cli("fsck", "--lake", server.lake, "--data-dir", server.data_dir)
        assert broken.returncode != 0 and result.name in broken.stdout + broken.stderr
        result.write_text(whole)
        data[0].unlink()
        damaged = server.cli("fsck", "--lake", server.lake, "--data-dir", server.data_dir)
        assert damaged.returncode != 0 and data[0].name in damaged.stdout + damaged.stderr


def test_the_report_shows_the_last_results_of_each_table(client, name):
    make(client, name, "SELECT '<b>' AS id", [{"type": "accepted_values", "column": "id", "values": ["<i>"], "name": "of <markup>"}])
    run(client, name, "FAILED")
    last = run(client, name, "FAILED")
    report = client.get("/tests/report", query={"domain": "dq"}).json()
    (table,) = [one for one in report["tables"] if one["table"] == name]
    assert table["execution_id"] == last["execution_id"] and table["summary"] == {"pass": 0, "fail": 1, "warn": 0, "error": 0}
    assert [set(one) for one in table["results"]] == [RESULT] and report["summary"]["fail"] >= 1
    assert client.get("/tests/report", query={"domain": "nobody"}).json()["tables"] == []
    page = client.get("/tests/report", headers={"Accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html") and "of &lt;markup&gt;" in page.text and "<markup>" not in page.text
    assert client.get("/tests/report", query={"format": "html"}).text.count(f"dq.gold.{name}<") == 1
    assert client.get("/tests/report", query={"format": "pdf"}).status == 422
