# SPDX-License-Identifier: Apache-2.0
"""Row 11: reading a table after a thousand merges, and the same rows written once by a gold job."""

import random

from merge_rows import COLUMNS, MILLION, TarnTable, records
from peers import Tarn
from query_row import alike, through_tarn
from rounds import Figures, memory_mb, ratio

MERGES = 1_000
CHANGED = 100
QUERIES = {"sums by kind": 'SELECT kind, count(*) AS n, sum(amount) AS s, max("at") AS m FROM {t} GROUP BY kind',
           "a filter on text": "SELECT count(*) AS n FROM {t} WHERE note LIKE '%7 of round 0'",
           "the greatest of a column by minute": "SELECT minute(\"at\") AS h, max(amount) AS m FROM {t} GROUP BY h ORDER BY h",
           "one row by its key": "SELECT id, note FROM {t} WHERE id = 4711"}


def merge(table, rows):
    """Small changes all over the table, each waited for."""
    dice = random.Random(11)
    for change in range(1, MERGES + 1):
        table.post(records(dice.sample(range(rows), CHANGED), change))


def write_once(client, name):
    """What compaction would leave at its best."""
    job = {"domain": "bench", "job_name": "fresh", "query": f"SELECT * FROM bench.silver.{name} ORDER BY id"}
    assert client.post("/transform/jobs", job).status == 200
    execution = client.run_job("bench", "fresh", timeout_s=300)
    assert execution["status"] == "SUCCEEDED", execution


def row11(setting, report):
    rows = (16 if setting.full else 1) * MILLION
    with Tarn(setting.binary, setting.root, "row11") as tarn:
        table = TarnTable(tarn, "events", rows)
        merge(table, rows)
        client = tarn.client()
        write_once(client, "events")
        report.figure(f"merges of {CHANGED} rows into {rows:,}", MERGES, "", note=f"{table.live_files()} files in the end")
        merged, fresh = 0, 0
        for what, text in QUERIES.items():
            mine, best = Figures(), Figures()
            for turn in range(3 * setting.rounds):
                taken, left = through_tarn(client, text.format(t="bench.silver.events"))
                other, right = through_tarn(client, text.format(t="bench.gold.fresh"))
                assert alike(sorted(left, key=str), sorted(right, key=str)), what
                if turn > 0:
                    mine.add("s", taken)
                    best.add("s", other)
            report.of(f"{what}, after the merges", mine, "s", "ms", 1000, note=f"written once {best.median('s') * 1000:.2f} ms, {ratio(mine.median('s'), best.median('s')):.2f}x")
            merged, fresh = merged + mine.median("s"), fresh + best.median("s")
        report.target("all of them over the table written once", ratio(merged, fresh), 1.3, at_least=False)
        now, highest = memory_mb(tarn.serving_pid())
        report.figure("Tarn resident memory, highest", highest, "MB", note=f"now {now:,.0f} MB")
