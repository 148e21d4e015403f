# SPDX-License-Identifier: Apache-2.0
"""write_manifests.py FOLDER: the golden manifests of src/table/iceberg/testdata that others wrote: format versions 1 and 2
by pyiceberg, 3 by fastavro under the schemas of the specification. Runs inside the environment of engines.py; sync markers
are random, so a new run gives other bytes."""

import sys
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import fastavro
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat, ManifestEntry, ManifestEntryStatus, write_manifest, write_manifest_list
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import BucketTransform, DayTransform, HourTransform, IdentityTransform, TruncateTransform, YearTransform
from pyiceberg.typedef import Record
from pyiceberg.types import (BinaryType, BooleanType, DateType, DecimalType, DoubleType, FloatType, IntegerType, LongType, NestedField, StringType,
                             TimestampType, TimestamptzType, UUIDType)

SNAPSHOT = 3051729675574597004
SCHEMA = Schema(
    NestedField(1, "id", LongType()), NestedField(2, "name", StringType()), NestedField(3, "at", TimestamptzType()),
    NestedField(4, "day", DateType()), NestedField(5, "price", DecimalType(9, 2)), NestedField(6, "u", UUIDType()), NestedField(7, "ok", BooleanType()),
    NestedField(8, "raw", BinaryType()), NestedField(9, "f", FloatType()), NestedField(10, "d", DoubleType()), NestedField(11, "naive", TimestampType()),
    NestedField(12, "n", IntegerType()), schema_id=3)
SPEC = PartitionSpec(
    PartitionField(1, 1000, BucketTransform(16), "id_bucket"), PartitionField(2, 1001, TruncateTransform(4), "name_trunc"),
    PartitionField(3, 1002, HourTransform(), "at_hour"), PartitionField(3, 1003, DayTransform(), "at_day"), PartitionField(4, 1004, YearTransform(), "day_year"),
    PartitionField(4, 1005, IdentityTransform(), "day"), PartitionField(5, 1006, IdentityTransform(), "price"), PartitionField(6, 1007, IdentityTransform(), "u"),
    PartitionField(7, 1008, IdentityTransform(), "ok"), PartitionField(8, 1009, IdentityTransform(), "raw"), PartitionField(9, 1010, IdentityTransform(), "f"),
    PartitionField(10, 1011, IdentityTransform(), "d"), PartitionField(11, 1012, IdentityTransform(), "naive"), PartitionField(12, 1013, IdentityTransform(), "n"),
    spec_id=1)
VALUES = Record(5, "iceb", 420_000, 17_500, 47, 17_501, Decimal("-12.34"), UUID("f79c3e09-677c-4bbd-a479-3f349cb785e7"), True, b"\x00\xff", 0.5, -2.25,
                1_512_151_975_038_194, -7)
NULLS = Record(*[None] * len(SPEC.fields))


def data_file(number, partition, **more):
    return DataFile.from_args(
        content=DataFileContent.DATA, file_path=f"s3://bucket/t/data/{number}.parquet", file_format=FileFormat.PARQUET,
        partition=partition, record_count=number * 100, file_size_in_bytes=number * 1000, **more)


METRICS = {
    "column_sizes": {1: 40, 2: 50, 12: 60}, "value_counts": {1: 100, 2: 100, 10: 100}, "null_value_counts": {1: 0, 2: 3}, "nan_value_counts": {10: 2},
    "lower_bounds": {1: (1).to_bytes(8, "little"), 2: b""}, "upper_bounds": {1: (100).to_bytes(8, "little"), 2: b"zz"}, "split_offsets": [4, 1048576],
    "sort_order_id": 0}


def write(folder, version, spec, name):
    io = PyArrowFileIO()
    place = folder / f"{name}.avro"
    place.unlink(missing_ok=True)
    with write_manifest(version, spec, SCHEMA, io.new_output(str(place)), SNAPSHOT, "deflate") as writer:
        partitions = (VALUES, NULLS) if spec.fields else (Record(), Record())
        writer.add_entry(ManifestEntry.from_args(status=ManifestEntryStatus.ADDED, snapshot_id=SNAPSHOT,
                                                 data_file=data_file(1, partitions[0], **METRICS)))
        for status, number in ((ManifestEntryStatus.EXISTING, 2), (ManifestEntryStatus.DELETED, 3)):
            sequences = {} if version == 1 else {"sequence_number": 4, "file_sequence_number": 5}
            writer.add_entry(ManifestEntry.from_args(status=status, snapshot_id=77,
                                                     data_file=data_file(number, partitions[1]), **sequences))
    manifest = writer.to_manifest_file()
    manifest._data[0] = f"s3://bucket/t/metadata/{name}.avro"
    place = folder / f"{name}_list.avro"
    place.unlink(missing_ok=True)
    with write_manifest_list(version, io.new_output(str(place)), SNAPSHOT, 77, 9, "deflate") as writer:
        writer.add_manifests([manifest])


def field(number, name, kind, **more):
    return {"name": name, "type": kind, "field-id": number, **more}


def optional(number, name, kind):
    return field(number, name, ["null", kind], default=None)


def pairs(key, value, kind):
    return {"type": "array", "logicalType": "map",
            "items": {"type": "record", "name": f"k{key}_v{value}", "fields": [field(key, "key", "int"), field(value, "value", kind)]}}


def write_v3(folder):
    """Deletion vectors; fields in another order than ours, one of them unknown, no optional metrics."""
    file = {"type": "record", "name": "r2", "fields": [
        optional(145, "content_size_in_bytes", "long"), optional(144, "content_offset", "long"), optional(143, "referenced_data_file", "string"),
        optional(142, "first_row_id", "long"), field(134, "content", "int"), field(100, "file_path", "string"), field(101, "file_format", "string"),
        field(102, "partition", {"type": "record", "name": "r102", "fields": [optional(1000, "_x2D1", "string") | {"iceberg-field-name": "-1"}]}),
        field(103, "record_count", "int"), field(104, "file_size_in_bytes", "long"), optional(9999, "of_the_future", pairs(9998, 9997, "double")),
        optional(125, "lower_bounds", pairs(126, 127, "bytes"))]}
    schema = {"type": "record", "name": "manifest_entry", "fields": [
        field(2, "data_file", file), optional(1, "snapshot_id", "long"), optional(3, "sequence_number", "long"), optional(4, "file_sequence_number", "long"),
        field(0, "status", "int")]}
    common = {"file_format": "PUFFIN", "partition": {"_x2D1": "p"}, "file_size_in_bytes": 999, "content": 1, "first_row_id": None, "of_the_future": [{"key": 1, "value": 2.5}],
              "lower_bounds": [{"key": 3, "value": b"c"}, {"key": 1, "value": b"a"}]}
    rows = [{"status": 1, "snapshot_id": None, "sequence_number": None, "file_sequence_number": None,
             "data_file": common | {"file_path": "s3://bucket/t/data/dv.puffin", "record_count": 4, "referenced_data_file": "s3://bucket/t/data/1.parquet",
                                    "content_offset": 4, "content_size_in_bytes": 46}}]
    with open(folder / "fastavro_v3_deletes.avro", "wb") as out:
        fastavro.writer(out, fastavro.parse_schema(schema), rows, codec="zstandard", metadata={
            "schema": '{"type":"struct","schema-id":0,"fields":[]}', "schema-id": "0", "partition-spec": "[]", "partition-spec-id": "0", "format-version": "3",
            "content": "deletes"})


def main():
    folder = Path(sys.argv[1]).resolve()
    for version in (1, 2):
        write(folder, version, SPEC, f"pyiceberg_v{version}")
    write(folder, 2, PartitionSpec(spec_id=0), "pyiceberg_v2_plain")
    write_v3(folder)


main()
