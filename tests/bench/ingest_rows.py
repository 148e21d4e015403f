# SPDX-License-Identifier: Apache-2.0
"""Rows 1, 2, 3 and 9: what a client feels when it sends."""

import contextlib
import json
import subprocess
import threading
import time
from pathlib import Path

from peers import EVENT_COLUMNS, FastApi, H2o, Postgres, Tarn, wrk
from rounds import alternate, memory_mb, percentile, ratio, written_mb


def opened(stack, make, what):
    """A peer in its context, or None with its absence said."""
    try:
        return stack.enter_context(make())
    except Exception as error:  # noqa: BLE001 - a missing peer is a result
        print(f"  {what} is missing: {str(error)[:200]}", flush=True)
        return None


@contextlib.contextmanager
def tarn_with_events(setting, name):
    with Tarn(setting.binary, setting.root, name) as tarn:
        client = tarn.client()
        client.create("bench", "events", EVENT_COLUMNS)
        client.close()
        yield tarn


def resources(report, tarn, before):
    pid = tarn.serving_pid()
    now, highest = memory_mb(pid)
    report.figure("Tarn resident memory, highest", highest, "MB", note=f"now {now:,.0f} MB; {written_mb(pid) - before:,.0f} MB written")


def row1(setting, report):
    with contextlib.ExitStack() as stack:
        tarn = stack.enter_context(tarn_with_events(setting, "row1"))
        fastapi = opened(stack, FastApi, "FastAPI")
        postgres = opened(stack, lambda: Postgres(setting.root), "PostgreSQL")
        h2o = opened(stack, lambda: H2o(setting.root), "h2o")
        before = written_mb(tarn.serving_pid())
        for connections in (32, 128):
            figures = alternate(setting.rounds, {
                "tarn": lambda: wrk(tarn.url, connections, setting.seconds, 1),
                "fastapi": fastapi and (lambda: wrk(fastapi.url, connections, setting.seconds, 1)),
                "postgres": postgres and (lambda: postgres.insert(connections, setting.seconds)),
                "h2o": h2o and (lambda: wrk(h2o.url, connections, setting.seconds, script=None))})
            for name, label in (("tarn", "Tarn, durable"), ("fastapi", "FastAPI + uvicorn, not durable"), ("postgres", "PostgreSQL, durable insert"), ("h2o", "h2o, no-op GET")):
                report.of(f"{label}, {connections} connections", figures[name], "rps", "/s")
            report.of(f"Tarn p99, {connections} connections", figures["tarn"], "p99_ms", "ms")
            mine = figures["tarn"].median("rps")
            report.target(f"over FastAPI at {connections}", ratio(mine, figures["fastapi"].median("rps")), 10 if connections == 32 else 15)
            report.target(f"over PostgreSQL at {connections}", ratio(mine, figures["postgres"].median("rps")), 2)
            if connections == 128:
                report.target("of h2o at 128", ratio(mine, figures["h2o"].median("rps")), 0.65)
            report.target(f"p99 at {connections} in ms", figures["tarn"].median("p99_ms"), 3, at_least=False)
        resources(report, tarn, before)


def sync_loop(setting):
    program = Path(setting.binary).resolve().parent / "tarn_bench_sync"
    if not program.exists():
        raise RuntimeError(f"{program.name} is not built")
    done = subprocess.run([program, setting.root, str(setting.seconds)], capture_output=True, text=True, check=True)
    figures = json.loads(done.stdout)
    return {"p50_ms": figures["p50_us"] / 1000, "p99_ms": figures["p99_us"] / 1000}


def row2(setting, report):
    with tarn_with_events(setting, "row2") as tarn:
        before = written_mb(tarn.serving_pid())
        figures = alternate(setting.rounds, {"tarn": lambda: wrk(tarn.url, 1, setting.seconds, 1), "raw": lambda: sync_loop(setting)})
        for name, label in (("tarn", "Tarn, one connection"), ("raw", "raw 4 KiB write + fdatasync")):
            report.of(f"{label}, p50", figures[name], "p50_ms", "ms")
            report.of(f"{label}, p99", figures[name], "p99_ms", "ms")
        report.target("p50 over raw", ratio(figures["tarn"].median("p50_ms"), figures["raw"].median("p50_ms")), 2, at_least=False)
        resources(report, tarn, before)


BATCH = 500


def row3(setting, report):
    with contextlib.ExitStack() as stack:
        tarn = stack.enter_context(tarn_with_events(setting, "row3"))
        fastapi = opened(stack, FastApi, "FastAPI")
        before = written_mb(tarn.serving_pid())
        figures = alternate(setting.rounds, {"tarn": lambda: wrk(tarn.url, 8, setting.seconds, BATCH), "fastapi": fastapi and (lambda: wrk(fastapi.url, 8, setting.seconds, BATCH))})
        report.of("Tarn, durable, 8 connections", figures["tarn"], "rps", "rec/s", scale=BATCH)
        report.of("FastAPI, not durable, 8 connections", figures["fastapi"], "rps", "rec/s", scale=BATCH)
        mine = figures["tarn"].median("rps")
        report.target("over FastAPI", ratio(mine, figures["fastapi"].median("rps")), 8)
        report.target("records a second", mine and mine * BATCH, 1.8e6)
        resources(report, tarn, before)


def keyed_event(number):
    return {"data": {"id": number, "customer": "c00042", "kind": "order_placed", "amount": 17.25, "at": "2026-01-01T00:00:07Z", "note": "some words here"}}


class Freshness:
    """Posts an event every few milliseconds and watches when a query first sees each."""

    PAUSE_S = 0.02

    def __init__(self, tarn, seconds, first):
        self.tarn, self.seconds, self.first = tarn, seconds, first
        self.acknowledged, self.seen, self.bronze_late = {}, {}, 0

    def run(self):
        watcher = threading.Thread(target=self.watch)
        watcher.start()
        client, number = self.tarn.client(), self.first
        deadline = time.monotonic() + self.seconds
        while time.monotonic() < deadline:
            assert client.post("/ingest/bench/fresh", keyed_event(number)).status == 200
            self.acknowledged[number] = time.monotonic()
            if number % 25 == 0 and client.value(f"SELECT count(*) FROM bench.bronze.fresh WHERE id = {number}") != 1:
                self.bronze_late += 1
            number += 1
            time.sleep(self.PAUSE_S)
        watcher.join()
        return [self.seen[one] - at for one, at in self.acknowledged.items() if one in self.seen]

    def watch(self):
        """The greatest visible id; ids are acknowledged in order."""
        client, reached = self.tarn.client(), self.first - 1
        deadline = time.monotonic() + self.seconds + 20
        while time.monotonic() < deadline:
            asked = time.monotonic()
            newest = client.value("SELECT max(id) FROM bench.silver.fresh") or 0
            for number in range(reached + 1, newest + 1):
                self.seen[number] = time.monotonic()
            reached = max(reached, newest)
            if asked > deadline - 20 and reached >= max(self.acknowledged, default=0):
                return
            time.sleep(0.002)


def with_ack_silver(client, first, count):
    """Seconds from sending to the answer, after which every query sees the record."""
    times = []
    for number in range(first, first + count):
        started = time.monotonic()
        answer = client.post("/ingest/bench/fresh", keyed_event(number), query={"ack": "silver"})
        assert answer.status == 200, answer
        times.append(time.monotonic() - started)
        if number % 20 == 0:
            assert client.value(f"SELECT count(*) FROM bench.silver.fresh WHERE id = {number}") == 1
    return times


def row9(setting, report):
    with Tarn(setting.binary, setting.root, "row9") as tarn:
        client = tarn.client()
        client.create("bench", "fresh", [{**one, "primary_key": one["name"] == "id"} for one in EVENT_COLUMNS])
        before = written_mb(tarn.serving_pid())
        watched = Freshness(tarn, setting.seconds * 5, 1)
        delays = watched.run()
        waits = with_ack_silver(client, 10**6, 100 if setting.full else 40)
        report.figure("events watched", len(delays), "", note=f"{len(watched.acknowledged) - len(delays)} never seen; {watched.bronze_late} not in bronze at once")
        for label, values in (("ack -> first query that sees it in silver", delays), ("ack=silver, sent -> answered", waits)):
            report.figure(f"{label}, p50", (percentile(values, 0.5) or 0) * 1000 if values else None, "ms")
            report.figure(f"{label}, p99", (percentile(values, 0.99) or 0) * 1000 if values else None, "ms")
        report.figure("peer: buffered pipelines, published 60-300 s", None, "")
        report.target("default p99 in s", percentile(delays, 0.99), 2, at_least=False)
        report.target("ack=silver p99 in s", percentile(waits, 0.99), 0.25, at_least=False)
        resources(report, tarn, before)
