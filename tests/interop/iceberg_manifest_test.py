# SPDX-License-Identifier: Apache-2.0
"""The golden manifests that Tarn's unit tests hold its writer to (src/table/iceberg/testdata/tarn_*), read by fastavro and
pyiceberg. That the files are what the writer writes is the unit tests' part."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
GOLDEN = HERE.parents[1] / "src" / "table" / "iceberg" / "testdata"
sys.path.insert(0, str(HERE))

from engines import ICEBERG_READERS, environment  # noqa: E402

SNAPSHOT = 3051729675574597004


@pytest.fixture(scope="session")
def python():
    return environment("interop", ICEBERG_READERS)


@pytest.fixture
def read(python):
    def run(engine, name):
        done = subprocess.run([python, str(HERE / "read_manifest.py"), engine, str(GOLDEN / f"{name}.avro")], capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, f"{engine} refuses {name}: {done.stderr[-1500:]}"
        return json.loads(done.stdout)

    return run


def number(value, size=8):
    return base64.b64encode(value.to_bytes(size, "little", signed=True)).decode()


def text(value):
    return base64.b64encode(value.encode()).decode()


def fields(schema, found=None):
    """Field id → (name, type without documentation) of every record below `schema`."""
    found = {} if found is None else found
    if isinstance(schema, list):
        for one in schema:
            fields(one, found)
    elif isinstance(schema, dict):
        for one in schema.get("fields", []):
            found[one["field-id"]] = (one["name"], shape(one["type"]))
            fields(one["type"], found)
        fields(schema.get("items"), found)
    return found


def shape(schema):
    """A type without names of records, documentation and optionality, which versions and writers choose differently."""
    if isinstance(schema, list):
        return shape([one for one in schema if one != "null"][0])
    if not isinstance(schema, dict):
        return schema
    if schema["type"] == "record":
        return "record"
    kept = {key: shape(value) if key == "items" else value for key, value in schema.items() if key in ("type", "items", "logicalType", "element-id", "precision", "scale", "size", "adjust-to-utc")}
    return json.dumps(kept, sort_keys=True) if set(kept) != {"type"} else kept["type"]


@pytest.mark.parametrize("ours, theirs", [("tarn_v2_partitioned", "pyiceberg_v2"), ("tarn_v3_data", "pyiceberg_v2"), ("tarn_v2_deletes", "pyiceberg_v2"),
                                          ("tarn_v2_list", "pyiceberg_v2_list"), ("tarn_v3_list", "pyiceberg_v2_list")])
def test_schema_has_the_ids_names_and_types_of_the_specification(read, ours, theirs):
    mine, want = fields(read("fastavro", ours)["schema"]), fields(read("fastavro", theirs)["schema"])
    columns = {number for number in want if 1000 <= number < 2000}
    # pyiceberg writes equality_ids as long, the specification says int; partition columns are each table's own.
    assert {number: mine[number] for number in want if number != 135 and number not in columns} == {
        number: one for number, one in want.items() if number != 135 and number not in columns}
    assert mine.get(135, want.get(135, (None,)))[0] == want.get(135, (None,))[0]


def test_v3_schema_adds_what_the_specification_adds(read):
    mine = fields(read("fastavro", "tarn_v3_deletes")["schema"])
    assert [mine[number] for number in (142, 143, 144, 145)] == [
        ("first_row_id", "long"), ("referenced_data_file", "string"), ("content_offset", "long"), ("content_size_in_bytes", "long")]
    assert fields(read("fastavro", "tarn_v3_list")["schema"])[520] == ("first_row_id", "long")


def test_metadata_of_a_manifest(read):
    metadata = read("fastavro", "tarn_v2_partitioned")["metadata"]
    assert {key: metadata[key] for key in ("format-version", "content", "schema-id", "partition-spec-id")} == {
        "format-version": "2", "content": "data", "schema-id": "3", "partition-spec-id": "1"}
    assert json.loads(metadata["schema"])["schema-id"] == 3
    assert json.loads(metadata["partition-spec"])[0]["field-id"] == 1000
    assert read("fastavro", "tarn_v3_deletes")["metadata"]["content"] == "deletes"


def test_partitioned_manifest_row_by_row(read):
    added, existing, deleted = read("manifest", "tarn_v2_partitioned")["rows"]
    assert {key: added[key] for key in ("status", "snapshot_id", "sequence_number", "file_sequence_number", "content", "file_path", "file_format")} == {
        "status": 1, "snapshot_id": SNAPSHOT, "sequence_number": 9, "file_sequence_number": 9, "content": 0, "file_path": "s3://bucket/t/data/1.parquet", "file_format": "PARQUET"}
    assert (added["record_count"], added["file_size_in_bytes"]) == (100, 1000)
    assert added["column_sizes"] == {"1": 40, "2": 50}
    assert added["value_counts"] == {"1": 100, "2": 100, "10": 100}
    assert added["null_value_counts"] == {"1": 0, "2": 3}
    assert added["nan_value_counts"] == {"10": 2}
    assert added["lower_bounds"] == {"1": number(1), "2": ""}
    assert added["upper_bounds"] == {"1": number(100), "2": text("zz")}
    assert (added["split_offsets"], added["sort_order_id"], added["equality_ids"]) == ([4, 1048576], 0, None)
    assert added["partition"] == [5, 1 << 40, 17501, 1512151975038194, -1, "über", "-12.34", "30313233-3435-3637-3839-616263646566", True,
                                  base64.b64encode(b"\x00\xff").decode(), 0.5, "NaN", text("abc"), 81068123456, -7]
    assert (existing["status"], existing["snapshot_id"], existing["sequence_number"], existing["file_sequence_number"]) == (0, 77, 4, 5)
    assert existing["partition"][6] == "12.34"
    assert (deleted["status"], deleted["partition"]) == (2, [None] * 15)


def test_delete_manifests_row_by_row(read):
    for version in (2, 3):
        rows = read("manifest", f"tarn_v{version}_deletes")["rows"]
        assert [(row["content"], row["record_count"], row["sequence_number"], row["equality_ids"]) for row in rows[:2]] == [(1, 3, 9, None), (2, 4, 2, [1, 3])]
        raw = read("fastavro", f"tarn_v{version}_deletes")["rows"]
        assert raw[0]["data_file"]["referenced_data_file"] == "s3://bucket/t/data/1.parquet"
    vector = raw[2]["data_file"]
    assert (vector["file_format"], vector["content_offset"], vector["content_size_in_bytes"], vector["referenced_data_file"]) == ("PUFFIN", 4, 46, "s3://bucket/t/data/2.parquet")


def test_row_ids_of_v3(read):
    rows = read("fastavro", "tarn_v3_data")["rows"]
    assert [row["data_file"]["first_row_id"] for row in rows] == [800, None, None, None]


def test_manifest_lists_row_by_row(read):
    for version in (2, 3):
        data, deletes = read("list", f"tarn_v{version}_list")["rows"]
        want = {"manifest_path": "s3://bucket/t/metadata/m1.avro", "manifest_length": 4321, "partition_spec_id": 1, "content": 0, "sequence_number": 9,
                "min_sequence_number": 4, "added_snapshot_id": SNAPSHOT, "added_files_count": 1, "existing_files_count": 2, "deleted_files_count": 3,
                "added_rows_count": 100, "existing_rows_count": 200, "deleted_rows_count": 300, "key_metadata": None,
                "partitions": [[True, False, number(5, 4), number(6, 4)], [False, None, None, None]]}
        assert data == want
        assert deletes == want | {"content": 1, "partitions": [], "key_metadata": text("key")}
        raw = read("fastavro", f"tarn_v{version}_list")
        assert raw["metadata"]["sequence-number"] == "9"
        assert [row.get("first_row_id") for row in raw["rows"]] == ([None, None] if version == 2 else [1000, None])
