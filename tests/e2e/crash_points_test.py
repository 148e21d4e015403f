# SPDX-License-Identifier: Apache-2.0
"""Every named crash point of the sources, reached once: the process ends there, comes back, and the lake is what the
model says. Only builds that carry the points run these."""

import os
import random
import re
import shutil
import time
from pathlib import Path

import pytest

import s3_server
from crash_load import Load, create_tables, let_runs_end, push_through, send_again
from crash_model import Model, judge
from server import Server, column, wait_until

SOURCES = Path(__file__).resolve().parents[2] / "src"
BULK = "x" * 900_000
LOADED_S = 1
EAGER_UPKEEP = ["--upkeep-interval", "1s", "--keep-versions", "2", "--query-timeout", "5s", "--delete-after", "6s", "--compact-files", "2"]


def names():
    """Those that the lake's store can reach."""
    other_store = "store." if s3_server.wanted() else "s3."
    found = set()
    for path in SOURCES.rglob("*.cc"):
        if not path.name.endswith("_test.cc"):
            found |= set(re.findall(r'TARN_CRASH_POINT\("([^"]+)"\)', path.read_text()))
    return sorted(name for name in found if not name.startswith(other_store))


def carried():
    """The points compiled into the binary under test."""
    text = Path(os.environ["TARN_BIN"]).read_bytes() if "TARN_BIN" in os.environ else b""
    return b"crash point %s reached" in text and b"TARN_CRASH_POINT" in text


def catalog_verbs(client, number):
    """Tables that others make through the Iceberg catalog."""
    place = f"/iceberg/v1/namespaces/n{number}"
    client.post("/iceberg/v1/namespaces", {"namespace": [f"n{number}"]})
    schema = {"type": "struct", "fields": [{"id": 1, "name": "a", "required": False, "type": "long"}]}
    for name in ("kept", "dropped"):
        client.post(place + "/tables", {"name": name, "schema": schema})
        client.post(f"{place}/tables/{name}", {"requirements": [], "updates": [{"action": "set-properties", "updates": {"by": name}}]})
    client.post("/iceberg/v1/tables/rename", {"source": {"namespace": [f"n{number}"], "name": "kept"}, "destination": {"namespace": [f"n{number}"], "name": "moved"}})
    together = [{"identifier": {"namespace": [f"n{number}"], "name": name}, "requirements": [], "updates": [{"action": "set-properties", "updates": {"together": "yes"}}]} for name in ("moved", "dropped")]
    client.post("/iceberg/v1/transactions/commit", {"table-changes": together})
    client.delete(f"{place}/tables/dropped", query={"purgeRequested": "true"})


def catalog_problems(client):
    """What is named must load, and what was committed together is there together."""
    problems = []
    for (name,) in client.get("/iceberg/v1/namespaces").json()["namespaces"]:
        place = f"/iceberg/v1/namespaces/{name}/tables"
        together = {}
        for table in client.get(place).json()["identifiers"]:
            answer = client.get(f"{place}/{table['name']}")
            if answer.status != 200:
                problems.append(f"{name}.{table['name']}: {answer}")
            else:
                together[table["name"]] = answer.json()["metadata"]["properties"].get("together")
        if len({together[one] for one in ("moved", "dropped") if one in together}) > 1:
            problems.append(f"{name}: half of a commit to two tables: {together}")
    return problems


def review(client, number):
    """Refused records, edited and sent in again."""
    client.create("review", f"t{number}", [column("id", "integer", primary_key=True), column("n", "integer")])
    client.batch(f"review/t{number}", [{"id": value, "n": "bad"} for value in range(4)])
    ids = [record["id"] for record in client.get(f"/quarantine/review/t{number}").json()["records"]]
    for one, value in zip(ids[:2], range(2)):
        client.put(f"/quarantine/review/t{number}/{one}", {"payload": {"id": value, "n": value}})
    client.post(f"/quarantine/review/t{number}/replay", {"ids": ids[:2]})
    client.post(f"/quarantine/review/t{number}/{ids[2]}/replay", {"payload": {"id": 2, "n": 1}})
    client.delete(f"/quarantine/review/t{number}/{ids[3]}")
    client.post(f"/endpoints/review/t{number}/rebuild")
    text = {"columns": [column("id", "integer", primary_key=True), column("n", "boolean")]}
    client.put(f"/endpoints/review/t{number}", text, query={"force": "true"})
    client.ingest(f"review/t{number}", {"id": 0, "n": True})


def review_problems(client):
    """What was replayed is in bronze and silver once, nothing else is."""
    problems = []
    for endpoint in client.get("/endpoints", query={"domain": "review"}).json():
        table = endpoint["name"]
        for _ in range(300):
            replayed = client.rows(f"SELECT id FROM review.quarantine.{table} WHERE status = 'replayed' ORDER BY 1")
            rows = client.rows(f"SELECT _replay_of AS id FROM review.bronze.{table} WHERE _replay_of IS NOT NULL ORDER BY 1")
            silver = client.value(f"SELECT count(*) FROM review.silver.{table}")
            if rows == replayed and silver == len(replayed):
                break
            time.sleep(0.05)
        else:
            problems.append(f"{table}: {replayed} are replayed, bronze has {rows}, silver {silver} rows")
    return problems


def file_text(part):
    return "id,part\n" + "".join(f"{part * 10 + row},{part}\n" for row in range(10))


def drop_files(client, number):
    """Files of their own endpoint, which is exported; one of them may be half taken when the process ends."""
    client.create("dropped", f"t{number}", [column("id", "integer", primary_key=True)], exports=[{"format": "csv", "path": "all.csv"}])
    for part in range(3):
        client.post(f"/files/dropped/t{number}", file_text(part), query={"name": f"{part}.csv"}, headers={"Content-Type": "text/csv"})


def file_problems(client):
    """Dropping all files again, as a client would whose answers were lost, brings each row once."""
    problems = []
    for endpoint in client.get("/endpoints", query={"domain": "dropped"}).json():
        table = endpoint["name"]
        for part in range(3):
            answer = client.post(f"/files/dropped/{table}", file_text(part), query={"name": f"{part}.csv", "ack": "silver"}, headers={"Content-Type": "text/csv"})
            if answer.status != 200 or answer.json()["rows"] != 10:
                problems.append(f"{table} part {part}: {answer}")
        counts = [client.value(f"SELECT count(*) FROM dropped.{layer}.{table}") for layer in ("bronze", "silver")]
        if counts != [30, 30]:
            problems.append(f"{table} has {counts} rows of 30")
        runs = client.post("/upkeep/runs", query={"verb": "export", "table": f"dropped.silver.{table}"}).json()["runs"]
        if [run["status"] for run in runs] != ["SUCCEEDED"]:
            problems.append(f"{table} is not exported: {runs}")
    return problems


def run_tested_jobs(client, number):
    """A job whose tests pass, then fail, then pass."""
    job = {"domain": "tested", "job_name": f"j{number}", "query": "SELECT 1 AS id", "write_mode": "append", "schedule_type": "manual",
           "tests": [{"type": "unique", "column": "id"}, {"type": "row_count", "max": 2, "severity": "warn"}]}
    client.post("/transform/jobs", job)
    for key in (1, 1, 2):
        client.put(f"/transform/jobs/tested/j{number}", {"query": f"SELECT {key} AS id"})
        client.run_job("tested", f"j{number}")


def days_of(version):
    return f"SELECT DATE '2026-03-01' + CAST(i AS INTEGER) AS day, '{version}' AS v FROM range(5) t(i)"


def fill_back(client, number):
    """An incremental job, its days made anew one by one."""
    job = {"domain": "filled", "job_name": f"j{number}", "query": days_of("a"), "schedule_type": "manual",
           "materialization": "incremental", "interval_column": "day", "interval": "1d"}
    client.post("/transform/jobs", job)
    client.run_job("filled", f"j{number}")
    client.put(f"/transform/jobs/filled/j{number}", {"query": days_of("b")})
    answer = client.post(f"/transform/jobs/filled/j{number}/run", {"from": "2026-03-01", "to": "2026-03-06"})
    client.execution(answer.json()["execution_id"])


def run_pipelines(client, number):
    """A pipeline with a job that fails, then a run that is cancelled, then one without the failing job."""
    for name, query in (("a", "SELECT 1 AS id"), ("b", f"SELECT id FROM piped.gold.a{number} LIMIT 1"), ("c", "SELECT error('no') AS id"),
                        ("d", f"SELECT id FROM piped.gold.c{number}")):
        client.post("/transform/jobs", {"domain": "piped", "job_name": f"{name}{number}", "query": query, "write_mode": "append",
                                        "schedule_type": "manual", "retries": 0})
    client.put(f"/pipelines/p{number}", {"jobs": [f"piped/{name}{number}" for name in "dcba"]})
    client.post(f"/pipelines/p{number}/run")
    cancelled = client.post(f"/pipelines/p{number}/run").json()["run"]
    client.post(f"/pipelines/p{number}/runs/{cancelled}/cancel")
    for run in client.get(f"/pipelines/p{number}/runs").json()["runs"]:
        while not client.get(f"/pipelines/p{number}/runs/{run['run']}").json()["stopped_at"]:
            time.sleep(0.01)
    client.put(f"/pipelines/p{number}", {"jobs": [f"piped/{name}{number}" for name in "ba"]})
    client.post(f"/pipelines/p{number}/run")
    client.put("/pipelines/project", {"dbt": {"project": "counted", "domain": "piped"}})
    client.post("/pipelines/project/run")


def write_project(place):
    """A dbt project whose one model gets a row by each run."""
    models = place / "counted" / "models"
    models.mkdir(parents=True)
    (place / "counted" / "dbt_project.yml").write_text("name: counted\nversion: '1'\nmodel-paths: [models]\n", encoding="ascii")
    (models / "counted.sql").write_text("{{ config(materialized='incremental') }} select 1 as id", encoding="ascii")
    return place


def project_problems(client):
    """A run that succeeded has added its row, one that a crash interrupted at most one."""
    wait_until(lambda: all(run["stopped_at"] for run in client.get("/pipelines/project/runs").json()["runs"]), 60, "the runs of the project")
    runs = [run["status"] for run in client.get("/pipelines/project/runs").json()["runs"]]
    found = client.query("SELECT count(*) AS n FROM piped.gold.counted")
    rows = found.json()["data"][0]["n"] if found.status == 200 else 0
    if set(runs) - {"SUCCEEDED", "FAILED"} or not runs.count("SUCCEEDED") <= rows <= len(runs):
        return [f"project: {rows} rows of runs that ended as {runs}"]
    return []


def pipeline_problems(client):
    """Every run has ended as it must, and what its record says is in the tables, once."""
    problems = []
    for pipeline in client.get("/pipelines").json():
        name = pipeline["name"]
        if pipeline["dbt"]:
            problems += project_problems(client)
            continue
        wait_until(lambda: all(run["stopped_at"] for run in client.get(f"/pipelines/{name}/runs").json()["runs"]), 60, f"the runs of {name}")
        runs = client.get(f"/pipelines/{name}/runs").json()["runs"]
        published = 0
        for run in runs:
            outcome = {step["job"][6]: step["status"] for step in run["jobs"]}
            published += outcome["a"] == "SUCCEEDED"
            wanted = {"a": "SUCCEEDED", "b": "SUCCEEDED", "c": "FAILED", "d": "SKIPPED"}
            if run["status"] == "FAILED" and outcome != wanted or run["status"] == "SUCCEEDED" and set(outcome.values()) != {"SUCCEEDED"}:
                problems.append(f"{run['run_id']} is {run['status']} with {outcome}")
            if run["status"] not in ("FAILED", "SUCCEEDED", "ABORTED"):
                problems.append(f"{run['run_id']} is {run['status']}")
        found = client.query(f"SELECT count(*) AS n FROM piped.gold.a{name[1:]}")
        rows = found.json()["data"][0]["n"] if found.status == 200 else 0
        if rows != published:
            problems.append(f"{name}: {rows} rows of {published} runs")
    return problems


def filled_problems(client):
    """A backfill that was begun has ended, with every day once."""
    problems = []
    for job in client.get("/transform/jobs", query={"domain": "filled"}).json():
        name = job["job_name"]
        executions = client.get(f"/transform/jobs/filled/{name}/executions").json()["executions"]
        ended = [client.execution(one["execution_id"]) for one in executions]
        backfills = [one["status"] for one in ended if "from" in one["input"]]
        published = any(one["status"] == "SUCCEEDED" for one in ended)
        found = client.query(f"SELECT count(*) AS n, count(DISTINCT day) AS days, string_agg(DISTINCT v) AS v FROM filled.gold.{name}")
        rows = found.json()["data"] if found.status == 200 else []
        wanted = [{"n": 5, "days": 5, "v": "b" if backfills else "a"}] if published else []
        if rows != wanted or backfills not in ([], ["SUCCEEDED"]):
            problems.append(f"{name} has {rows}, not {wanted}; its backfills are {backfills}")
    return problems


def tested_problems(client):
    """Each run is recorded once, with its tests; what is published passed them, what failed can be looked at."""
    problems = []
    for job in client.get("/transform/jobs", query={"domain": "tested"}).json():
        name = job["job_name"]
        executions = client.get(f"/transform/jobs/tested/{name}/executions").json()["executions"]
        published = 0
        for one in executions:
            results = client.get("/tests/results", query={"execution_id": one["execution_id"]}).json()["results"]
            outcome = {result["type"]: result["status"] for result in results}
            if one["status"] not in ("SUCCEEDED", "FAILED") or len(results) != len(outcome):
                problems.append(f"{one['execution_id']} is {one['status']} with {outcome}")
            if one["status"] == "SUCCEEDED":
                published += 1
                if outcome != {"unique": "pass", "row_count": "pass"}:
                    problems.append(f"{one['execution_id']} is published with {outcome}")
            elif "tests failed" in one["error"]:
                staged = client.query(f'SELECT id FROM tested.gold."{name}@{one["execution_id"].rsplit(".", 1)[1]}"')
                if outcome.get("unique") != "fail" or (staged.status == 200 and len(staged.json()["data"]) < 2):
                    problems.append(f"{one['execution_id']} failed with {outcome}, staged: {staged}")
        table = client.query(f"SELECT count(*) AS n, count(DISTINCT id) AS ids FROM tested.gold.{name}")
        found = table.json()["data"] if table.status == 200 else [{"n": 0, "ids": 0}]
        if found != [{"n": published, "ids": published}]:
            problems.append(f"{name} has {found} after {published} published runs")
    return problems


def alert_problems(client):
    """A job has an open alert when the last run that ended by itself failed, and else none."""
    ended = "SELECT domain, job_name, status FROM tarn.system.executions WHERE status IN ('FAILED', 'SUCCEEDED', 'TIMED_OUT') ORDER BY domain, job_name, run"

    def differences():
        jobs = {f"job.{job['domain']}.{job['job_name']}" for job in client.get("/transform/jobs").json()}
        last = {f"job.{row['domain']}.{row['job_name']}": row["status"] for row in client.rows(ended)}
        failed = {about for about, status in last.items() if status != "SUCCEEDED"} & jobs
        alerts = client.get("/alerts", query={"status": "open", "limit": 10_000}).json()["alerts"]
        return failed ^ {alert["about"] for alert in alerts if alert["about"].startswith("job.")}

    deadline = time.monotonic() + 30
    while (found := differences()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return [f"alerts and runs do not fit: {one}" for one in sorted(found)]


def mirrored(number):
    """One format and a mirror in the other, in turns."""
    return {"format": "delta", "mirror": "iceberg"} if number % 2 else {"format": "iceberg", "mirror": "delta"}


def mark_rows(client, number):
    """A file that is large enough for its changed rows to be marked instead of rewriting it, with a mirror."""
    dice = random.Random(number)
    client.create("marks", f"t{number}", [column("id", "integer", primary_key=True), column("v")], **mirrored(number))
    client.batch(f"marks/t{number}", [{"id": value, "v": f"{dice.getrandbits(512):0128x}"} for value in range(2_000)])
    for value in range(3):
        client.ingest(f"marks/t{number}", {"id": value, "v": "changed"})


def mirror_problems(client):
    """Mirrors that the last process left behind follow after a start, without another commit."""
    deadline = time.monotonic() + 20
    live = "(domain = 'marks' OR TRY_CAST(substr(table_name, 2) AS INTEGER) % 2 = 0)"  # the others are purged
    lagging = ("SELECT domain, table_name, mirror_lag, mirror_error FROM tarn.system.tables "
               f"WHERE mirror IS NOT NULL AND {live} AND (mirror_lag IS DISTINCT FROM 0 OR mirror_error IS NOT NULL)")
    while (behind := client.rows(lagging)) and time.monotonic() < deadline:
        time.sleep(0.2)
    return [f"a mirror did not follow: {one}" for one in behind]


def other_verbs(client, number, bulk):
    """What the steady load does not do: changes of contracts and jobs, removal, purge, a log of several segments."""
    catalog_verbs(client, number)
    review(client, number)
    drop_files(client, number)
    run_tested_jobs(client, number)
    fill_back(client, number)
    run_pipelines(client, number)
    client.create("other", f"t{number}", [column("id", "integer", primary_key=True)], **mirrored(number))
    client.batch(f"other/t{number}", [{"id": value, "more": value} for value in range(3)])
    client.ingest(f"other/t{number}", {"id": 1, "more": 7})
    first = client.get(f"/tables/other/silver/t{number}/history").json()["versions"][-1]
    client.post(f"/tables/other/silver/t{number}/rollback", {"version": first["version"]})
    client.put(f"/endpoints/other/t{number}", {"columns": [column("id", "integer", primary_key=True), column("more", "double"), column("new")]})
    client.ingest(f"other/t{number}", {"id": 1, "more": 0.5, "_op": "delete"})
    client.post("/transform/jobs", {"domain": "other", "job_name": f"j{number}", "query": f"SELECT * FROM other.silver.t{number}"})
    client.run_job("other", f"j{number}")
    client.put(f"/transform/jobs/other/j{number}", {"write_mode": "append", "unique_key": "id"})
    client.run_job("other", f"j{number}")
    if bulk:
        client.batch(f"other/t{number}", "[" + ",".join(f'{{"id":{value},"new":"{BULK}"}}' for value in range(34)) + "]", ack="wal")
    client.delete(f"/transform/jobs/other/j{number}")
    client.delete(f"/endpoints/other/t{number}", query={"purge": "true"} if number % 2 else None)


def let_versions_go(client, number):
    """More versions than stay; expiry is asked for until their time has come."""
    client.create("fit", f"t{number}", [column("id", "integer", primary_key=True), column("v", "integer")])
    for value in range(30):
        client.ingest(f"fit/t{number}", {"id": value % 3, "v": value})
    for _ in range(50):
        client.post("/upkeep/runs", query={"verb": "expire", "table": f"fit.silver.t{number}"})
        time.sleep(0.2)


def retire_records(client, number):
    """Bronze records that are old enough to go, and one that is not; refused ones that go and stay."""
    client.create("retire", f"t{number}", [column("id", "integer", primary_key=True)], bronze_retention="1s", quarantine_retention="1s")
    client.batch(f"retire/t{number}", [{"id": value} for value in range(3)] + [{"id": "bad"}, {"id": "worse"}])
    refused = client.get(f"/quarantine/retire/t{number}").json()["records"][0]["id"]
    client.put(f"/quarantine/retire/t{number}/{refused}", {"payload": {"id": "still bad"}})
    client.delete(f"/quarantine/retire/t{number}/{refused}")
    time.sleep(1.2)
    client.ingest(f"retire/t{number}", {"id": 3})
    client.post("/upkeep/runs", query={"verb": "expire", "table": f"retire.bronze.t{number}"})


def erase_records(client, number):
    """A key that goes from bronze, a review, a table and what a job made of it."""
    client.create("erased", f"t{number}", [column("id", "integer", primary_key=True), column("n", "integer")])
    client.batch(f"erased/t{number}", [{"id": value, "n": value} for value in range(3)] + [{"id": 1, "n": "bad"}])
    refused = client.get(f"/quarantine/erased/t{number}").json()["records"][0]["id"]
    client.put(f"/quarantine/erased/t{number}/{refused}", {"payload": {"id": 1, "n": "still bad"}})
    kept = {"type": "range", "column": "n", "max": 0, "severity": "warn", "store_failures": True}
    client.post("/transform/jobs", {"domain": "erased", "job_name": f"j{number}", "query": f"SELECT * FROM erased.silver.t{number}", "schedule_type": "manual", "tests": [kept]})
    client.run_job("erased", f"j{number}")
    client.post(f"/upkeep/erased/t{number}/erase", {"keys": [1]})


def erasure_problems(client):
    """What was asked for is done after a start, and nothing of the key is left."""
    problems = []
    for endpoint in client.get("/endpoints", query={"domain": "erased"}).json():
        table = endpoint["name"]
        deadline = time.monotonic() + 120
        while True:
            asked = client.get(f"/upkeep/erased/{table}/erasures").json()["erasures"]
            if all(one["status"] == "DONE" for one in asked) or time.monotonic() > deadline:
                break
            time.sleep(0.05)
        left = [client.value(f"SELECT count(*) FROM erased.{layer}.{table} WHERE id = 1") for layer in ("bronze", "silver")]
        if asked and (any(one["status"] != "DONE" for one in asked) or left != [0, 0]):
            problems.append(f"{table}: {asked}, {left} records are left")
    return problems


class Scenario:
    """One lake, one armed point."""

    def __init__(self, place, point, table_format):
        self.server = Server(root=place, arguments=["--table-format", table_format, "--dbt-projects", str(write_project(place / "projects"))])
        self.point = point
        self.model, self.errors = Model(), []
        self.marks = "deletes" in point or point.startswith("mirror.")
        if point.startswith("upkeep."):
            self.server.arguments += EAGER_UPKEEP

    def reached(self):
        return f"crash point {self.point} reached".encode() in self.server.log()

    def until_it_dies(self, deadline):
        number = 0
        while time.monotonic() < deadline and not self.reached():
            number += 1
            try:
                if self.marks:
                    mark_rows(self.server.client(timeout_s=20), number + len(self.model.requests))
                if self.point.startswith("upkeep.expire."):
                    let_versions_go(self.server.client(timeout_s=20), number + len(self.model.requests))
                if self.point.startswith("upkeep.erase."):
                    erase_records(self.server.client(timeout_s=20), number + len(self.model.requests))
                if self.point.startswith(("upkeep.retire_bronze.", "upkeep.retire_quarantine.")):
                    retire_records(self.server.client(timeout_s=20), number + len(self.model.requests))
                other_verbs(self.server.client(timeout_s=20), number + len(self.model.requests), "segment" in self.point)
            except Exception:  # noqa: BLE001 - the process may end in the midst of anything
                time.sleep(0.01)

    def drive(self, count, prefix, timeout_s, fresh_node=False):
        """Load on an armed server, if it gets as far as serving; answers whether the point was reached."""
        if fresh_node:
            shutil.rmtree(self.server.data_dir)
            self.server.arguments += ["--take-over"]
        self.server.spawn(env={"TARN_CRASH_POINT": f"{self.point}:{count}"})
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline and not self.reached():
            if self.server.read_port() and self.server.probe():
                load = Load(self.server.client, self.model, self.seed, prefix)
                load.sequence = 128 * (1 + len(self.model.requests) * 40)
                load.start()
                if self.point.startswith("upkeep."):
                    # Upkeep gives way to what clients ask for: on a busy machine it gets nothing done beside them.
                    time.sleep(LOADED_S)
                    load.join()
                self.until_it_dies(deadline)
                load.join()
                self.errors += load.problems
                break
            time.sleep(0.01)
        self.server.kill()
        return self.reached()

    def compare(self):
        self.server.start()
        client = self.server.client()
        send_again(client, self.model, self.errors)
        push_through(client, self.model, "after_")
        let_runs_end(client)
        return self.errors + catalog_problems(client) + review_problems(client) + file_problems(client) + erasure_problems(client) + tested_problems(client) + filled_problems(client) + pipeline_problems(client) + alert_problems(client) + mirror_problems(client) + judge(client, self.model) + self.damage()

    def damage(self):
        """What a check of the whole lake finds, every version that can still be read included."""
        if not self.point.startswith(("upkeep.", "mirror.")):
            return []
        self.server.stop()
        done = self.server.cli("fsck", "--lake", self.server.lake, "--data-dir", self.server.data_dir)
        return [] if done.returncode == 0 else [done.stdout + done.stderr]


@pytest.fixture(scope="module")
def templates(tmp_path_factory):
    """Lakes with the tables of the crash rounds by the format of these, stopped; each point gets a copy."""
    made = {}

    def template(table_format):
        if table_format not in made:
            with Server(root=tmp_path_factory.mktemp("template"), arguments=["--table-format", table_format]) as server:
                server.start()
                create_tables(server.client(), random.Random(1))
                server.stop()
            made[table_format] = server
        return made[table_format]

    return template


def copy_of(server, place):
    """Its directories, and its lake where that is a bucket's."""
    shutil.copytree(server.root, place, symlinks=True)
    if server.in_bucket:
        shutil.copytree(server.lake_files, s3_server.files_of(s3_server.lake_of(place)))
    return place


def cases():
    """Each point, those of upkeep that work on tables once for each format of these; of them what TARN_CRASH_PART=1/2 says."""
    every = [(point, table_format) for point in names()
             for table_format in (("delta", "iceberg") if point.startswith(("upkeep.compact.", "upkeep.expire.")) else ("iceberg",))]
    part, parts = map(int, os.environ.get("TARN_CRASH_PART", "1/1").split("/"))
    return every[part - 1::parts]


@pytest.mark.skipif("TARN_BIN" in os.environ and not carried(), reason="this build carries no crash points")
@pytest.mark.parametrize(("point", "table_format"), cases())
def test_crash_point(point, table_format, templates, tmp_path):
    seed = random.SystemRandom().randrange(2**32)
    dice = random.Random(seed)
    count = dice.choice([1, 2, 4])
    print(f"seed {seed}, {point}:{count}, {table_format}")
    scenario = Scenario(copy_of(templates(table_format), tmp_path / "run"), point, table_format)
    scenario.seed = seed
    with scenario.server:
        # Points of a node's first start pass once; a count that is not reached in time is tried again as the first pass,
        # for as long as a busy machine needs.
        if point.startswith(("data_dir.", "seat.")):
            reached = scenario.drive(1, "0_", 10, fresh_node=True)
        else:
            reached = scenario.drive(1 if "segment" in point else count, "0_", 8) or scenario.drive(1, "1_", 120)
        assert scenario.compare() == []
        assert reached, f"{point} was not reached: extend the load"
