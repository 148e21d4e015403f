# SPDX-License-Identifier: Apache-2.0
"""Pipelines: jobs that run together, in order, with a record of each run (docs/guide/pipelines.md)."""

import json
import re
import shutil
import time
from datetime import datetime
from pathlib import Path

import pytest

from server import Server, column, wait_until

PROJECTS = Path(__file__).resolve().parent.parent / "dbt"

SLOW = "(SELECT sum(hash(range) % 7) AS x FROM range(120_000_000))"


@pytest.fixture
def own(tmp_path):
    with Server(root=tmp_path) as one:
        one.start()
        yield one


def make(client, name, query, domain="d", **members):
    answer = client.post("/transform/jobs", {"domain": domain, "job_name": name, "query": query, "schedule_type": "manual", **members})
    assert answer.status == 200, answer


def save(client, name, jobs, **members):
    answer = client.put(f"/pipelines/{name}", {"jobs": jobs, **members})
    assert answer.status == 200, answer
    return answer.json()


def start(client, name):
    answer = client.post(f"/pipelines/{name}/run")
    assert answer.status == 200, answer
    return answer.json()["run"]


def ended(client, name, run, timeout_s=60):
    wait_until(lambda: client.get(f"/pipelines/{name}/runs/{run}").json()["stopped_at"], timeout_s, f"run {run} of {name}")
    return client.get(f"/pipelines/{name}/runs/{run}").json()


def outcome(run):
    return {step["job"]: step["status"] for step in run["jobs"]}


def test_jobs_run_in_the_order_of_what_they_read(own):
    client = own.client()
    make(client, "base", "SELECT 1 AS id UNION ALL SELECT 2")
    make(client, "doubled", "SELECT id * 2 AS id FROM d.gold.base", materialization="view")
    make(client, "top", "SELECT max(id) AS id FROM d.gold.doubled")
    make(client, "told", "SELECT 7 AS id", domain="e", dependencies=["d.gold.top"])
    saved = save(client, "nightly", ["e/told", "d.top", "d/base"])
    assert saved["jobs"] == ["e/told", "d/top", "d/base"] and saved["schedule"] is None and saved["next_run_at"] is None
    run = ended(client, "nightly", start(client, "nightly"))
    assert run["status"] == "SUCCEEDED" and run["trigger"] == "manual" and run["error"] is None, run
    assert [(step["job"], step["after"], step["rows"]) for step in run["jobs"]] == [("d/base", [], 2), ("d/top", ["d/base"], 1), ("e/told", ["d/top"], 1)]
    assert client.value("SELECT id FROM d.gold.top") == 4
    for step, after in zip(run["jobs"][1:], run["jobs"]):
        assert datetime.fromisoformat(after["stopped_at"]) <= datetime.fromisoformat(step["started_at"])
        execution = client.execution(step["execution_id"])
        assert execution["trigger"] == "pipeline" and execution["input"]["pipeline_run"] == run["run_id"] == "nightly.1"
    (row,) = client.rows("SELECT run_id, pipeline, run, status, jobs, succeeded, failed, skipped, error, duration_ms >= 0 AS took FROM tarn.system.pipeline_runs")
    assert row == {"run_id": "nightly.1", "pipeline": "nightly", "run": 1, "status": "SUCCEEDED", "jobs": 3, "succeeded": 3, "failed": 0, "skipped": 0,
                   "error": None, "took": True}


def test_a_failing_job_stops_only_those_behind_it(own):
    client = own.client()
    make(client, "good", "SELECT 1 AS id")
    make(client, "bad", "SELECT error('boom') AS id", retries=0)
    make(client, "behind", "SELECT id FROM d.gold.bad")
    make(client, "far", "SELECT id FROM d.gold.behind")
    make(client, "other", "SELECT id FROM d.gold.good")
    save(client, "all", ["d/far", "d/behind", "d/bad", "d/other", "d/good"])
    run = ended(client, "all", start(client, "all"))
    assert run["status"] == "FAILED"
    assert outcome(run) == {"d/good": "SUCCEEDED", "d/bad": "FAILED", "d/behind": "SKIPPED", "d/far": "SKIPPED", "d/other": "SUCCEEDED"}
    assert run["error"] == "1 of 5 jobs did not succeed: d/bad; not run: d/behind, d/far"
    assert "boom" in next(step["error"] for step in run["jobs"] if step["job"] == "d/bad")
    assert client.get("/transform/jobs/d/behind/executions").json()["count"] == 0
    client.put("/transform/jobs/d/bad", {"query": "SELECT 3 AS id"})
    assert ended(client, "all", start(client, "all"))["status"] == "SUCCEEDED"
    runs = client.get("/pipelines/all/runs").json()
    assert [one["status"] for one in runs["runs"]] == ["SUCCEEDED", "FAILED"] and runs["count"] == 2 and runs["next_cursor"] is None
    page = client.get("/pipelines/all/runs", query={"limit": 1}).json()
    assert page["count"] == 1 and client.get("/pipelines/all/runs", query={"cursor": page["next_cursor"]}).json()["runs"][0]["run"] == 1
    assert client.get("/pipelines/all/runs", query={"status": "failed"}).json()["count"] == 1


def test_a_job_that_is_gone_fails_its_step(own):
    client = own.client()
    make(client, "a", "SELECT 1 AS id")
    make(client, "b", "SELECT 2 AS id")
    save(client, "two", ["d/a", "d/b"])
    client.delete("/transform/jobs/d/a")
    run = ended(client, "two", start(client, "two"))
    assert outcome(run) == {"d/a": "FAILED", "d/b": "SUCCEEDED"} and run["jobs"][0]["error"] == "Job d/a not found"


def test_a_job_that_follows_its_upstreams_runs_once(own):
    client = own.client()
    client.create("d", "t", [column("id", "integer", primary_key=True)])
    make(client, "first", "SELECT id FROM d.silver.t", schedule_type="dependency")
    make(client, "second", "SELECT id FROM d.gold.first", schedule_type="dependency")
    save(client, "chain", ["d/first", "d/second"])
    client.ingest("d/t", {"id": 1})
    wait_until(lambda: client.get("/transform/jobs/d/second/executions", query={"status": "succeeded"}).json()["count"] == 1, 30, "the chain by itself")
    run = ended(client, "chain", start(client, "chain"))
    assert run["status"] == "SUCCEEDED", run
    time.sleep(1)  # nothing is started behind it
    triggers = [one["trigger"] for one in client.get("/transform/jobs/d/second/executions").json()["executions"]]
    assert triggers == ["pipeline", "dependency"]


def test_a_scheduled_pipeline_runs_at_its_time_and_once(own):
    client = own.client()
    make(client, "tick", "SELECT now() AS at", write_mode="append")
    saved = save(client, "minutely", ["d/tick"], schedule="* * * * *")
    due = saved["next_run_at"]
    wait_until(lambda: client.get("/pipelines/minutely/runs", query={"status": "succeeded"}).json()["count"], 80, "the run of the schedule")
    own.kill()
    own.start()
    client = own.client()
    runs = client.get("/pipelines/minutely/runs").json()["runs"]
    assert runs[-1]["trigger"] == "schedule" and runs[-1]["scheduled_for"] == due
    assert len({run["scheduled_for"] for run in runs}) == len(runs)
    assert client.put("/pipelines/minutely", {"status": "paused"}).json()["next_run_at"] is None
    wait_until(lambda: all(run["stopped_at"] for run in client.get("/pipelines/minutely/runs").json()["runs"]), 30, "their ends")
    count = client.get("/pipelines/minutely/runs").json()["count"]
    assert client.value("SELECT count(*) FROM d.gold.tick") == count


def running_step(client, name, run, job):
    steps = {step["job"]: step for step in client.get(f"/pipelines/{name}/runs/{run}").json()["jobs"]}
    return steps[job]["status"] == "RUNNING"


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_a_run_goes_on_after_the_server_was_ended(own, how):
    client = own.client()
    make(client, "one", "SELECT 1 AS id", write_mode="append")
    make(client, "two", f"SELECT id + x - x AS id FROM d.gold.one, {SLOW}", write_mode="append")
    make(client, "three", "SELECT count(*) AS n FROM d.gold.two", write_mode="append")
    save(client, "long", ["d/one", "d/two", "d/three"])
    run = start(client, "long")
    wait_until(lambda: running_step(client, "long", run, "d/two"), 30, "the slow job")
    getattr(own, how)()
    own.start()
    client = own.client()
    record = ended(client, "long", run, timeout_s=120)
    assert record["status"] == "SUCCEEDED", record
    assert [step["reruns"] for step in record["jobs"]] == [0, 1, 0]
    assert [client.value(f"SELECT count(*) FROM d.gold.{name}") for name in ("one", "two", "three")] == [1, 1, 1]
    assert client.value("SELECT n FROM d.gold.three") == 1
    own.stop()
    assert own.cli("fsck", "--lake", own.lake, "--data-dir", own.data_dir).returncode == 0


def test_a_cancelled_run_starts_nothing_more(own):
    client = own.client()
    make(client, "slow", f"SELECT x FROM {SLOW}")
    make(client, "next", "SELECT x FROM d.gold.slow")
    save(client, "long", ["d/slow", "d/next"])
    run = start(client, "long")
    queued = start(client, "long")
    wait_until(lambda: running_step(client, "long", run, "d/slow"), 30, "the slow job")
    for one in (run, queued):
        assert client.post(f"/pipelines/long/runs/{one}/cancel").status == 200
    record = ended(client, "long", run)
    assert record["status"] == "ABORTED" and outcome(record) == {"d/slow": "ABORTED", "d/next": "SKIPPED"}
    other = ended(client, "long", queued)
    assert other["status"] == "ABORTED" and outcome(other) == {"d/slow": "SKIPPED", "d/next": "SKIPPED"}
    assert client.post(f"/pipelines/long/runs/{run}/cancel").status == 409
    assert client.get("/transform/jobs/d/next/executions").json()["count"] == 0


def test_what_does_not_fit_is_refused(own):
    client = own.client()
    make(client, "a", "SELECT id FROM d.gold.b")
    make(client, "b", "SELECT id FROM d.gold.a")
    make(client, "c", "SELECT 1 AS id")

    def problem(body, name="p"):
        answer = client.put(f"/pipelines/{name}", body)
        assert answer.status == 422, answer
        return answer.json()["detail"][0]

    assert problem({})["loc"] == ["body", "jobs"]
    assert problem({"jobs": []})["loc"] == ["body", "jobs"]
    assert problem({"jobs": ["c"]})["loc"] == ["body", "jobs", 0]
    assert "no such job: d/zzz" in problem({"jobs": ["d/c", "d/zzz"]})["msg"]
    assert "twice" in problem({"jobs": ["d/c", "d.c"]})["msg"]
    assert "wait for each other: d/a, d/b" in problem({"jobs": ["d/a", "d/b", "d/c"]})["msg"]
    assert problem({"jobs": ["d/c"], "schedule": "now and then"})["loc"] == ["body", "schedule"]
    assert problem({"jobs": ["d/c"], "catchup": "two"})["loc"] == ["body", "catchup"]
    assert problem({"jobs": ["d/c"], "status": "gone"})["loc"] == ["body", "status"]
    assert problem({"jobs": ["d/c"]}, "Big")["loc"] == ["path", "name"]
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/run"), ("GET", "/runs"), ("GET", "/runs/1"), ("POST", "/runs/1/cancel")):
        assert client.request(method, "/pipelines/none" + path).status == 404, (method, path)
    assert client.get("/pipelines/..%2F..%2Fruns/runs").status == client.get("/pipelines/Big/runs/1").status == 404
    assert client.get("/pipelines").json() == []


def test_pipelines_are_kept_changed_and_deleted(own):
    client = own.client()
    make(client, "c", "SELECT 1 AS id")
    save(client, "p", ["d/c"], schedule="0 6 * * *")
    save(client, "b", ["d/c"], schedule=None)
    changed = client.put("/pipelines/p", {"catchup": "NONE"}).json()
    assert changed["version"] == 2 and changed["schedule"] == "0 6 * * *" and changed["catchup"] == "none" and changed["next_run_at"].endswith("T06:00:00Z")
    own.kill()
    own.start()
    client = own.client()
    assert client.get("/pipelines/p").json() == changed
    assert [one["name"] for one in client.get("/pipelines").json()] == ["b", "p"]
    assert [one["name"] for one in client.get("/pipelines", query={"order_by": "-name"}).json()] == ["p", "b"]
    run = ended(client, "p", start(client, "p"))
    assert client.delete("/pipelines/p").json() == {"message": "Pipeline p deleted"}
    assert client.get("/pipelines/p").status == 404
    assert client.get("/pipelines/p/runs").json()["runs"] == [run]
    assert save(client, "p", ["d/c"])["version"] == 4 and start(client, "p") > run["run"]


def test_the_command_line_runs_and_shows(own):
    client = own.client()
    make(client, "good", "SELECT 1 AS id")
    make(client, "bad", "SELECT error('boom') AS id", retries=0)
    save(client, "fine", ["d/good"])
    save(client, "broken", ["d/good", "d/bad"])
    url = f"http://127.0.0.1:{own.port}"
    done = own.cli("pipeline", "run", "fine", "--url", url)
    assert done.returncode == 0 and done.stdout.splitlines() == ["SUCCEEDED d/good: 1 rows", "SUCCEEDED fine.1"]
    done = own.cli("pipeline", "run", "broken", "--url", url, "--json")
    assert done.returncode == 1 and json.loads(done.stdout)["status"] == "FAILED"
    assert re.fullmatch(r"fine\.\d+ is running\n", own.cli("pipeline", "run", "fine", "--no-wait", "--url", url).stdout)
    listed = own.cli("pipeline", "runs", "broken", "--url", url)
    assert listed.returncode == 0 and listed.stdout.startswith("FAILED    broken.1 manual, ")
    missing = own.cli("pipeline", "run", "none", "--url", url)
    assert missing.returncode == 1 and "Pipeline none not found" in missing.stderr


@pytest.fixture
def bakery(tmp_path):
    """A server that may run the project `bakery`, and the project's folder."""
    project = Path(shutil.copytree(PROJECTS / "bakery", tmp_path / "projects" / "bakery"))
    with Server(root=tmp_path / "server", arguments=["--dbt-projects", str(tmp_path / "projects")]) as one:
        one.start()
        yield one, project


def test_a_dbt_project_runs_by_its_schedule_and_is_a_record(bakery):
    server, project = bakery
    client = server.client()
    saved = client.put("/pipelines/nightly", {"dbt": {"project": "bakery", "domain": "shop"}, "schedule": "rate(1 minute)"})
    assert saved.status == 200 and saved.json()["jobs"] == [] and saved.json()["dbt"]["command"] == "build" and saved.json()["next_run_at"], saved
    run = ended(client, "nightly", start(client, "nightly"), 120)
    assert run["status"] == "SUCCEEDED" and run["dbt"]["project"] == "bakery", run
    assert outcome(run) == {"dbt:bakery": "SUCCEEDED"}
    assert client.value("SELECT count(*) FROM shop.gold.customers") == 40
    results = json.loads((project / "target" / "run_results.json").read_text())["results"]
    assert len(results) == 28 and (project / "target" / "manifest.json").exists()
    assert client.query("SELECT steps FROM tarn.system.pipeline_runs").status == 200


def test_what_fails_in_a_project_is_named_in_the_record(bakery):
    server, project = bakery
    client = server.client()
    with open(project / "seeds" / "raw_payments.csv", "a", encoding="ascii") as seed:
        seed.write("2000,1,barter,100\n")
    assert client.put("/pipelines/nightly", {"dbt": {"project": "bakery"}}).status == 200
    run = ended(client, "nightly", start(client, "nightly"), 120)
    assert run["status"] == "FAILED" and outcome(run) == {"dbt:bakery": "FAILED"}
    assert "accepted_values_stg_payments_method" in run["jobs"][0]["error"], run
    chosen = {"dbt": {"project": "bakery", "command": "run", "select": ["stg_orders"], "vars": {"unused": 1}}}
    assert client.put("/pipelines/nightly", chosen).status == 200
    run = ended(client, "nightly", start(client, "nightly"), 120)
    assert run["status"] == "SUCCEEDED", run
    assert [one["unique_id"] for one in json.loads((project / "target" / "run_results.json").read_text())["results"]] == ["model.bakery.stg_orders"]
    (project / "models" / "broken.sql").write_text("{% include 'x' %}", encoding="ascii")
    run = ended(client, "nightly", start(client, "nightly"), 120)
    assert run["status"] == "FAILED" and "broken.sql" in run["jobs"][0]["error"], run


def test_projects_that_cannot_be_run_are_refused(bakery, own):
    client = bakery[0].client()

    def refused(**members):
        answer = client.put("/pipelines/nightly", members)
        assert answer.status == 422, answer
        return [".".join(problem["loc"][1:]) for problem in answer.json()["detail"]]

    assert refused(dbt={"project": "none_such"}) == ["dbt.project"]
    for name in ("../projects/bakery", "", ".", "bakery/models", 7):
        assert refused(dbt={"project": name}) == ["dbt.project"], name
    assert refused(dbt={}) == ["dbt.project"] and refused(dbt="bakery") == ["dbt"]
    assert refused(dbt={"project": "bakery"}, jobs=["d/x"]) == ["dbt"]
    assert refused(dbt={"project": "bakery", "command": "docs", "select": "x", "vars": [], "domain": "A B", "full_refresh": 1, "threads": 4}) == \
        ["dbt.threads", "dbt.command", "dbt.select", "dbt.vars"]
    elsewhere = own.client().put("/pipelines/nightly", {"dbt": {"project": "bakery"}})
    assert elsewhere.status == 422 and "dbt_projects" in elsewhere.json()["detail"][0]["msg"], elsewhere


def test_a_project_that_a_kill_interrupted_has_failed_once(bakery):
    server, project = bakery
    client = server.client()
    (project / "models" / "slow.sql").write_text("{{ config(materialized='table') }} select x from " + SLOW, encoding="ascii")
    assert client.put("/pipelines/nightly", {"dbt": {"project": "bakery", "command": "run", "select": ["slow"]}}).status == 200
    run = start(client, "nightly")
    wait_until(lambda: client.get(f"/pipelines/nightly/runs/{run}").json()["jobs"][0]["status"] == "RUNNING", 60, "the project to start")
    server.kill()
    server.start()
    client = server.client()
    record = ended(client, "nightly", run)
    assert record["status"] == "FAILED" and "the server stopped" in record["jobs"][0]["error"], record
    assert client.get("/pipelines/nightly/runs").json()["count"] == 1


def test_a_cancelled_project_stops_its_job(bakery):
    server, project = bakery
    client = server.client()
    (project / "models" / "slow.sql").write_text("{{ config(materialized='table') }} select sum(hash(range) % 7) as x from range(200_000_000_000)", encoding="ascii")
    (project / "models" / "later.sql").write_text("select * from {{ ref('slow') }}", encoding="ascii")
    assert client.put("/pipelines/nightly", {"dbt": {"project": "bakery", "command": "run", "select": ["slow+"], "domain": "shop"}}).status == 200
    run = start(client, "nightly")
    wait_until(lambda: any(one["status"] == "RUNNING" for one in client.get("/transform/executions").json()["executions"]), 60, "the job")
    assert client.post(f"/pipelines/nightly/runs/{run}/cancel").status == 200
    record = ended(client, "nightly", run)
    assert record["status"] == "ABORTED" and outcome(record) == {"dbt:bakery": "ABORTED"}, record
    assert [one["status"] for one in client.get("/transform/executions").json()["executions"]] == ["ABORTED"]
