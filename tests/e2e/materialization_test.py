# SPDX-License-Identifier: Apache-2.0
"""Views, incremental jobs, backfills, cancelled runs: http-api.md §8, lake.md §6.1."""

import pytest

from server import Server, column, wait_until


def make(client, name, query, **members):
    answer = client.post("/transform/jobs", {"domain": "mat", "job_name": name, "query": query, "schedule_type": "manual", **members})
    assert answer.status == 200, answer
    return answer.json()


def start(client, name, **scope):
    answer = client.post(f"/transform/jobs/mat/{name}/run", scope or None)
    assert answer.status == 200, answer
    return answer.json()["execution_id"]


def run(client, name, status="SUCCEEDED", **scope):
    execution = client.execution(start(client, name, **scope))
    assert execution["status"] == status, execution
    return execution


def rows(client, sql):
    return [tuple(row.values()) for row in client.rows(sql)]


def days(client, name):
    return [day[-2:] + version for day, version in rows(client, f"SELECT day, v FROM mat.gold.{name} ORDER BY 1")]


def day_query(version, count):
    return f"SELECT DATE '2026-03-01' + CAST(i AS INTEGER) AS day, '{version}' AS v FROM range({count}) t(i)"


def incremental(client, name, version="a", count=6, **members):
    return make(client, name, day_query(version, count), materialization="incremental", interval_column="day", interval="1d", **members)


@pytest.mark.parametrize(("members", "loc"), [
    ({"materialization": "cube"}, "materialization"), ({"materialization": "incremental"}, "materialization"),
    ({"materialization": "incremental", "interval_column": "day"}, "interval"),
    ({"materialization": "incremental", "interval_column": "day", "interval": "soon"}, "interval"),
    ({"materialization": "incremental", "interval_column": "day", "interval": "1d", "unique_key": "day"}, "materialization"),
    ({"materialization": "snapshot"}, "unique_key"), ({"materialization": "snapshot", "unique_key": "day", "write_mode": "append"}, "write_mode"),
    ({"materialization": "snapshot", "unique_key": "day", "snapshot": []}, "snapshot"), ({"snapshot": {}}, "snapshot"),
    ({"interval_column": "day", "interval": "1d"}, "interval_column"), ({"materialization": "view", "write_mode": "append"}, "write_mode"),
    ({"materialization": "view", "unique_key": "a"}, "write_mode"),
    ({"materialization": "view", "exports": [{"format": "csv", "path": "a.csv"}]}, "materialization"),
    ({"materialization": "incremental", "interval_column": "day", "interval": "1d", "query": "SELECT 1 AS day; -- end"}, "query")])
def test_what_does_not_go_together_is_422(client, name, members, loc):
    answer = client.post("/transform/jobs", {"domain": "mat", "job_name": name, "query": "SELECT 1 AS a", **members})
    assert answer.status == 422 and ["body", loc] in [entry["loc"] for entry in answer.detail], answer


def test_a_view_follows_what_it_reads(client, name):
    client.create("mat", name + "_in", [column("id", "integer", primary_key=True)])
    client.ingest(f"mat/{name}_in", {"id": 1})
    job = make(client, name, f"SELECT id * 10 AS tens FROM mat.silver.{name}_in", materialization="VIEW",
               tests=[{"type": "unique", "column": "tens"}])
    assert (job["materialization"], job["interval"], job["interval_column"]) == ("view", None, None)
    assert rows(client, f"SELECT * FROM mat.gold.{name}") == [(10,)]
    client.ingest(f"mat/{name}_in", {"id": 2})
    assert rows(client, f"SELECT sum(v.tens) FROM mat.gold.{name} AS v") == [(30,)]
    assert run(client, name)["output"] is None
    (listed,) = [one for one in client.get("/consumption/tables", query={"domain": "mat"}).json()["tables"] if one["name"] == name]
    assert [one["name"] for one in listed["columns"]] == ["tens"]
    changed = client.put(f"/transform/jobs/mat/{name}", {"query": f"SELECT 1 AS tens FROM mat.silver.{name}_in"})
    assert changed.status == 200 and rows(client, f"SELECT * FROM mat.gold.{name}") == [(1,), (1,)]
    assert "unique_" in run(client, name, "FAILED")["error"]
    client.put(f"/transform/jobs/mat/{name}", {"query": "SELECT x FROM mat.silver.nowhere", "tests": None})
    assert "does not exist" in run(client, name, "FAILED")["error"]


def test_a_dependency_is_followed_through_views(client, name):
    client.create("mat", name + "_in", [column("id", "integer", primary_key=True)])
    client.ingest(f"mat/{name}_in", {"id": 1})
    make(client, name + "_view", f"SELECT id FROM mat.silver.{name}_in", materialization="view")
    answer = client.post("/transform/jobs", {"domain": "mat", "job_name": name, "query": f"SELECT count(*) AS n FROM mat.gold.{name}_view",
                                             "schedule_type": "dependency"})
    assert answer.status == 200, answer
    client.ingest(f"mat/{name}_in", {"id": 2})

    def reflects():
        found = client.query(f"SELECT n FROM mat.gold.{name}")
        return found.status == 200 and found.json()["data"] == [{"n": 2}]

    wait_until(reflects, what="the run after the view's table changed")


@pytest.mark.parametrize("table_format", ["iceberg", "delta"])
def test_an_incremental_job_replaces_intervals(client, name, table_format):
    name += table_format
    incremental(client, name, "a", 3, format=table_format)
    assert run(client, name)["output"] == {"rows": 3}
    client.put(f"/transform/jobs/mat/{name}", {"query": day_query("b", 5)})
    assert run(client, name)["output"] == {"rows": 3}
    assert days(client, name) == ["01a", "02a", "03b", "04b", "05b"]
    client.put(f"/transform/jobs/mat/{name}", {"query": day_query("c", 9)})
    execution = run(client, name, **{"from": "2026-03-02", "to": "2026-03-03T00:00:01Z"})
    assert (execution["input"]["from"], execution["input"]["to"]) == ("2026-03-02T00:00:00Z", "2026-03-03T00:00:01Z")
    assert days(client, name) == ["01a", "02c", "03c", "04b", "05b"]
    run(client, name, full_refresh=True)
    assert days(client, name) == [f"0{day}c" for day in range(1, 10)]


@pytest.mark.parametrize("scope", [{"from": "2026-03-02"}, {"from": "soon", "to": "2026-03-02"}, {"from": "2026-03-02", "to": "2026-03-02"},
                                   {"full_refresh": "x"}, {"full_refresh": True, "from": "2026-03-01", "to": "2026-03-02"}])
def test_scopes_that_do_not_fit_are_422(client, name, scope):
    incremental(client, name)
    assert client.post(f"/transform/jobs/mat/{name}/run", scope).status == 422
    make(client, name + "_plain", "SELECT 1 AS a")
    assert client.post(f"/transform/jobs/mat/{name}_plain/run", {"from": "2026-03-01", "to": "2026-03-02"}).status == 422


def test_a_run_is_cancelled(client, name):
    make(client, name, "SELECT count(*) AS n FROM range(100000000) a, range(100000000) b WHERE a.range + b.range = 7")
    running, queued = start(client, name), start(client, name)
    wait_until(lambda: client.get(f"/transform/executions/{running}").json()["status"] == "RUNNING", what="the run")
    assert client.post(f"/transform/executions/{queued}/cancel").json()["status"] == "ABORTED"
    assert client.post(f"/transform/executions/{running}/cancel").status == 200
    assert client.execution(running)["status"] == "ABORTED"
    assert client.post(f"/transform/executions/{running}/cancel").status == 409
    assert client.post("/transform/executions/none/cancel").status == 404
    assert client.query(f"SELECT * FROM mat.gold.{name}").status == 400


def test_a_backfill_goes_on_after_a_kill(tmp_path):
    with Server(root=tmp_path) as server:
        server.start()
        client = server.client()
        incremental(client, "long", "a", 12)
        run(client, "long")
        client.put("/transform/jobs/mat/long", {"query": day_query("b", 12)})
        execution = start(client, "long", **{"from": "2026-03-01", "to": "2026-03-13"})
        wait_until(lambda: "b" in "".join(days(client, "long")), what="the first step")
        server.kill()
        server.start()
        client = server.client()
        done = client.execution(execution, timeout_s=300)
        assert done["status"] == "SUCCEEDED", done
        assert [version for _, version in rows(client, "SELECT day, v FROM mat.gold.long ORDER BY 1")] == ["b"] * 12
        commits = client.get("/tables/mat/gold/long/history", query={"limit": 1000}).json()["versions"]
        assert len([one for one in commits if one["operation"] == "MERGE"]) == 12, "each step is one commit, none is made twice"
        listed = client.get("/transform/executions", query={"domain": "mat", "job_name": "long"}).json()["executions"]
        assert [one["execution_id"] for one in listed if one["status"] != "SUCCEEDED"] == []


@pytest.mark.parametrize("table_format", ["delta", "iceberg"])
def test_a_snapshot_keeps_every_version_over_restarts(tmp_path, table_format):
    with Server(root=tmp_path) as server:
        server.start()
        client = server.client()
        client.create("mat", "people", [column("id", "integer", primary_key=True), column("town"), column("moved_at", "timestamp")])
        made = make(client, "moves", "SELECT id, town, moved_at FROM mat.silver.people", materialization="snapshot", unique_key="id", format=table_format,
                    snapshot={"updated_at": "moved_at", "hard_deletes": "invalidate"})
        assert made["snapshot"] == {"strategy": "timestamp", "updated_at": "moved_at", "check_cols": None, "hard_deletes": "invalidate", "column_names": "tarn"}
        client.batch("mat/people", [{"id": one, "town": "a", "moved_at": "2026-01-01T00:00:00Z"} for one in (1, 2)])
        run(client, "moves")
        client.batch("mat/people", [{"id": 1, "town": "b", "moved_at": "2026-02-01T00:00:00Z"}, {"id": 3, "town": "c", "moved_at": "2026-01-05T00:00:00Z"}])
        client.ingest("mat/people", {"id": 2}, op="delete")
        server.kill()
        server.start()
        client = server.client()
        run(client, "moves")
        run(client, "moves")
        found = rows(client, "SELECT id, town, strftime(valid_from, '%Y-%m-%d') AS f, is_current, valid_to IS NULL AS open FROM mat.gold.moves ORDER BY id, valid_from")
        assert found == [(1, "a", "2026-01-01", False, False), (1, "b", "2026-02-01", True, True), (2, "a", "2026-01-01", False, False),
                         (3, "c", "2026-01-05", True, True)]
        assert rows(client, "SELECT strftime(valid_to, '%Y-%m-%d') AS t FROM mat.gold.moves WHERE id = 1 AND NOT is_current") == [("2026-02-01",)]
        assert run(client, "moves", full_refresh=False)["output"] == {"rows": 2}
        assert client.post("/transform/jobs/mat/moves/run", {"full_refresh": True}).status == 422
