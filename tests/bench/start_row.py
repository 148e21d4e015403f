# SPDX-License-Identifier: Apache-2.0
"""Row 16: from exec to the first answer on a lake of a hundred tables, and replay of the log."""

import json
import time

from peers import EVENT_COLUMNS, FastApi, Tarn
from rounds import alternate, memory_mb, ratio
from server import Client

TABLES = 100
BATCH = 2000
TABLE_BYTES = 6 << 20  # durability.md: a cut comes at 8 MiB


def until_answered(server, path="/readyz"):
    """Seconds from spawn to the first 200."""
    started = time.monotonic()
    server.spawn()
    while time.monotonic() - started < 60:
        if server.read_port():
            client = Client(server.port, timeout_s=30)
            try:
                if client.get(path).status == 200:
                    return time.monotonic() - started
            except OSError:
                pass
            finally:
                client.close()
        time.sleep(0.0005)
    raise RuntimeError(f"no answer\n{server.log_tail()}")


def python_start():
    started = time.monotonic()
    with FastApi():
        return {"s": time.monotonic() - started}


def tables_start(tarn, path):
    taken = until_answered(tarn, path)
    tarn.stop()
    return {"s": taken}


def fill_log(tarn, megabytes):
    """Records of about so many bytes that stay un-landed: no endpoint gets as much as the log is cut at."""
    client, sent, records, tables = tarn.client(), 0, 0, 0
    while sent < megabytes * 2**20:
        client.create("replay", f"t{tables}", EVENT_COLUMNS, land_interval="15m")
        of_table = 0
        while of_table < TABLE_BYTES:
            body = json.dumps([{"id": records + place, "customer": f"c{place:05d}", "kind": "order_placed", "amount": 17.25, "at": "2026-01-01T00:00:07Z",
                                "note": "some words here"} for place in range(BATCH)]).encode()
            answer = client.post(f"/ingest/replay/t{tables}/batch", body)
            assert answer.status == 200, answer
            of_table += len(body)
            records += BATCH
        sent += of_table
        tables += 1
    client.close()
    return sent, records, tables


def row16(setting, report):
    with Tarn(setting.binary, setting.root, "row16") as tarn:
        client = tarn.client()
        for number in range(TABLES):
            client.create("many", f"t{number:03d}", [{**one, "primary_key": one["name"] == "id"} for one in EVENT_COLUMNS])
            client.batch(f"many/t{number:03d}", [{"id": place, "customer": "c", "kind": "k"} for place in range(10)], ack="silver")
        client.close()
        tarn.stop()
        query = "/consumption/query?sql=SELECT%20count(*)%20AS%20n%20FROM%20many.silver.t042"
        figures = alternate(setting.rounds, {"tarn": lambda: tables_start(tarn, "/readyz"), "query": lambda: tables_start(tarn, query), "python": python_start})
        report.of(f"Tarn, {TABLES} tables: exec -> ready", figures["tarn"], "s", "ms", scale=1000)
        report.of(f"Tarn, {TABLES} tables: exec -> first query answered", figures["query"], "s", "ms", scale=1000)
        report.of("FastAPI + pydantic: exec -> first answer", figures["python"], "s", "ms", scale=1000)
        report.target("exec -> first answer in ms", ratio(figures["tarn"].median("s"), 0.001), 100, at_least=False)
    replay(setting, report)


def replay(setting, report):
    with Tarn(setting.binary, setting.root, "replay") as tarn:
        tarn.stop()
        idle = min(until_then_stop(tarn) for _ in range(3))
        tarn.start()
        sent, records, tables = fill_log(tarn, 400 if setting.full else 120)
        tarn.kill()
        taken = until_answered(tarn)
        client = tarn.client()
        found = sum(client.value(f"SELECT count(*) FROM replay.bronze.t{number}") for number in range(tables))
        _, highest = memory_mb(tarn.serving_pid())
        speed = sent / 2**20 / max(taken - idle, 1e-3)
        report.figure(f"start after kill -9 with {sent / 2**20:,.0f} MB un-landed", taken * 1000, "ms", note=f"{found} of {records} records; idle start {idle * 1000:.0f} ms; {highest:,.0f} MB highest")
        report.target("log replay in MB/s", speed if found == records else None, 300)


def until_then_stop(tarn):
    taken = until_answered(tarn)
    tarn.stop()
    return taken
