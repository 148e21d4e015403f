# SPDX-License-Identifier: Apache-2.0
"""Row 13: how long a query on a table of very many files takes before it reads the first of them. The files are only in
the table's log; the query asks for rows no file can have."""

import json
import time

from peers import Tarn
from rounds import Figures

BOUNDS_MS = {1_000: 5, 10_000: 20, 100_000: 100}
ROWS_OF_FILE = 1_000


def add(number):
    """One file of the log: keys are spread over all files, days follow each other."""
    low = number * 7919 % 1_000_003
    stats = {"numRecords": ROWS_OF_FILE, "minValues": {"id": low, "day": number, "name": f"name {low:07d}"},
             "maxValues": {"id": low + 500_000, "day": number + 3, "name": f"name {low + 500_000:07d}"}, "nullCount": {"id": 0, "day": 0, "name": 0}}
    return {"add": {"path": f"data/{number:08d}.parquet", "partitionValues": {}, "size": 100_000, "modificationTime": 1_767_225_600_000, "dataChange": True,
                    "stats": json.dumps(stats)}}


def make_table(tarn, client, name, files):
    """A gold table whose second commit names `files` files that do not exist."""
    job = {"domain": "plan", "job_name": name, "format": "delta", "query": "SELECT 1::BIGINT AS id, 1::BIGINT AS day, 'x' AS name WHERE false"}
    assert client.post("/transform/jobs", job).status == 200
    execution = client.run_job("plan", name, timeout_s=60)
    assert execution["status"] == "SUCCEEDED", execution
    log = tarn.lake / "gold" / "plan" / name / "_delta_log"
    version = int(max(path.stem for path in log.glob("*.json"))) + 1
    lines = [json.dumps({"commitInfo": {"timestamp": 1_767_225_600_000, "operation": "WRITE"}})] + [json.dumps(add(number)) for number in range(files)]
    (log / f"{version:020d}.json").write_text("\n".join(lines) + "\n")


def timed(client, sql):
    started = time.perf_counter()
    answer = client.post("/consumption/query", {"sql": sql})
    taken = time.perf_counter() - started
    assert answer.status == 200, answer
    return taken, answer.json()["data"]


def row13(setting, report):
    with Tarn(setting.binary, setting.root, "row13") as tarn:
        client = tarn.client()
        for files, bound_ms in BOUNDS_MS.items():
            name = f"files_{files}"
            make_table(tarn, client, name, files)
            first, rows = timed(client, f"SELECT count(*) AS n FROM plan.gold.{name}")
            assert rows == [{"n": files * ROWS_OF_FILE}], rows
            figures = Figures()
            for turn in range(3 * setting.rounds):
                taken, rows = timed(client, f"SELECT name, sum(id) AS s FROM plan.gold.{name} WHERE id = {-1 - turn} AND day < 5 GROUP BY name ORDER BY s LIMIT 10")
                assert rows == [], rows
                if turn > 0:
                    figures.add("s", taken)
            report.of(f"a query that no file of {files:,} can answer, warm", figures, "s", "ms", 1000, note=f"log read and first query {first * 1000:,.0f} ms")
            warm = figures.median("s")
            report.target(f"plan of {files:,} files in ms", warm and warm * 1000, bound_ms, at_least=False)
        client.close()
