# SPDX-License-Identifier: Apache-2.0
"""Rows 5 to 8: what changing some rows of a large table costs, and many small commits."""

import contextlib
import json
import os
import random
import subprocess
import time
from pathlib import Path

from ingest_rows import resources
from peers import Tarn, column, environment
from rounds import Figures, memory_mb, percentile, ratio, written_mb

HERE = Path(__file__).resolve().parent
PEER_PINS = ("deltalake==1.6.6", "pyiceberg[pyarrow,sql-sqlite]==0.12.0", "duckdb==1.5.6", "pyarrow==26.0.1", "pytz")
COLUMNS = [column("id", "integer", primary_key=True), column("customer"), column("kind"), column("amount", "double"), column("at", "timestamp"), column("note")]
CHANGED = 10_000
LOADED_AT_ONCE = 50_000
DAY_S = 86_400
MILLION = 1_000_000


def records(ids, change):
    """A batch body; the same rows as merge_peer.rows_of."""
    parts = []
    for one in ids:
        at = one % DAY_S
        parts.append(f'{{"id":{one},"customer":"c{(one * 7919) % 100_000:05d}","kind":"order_placed","amount":{(one % 10_000) / 100},'
                     f'"at":"2026-01-01T{at // 3600:02d}:{at // 60 % 60:02d}:{at % 60:02d}Z","note":"words {(one * 31) % 1000} of round {change}"}}')
    return "[" + ",".join(parts) + "]"


def silver_seconds(client):
    """Time that merges have taken so far, commits included."""
    lines = dict(line.rsplit(" ", 1) for line in client.get("/metrics").text.splitlines() if not line.startswith("#"))
    return float(lines["tarn_silver_merge_seconds_sum"])


def folder_bytes(folder):
    return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())


class TarnTable:
    """A keyed silver table of ids 0 to `rows`."""

    def __init__(self, tarn, name, rows):
        self.tarn, self.client, self.name = tarn, tarn.client(), name
        self.folder = tarn.lake / "silver" / "bench"
        self.client.create("bench", name, COLUMNS)
        for begin in range(0, rows, LOADED_AT_ONCE):
            self.post(records(range(begin, min(begin + LOADED_AT_ONCE, rows)), 0), "wal")
        self.wait_for(rows)

    def post(self, body, ack="silver"):
        """Answered once the rows are where `ack` says; a full log makes the client wait, as it should."""
        while True:
            answer = self.client.post(f"/ingest/bench/{self.name}/batch", body, query={"ack": ack})
            if answer.status == 200:
                return
            assert answer.status == 503, answer
            time.sleep(0.1)

    def wait_for(self, rows, timeout_s=600):
        deadline = time.monotonic() + timeout_s
        while self.client.value(f"SELECT count(*) FROM bench.silver.{self.name}") != rows:
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def live_files(self):
        """Data files on disk; those replaced a moment ago are among them until they expire."""
        return sum(1 for place in self.folder.glob(self.name) for _ in place.rglob("*.parquet") if "_delta_log" not in str(_))

    def table_bytes(self):
        return sum(folder_bytes(place) for place in self.folder.glob(f"{self.name}*"))

    def upsert(self, ids, change):
        body = records(ids, change)
        before, started = self.table_bytes(), time.perf_counter()
        self.post(body)
        seconds = time.perf_counter() - started
        probe = random.choice(ids)
        note = self.client.value(f"SELECT note FROM bench.silver.{self.name} WHERE id = {probe}")
        assert note.endswith(f"of round {change}"), note
        return {"seconds": seconds, "table_bytes": self.table_bytes() - before, "peak_mb": memory_mb(self.tarn.serving_pid())[1]}


class Peer:
    """A peer process; raises what it reports."""

    def __init__(self, kind, folder, rows):
        self.child = subprocess.Popen([environment("bench-merge", PEER_PINS), str(HERE / "merge_peer.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.DEVNULL, text=True)
        self.built = self.ask(build={"kind": kind, "folder": str(folder), "rows": rows})

    def ask(self, **request):
        self.child.stdin.write(json.dumps(request) + "\n")
        self.child.stdin.flush()
        answer = json.loads(self.child.stdout.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def upsert(self, ids, change):
        return self.ask(upsert={"ids": ids, "round": change})

    def close(self):
        self.child.stdin.close()
        self.child.wait(30)


PEERS = {"delta-rs": "delta-rs merge", "pyiceberg": "PyIceberg upsert", "rewrite": "DuckDB, the table written anew"}


def started_peers(stack, setting, rows):
    peers = {}
    for kind in PEERS:
        try:
            peers[kind] = Peer(kind, os.path.join(setting.root, f"{kind}-{rows}"), rows)
            stack.callback(peers[kind].close)
        except Exception as error:  # noqa: BLE001 - a missing peer is a result
            print(f"  {kind} is missing: {str(error)[:200]}", flush=True)
    return peers


def compare(setting, contenders, rows, choose):
    """Rounds of the same keys for every contender in turn; Figures by name."""
    figures = {name: Figures() for name in contenders}
    gone = set()
    for change in range(1, setting.rounds + 1):
        ids = choose(rows, change)
        for name, contender in contenders.items():
            if name in gone:
                continue
            try:
                for figure, value in contender.upsert(ids, change).items():
                    figures[name].add(figure, value)
            except Exception as error:  # noqa: BLE001 - a missing peer is a result
                gone.add(name)
                print(f"  {name} is out: {type(error).__name__}: {str(error)[:300]}", flush=True)
    return figures


def uniform(rows, change):
    return random.Random(change).sample(range(rows), CHANGED)


def recent(rows, change):
    return random.Random(change).sample(range(rows - 2 * CHANGED, rows), CHANGED)


def tarn_of(setting, name):
    return Tarn(setting.binary, setting.root, name)


def row5(setting, report):
    """Rows 5 and 7."""
    for rows in ((MILLION, 4 * MILLION, 16 * MILLION) if setting.full else (MILLION,)):
        label = f"{rows // MILLION} M rows"
        with contextlib.ExitStack() as stack:
            tarn = stack.enter_context(tarn_of(setting, f"row5-{rows}"))
            table = TarnTable(tarn, "events", rows)
            before = written_mb(tarn.serving_pid())
            changed_bytes = table.table_bytes() / rows * CHANGED
            figures = compare(setting, {"tarn": table, **started_peers(stack, setting, rows)}, rows, uniform)
            for name, title in {"tarn": "Tarn, durable, sent -> answered", **PEERS}.items():
                if name not in figures:
                    report.figure(f"{title}, {label}", None, "s")
                    continue
                report.of(f"{title}, {label}", figures[name], "seconds", "s", note=f"peak {figures[name].median('peak_mb') or 0:,.0f} MB")
                report.of(f"  bytes put into the table per byte changed, {label}", figures[name], "table_bytes", "x", scale=1 / changed_bytes)
            mine = figures["tarn"].median("seconds")
            over = {name: ratio(figures[name].median("seconds"), mine) for name in PEERS if name in figures}
            if rows == 16 * MILLION:
                report.target("16 M: over delta-rs", over.get("delta-rs"), 20)
                report.target("16 M: over PyIceberg", over.get("pyiceberg"), 40)
                report.target("16 M: over the rewrite", over.get("rewrite"), 15)
            elif rows == 4 * MILLION:
                report.target("4 M: over the rewrite", over.get("rewrite"), 10)
            else:
                for name, title in PEERS.items():
                    report.figure(f"{label}: over {title}", over.get(name), "x")
            report.target(f"bytes written per byte changed, {label}", ratio(figures["tarn"].median("table_bytes"), changed_bytes), 3, at_least=False)
            resources(report, tarn, before)


def row6(setting, report):
    sizes = (MILLION, 16 * MILLION) if setting.full else (MILLION // 4, MILLION)
    seconds = []
    for rows in sizes:
        with tarn_of(setting, f"row6-{rows}") as tarn:
            table = TarnTable(tarn, "events", rows)
            before = written_mb(tarn.serving_pid())
            figures = compare(setting, {"tarn": table}, rows, recent)["tarn"]
            report.of(f"10 k recent keys into {rows:,} rows", figures, "seconds", "s")
            seconds.append(figures.median("seconds"))
            resources(report, tarn, before)
    report.target(f"growth over {sizes[1] // sizes[0]} times the rows", ratio(seconds[1], seconds[0]), 2, at_least=False)


def metadata_of(folder):
    """Objects and MB of a table's own metadata."""
    paths = [path for place in ("_delta_log", "metadata") for path in (folder / place).rglob("*") if path.is_file()]
    return len(paths), sum(path.stat().st_size for path in paths) / 2**20


def small_commits(setting, report, table_format, commits):
    """One table of that format, upkeep as it is by default."""
    with Tarn(setting.binary, setting.root, f"row8-{table_format}", arguments=["--table-format", table_format]) as tarn:
        client = tarn.client()
        client.create("bench", "small", COLUMNS)
        before = written_mb(tarn.serving_pid())
        folder = tarn.lake / "silver" / "bench"
        times, merging, most_metadata = [], [silver_seconds(client)], 0
        for number in range(commits):
            body = records(range(number * 10, number * 10 + 10), 0)
            started = time.perf_counter()
            client.batch("bench/small", body, ack="silver")
            times.append((time.perf_counter() - started) * 1000)
            if number + 1 in (100, commits - 100, commits):
                merging.append(silver_seconds(client))
            if number % 1000 == 999:
                most_metadata = max(most_metadata, metadata_of(folder / "small")[0])
        assert client.value("SELECT count(*) FROM bench.silver.small") == commits * 10
        first, last = sum(times[:100]) / 100, sum(times[-100:]) / 100
        first_merges, last_merges = (merging[1] - merging[0]) * 10, (merging[3] - merging[2]) * 10
        live = client.rows("SELECT files, log_versions FROM tarn.system.tables WHERE table_name = 'small'")[0]
        objects, metadata_mb = metadata_of(folder / "small")
        report.figure(f"{table_format}: commits of 10 rows, each waited for with ack=silver", commits)
        report.figure("  ms from sent to answered, first 100", first, "ms")
        report.figure("  ms from sent to answered, last 100", last, "ms", note=f"p50 {percentile(times, 0.5):.2f}, p99 {percentile(times, 0.99):.2f} of all")
        report.figure("  ms of a merge with its commit, first 100", first_merges, "ms")
        report.figure("  ms of a merge with its commit, last 100", last_merges, "ms", note="without log and landing")
        report.figure("  live data files in the end", live["files"], "", note=f"{live['log_versions']} versions")
        report.figure("  metadata objects in the end", objects, "", note=f"{metadata_mb:,.1f} MB; at most {max(most_metadata, objects):,}")
        report.figure("  objects of the table in the end", sum(1 for path in folder.rglob("*") if path.is_file()), "", note=f"{folder_bytes(folder) / 2**20:,.1f} MB; what expired waits for its hour")
        report.target("  ms of a merge with its durable commit", last_merges, 2, at_least=False)
        report.target("  last 100 over first 100, merges", ratio(last_merges, first_merges), 1.2, at_least=False)
        report.target("  last 100 over first 100, sent to answered", ratio(last, first), 1.2, at_least=False)
        resources(report, tarn, before)


def row8(setting, report):
    for table_format in ("iceberg", "delta"):
        small_commits(setting, report, table_format, 10_000 if setting.full else 1_000)
    report.figure("peer: Delta and Iceberg in ClickHouse", None, "ms")
