# SPDX-License-Identifier: Apache-2.0
"""The upsert peers of rows 5 to 7 in one process each: delta-rs merge, PyIceberg upsert, DuckDB writing the table anew.
One JSON request a line on standard input, one answer a line: {"build": {"kind", "folder", "rows"}}, then
{"upsert": {"ids", "round"}} -> {"seconds", "table_bytes", "peak_mb"}. Runs in an environment of engines.py."""

import datetime
import json
import os
import sys
import time

import duckdb
import pyarrow as pa

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
SCHEMA = pa.schema([pa.field("id", pa.int64()), pa.field("customer", pa.string()), pa.field("kind", pa.string()), pa.field("amount", pa.float64()),
                    pa.field("at", pa.timestamp("us", tz="UTC")), pa.field("note", pa.string())])


def rows_of(ids, change):
    """The same rows as merge_rows.records."""
    customers = pa.array([f"c{(one * 7919) % 100_000:05d}" for one in ids])
    notes = pa.array([f"words {(one * 31) % 1000} of round {change}" for one in ids])
    return pa.table({"id": pa.array(ids, pa.int64()), "customer": customers, "kind": pa.array(["order_placed"] * len(ids)),
                     "amount": pa.array([(one % 10_000) / 100 for one in ids]), "at": pa.array([START + datetime.timedelta(seconds=one % 86_400) for one in ids], pa.timestamp("us", tz="UTC")),
                     "note": notes}, schema=SCHEMA)


def slices(rows, size=500_000):
    return (rows_of(range(begin, min(begin + size, rows)), 0) for begin in range(0, rows, size))


class DeltaRs:
    def __init__(self, folder, rows):
        import deltalake

        self.deltalake, self.folder = deltalake, folder
        for part in slices(rows):
            deltalake.write_deltalake(folder, part, mode="append")

    def upsert(self, source):
        table = self.deltalake.DeltaTable(self.folder)
        merge = table.merge(source=source, predicate="t.id = s.id", source_alias="s", target_alias="t")
        merge.when_matched_update_all().when_not_matched_insert_all().execute()


class PyIceberg:
    def __init__(self, folder, rows):
        from pyiceberg.catalog.sql import SqlCatalog

        os.makedirs(folder, exist_ok=True)
        catalog = SqlCatalog("bench", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}")
        catalog.create_namespace("bench")
        self.table = catalog.create_table("bench.events", schema=SCHEMA)
        for part in slices(rows):
            self.table.append(part)

    def upsert(self, source):
        self.table.upsert(source, join_cols=["id"])


class Rewrite:
    def __init__(self, folder, rows):
        os.makedirs(folder, exist_ok=True)
        self.folder, self.version, self.connection = folder, 0, duckdb.connect()
        parts = pa.concat_tables(slices(rows))
        self.connection.register("base", parts)
        self.connection.execute(f"COPY base TO '{self.file(0)}' (FORMAT parquet, COMPRESSION zstd)")
        self.connection.unregister("base")

    def file(self, version):
        return f"{self.folder}/v{version}.parquet"

    def upsert(self, source):
        self.connection.register("source", source)
        self.connection.execute(f"COPY (SELECT * FROM read_parquet('{self.file(self.version)}') t WHERE NOT EXISTS (SELECT 1 FROM source s WHERE s.id = t.id) "
                                f"UNION ALL SELECT * FROM source) TO '{self.file(self.version + 1)}' (FORMAT parquet, COMPRESSION zstd)")
        handle = os.open(self.file(self.version + 1), os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
        self.version += 1
        self.connection.unregister("source")


KINDS = {"delta-rs": DeltaRs, "pyiceberg": PyIceberg, "rewrite": Rewrite}


def folder_bytes(folder):
    return sum(os.path.getsize(os.path.join(place, name)) for place, _, names in os.walk(folder) for name in names)


def peak_mb():
    lines = dict(line.split(":", 1) for line in open("/proc/self/status", encoding="ascii") if ":" in line)
    return int(lines["VmHWM"].split()[0]) / 1024


class Peer:
    def build(self, kind, folder, rows):
        self.folder, self.peer = folder, KINDS[kind](folder, rows)
        return {"table_bytes": folder_bytes(folder)}

    def upsert(self, ids, round):  # noqa: A002 - the member's name
        source = rows_of(ids, round)
        before = folder_bytes(self.folder)
        started = time.perf_counter()
        self.peer.upsert(source)
        seconds = time.perf_counter() - started
        return {"seconds": seconds, "table_bytes": folder_bytes(self.folder) - before, "peak_mb": peak_mb()}


peer = Peer()
for line in sys.stdin:
    try:
        (verb, arguments), = json.loads(line).items()
        print(json.dumps({"build": peer.build, "upsert": peer.upsert}[verb](**arguments)), flush=True)
    except Exception as error:  # noqa: BLE001 - the benchmark says so
        print(json.dumps({"error": f"{type(error).__name__}: {error}"[:500]}), flush=True)
