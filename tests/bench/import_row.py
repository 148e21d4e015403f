# SPDX-License-Identifier: Apache-2.0
"""Files dropped into an endpoint until they are in silver, and DuckDB's COPY of the same file into Parquet: a row beyond
the page's, with the memory the import needs."""

import http.client
import os
import random
import time
from pathlib import Path

from bronze_row import started_duckdb
from peers import Tarn
from rounds import Figures, memory_mb, ratio

MEGABYTE = 1 << 20
COLUMNS = [{"name": "id", "type": "integer"}, {"name": "customer"}, {"name": "kind"}, {"name": "amount", "type": "double"},
           {"name": "at", "type": "timestamp"}, {"name": "note"}]
TYPES = "{id: 'BIGINT', customer: 'VARCHAR', kind: 'VARCHAR', amount: 'DOUBLE', \"at\": 'TIMESTAMP', note: 'VARCHAR'}"
KINDS = ("view", "cart", "order", "return")
MEMORY_MB = 300
ROUNDS = 3


def lines(form, start, count):
    dice = random.Random(start)
    out = []
    for row in range(start, start + count):
        customer, kind = f"customer-{dice.randrange(100_000)}", KINDS[row % 4]
        amount, at = dice.randrange(1_000_000) / 100, f"2026-01-{row % 28 + 1:02}T{row % 24:02}:00:{row % 60:02}Z"
        note = f"note {dice.getrandbits(200):050x} of row {row}"
        if form == "csv":
            out.append(f"{row},{customer},{kind},{amount},{at},{note}")
        else:
            out.append(f'{{"id":{row},"customer":"{customer}","kind":"{kind}","amount":{amount},"at":"{at}","note":"{note}"}}')
    return ("\n".join(out) + "\n").encode()


def make(path, form, size_bytes):
    """Writes the file; answers its rows."""
    rows, step = 0, 20_000
    with open(path, "wb") as file:
        if form == "csv":
            file.write(b"id,customer,kind,amount,at,note\n")
        while file.tell() < size_bytes:
            file.write(lines(form, rows, step))
            rows += step
    return rows


def upload(tarn, path, table):
    """Sends the file from the disk; answers the manifest."""
    connection = http.client.HTTPConnection("127.0.0.1", tarn.port, timeout=3600, blocksize=MEGABYTE)
    with open(path, "rb") as file:
        connection.request("POST", f"/files/bench/{table}?name={path.name}&ack=bronze", file,
                           {"Content-Type": "application/octet-stream", "Content-Length": str(path.stat().st_size)})
        response = connection.getresponse()
        body = response.read()
    assert response.status == 200, body
    return body


def import_file(tarn, path, rows, table):
    """Seconds until the rows are in bronze, and in silver."""
    client = tarn.client(timeout_s=600)
    client.create("bench", table, COLUMNS)
    started = time.perf_counter()
    upload(tarn, path, table)
    landed = time.perf_counter() - started
    assert client.value(f"SELECT count(*) FROM bench.bronze.{table}") == rows
    while client.value(f"SELECT count(*) FROM bench.silver.{table}") != rows:
        time.sleep(0.05)
    merged = time.perf_counter() - started
    assert client.value(f"SELECT count(*) FROM bench.quarantine.{table}") == 0
    return landed, merged


def copy_with_duckdb(duckdb, path, form, rows, level=3):
    """Seconds; level 3 of zstd is DuckDB's own, level 1 what Tarn's merges write."""
    read = f"read_csv('{path}', columns = {TYPES}, header = true)" if form == "csv" else \
        f"read_json('{path}', format = 'newline_delimited', columns = {TYPES})"
    answer = duckdb.ask(sql=f"COPY (FROM {read}) TO '{path}.parquet' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL {level})")
    assert answer["rows"] == [[rows]], answer
    return answer["seconds"]


def processor_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def import_round(setting, path, form, rows, mine):
    """One import into a lake of its own, which is gone afterwards."""
    with Tarn(setting.binary, setting.root, f"row17-{form}") as tarn:
        landed, merged = import_file(tarn, path, rows, "events")
        mine.add("landed", path.stat().st_size / MEGABYTE / landed)
        mine.add("merged", path.stat().st_size / MEGABYTE / merged)
        mine.add("processor", processor_seconds(tarn.serving_pid()))
        mine.add("memory", memory_mb(tarn.serving_pid())[1])


def measure_form(setting, report, duckdb, form):
    path = Path(setting.root) / f"import.{form}"
    rows = make(path, form, (2048 if setting.full else 256) * MEGABYTE)
    megabytes = path.stat().st_size / MEGABYTE
    mine, theirs = Figures(), Figures()
    for _ in range(ROUNDS):
        if duckdb:
            before = processor_seconds(duckdb.child.pid)
            theirs.add("speed", megabytes / copy_with_duckdb(duckdb, path, form, rows))
            theirs.add("processor", processor_seconds(duckdb.child.pid) - before)
            theirs.add("level 1", megabytes / copy_with_duckdb(duckdb, path, form, rows, level=1))
        import_round(setting, path, form, rows, mine)
    path.unlink()
    report.of(f"{form}, {rows:,} rows, in bronze", mine, "landed", "MB/s")
    report.of(f"{form}, in silver", mine, "merged", "MB/s")
    report.of(f"{form}, DuckDB's COPY to Parquet (zstd)", theirs, "speed", "MB/s")
    report.of(f"{form}, the same at level 1", theirs, "level 1", "MB/s")
    report.of(f"{form}, processor time in silver", mine, "processor", "s")
    report.of(f"{form}, processor time of DuckDB's COPY", theirs, "processor", "s")
    report.target(f"{form}, speed of DuckDB's COPY", ratio(mine.median("merged"), theirs.median("speed")), 0.7)
    report.target(f"{form}, highest resident memory, MB", mine.spread("memory")[1], MEMORY_MB, at_least=False)


def row17(setting, report):
    duckdb = started_duckdb()
    for form in ("csv", "ndjson"):
        measure_form(setting, report, duckdb, form)
    if duckdb:
        duckdb.close()
