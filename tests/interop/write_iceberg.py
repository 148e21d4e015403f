# SPDX-License-Identifier: Apache-2.0
"""write_iceberg.py WAREHOUSE FOLDER CASE: writes a table with pyiceberg into FOLDER and prints its canonical lines as
pyiceberg reads it back. Runs inside the environment of engines.py."""

import datetime
import sys
from decimal import Decimal

import pyarrow
from canonical import lines
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.schema import Schema
from pyiceberg.types import DateType, DecimalType, DoubleType, IntegerType, ListType, LongType, NestedField, StringType, StructType, TimestamptzType

SCHEMA = Schema(
    NestedField(1, "i", IntegerType(), required=True),
    NestedField(2, "s", StringType()),
    NestedField(3, "d", DecimalType(12, 3)),
    NestedField(4, "at", TimestamptzType()),
    NestedField(5, "day", DateType()),
    NestedField(6, "f", DoubleType()),
    NestedField(7, "list", ListType(element_id=8, element_type=LongType(), element_required=False)),
    NestedField(9, "st", StructType(NestedField(10, "a", StringType()), NestedField(11, "b", LongType()))),
)


def rows(first, count):
    start = datetime.datetime(2024, 2, 29, tzinfo=datetime.timezone.utc)
    return [{"i": i, "s": None if i % 7 == 0 else f"ü{i}", "d": Decimal(i) / 8, "at": start + datetime.timedelta(microseconds=i), "day": (start + datetime.timedelta(days=i % 5)).date(),
             "f": i / 7, "list": [i, None, i + 1], "st": {"a": str(i), "b": i}} for i in range(first, first + count)]


def append(table, first, count):
    table.append(pyarrow.Table.from_pylist(rows(first, count), schema=table.schema().as_arrow()))


def plain(table):
    for step in range(3):
        append(table, step * 100, 100)


def rewritten(table):
    plain(table)
    table.delete("i >= 50 and i < 120")
    table.overwrite(pyarrow.Table.from_pylist(rows(1000, 10), schema=table.schema().as_arrow()), overwrite_filter="i < 10")


def evolved(table):
    append(table, 0, 50)
    with table.update_schema() as update:
        update.rename_column("s", "text")
        update.update_column("i", LongType())
        update.add_column("late", StringType())
        update.delete_column("f")
    more = [{**{key: value for key, value in row.items() if key not in ("s", "f")}, "text": row["s"], "late": "x"} for row in rows(2**40, 20)]
    table.append(pyarrow.Table.from_pylist(more, schema=table.schema().as_arrow()))


def partitioned(table):
    append(table, 0, 20)
    with table.update_spec() as update:
        update.add_identity("day")
    append(table, 100, 40)
    with table.update_spec() as update:
        update.add_field("s", "bucket[4]")
    append(table, 200, 40)
    table.delete("day = '2024-03-01'")


def main():
    warehouse, folder, case = sys.argv[1:4]
    catalog = SqlCatalog("c", uri=f"sqlite:///{warehouse}/catalog.db", warehouse=f"file://{warehouse}")
    catalog.create_namespace_if_not_exists("n")
    table = catalog.create_table(f"n.{case}", SCHEMA, location=f"file://{folder}")
    {"plain": plain, "rewritten": rewritten, "evolved": evolved, "partitioned": partitioned}[case](table)
    for line in lines(table.scan().to_arrow().to_pylist()):
        print(line)


main()
