# SPDX-License-Identifier: Apache-2.0
"""Delta features beyond the plain table, both ways: rows that table_probe deletes by vectors, read by deltalake, polars
and duckdb; tables that deltalake wrote, read by the probe. Who refuses what is listed here, not hidden."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]

import json  # noqa: E402
from decimal import Decimal  # noqa: E402

from canonical import lines  # noqa: E402
from engines import DELTA_READERS, DUCKDB_DELTA, environment  # noqa: E402

PINS = {"deltalake": DELTA_READERS, "polars": DELTA_READERS, "duckdb": DUCKDB_DELTA}
PROBE = os.environ["TARN_PROBE"]

ROWS = """SELECT i AS id, 'v' || i AS s, (i / 7)::DECIMAL(12, 3) AS d, i / 3.0::DOUBLE AS f, i %% 2 = 0 AS b,
 TIMESTAMPTZ '2024-01-01 00:00:00.000001Z' + INTERVAL (i) SECOND AS at, DATE '2024-01-01' + (i %% 400)::INTEGER AS day,
 CASE WHEN i %% 5 = 0 THEN NULL ELSE i END AS maybe, [i, NULL] AS list, {'a': i, 'b': 'x' || i} AS row FROM range(%d, %d) t(i)"""


def probe(folder, *words, check=True):
    done = subprocess.run([PROBE, str(folder), *map(str, words)], capture_output=True, text=True, check=False, timeout=120)
    assert not check or done.returncode == 0, done.stderr[-3000:]
    return done


def rows_of(folder, *version):
    return lines(json.loads(line, parse_float=Decimal) for line in probe(folder, "rows", *version).stdout.splitlines())


def foreign_rows(engine, folder, columns):
    done = subprocess.run([environment("interop", PINS[engine]), str(HERE / "read_delta.py"), engine, str(folder), ",".join(columns), ""],
                          capture_output=True, text=True, check=False, timeout=120)
    return done.stdout.splitlines() if done.returncode == 0 else done.stderr


def agree(folder, count, refusing=()):
    """Every engine reads what the probe reads, except those that are known to refuse."""
    want = rows_of(folder)
    assert len(want) == count
    columns = list(json.loads(want[0]))
    for engine in PINS:
        got = foreign_rows(engine, folder, columns)
        if engine in refusing:
            assert isinstance(got, str), f"{engine} reads what it used to refuse: take it off the list"
            continue
        assert not isinstance(got, str), f"{engine}: {got[-1500:]}"
        assert got == want, f"{engine}: {len(got)} rows instead of {len(want)}; " + "\n".join(sorted(set(got) ^ set(want))[:6])


def by_deltalake(script):
    done = subprocess.run([environment("interop", DELTA_READERS), "-c", script], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]


def test_rows_deleted_by_vectors_are_gone_for_everybody(tmp_path):
    table = tmp_path / "table"
    probe(table, "create", ROWS % (0, 3000))
    probe(table, "append", ROWS % (3000, 3100))
    agree(table, 3100)
    probe(table, "delete", "id % 3 = 0")
    agree(table, 2066)
    probe(table, "delete", "id < 50 OR id = 3098")  # replaces both vectors
    agree(table, 2032)
    probe(table, "checkpoint")
    agree(table, 2032)
    probe(table, "delete", "id >= 3000")  # the last rows of a file
    agree(table, 1967)
    assert len(rows_of(table, 2)) == 2066


def test_renamed_column(tmp_path):
    table = tmp_path / "table"
    probe(table, "create", ROWS % (0, 100))
    probe(table, "rename", "maybe", "perhaps")
    agree(table, 100, refusing=("polars",))
    probe(table, "delete", "perhaps IS NULL")
    agree(table, 80, refusing=("polars",))
    assert "perhaps" in probe(table, "append", ROWS % (100, 110), check=False).stderr


def test_partitioned_table_of_deltalake(tmp_path):
    table = tmp_path / "table"
    by_deltalake(f"""
import datetime, polars
from decimal import Decimal
from deltalake import DeltaTable, write_deltalake
frame = polars.DataFrame({{"id": list(range(60)), "word": [None if i % 7 == 0 else "a b/%d=ü" % (i % 4) for i in range(60)],
  "day": [datetime.date(2024, 1, 1 + i % 3) for i in range(60)], "n": [i % 5 for i in range(60)], "flag": [i % 2 == 0 for i in range(60)],
  "price": [Decimal(i % 3).scaleb(-2) for i in range(60)], "at": [datetime.datetime(2024, 1, 1, i % 2, 0, 0, 1, tzinfo=datetime.timezone.utc) for i in range(60)]}},
  schema_overrides={{"price": polars.Decimal(8, 2), "at": polars.Datetime("us", "UTC")}})
write_deltalake({str(table)!r}, frame, partition_by=["word", "day", "n", "flag", "price", "at"])
write_deltalake({str(table)!r}, frame.with_columns(id=polars.col("id") + 100), mode="append")
""")
    agree(table, 120)
    probe(table, "delete", "id % 10 = 3 AND n = 3")
    agree(table, 108)
    probe(table, "checkpoint")
    agree(table, 108)
    by_deltalake(f"from deltalake import DeltaTable; t = DeltaTable({str(table)!r}); assert t.version() == 2")


def test_table_that_deltalake_changed_and_checkpointed(tmp_path):
    table = tmp_path / "table"
    by_deltalake(f"""
import polars
from deltalake import DeltaTable, write_deltalake
frame = polars.DataFrame({{"id": list(range(100)), "s": ["x%d" % i for i in range(100)], "l": [[i, None] for i in range(100)]}})
write_deltalake({str(table)!r}, frame)
t = DeltaTable({str(table)!r})
t.delete("id < 10")
t.update(updates={{"s": "'changed'"}}, predicate="id % 2 = 0")
(t.merge(polars.DataFrame({{"id": [50, 1000], "s": ["merged", "new"], "l": [[1], [2]]}}), predicate="t.id = s.id", source_alias="s", target_alias="t")
 .when_matched_update_all().when_not_matched_insert_all().execute())
t.create_checkpoint()
t.optimize.compact()
""")
    agree(table, 91)
    probe(table, "append", "SELECT i::BIGINT AS id, 'ours' AS s, [i::BIGINT] AS l FROM range(5) t(i)")
    agree(table, 96)
    probe(table, "delete", "s = 'merged'")
    agree(table, 95)


def test_features_nobody_knows_are_refused_by_name(tmp_path):
    table = tmp_path / "table"
    probe(table, "create", ROWS % (0, 10))
    entry = {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": ["notYetThought"], "writerFeatures": ["notYetThought"]}}
    (table / "_delta_log" / f"{1:020}.json").write_text(json.dumps(entry) + "\n", encoding="ascii")
    assert "notYetThought" in probe(table, "refusal").stdout
