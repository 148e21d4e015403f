# SPDX-License-Identifier: Apache-2.0
"""A look is one moment of a table that all engines are asked about: where it lies and which rows Tarn shows of it."""

import json
import os
import re
import subprocess
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import s3_server
from canonical import lines

METADATA = ("_insert_date", "_domain", "_endpoint", "_request_id", "_schema_version", "_offset")
PROBE_TIMEOUT_S = 120


@dataclass
class Look:
    format: str
    folder: Path  # of the table on this machine, also when its address is another
    address: str
    columns: list
    want: list
    json: tuple = ()
    binary: tuple = ()
    single: tuple = ()

    def question(self):
        """As readers/serve.py is asked."""
        in_bucket = self.address.startswith("s3://")
        s3 = {"endpoint": s3_server.shared_server().endpoint, "key": s3_server.ACCESS_KEY, "secret": s3_server.SECRET_KEY} if in_bucket else None
        metadata = None
        if self.format == "iceberg":
            metadata = f"{self.address if in_bucket else 'file://' + self.address}/metadata/{newest_metadata(self.folder).name}"
        return {"format": self.format, "table": self.address, "metadata": metadata, "columns": self.columns, "json": self.json, "binary": self.binary,
                "single": self.single, "s3": s3}


def newest_metadata(folder):
    """The Iceberg metadata with the greatest number, whoever named it."""
    found = [(int(match[1]), place) for place in (Path(folder) / "metadata").glob("*.metadata.json") if (match := re.match(r"v?(\d+)[.-]", place.name))]
    return max(found)[1]


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def server_look(server, client, format, table, metadata=()):
    """The table as the HTTP query shows it; `table` is domain.layer.name. Beside each column of floating numbers goes its
    spelling, because JSON has no numbers that are not finite."""
    answer = client.query(f"SELECT * FROM {table}", max_rows=1)
    assert answer.status == 200, answer
    types = {one["name"]: one["type"] for one in answer.json()["columns"]}
    columns = [*types, *metadata]
    floating = [name for name in types if types[name] in ("DOUBLE", "FLOAT")]
    spelled = [f"CASE WHEN NOT isfinite({quoted(name)}) THEN {quoted(name)}::VARCHAR END AS {quoted(name + ' spelled')}" for name in floating]
    rows = client.rows(f"SELECT {', '.join([*map(quoted, columns), *spelled])} FROM {table}", max_rows=100_000)
    for row in rows:
        for name in floating:
            row[name] = row.pop(name + " spelled") or row[name]
    json_columns, single = (tuple(name for name in types if types[name] == type) for type in ("JSON", "FLOAT"))
    domain, layer, name = table.split(".")
    return Look(format=format, folder=Path(server.lake_files) / layer / domain / name, address=f"{server.lake}/{layer}/{domain}/{name}",
                columns=columns, want=lines(rows, json_columns, single), json=json_columns, single=single,
                binary=tuple(name for name in types if types[name] == "BLOB"))


def probe(folder, *words, check=True):
    """Runs table_probe, which knows tables without a server."""
    done = subprocess.run([os.environ["TARN_PROBE"], str(folder), *map(str, words)], capture_output=True, text=True, check=False, timeout=PROBE_TIMEOUT_S)
    assert not check or done.returncode == 0, done.stderr[-3000:]
    return done


def probe_rows(folder, *version, single=()):
    return lines((json.loads(line, parse_float=Decimal) for line in probe(folder, "rows", *version).stdout.splitlines()), single_columns=single)


def probe_look(format, folder, count, single=()):
    """The table as table_probe reads it."""
    want = probe_rows(folder, single=single)
    assert len(want) == count, f"{len(want)} rows, not {count}"
    return Look(format=format, folder=Path(folder), address=str(folder), columns=list(json.loads(want[0])), want=want, single=single)
