# SPDX-License-Identifier: Apache-2.0
"""Transform jobs and their runs: http-api.md §8."""

import re
import threading
from decimal import Decimal

import pytest

from server import column

RFC3339 = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$")


def body(name, query="SELECT 1 AS a", **members):
    return {"domain": "gold", "job_name": name, "query": query, **members}


def make(client, name, query="SELECT 1 AS a", **members):
    answer = client.post("/transform/jobs", body(name, query, **members))
    assert answer.status == 200, answer
    return answer.json()


def run(client, name):
    return client.run_job("gold", name)


def succeed(client, name):
    execution = run(client, name)
    assert execution["status"] == "SUCCEEDED", execution
    return execution


def rows(client, name, columns="*", order="ALL"):
    return [tuple(row.values()) for row in client.rows(f"SELECT {columns} FROM gold.gold.{name} ORDER BY {order}")]


def test_job_object(client, name):
    job = make(client, name, "SELECT 1 AS a", cron_schedule="daily", unique_key="a", write_mode="APPEND")
    assert job["id"] == f"gold/{name}" and job["domain"] == "gold" and job["job_name"] == name
    assert (job["query"], job["write_mode"], job["unique_key"], job["schedule_type"], job["cron_schedule"]) == ("SELECT 1 AS a", "append", "a", "cron", "daily")
    assert job["dependencies"] is None and job["status"] == "active" and job["next_run_at"].endswith("T02:00:00Z")
    assert RFC3339.match(job["created_at"]) and RFC3339.match(job["updated_at"])
    assert client.get(f"/transform/jobs/gold/{name}").json() == job
    plain = make(client, name + "b")
    assert (plain["write_mode"], plain["unique_key"], plain["schedule_type"], plain["cron_schedule"], plain["dependencies"]) == (
        "overwrite", None, "cron", None, None)


def test_duplicate_and_missing(client, name):
    make(client, name)
    again = client.post("/transform/jobs", body(name))
    assert again.status == 400 and "already exists" in again.detail
    for method in ("GET", "PUT", "DELETE"):
        answer = client.request(method, "/transform/jobs/gold/missing", {} if method == "PUT" else None)
        assert answer.status == 404 and answer.detail == "Job gold/missing not found", answer
    assert client.post("/transform/jobs/gold/missing/run").status == 404
    assert client.get("/transform/jobs/gold/missing/executions").status == 404
    assert client.get("/transform/executions/none").status == 404


@pytest.mark.parametrize("change", [
    {"job_name": "Bad"}, {"domain": "system"}, {"domain": "a b"}, {"query": None}, {"query": 5}, {"query": ""}, {"query": "DROP TABLE x"},
    {"query": "SELECT 1; SELECT 2"}, {"query": "SELEC 1"}, {"query": "COPY (SELECT 1) TO 'x'"}, {"query": "SELECT ("}, {"write_mode": "replace_all"},
    {"schedule_type": "sometimes"}, {"status": "asleep"}, {"unique_key": 5}, {"write_mode": "upsert"}, {"write_mode": "merge"}, {"dependencies": "x"},
    {"dependencies": [5]}, {"retries": -1}, {"retries": "x"}, {"timeout": "soon"}, {"catchup": "some"}, {"debounce": "x"}, {"engine": "oracle"},
    {"materialization": "cube"}, {"tests": "x"}])
def test_bodies_that_do_not_fit_are_422(client, name, change):
    answer = client.post("/transform/jobs", body(name, **{**change}) if "job_name" not in change and "domain" not in change else {**body(name), **change})
    assert answer.status == 422, answer
    assert all({"type", "loc", "msg"} <= set(entry) for entry in answer.detail)


def test_missing_members(client):
    answer = client.post("/transform/jobs", {})
    assert answer.status == 422 and {tuple(entry["loc"]) for entry in answer.detail} == {("body", "domain"), ("body", "job_name"), ("body", "query")}


VALID_SCHEDULES = ["hour", "hourly", "@hourly", "day", "daily", "@daily", "week", "weekly", "@weekly", "month", "monthly", "@monthly", "* * * * *", "*/5 * * * *",
                   "0 0 1 1 *", "0,30 8-18 * * MON-FRI", "0 2 * JAN,JUL SUN", "5 4 * * 7", "0 0-23/2 * * *", "0 12 * * ? *", "15 10 ? * MON-FRI *",
                   "0 18 ? * 2-6 2026", "0/15 * * * ? *", "cron(0 12 * * ? *)", "cron(0/10 * ? * MON-FRI *)", "rate(1 minute)", "rate(5 minutes)",
                   "rate(1 hour)", "rate(12 hours)", "rate(1 day)", "rate(7 days)"]
INVALID_SCHEDULES = ["", " ", "yearly!", "sometimes", "* * * *", "* * * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 *",
                     "* * * * 8", "*/0 * * * *", "5-1 * * * *", "a b c d e", "* * * FOO *", "1, * * * *", "rate(0 minutes)", "rate(-1 hours)", "rate(5)",
                     "rate(5 weeks)", "rate(x minutes)", "rate(5 minutes", "cron(0 12 * * ? *", "cron()", "0 12 ? * ? *", "1.5 * * * *", "@noon"]


@pytest.mark.parametrize("text", VALID_SCHEDULES)
def test_valid_schedules_are_echoed(client, name, text):
    assert make(client, name, cron_schedule=text)["cron_schedule"] == text


@pytest.mark.parametrize("text", INVALID_SCHEDULES)
def test_invalid_schedules_are_422(client, name, text):
    answer = client.post("/transform/jobs", body(name, cron_schedule=text))
    assert answer.status == 422 and answer.detail[0]["loc"] == ["body", "cron_schedule"], answer


def test_schedules_of_put_are_checked(client, name):
    make(client, name)
    assert client.put(f"/transform/jobs/gold/{name}", {"cron_schedule": "never"}).status == 422
    assert client.put(f"/transform/jobs/gold/{name}", {"write_mode": "odd"}).status == 422
    assert client.get(f"/transform/jobs/gold/{name}").json()["cron_schedule"] is None


def test_put_is_partial_and_null_clears(client, name):
    made = make(client, name, unique_key="a", write_mode="append", cron_schedule="hourly")
    changed = client.put(f"/transform/jobs/gold/{name}", {"domain": "x", "job_name": "y", "query": "SELECT 2 AS a"}).json()
    assert (changed["id"], changed["query"], changed["unique_key"], changed["cron_schedule"]) == (f"gold/{name}", "SELECT 2 AS a", "a", "hourly")
    assert changed["created_at"] == made["created_at"] and changed["updated_at"] >= made["updated_at"]
    cleared = client.put(f"/transform/jobs/gold/{name}", {"unique_key": None, "cron_schedule": None, "status": "Inactive"}).json()
    assert (cleared["unique_key"], cleared["cron_schedule"], cleared["status"]) == (None, None, "paused")


def test_list_and_order(client):
    for job in ("b_job", "a_job"):
        assert client.post("/transform/jobs", {"domain": "listed", "job_name": job, "query": "SELECT 1"}).status == 200

    def names(**query):
        return [one["job_name"] for one in client.get("/transform/jobs", query={"domain": "listed", **query}).json()]

    assert names() == ["a_job", "b_job"] and names(order_by="-job_name") == ["b_job", "a_job"]
    assert names(order_by="created_at") == ["b_job", "a_job"] and names(order_by="odd") == ["a_job", "b_job"]
    assert client.get("/transform/jobs", query={"domain": "nobody"}).json() == []


def test_delete(client, name):
    make(client, name)
    succeed(client, name)
    gone = client.delete(f"/transform/jobs/gold/{name}")
    assert gone.status == 200 and gone.json()["message"] == f"Job gold/{name} deleted"
    assert client.get(f"/transform/jobs/gold/{name}").status == 404
    make(client, name, "SELECT 5 AS a")
    succeed(client, name)
    assert rows(client, name) == [(5,)]


def test_dependencies_are_echoed_and_cycles_refused(client, name):
    a, b, c = (f"{name}_{letter}" for letter in "abc")
    wanted = [b, f"gold.{c}", "gold/x", "gold.gold.y", "sales.silver.orders"]
    assert make(client, a, schedule_type="dependency", dependencies=wanted)["dependencies"] == wanted
    make(client, b, schedule_type="dependency", dependencies=[c])
    answer = client.post("/transform/jobs", body(c, schedule_type="dependency", dependencies=[f"gold.gold.{a}"]))
    assert answer.status == 422, answer
    assert client.post("/transform/jobs", body(name, schedule_type="dependency", dependencies=[name])).status == 422
    make(client, c)
    assert client.put(f"/transform/jobs/gold/{c}", {"schedule_type": "dependency", "dependencies": [a]}).status == 422
    assert client.put(f"/transform/jobs/gold/{c}", {"dependencies": ["unknown_job"]}).status == 200


def test_a_cycle_through_the_queries_of_dependency_jobs_is_refused(client, name):
    a, b = f"{name}_a", f"{name}_b"
    make(client, a, f"SELECT * FROM gold.gold.{b}", schedule_type="dependency")
    answer = client.post("/transform/jobs", body(b, f"WITH {b} AS (SELECT 1 AS i) SELECT i FROM gold.gold.{a}", schedule_type="dependency"))
    assert answer.status == 422 and "cycle" in str(answer.json()), answer
    make(client, b, f"SELECT * FROM gold.gold.{a}", schedule_type="manual")
    assert client.put(f"/transform/jobs/gold/{b}", {"schedule_type": "dependency"}).status == 422
    make(client, name, f"WITH {name} AS (SELECT 1 AS i) SELECT i FROM {name}", schedule_type="dependency")  # a name of its own query is no table


@pytest.mark.parametrize("member,value", [("engine", "trino"), ("engine", "spark"), ("engine", "athena")])
def test_engines_that_this_server_is_not_connected_to_are_501_by_name(client, name, member, value):
    answer = client.post("/transform/jobs", body(name, **{member: value}))
    assert answer.status == 501 and member in answer.detail, answer
    assert client.get(f"/transform/jobs/gold/{name}").status == 404
    make(client, name)
    assert client.put(f"/transform/jobs/gold/{name}", {member: value}).status == 501
    assert client.get(f"/transform/jobs/gold/{name}").json()["engine"] == "duckdb"


def test_default_values_are_accepted(client, name):
    make(client, name, tests=[], materialization="TABLE", engine="DuckDB", retries=2, timeout="1h", catchup="one", debounce="0s", format="delta", mirror=None, exports=[])


def test_run_and_its_records(client, name):
    make(client, name, "SELECT * FROM range(7) t(i)")
    answer = client.post(f"/transform/jobs/gold/{name}/run")
    assert answer.status == 200, answer
    started = answer.json()
    assert (started["job_name"], started["domain"], started["status"]) == (name, "gold", "RUNNING") and RFC3339.match(started["started_at"])
    assert "/" not in started["execution_id"] and " " not in started["execution_id"]
    done = client.execution(started["execution_id"])
    assert (done["execution_id"], done["job_name"], done["domain"], done["status"]) == (started["execution_id"], name, "gold", "SUCCEEDED")
    assert RFC3339.match(done["stopped_at"]) and done["trigger"] == "manual" and done.get("error") is None
    assert done["output"]["rows"] == 7
    assert {"run_mode", "domain", "job_name", "query", "write_mode", "unique_key"} <= set(done["input"])
    assert client.get(f"/transform/executions/arn:aws:states:x:{started['execution_id']}").status == 200
    second = succeed(client, name)
    listed = client.get(f"/transform/jobs/gold/{name}/executions").json()
    assert [one["execution_id"] for one in listed["executions"]] == [second["execution_id"], done["execution_id"]] and listed["count"] == 2
    page = client.get("/transform/executions", query={"domain": "gold", "job_name": name, "limit": 1}).json()
    assert page["count"] == 1 and page["next_cursor"]
    rest = client.get("/transform/executions", query={"domain": "gold", "job_name": name, "limit": 1, "cursor": page["next_cursor"]}).json()
    assert [one["execution_id"] for one in rest["executions"]] == [done["execution_id"]]
    assert client.get("/transform/executions", query={"job_name": name, "status": "FAILED"}).json()["executions"] == []
    assert len(client.get("/transform/executions", query={"job_name": name, "status": "succeeded"}).json()["executions"]) == 2


def test_overwrite(client, name):
    client.create("gold", name, [column("id", "integer", primary_key=True), column("v")])
    client.batch(f"gold/{name}", [{"id": 1, "v": "a"}, {"id": 2, "v": "b"}])
    make(client, name, f"SELECT v, count(*) AS n FROM gold.silver.{name} GROUP BY v")
    assert client.query(f"SELECT * FROM gold.gold.{name}").status in (200, 400)
    succeed(client, name)
    assert rows(client, name) == [("a", 1), ("b", 1)]
    client.batch(f"gold/{name}", [{"id": 1, "v": "b"}])
    succeed(client, name)
    assert rows(client, name) == [("b", 2)]


def test_defect_7_zero_rows_empty_the_table(client, name):
    client.create("gold", name, [column("id", "integer", primary_key=True)])
    client.batch(f"gold/{name}", [{"id": 1}])
    make(client, name, f"SELECT id FROM gold.silver.{name}")
    succeed(client, name)
    client.batch(f"gold/{name}", [{"id": 1}], op="delete")
    assert succeed(client, name)["output"]["rows"] == 0
    assert rows(client, name) == []
    assert [entry["name"] for entry in client.query(f"SELECT * FROM gold.gold.{name}").json()["columns"]] == ["id"]


def test_defect_7_a_failure_is_recorded_and_stops_nobody_else(client, name):
    make(client, name, "SELECT 1 AS a")
    make(client, name + "_ok", "SELECT 1 AS a")
    succeed(client, name)
    client.put(f"/transform/jobs/gold/{name}", {"query": "SELECT CAST(x AS INTEGER) AS a FROM (VALUES ('1'), ('x')) t(x)"})
    failed = run(client, name)
    assert failed["status"] == "FAILED" and isinstance(failed["error"], str) and failed["error"] and RFC3339.match(failed["stopped_at"])
    assert rows(client, name) == [(1,)]
    succeed(client, name + "_ok")
    client.put(f"/transform/jobs/gold/{name}", {"query": "SELECT * FROM gold.silver.not_there"})
    assert run(client, name)["status"] == "FAILED"
    listed = client.get("/transform/executions", query={"domain": "gold", "job_name": name, "status": "FAILED"}).json()
    assert listed["count"] == 2


@pytest.mark.parametrize("query", ["SELECT * FROM read_csv('/etc/passwd')", "SELECT getenv('HOME') AS x", "SELECT * FROM '/etc/passwd'", "SELECT * FROM glob('/*')"])
def test_jobs_cannot_read_files(client, name, query):
    answer = client.post("/transform/jobs", body(name, query))
    if answer.status == 200:
        failed = run(client, name)
        assert failed["status"] == "FAILED" and "root:" not in str(failed) and "/etc" not in failed["error"]
    else:
        assert answer.status in (400, 422)


def test_append(client, name):
    make(client, name, "SELECT 1 AS a, 'x' AS b", write_mode="append")
    for _ in range(3):
        succeed(client, name)
    assert rows(client, name) == [(1, "x")] * 3


@pytest.mark.parametrize("mode", ["append", "upsert", "MERGE"])
def test_defect_6_append_with_a_key_keeps_the_others(client, name, mode):
    make(client, name, "SELECT * FROM (VALUES (1, 'a'), (2, 'b')) t(k, v)", write_mode=mode, unique_key="k")
    succeed(client, name)
    client.put(f"/transform/jobs/gold/{name}", {"query": "SELECT * FROM (VALUES (2, 'B'), (3, 'c')) t(k, v)"})
    succeed(client, name)
    assert rows(client, name) == [(1, "a"), (2, "B"), (3, "c")]
    client.put(f"/transform/jobs/gold/{name}", {"query": "SELECT * FROM (VALUES (4, 'x'), (4, 'y')) t(k, v)"})
    assert run(client, name)["status"] == "FAILED"
    assert rows(client, name) == [(1, "a"), (2, "B"), (3, "c")]


@pytest.mark.parametrize("key", ["a, b", ["a", "b"]])
def test_composite_unique_key(client, name, key):
    assert make(client, name, "SELECT * FROM (VALUES (1, 'x', 1), (1, 'y', 2)) t(a, b, v)", write_mode="append", unique_key=key)
    succeed(client, name)
    client.put(f"/transform/jobs/gold/{name}", {"query": "SELECT 1 AS a, 'y' AS b, 9 AS v"})
    succeed(client, name)
    assert rows(client, name) == [(1, "x", 1), (1, "y", 9)]


def test_a_key_the_result_lacks_fails_the_run(client, name):
    make(client, name, "SELECT 1 AS a", write_mode="append", unique_key="nothing")
    assert run(client, name)["status"] == "FAILED"


def test_columns_come_and_go(client, name):
    make(client, name, "SELECT 1 AS a, 'x' AS b", write_mode="append")
    succeed(client, name)
    client.put(f"/transform/jobs/gold/{name}", {"query": "SELECT 2 AS a, 1.5::DECIMAL(5,2) AS c"})
    succeed(client, name)
    assert rows(client, name, "a, b, c", "a") == [(1, "x", None), (2, None, Decimal("1.5"))]
    client.put(f"/transform/jobs/gold/{name}", {"query": "SELECT 3 AS a", "write_mode": "overwrite"})
    succeed(client, name)
    assert client.value(f"SELECT a FROM gold.gold.{name}") == 3


RESULT_TYPES = [("170141183460469231731687303715884105727::HUGEINT % 1000000007", "DECIMAL(38,0)"), ("18446744073709551615::UBIGINT", "DECIMAL(20,0)"),
                ("uuid()", "VARCHAR"), ("'a'::ENUM('a')", "VARCHAR"), ("INTERVAL 1 DAY", "VARCHAR"), ("TIME '10:00:00'", "VARCHAR"), ("'{\"a\": [1]}'::JSON", "JSON"),
                ("TIMESTAMP '2024-01-01 10:00:00'", "TIMESTAMP"), ("TIMESTAMPTZ '2024-01-01 10:00:00Z'", "TIMESTAMP WITH TIME ZONE"), ("1.5::DOUBLE", "DOUBLE"),
                ("1.5::DECIMAL(9,4)", "DECIMAL(9,4)"), ("DATE '2024-01-01'", "DATE"), ("true", "BOOLEAN"), ("5::BIGINT", "BIGINT"), ("5::INTEGER", "INTEGER"),
                ("[1, 2]", "INTEGER[]"), ("{'a': 1, 'b': 'x'}", "STRUCT(a INTEGER, b VARCHAR)"), ("'\\x00'::BLOB", "BLOB")]


def test_result_types(client, name):
    make(client, name, "SELECT " + ", ".join(f"{expression} AS c{number}" for number, (expression, _) in enumerate(RESULT_TYPES)))
    succeed(client, name)
    answer = client.query(f"SELECT * FROM gold.gold.{name}")
    got = [entry["type"].replace(" ", "").replace('"', "") for entry in answer.json()["columns"]]
    assert got == [type_.replace(" ", "") for _, type_ in RESULT_TYPES]
    row = answer.exact()["data"][0]
    assert row["c1"] == 2**64 - 1 and row["c6"] == {"a": [1]} and row["c7"] == "2024-01-01T10:00:00" and row["c15"] == [1, 2]
    assert row["c16"] == {"a": 1, "b": "x"}


def test_hugeint_overflow_fails_the_run(client, name):
    make(client, name, "SELECT 170141183460469231731687303715884105727::HUGEINT AS x")
    assert run(client, name)["status"] == "FAILED"


def test_one_run_per_job_at_a_time(server, client, name):
    make(client, name, "SELECT count(*) AS n FROM range(3000000) t(i) WHERE i % 3 = 1", write_mode="append")
    ids = []

    def start():
        one = server.client()
        ids.append(one.post(f"/transform/jobs/gold/{name}/run").json()["execution_id"])
        one.close()

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 4
    ended = [client.execution(one) for one in ids]
    succeeded = [one for one in ended if one["status"] == "SUCCEEDED"]
    assert len(rows(client, name)) == len(succeeded) >= 1


def test_paused_jobs_run_by_hand(client, name):
    make(client, name, status="paused")
    succeed(client, name)


def test_gold_reads_gold(client, name):
    make(client, name, "SELECT 20 AS a")
    make(client, name + "_next", f"SELECT a + 1 AS b FROM gold.gold.{name}")
    succeed(client, name)
    succeed(client, name + "_next")
    assert rows(client, name + "_next") == [(21,)]
