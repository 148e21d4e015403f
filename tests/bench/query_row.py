# SPDX-License-Identifier: Apache-2.0
"""Row 10: twenty-two queries through the server and straight through DuckDB on the same Parquet files."""

import json
import math
import subprocess
import time
from pathlib import Path

import shop_queries
import shop_tables
from peers import DUCKDB, Tarn, environment
from rounds import Figures, memory_mb, ratio, written_mb

HERE = Path(__file__).resolve().parent


class Duckdb:
    """The peer process; raises what it reports."""

    def __init__(self):
        self.child = subprocess.Popen([environment("bench-duckdb", DUCKDB), str(HERE / "duckdb_peer.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **request):
        self.child.stdin.write(json.dumps(request) + "\n")
        self.child.stdin.flush()
        answer = json.loads(self.child.stdout.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def close(self):
        self.child.stdin.close()
        self.child.wait(10)


def files_of(folder):
    """All data files of a table that was written once."""
    return [str(path) for path in sorted((folder / "data").glob("*.parquet"))]


def build(tarn, scale, report):
    client = tarn.client()
    started = time.monotonic()
    for name, query in shop_tables.tables(scale).items():
        answer = client.post("/transform/jobs", {"domain": "shop", "job_name": name, "query": query})
        assert answer.status == 200, answer
        execution = client.run_job("shop", name, timeout_s=900)
        assert execution["status"] == "SUCCEEDED", execution
    rows = client.value("SELECT count(*) FROM shop.gold.line")
    size = sum(path.stat().st_size for path in (tarn.lake / "gold").rglob("*.parquet")) / 2**20
    report.figure(f"tables made by gold jobs, scale {scale:g}", time.monotonic() - started, "s", note=f"{rows:,} lines, {size:,.0f} MB of Parquet")
    client.close()


def through_tarn(client, sql):
    started = time.perf_counter()
    answer = client.post("/consumption/query", {"sql": sql, "max_rows": 100_000})
    taken = time.perf_counter() - started
    assert answer.status == 200, f"{sql[:200]}: {answer}"
    return taken, [list(row.values()) for row in answer.json()["data"]]


def alike(left, right):
    """Two results, numbers to nine digits."""
    if len(left) != len(right):
        return False
    return all(math.isclose(float(a), float(b), rel_tol=1e-9) if isinstance(a, (int, float)) and isinstance(b, (int, float)) else str(a) == str(b)
               for one, other in zip(left, right) for a, b in zip(one, other))


def measure(client, duckdb, pairs, rounds):
    """Seconds of each query for both; the first round warms and compares the results."""
    figures, different = [(Figures(), Figures()) for _ in pairs], []
    for number, (mine, theirs) in enumerate(pairs):
        _, rows = through_tarn(client, mine)
        if duckdb and not alike(rows, duckdb.ask(sql=theirs)["rows"]):
            different.append(number + 1)
    for turn in range(rounds):
        for (mine, theirs), (tarn_figure, duckdb_figure) in zip(pairs, figures):
            measures = [lambda: tarn_figure.add("s", through_tarn(client, mine)[0])] + ([lambda: duckdb_figure.add("s", duckdb.ask(sql=theirs)["seconds"])] if duckdb else [])
            for one in measures if turn % 2 else reversed(measures):
                one()
    return figures, different


def start_duckdb(tarn):
    try:
        duckdb = Duckdb()
        duckdb.ask(attach={name: files_of(tarn.lake / "gold" / "shop" / name) for name in shop_tables.tables(0.001)})
        return duckdb
    except Exception as error:  # noqa: BLE001 - a missing peer is a result
        print(f"  duckdb is missing: {error}", flush=True)
        return None


def row10(setting, report):
    scale = 1.0 if setting.full else 0.1
    with Tarn(setting.binary, setting.root, "row10") as tarn:
        before = written_mb(tarn.serving_pid())
        build(tarn, scale, report)
        client, duckdb = tarn.client(), start_duckdb(tarn)
        pairs = list(zip(shop_queries.texts(lambda name: f"shop.gold.{name}"), shop_queries.texts(lambda name: f'"{name}"')))
        small = [("SELECT 1 AS one", "SELECT 1 AS one"), ("SELECT count(*) AS n FROM shop.gold.region", 'SELECT count(*) AS n FROM "region"')]
        figures, different = measure(client, duckdb, pairs, setting.rounds)
        quick, _ = measure(client, duckdb, small, 50)
        tell(report, figures, different, quick)
        now, highest = memory_mb(tarn.serving_pid())
        report.figure("Tarn resident memory, highest", highest, "MB", note=f"now {now:,.0f} MB; {written_mb(tarn.serving_pid()) - before:,.0f} MB written")
        if duckdb:
            duckdb.close()


def total(figures, which):
    medians = [pair[which].median("s") for pair in figures]
    return None if any(one is None for one in medians) else sum(medians)


def tell(report, figures, different, quick):
    for number, (mine, theirs) in enumerate(figures, 1):
        part = ratio(mine.median("s"), theirs.median("s"))
        direct = theirs.median("s")
        report.of(f"query {number}, through Tarn", mine, "s", "ms", 1000, note=f"direct {direct * 1000:.1f} ms, {part:.2f}x" if part else "")
    mine, theirs = total(figures, 0), total(figures, 1)
    report.figure("all 22 through Tarn", mine and mine * 1000, "ms")
    report.figure("all 22, DuckDB on the same files", theirs and theirs * 1000, "ms")
    if different:
        report.figure("queries whose results differ", len(different), "", note=str(different))
    report.target("total over DuckDB", ratio(mine, theirs), 1.05, at_least=False)
    for (through, direct), what in zip(quick, ("SELECT 1", "count of 5 rows")):
        both = through.median("s") is not None and direct.median("s") is not None
        report.target(f"fixed cost of {what} in ms", (through.median("s") - direct.median("s")) * 1000 if both else None, 2, at_least=False)
