# SPDX-License-Identifier: Apache-2.0
"""read_manifest.py ENGINE FILE: prints an Avro file of an Iceberg table as one JSON object. `fastavro`: schema, metadata and
rows as any Avro reader sees them. `manifest`, `list`: the rows as pyiceberg understands a manifest whose row in the
manifest list has sequence number 9, or a manifest list. Runs inside the environment of engines.py."""

import base64
import datetime
import decimal
import json
import math
import sys
import uuid

SNAPSHOT = 3051729675574597004
ENTRY = ("status", "snapshot_id", "sequence_number", "file_sequence_number")
FILE = ("content", "file_path", "file_format", "record_count", "file_size_in_bytes", "column_sizes", "value_counts", "null_value_counts", "nan_value_counts",
        "lower_bounds", "upper_bounds", "key_metadata", "split_offsets", "equality_ids", "sort_order_id")
ROW = ("manifest_path", "manifest_length", "partition_spec_id", "content", "sequence_number", "min_sequence_number", "added_snapshot_id", "added_files_count",
       "existing_files_count", "deleted_files_count", "added_rows_count", "existing_rows_count", "deleted_rows_count", "key_metadata")


def plain(value):
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, (decimal.Decimal, uuid.UUID)):
        return str(value)
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    if hasattr(value, "items"):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value


def by_fastavro(place):
    import fastavro

    with open(place, "rb") as file:
        reader = fastavro.reader(file)
        rows = [plain(row) for row in reader]
    return {"schema": json.loads(reader.metadata["avro.schema"]), "metadata": dict(reader.metadata), "rows": rows}


def manifest(place):
    from pyiceberg.io.pyarrow import PyArrowFileIO
    from pyiceberg.manifest import ManifestContent, ManifestFile

    row = ManifestFile.from_args(manifest_path=place, manifest_length=0, partition_spec_id=0, content=ManifestContent.DATA, sequence_number=9,
                                 min_sequence_number=0, added_snapshot_id=SNAPSHOT)
    rows = []
    for entry in row.fetch_manifest_entry(PyArrowFileIO(), discard_deleted=False):
        file = entry.data_file
        rows.append({name: plain(getattr(entry, name)) for name in ENTRY} | {name: plain(getattr(file, name)) for name in FILE}
                    | {"partition": [plain(file.partition[at]) for at in range(len(file.partition))]})
    return {"rows": rows}


def manifest_list(place):
    from pyiceberg.io.pyarrow import PyArrowFileIO
    from pyiceberg.manifest import read_manifest_list

    rows = []
    for row in read_manifest_list(PyArrowFileIO().new_input(place)):
        summaries = [[one.contains_null, one.contains_nan, plain(one.lower_bound), plain(one.upper_bound)] for one in row.partitions or []]
        rows.append({name: plain(getattr(row, name)) for name in ROW} | {"partitions": summaries})
    return {"rows": rows}


def main():
    print(json.dumps({"fastavro": by_fastavro, "manifest": manifest, "list": manifest_list}[sys.argv[1]](sys.argv[2])))


main()
