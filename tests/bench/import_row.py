# SPDX-License-Identifier: Apache-2.0
"""Files dropped into an endpoint until they are in silver, and DuckDB's COPY of the same file into Parquet: a row beyond
the page's, with the memory the import needs."""

import http.client
import random
import time
from pathlib import Path

from bronze_row import started_duckdb
from peers import Tarn
from rounds import memory_mb, ratio

MEGABYTE = 1 << 20
COLUMNS = [{"name": "id", "type": "integer"}, {"name": "customer"}, {"name": "kind"}, {"name": "amount", "type": "double"},
           {"name": "at", "type": "timestamp"}, {"name": "note"}]
TYPES = "{id: 'BIGINT', customer: 'VARCHAR', kind: 'VARCHAR', amount: 'DOUBLE', \"at\": 'TIMESTAMP', note: 'VARCHAR'}"
KINDS = ("view", "cart", "order", "return")
MEMORY_MB = 300


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
    connection = http.client.HTTPConnection("127.0.0.1", tarn.port, timeout=3600)
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
    while client.value(f"SELECT count(*) FROM bench.silver.{table}") != rows:
        time.sleep(0.05)
    merged = time.perf_counter() - started
    assert client.value(f"SELECT count(*) FROM bench.quarantine.{table}") == 0
    return landed, merged


def copy_with_duckdb(duckdb, path, form, rows):
    read = f"read_csv('{path}', columns = {TYPES}, header = true)" if form == "csv" else \
        f"read_json('{path}', format = 'newline_delimited', columns = {TYPES})"
    answer = duckdb.ask(sql=f"COPY (FROM {read}) TO '{path}.parquet' (FORMAT parquet, COMPRESSION zstd)")
    assert answer["rows"] == [[rows]], answer
    return answer["seconds"]


def row17(setting, report):
    size_bytes = (2048 if setting.full else 256) * MEGABYTE
    duckdb = started_duckdb()
    for form in ("csv", "ndjson"):
        path = Path(setting.root) / f"import.{form}"
        rows = make(path, form, size_bytes)
        theirs = min(copy_with_duckdb(duckdb, path, form, rows) for _ in range(2)) if duckdb else None
        with Tarn(setting.binary, setting.root, f"row17-{form}") as tarn:
            landed, merged = import_file(tarn, path, rows, "events")
            _, highest = memory_mb(tarn.serving_pid())
        megabytes = path.stat().st_size / MEGABYTE
        report.figure(f"{form}, {rows:,} rows, in bronze", megabytes / landed, "MB/s")
        report.figure(f"{form}, in silver", megabytes / merged, "MB/s")
        report.figure(f"{form}, DuckDB's COPY to Parquet", megabytes / theirs if theirs else None, "MB/s")
        report.target(f"{form}, speed of DuckDB's COPY", ratio(theirs, merged), 0.7)
        report.target(f"{form}, highest resident memory, MB", highest, MEMORY_MB, at_least=False)
        path.unlink()
    if duckdb:
        duckdb.close()
