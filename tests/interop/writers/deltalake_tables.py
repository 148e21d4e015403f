# SPDX-License-Identifier: Apache-2.0
"""deltalake_tables.py FOLDER: Delta tables as delta-rs writes them, each in a folder of its own below FOLDER. Runs inside
an environment of engines.py."""

import datetime
import sys
from decimal import Decimal
from pathlib import Path

import pyarrow
from deltalake import DeltaTable, write_deltalake

UTC = datetime.timezone.utc


def simple(start, stop):
    return pyarrow.table({"id": pyarrow.array(range(start, stop), pyarrow.int64()), "s": [f"x{key}" for key in range(start, stop)],
                          "l": pyarrow.array([[key, None] for key in range(start, stop)], pyarrow.list_(pyarrow.int64()))})


def all_types(place):
    """Every primitive type of the format and nested ones, with nulls."""
    rows = range(40)
    columns = {
        "i8": pyarrow.array([key % 100 for key in rows], pyarrow.int8()), "i16": pyarrow.array([key * 100 for key in rows], pyarrow.int16()),
        "i32": pyarrow.array([-key for key in rows], pyarrow.int32()), "i64": pyarrow.array([key << 40 for key in rows], pyarrow.int64()),
        "f4": pyarrow.array([key / 3 for key in rows], pyarrow.float32()), "f8": pyarrow.array([key / 7 for key in rows], pyarrow.float64()),
        "d": pyarrow.array([Decimal(key).scaleb(-4) for key in rows], pyarrow.decimal128(38, 4)), "b": [key % 2 == 0 for key in rows],
        "day": [datetime.date(1969, 12, 1) + datetime.timedelta(key) for key in rows],
        "at": pyarrow.array([datetime.datetime(1969, 12, 31, 23, 59, key, 1, UTC) for key in rows], pyarrow.timestamp("us", "UTC")),
        "naive": pyarrow.array([datetime.datetime(2024, 1, 1, 0, 0, key, 1) for key in rows], pyarrow.timestamp("us")),
        "raw": pyarrow.array([bytes([key, 255]) for key in rows], pyarrow.binary()),
        "m": pyarrow.array([{f"k{key}": key} for key in rows], pyarrow.map_(pyarrow.string(), pyarrow.int64())),
        "deep": pyarrow.array([{"a": [{"b": key}, None]} for key in rows]),
    }
    table = pyarrow.table(columns)
    nothing = pyarrow.table({name: pyarrow.nulls(3, column.type) for name, column in zip(table.column_names, table.columns)})
    write_deltalake(place, pyarrow.concat_tables([table, nothing]))


def changed(place):
    """Deleted, updated, merged, checkpointed, compacted; then changed once more behind the checkpoint."""
    write_deltalake(place, simple(0, 100))
    table = DeltaTable(place)
    table.delete("id < 10")
    table.update(updates={"s": "'changed'"}, predicate="id % 2 = 0")
    source = pyarrow.table({"id": pyarrow.array([50, 1000], pyarrow.int64()), "s": ["merged", "new"], "l": pyarrow.array([[1], [2]], pyarrow.list_(pyarrow.int64()))})
    (table.merge(source, predicate="t.id = s.id", source_alias="s", target_alias="t").when_matched_update_all().when_not_matched_insert_all().execute())
    table.create_checkpoint()
    table.optimize.compact()
    table.delete("id = 1000")


def partitioned(place):
    """Partitions of many types, nulls among them and text that is not a file name; some of them replaced."""
    rows = range(60)
    frame = pyarrow.table({
        "id": pyarrow.array(rows, pyarrow.int64()), "word": [None if key % 7 == 0 else "a b/%%d=ü %d" % (key % 4) for key in rows],
        "day": [datetime.date(2024, 1, 1 + key % 3) for key in rows], "n": pyarrow.array([key % 5 for key in rows], pyarrow.int32()),
        "flag": [key % 2 == 0 for key in rows], "price": pyarrow.array([Decimal(key % 3).scaleb(-2) for key in rows], pyarrow.decimal128(8, 2)),
        "at": pyarrow.array([datetime.datetime(2024, 1, 1, key % 2, 0, 0, 1, UTC) for key in rows], pyarrow.timestamp("us", "UTC"))})
    write_deltalake(place, frame, partition_by=["word", "day", "n", "flag", "price", "at"])
    write_deltalake(place, frame.set_column(0, "id", pyarrow.array([key + 100 for key in rows], pyarrow.int64())), mode="append")


def replaced(place):
    """A partition overwritten by predicate."""
    frame = pyarrow.table({"part": pyarrow.array([key % 4 for key in range(40)], pyarrow.int64()), "v": pyarrow.array(range(40), pyarrow.int64())})
    write_deltalake(place, frame, partition_by=["part"])
    write_deltalake(place, pyarrow.table({"part": pyarrow.array([2, 2], pyarrow.int64()), "v": pyarrow.array([-1, -2], pyarrow.int64())}), mode="overwrite",
                    predicate="part = 2")


def evolved(place):
    """Columns that came later, also inside a struct."""
    write_deltalake(place, pyarrow.table({"id": pyarrow.array([1, 2], pyarrow.int64()), "row": pyarrow.array([{"a": 1}, {"a": 2}])}))
    write_deltalake(place, pyarrow.table({"id": pyarrow.array([3], pyarrow.int64()), "row": pyarrow.array([{"a": 3, "b": "new"}]), "late": ["x"]}), mode="append",
                    schema_mode="merge")


def vacuumed(place):
    """Old files and log entries are gone."""
    write_deltalake(place, simple(0, 20))
    for start in range(20, 100, 20):
        write_deltalake(place, simple(start, start + 20), mode="append")
    table = DeltaTable(place)
    table.delete("id % 3 = 0")
    table.create_checkpoint()
    table.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)


TABLES = (all_types, changed, partitioned, replaced, evolved, vacuumed)


def main():
    for make in TABLES:
        make(str(Path(sys.argv[1]) / make.__name__))


main()
