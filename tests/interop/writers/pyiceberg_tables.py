# SPDX-License-Identifier: Apache-2.0
"""pyiceberg_tables.py FOLDER: Iceberg tables as PyIceberg writes them through a catalog in SQLite, each in a folder of its
own below FOLDER. Runs inside an environment of engines.py."""

import datetime
import sys
import uuid
from decimal import Decimal
from pathlib import Path

import pyarrow
import pyarrow.parquet
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import BucketTransform, DayTransform, HourTransform, IdentityTransform, MonthTransform, TruncateTransform, YearTransform
from pyiceberg.types import DoubleType, FixedType, LongType, NestedField, StringType, TimestampType, TimeType, UUIDType

UTC = datetime.timezone.utc


class Tables:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.catalog = SqlCatalog("tables", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}")
        self.catalog.create_namespace("t")

    def create(self, name, schema, **more):
        return self.catalog.create_table(f"t.{name}", schema, location=f"file://{self.folder / name}", **more)


def simple(start, stop):
    return pyarrow.table({"id": pyarrow.array(range(start, stop), pyarrow.int64()), "s": [None if key % 7 == 3 else f"x{key}" for key in range(start, stop)],
                          "d": pyarrow.array([Decimal(key).scaleb(-2) for key in range(start, stop)], pyarrow.decimal128(12, 2))})


def all_types(tables):
    rows = range(40)
    frame = pyarrow.table({
        "i": pyarrow.array([-key for key in rows], pyarrow.int32()), "n": pyarrow.array([key << 40 for key in rows], pyarrow.int64()),
        "f4": pyarrow.array([key / 3 for key in rows], pyarrow.float32()), "f8": pyarrow.array([key / 7 for key in rows], pyarrow.float64()),
        "d9": pyarrow.array([Decimal(key).scaleb(-2) for key in rows], pyarrow.decimal128(9, 2)), "b": [key % 2 == 0 for key in rows],
        "d18": pyarrow.array([Decimal(-key).scaleb(-4) for key in rows], pyarrow.decimal128(18, 4)), "d38": pyarrow.array([Decimal(key) for key in rows], pyarrow.decimal128(38, 0)),
        "day": [datetime.date(1969, 12, 1) + datetime.timedelta(key) for key in rows],
        "at": pyarrow.array([datetime.datetime(1969, 12, 31, 23, 59, key, 1, UTC) for key in rows], pyarrow.timestamp("us", "UTC")),
        "naive": pyarrow.array([datetime.datetime(2024, 1, 1, 0, 0, key, 1) for key in rows], pyarrow.timestamp("us")),
        "raw": pyarrow.array([bytes([key, 255]) for key in rows], pyarrow.binary()),
        "m": pyarrow.array([{f"k{key}": key} for key in rows], pyarrow.map_(pyarrow.string(), pyarrow.int64())),
        "deep": pyarrow.array([{"a": [{"b": key}, None]} for key in rows])})
    table = tables.create("all_types", frame.schema)
    table.append(frame)
    table.append(pyarrow.table({name: pyarrow.nulls(3, column.type) for name, column in zip(frame.column_names, frame.columns)}))


def changed(tables):
    """Deleted, upserted and overwritten by rewriting files."""
    table = tables.create("changed", simple(0, 1).schema)
    table.append(simple(0, 100))
    table.delete("id < 10")
    table.upsert(simple(50, 51).set_column(1, "s", [["merged"]]), join_cols=["id"])
    table.append(simple(1000, 1040))
    table.overwrite(simple(2000, 2005), overwrite_filter="id >= 1030")


def v1(tables):
    table = tables.create("v1", simple(0, 1).schema, properties={"format-version": "1"})
    table.append(simple(0, 30))
    table.append(simple(30, 60))
    table.delete("id = 5")


def evolved(tables):
    """Columns added, renamed, widened, dropped, moved; some inside a struct."""
    frame = pyarrow.table({"id": pyarrow.array(range(20), pyarrow.int32()), "f": pyarrow.array([key / 2 for key in range(20)], pyarrow.float32()),
                           "old": [f"o{key}" for key in range(20)], "gone": pyarrow.array(range(20), pyarrow.int64()), "row": pyarrow.array([{"a": key, "b": f"b{key}"} for key in range(20)])})
    table = tables.create("evolved", frame.schema)
    table.append(frame)
    with table.update_schema() as update:
        update.rename_column("old", "renamed")
        update.update_column("id", LongType())
        update.update_column("f", DoubleType())
        update.delete_column("gone")
        update.rename_column("row.a", "first")
        update.add_column(("row", "c"), StringType())
    with table.update_schema() as update:
        update.move_first("renamed")
        update.add_column("gone", StringType())  # another column of a name that was there before
    table.append(pyarrow.table({"renamed": ["later"], "id": pyarrow.array([1 << 40], pyarrow.int64()), "f": pyarrow.array([0.1], pyarrow.float64()),
                                "row": pyarrow.array([{"first": 1, "b": "b", "c": "c"}]), "gone": ["back"]}).select([one.name for one in table.schema().fields]))


def partitioned(tables):
    """All transforms, a specification that changed, deletes by partition and across."""
    schema = Schema(NestedField(1, "id", LongType()), NestedField(2, "word", StringType()), NestedField(3, "at", TimestampType()), NestedField(4, "at2", TimestampType()),
                    NestedField(5, "at3", TimestampType()), NestedField(6, "at4", TimestampType()))
    spec = PartitionSpec(PartitionField(1, 1000, BucketTransform(4), "id_bucket"), PartitionField(2, 1001, TruncateTransform(2), "word_trunc"), PartitionField(3, 1002, DayTransform(), "at_day"),
                         PartitionField(4, 1003, MonthTransform(), "at_month"), PartitionField(5, 1004, YearTransform(), "at_year"), PartitionField(6, 1005, HourTransform(), "at_hour"))
    table = tables.create("partitioned", schema, partition_spec=spec)

    def frame(start, stop):
        at = pyarrow.array([datetime.datetime(2024, 1 + key % 2, 1 + key % 3, key % 2, 0, 0, 1) for key in range(start, stop)], pyarrow.timestamp("us"))
        words = [None if key % 7 == 0 else ["ünï", "a/b=c d", "zz"][key % 3] for key in range(start, stop)]
        return pyarrow.table({"id": pyarrow.array(range(start, stop), pyarrow.int64()), "word": words, "at": at, "at2": at, "at3": at, "at4": at})

    table.append(frame(0, 60))
    with table.update_spec() as update:
        update.remove_field("word_trunc")
        update.add_field("word", IdentityTransform(), "word")
    table.append(frame(60, 90))
    table.delete("word = 'zz'")


def names_only(tables):
    """Files of others, added as they are: no field ids in them, a name mapping in the table."""
    place = tables.folder / "names_only" / "data"
    place.mkdir(parents=True)
    table = tables.create("names_only", simple(0, 1).schema)
    for start in (0, 20):
        pyarrow.parquet.write_table(simple(start, start + 20), place / f"{start}.parquet")
    table.add_files([f"file://{place}/{start}.parquet" for start in (0, 20)])
    table.append(simple(40, 50))


def rare_types(tables):
    schema = Schema(NestedField(1, "id", LongType()), NestedField(2, "t", TimeType()), NestedField(3, "u", UUIDType()), NestedField(4, "x", FixedType(3)))
    table = tables.create("rare_types", schema)
    table.append(pyarrow.table({"id": pyarrow.array([1, 2], pyarrow.int64()), "t": pyarrow.array([datetime.time(1, 2, 3, 4), None], pyarrow.time64("us")),
                                "u": pyarrow.array([uuid.UUID(int=7).bytes, None], pyarrow.binary(16)), "x": pyarrow.array([b"abc", None], pyarrow.binary(3))}))


def branched(tables):
    """A branch with a commit that main does not have, and a tag."""
    table = tables.create("branched", simple(0, 1).schema)
    table.append(simple(0, 10))
    table.manage_snapshots().create_tag(table.current_snapshot().snapshot_id, "first").create_branch(table.current_snapshot().snapshot_id, "side").commit()
    table.append(simple(10, 15), branch="side")
    table.append(simple(20, 25))


TABLES = (all_types, changed, v1, evolved, partitioned, names_only, rare_types, branched)


def main():
    tables = Tables(sys.argv[1])
    for make in TABLES:
        make(tables)


main()
