# SPDX-License-Identifier: Apache-2.0
"""Jobs that run by themselves (http-api.md §8.1, §8.2; lake.md §6.5, §6.6): docs/guide/gold.md."""

import re
import time
from datetime import datetime, timedelta, timezone

import pytest

from server import Server, column, wait_until


@pytest.fixture
def own(tmp_path):
    with Server(root=tmp_path) as one:
        one.start()
        yield one


def make(client, name, query, **members):
    answer = client.post("/transform/jobs", {"domain": "d", "job_name": name, "query": query, **members})
    assert answer.status == 200, answer
    return answer.json()


def runs(client, name):
    """Executions of a job, oldest first."""
    return client.get(f"/transform/jobs/d/{name}/executions").json()["executions"][::-1]


def ended(client, name, count=1, timeout_s=20):
    wait_until(lambda: len([run for run in runs(client, name) if run["status"] in ("SUCCEEDED", "FAILED")]) >= count, timeout_s, f"runs of {name}")
    return runs(client, name)


def keyed(client, name):
    client.create("d", name, [column("id", "integer", primary_key=True), column("v", "integer")])


def test_the_next_time_is_shown_for_jobs_that_have_one(own):
    client = own.client()
    now = datetime.now(timezone.utc)
    hourly = datetime.fromisoformat(make(client, "a", "SELECT 1 AS x", cron_schedule="hourly")["next_run_at"])
    assert hourly == (now + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    assert make(client, "b", "SELECT 1 AS x", cron_schedule="cron(0 6 1 1 ? 2031)")["next_run_at"] == "2031-01-01T06:00:00Z"
    assert re.match(r"\d{4}-\d\d-\d\dT02:00:00Z", make(client, "c", "SELECT 1 AS x")["next_run_at"]), "daily when nothing is said"
    assert make(client, "e", "SELECT 1 AS x", schedule_type="manual")["next_run_at"] is None
    assert make(client, "f", "SELECT 1 AS x", schedule_type="dependency", dependencies=["a"])["next_run_at"] is None
    assert client.put("/transform/jobs/d/a", {"status": "paused"}).json()["next_run_at"] is None
    listed = {job["job_name"]: job["next_run_at"] for job in client.get("/transform/jobs").json()}
    assert listed["b"] == "2031-01-01T06:00:00Z" and listed["a"] is None


def test_a_job_runs_at_its_time_and_once(own):
    client = own.client()
    make(client, "minutely", "SELECT now() AS at", cron_schedule="* * * * *", write_mode="append")
    job = client.get("/transform/jobs/d/minutely").json()
    due = datetime.fromisoformat(job["next_run_at"])
    first = ended(client, "minutely", timeout_s=75)
    assert len(first) == 1 and first[0]["status"] == "SUCCEEDED" and first[0]["trigger"] == "schedule", first
    assert datetime.fromisoformat(first[0]["scheduled_for"]) == due
    assert datetime.fromisoformat(first[0]["started_at"]) >= due
    own.kill()
    own.start()
    client = own.client()
    again = runs(client, "minutely")
    assert [run["scheduled_for"] for run in again][:1] == [first[0]["scheduled_for"]] and len({run["scheduled_for"] for run in again}) == len(again)
    assert client.value("SELECT count(*) FROM d.gold.minutely") == len([run for run in again if run["status"] == "SUCCEEDED"])


def test_a_job_follows_the_tables_it_reads(own):
    client = own.client()
    keyed(client, "t")
    make(client, "sums", "WITH t AS (SELECT 1) SELECT sum(v)::BIGINT AS total FROM d.silver.t", schedule_type="dependency")
    time.sleep(1)
    assert runs(client, "sums") == [], "nothing has come since it was made"
    client.ingest("d/t", {"id": 1, "v": 2})
    run = ended(client, "sums")[0]
    assert run["status"] == "SUCCEEDED" and run["trigger"] == "dependency" and client.value("SELECT total FROM d.gold.sums") == 2
    client.ingest("d/t", {"id": 1, "v": 5})
    wait_until(lambda: client.value("SELECT total FROM d.gold.sums") == 5, 20, "the next run")
    before = len(ended(client, "sums", 2))
    assert client.post("/upkeep/runs?verb=compact&table=d.silver.t").status == 200
    time.sleep(1)
    assert len(runs(client, "sums")) == before, "a compaction is no news"


def test_a_chain_runs_in_its_order(own):
    client = own.client()
    keyed(client, "t")
    follows = {"schedule_type": "dependency"}
    make(client, "c", "SELECT (SELECT max(n) FROM d.gold.a) AS a, (SELECT max(n) FROM d.gold.b) AS b", dependencies=["a", "d.b"], **follows)
    make(client, "b", "SELECT max(n) AS n FROM d.gold.a", dependencies=["a"], **follows)
    make(client, "a", "SELECT count(*) AS n FROM d.silver.t", dependencies=["d.silver.t"], **follows)
    for count in (1, 2):
        client.ingest("d/t", {"id": count})
        wait_until(lambda: len(runs(client, "c")) >= count, 20, "the end of the chain")
        row = client.rows("SELECT a, b FROM d.gold.c") if ended(client, "c", count)[-1]["status"] == "SUCCEEDED" else runs(client, "c")
        assert row == [{"a": count, "b": count}]
        times = [runs(client, name)[-1]["started_at"] for name in "abc"]
        assert times == sorted(times) and [len(runs(client, name)) for name in "abc"] == [count] * 3


def test_a_failed_upstream_triggers_nothing_and_others_go_on(own):
    client = own.client()
    keyed(client, "t")
    follows = {"schedule_type": "dependency"}
    make(client, "a", "SELECT CAST(max(v) || ' apples' AS INTEGER) AS n FROM d.silver.t", dependencies=["d.silver.t"], **follows)
    make(client, "b", "SELECT count(*) AS n FROM d.silver.t", dependencies=["a", "d.silver.t"], **follows)
    make(client, "other", "SELECT count(*) AS n FROM d.silver.t", **follows)
    client.ingest("d/t", {"id": 1, "v": 1})
    assert ended(client, "a")[0]["status"] == "FAILED" and ended(client, "other")[0]["status"] == "SUCCEEDED"
    time.sleep(1)
    assert runs(client, "b") == [] and len(runs(client, "a")) == 1, "what failed is not tried again without news"


def test_news_of_a_time_without_a_server_are_seen(own):
    client = own.client()
    keyed(client, "t")
    make(client, "sums", "SELECT sum(v)::BIGINT AS total FROM d.silver.t", schedule_type="dependency")
    client.ingest("d/t", {"id": 1, "v": 1})
    ended(client, "sums")
    client.ingest("d/t", {"id": 2, "v": 1}, ack="wal")
    own.kill()
    own.start()
    client = own.client()
    wait_until(lambda: client.value("SELECT total FROM d.gold.sums") == 2, 20, "a run after the restart")


def test_constant_commits_are_debounced(own):
    client = own.client()
    keyed(client, "t")
    make(client, "sums", "SELECT count(*) AS n FROM d.silver.t", schedule_type="dependency", debounce="2s")
    for number in range(12):
        client.ingest("d/t", {"id": number})
        time.sleep(0.1)
    assert runs(client, "sums") == []
    assert len(ended(client, "sums")) == 1
    assert client.value("SELECT n FROM d.gold.sums") == 12


def test_without_a_scheduler_no_job_runs(tmp_path):
    with Server(root=tmp_path, arguments=["--scheduler", "false"]) as one:
        one.start()
        client = one.client()
        keyed(client, "t")
        make(client, "sums", "SELECT count(*) AS n FROM d.silver.t", schedule_type="dependency")
        client.ingest("d/t", {"id": 1})
        refused = client.post("/transform/jobs/d/sums/run")
        assert refused.status == 503 and "scheduler is off" in refused.detail and refused.headers.get("retry-after"), refused
        assert runs(client, "sums") == []
