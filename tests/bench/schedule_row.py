# SPDX-License-Identifier: Apache-2.0
"""Row 15: how late runs begin among 1,000 jobs, and how soon a job begins after the commit it follows."""

import time
from datetime import datetime, timezone

from peers import Tarn, column
from rounds import percentile
from server import wait_until

JOBS = 1000
COMMITS = 60
TARGET_MS = 100


def instant(text):
    return datetime.fromisoformat(text)


def late_ms(execution):
    """Of a scheduled run: from its time to its beginning."""
    return (instant(execution["started_at"]) - instant(execution["scheduled_for"])).total_seconds() * 1000


def make(client, name, query, **members):
    answer = client.post("/transform/jobs", {"domain": "bench", "job_name": name, "query": query, **members})
    assert answer.status == 200, answer


def scheduled_runs(client, begin, end):
    """Those whose time is in [begin, end)."""
    runs = []
    for number in range(JOBS):
        for run in client.get(f"/transform/jobs/bench/j{number}/executions").json()["executions"]:
            if run["trigger"] == "schedule" and begin <= instant(run["scheduled_for"]).timestamp() < end:
                runs.append(run)
    return runs


def wait_for_minute(count):
    """Sleeps into the middle of the minute that is `count` whole minutes away; answers the first and the last second."""
    begin = (int(time.time()) // 60 + 1) * 60
    time.sleep(begin + 60 * count - 30 - time.time())
    return begin, begin + 60 * count


def lateness(tarn, report, minutes):
    client = tarn.client()
    for number in range(JOBS):
        make(client, f"j{number}", f"SELECT {number} AS n", cron_schedule=f"{number % 60} * * * *", catchup="none")
    client.close()  # which the server would do with an idle one
    begin, end = wait_for_minute(minutes)
    spread = scheduled_runs(client, begin, end)
    late = [late_ms(run) for run in spread]
    p99 = percentile(late, 0.99)
    report.figure(f"{JOBS} jobs over the minutes of an hour: lateness p99", p99, "ms",
                  note=f"{len(late)} runs in {minutes} minutes; p50 {percentile(late, 0.5):.1f} ms, highest {max(late):.1f} ms")
    report.target("lateness p99 in ms", p99, TARGET_MS, at_least=False)
    now = datetime.now(timezone.utc)
    minute = (now.minute + 2) % 60
    for number in range(JOBS):
        answer = client.put(f"/transform/jobs/bench/j{number}", {"cron_schedule": f"{minute} * * * *"})
        assert answer.status == 200, answer
    begin = (int(time.time()) // 60) * 60 + 60
    wait_until(lambda: len(scheduled_runs(client, begin, begin + 120)) == JOBS, 240, "the runs of one moment")
    late = [late_ms(run) for run in scheduled_runs(client, begin, begin + 120)]
    report.figure(f"{JOBS} jobs due at one moment: lateness p99", percentile(late, 0.99), "ms", note=f"p50 {percentile(late, 0.5):.1f} ms, highest {max(late):.1f} ms")
    client.close()


def followers(tarn, report):
    client = tarn.client()
    client.create("bench", "orders", [column("id", "integer", primary_key=True), column("n", "integer")])
    client.ingest("bench/orders", {"id": 0, "n": 0})
    make(client, "follower", "SELECT count(*) AS n FROM bench.silver.orders", schedule_type="dependency")
    late = []
    for number in range(COMMITS):
        before = client.get("/transform/jobs/bench/follower/executions").json()["count"]
        client.ingest("bench/orders", {"id": number, "n": number})
        newest = client.get("/tables/bench/silver/orders/history", query={"limit": 1}).json()["versions"][0]
        wait_until(lambda: client.get("/transform/jobs/bench/follower/executions").json()["count"] > before, 30, "the follower")  # noqa: B023
        run = client.get("/transform/jobs/bench/follower/executions").json()["executions"][0]
        client.execution(run["execution_id"])
        late.append((instant(run["started_at"]) - instant(newest["committed_at"])).total_seconds() * 1000)
    p99 = percentile(late, 0.99)
    report.figure("commit -> run of the job that follows it, p99", p99, "ms", note=f"{COMMITS} commits; p50 {percentile(late, 0.5):.1f} ms, highest {max(late):.1f} ms")
    report.target("commit -> dependent run, p99 in ms", p99, TARGET_MS, at_least=False)
    client.close()


def row15(setting, report):
    with Tarn(setting.binary, setting.root, "row15") as tarn:
        followers(tarn, report)
        lateness(tarn, report, 10 if setting.full else 3)
