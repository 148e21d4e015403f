# SPDX-License-Identifier: Apache-2.0
"""Row 4: landed NDJSON to typed Parquet, by a gold job over the bronze table and by DuckDB on the same objects."""

import time

from merge_rows import COLUMNS, LOADED_AT_ONCE, MILLION, records, silver_seconds
from peers import Tarn
from query_row import Duckdb
from rounds import Figures, memory_mb, ratio

TYPES = "{id: 'BIGINT', customer: 'VARCHAR', kind: 'VARCHAR', amount: 'DOUBLE', \"at\": 'TIMESTAMPTZ', note: 'VARCHAR'}"
QUERY = 'SELECT id, customer, kind, amount, "at", note FROM bench.bronze.events'


def load(tarn, client, rows):
    """Rows of a table without a key, all landed and in silver; seconds the merges took."""
    client.create("bench", "events", [{**column, "primary_key": False} for column in COLUMNS])
    for begin in range(0, rows, LOADED_AT_ONCE):
        client.batch("bench/events", records(range(begin, begin + LOADED_AT_ONCE), 0), ack="bronze")
    while client.value("SELECT count(*) FROM bench.silver.events") != rows:
        time.sleep(0.05)
    return silver_seconds(client)


def run_job(client, rows):
    started = time.perf_counter()
    execution = client.run_job("bench", "typed", timeout_s=300)
    taken = time.perf_counter() - started
    assert execution["status"] == "SUCCEEDED", execution
    assert client.value("SELECT count(*) FROM bench.gold.typed") == rows
    return taken


def copy_with_duckdb(duckdb, tarn, rows):
    objects = f"{tarn.lake}/bronze/bench/events/*/*/*/*/*.ndjson.zst"
    read = f"read_json('{objects}', format = 'newline_delimited', compression = 'zstd', columns = {TYPES})"
    answer = duckdb.ask(sql=f"COPY (FROM {read}) TO '{tarn.root}/peer.parquet' (FORMAT parquet, COMPRESSION zstd)")
    assert answer["rows"] == [[rows]], answer
    return answer["seconds"]


def started_duckdb():
    try:
        return Duckdb()
    except Exception as error:  # noqa: BLE001 - a missing peer is a result
        print(f"  duckdb is missing: {error}", flush=True)
        return None


def row4(setting, report):
    rows = (4 if setting.full else 1) * MILLION
    with Tarn(setting.binary, setting.root, "row4") as tarn:
        client, duckdb = tarn.client(), started_duckdb()
        merging = load(tarn, client, rows)
        answer = client.post("/transform/jobs", {"domain": "bench", "job_name": "typed", "query": QUERY})
        assert answer.status == 200, answer
        mine, theirs = Figures(), Figures()
        for _ in range(setting.rounds):
            mine.add("rate", rows / run_job(client, rows))
            if duckdb:
                theirs.add("rate", rows / copy_with_duckdb(duckdb, tarn, rows))
        report.of("Tarn, a job over the bronze table, published", mine, "rate", "rows/s")
        report.of("DuckDB, COPY (FROM read_json(columns = ...)), not synced", theirs, "rate", "rows/s")
        report.figure("Tarn, merges of the same objects, in the background", rows / merging, "rows/s")
        report.target("over DuckDB", ratio(mine.median("rate"), theirs.median("rate")), 0.9)
        now, highest = memory_mb(tarn.serving_pid())
        report.figure("Tarn resident memory, highest", highest, "MB", note=f"now {now:,.0f} MB")
        if duckdb:
            duckdb.close()
