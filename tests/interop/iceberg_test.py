# SPDX-License-Identifier: Apache-2.0
"""Iceberg tables of silver and gold, read by pyiceberg, polars and duckdb row for row as Tarn itself shows them."""

import random
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

from engines import ICEBERG_DUCKDB, ICEBERG_TABLE_READERS, environment  # noqa: E402
from scenarios import KEYED, METADATA, NESTED, Readers, again, compare, job, record  # noqa: E402
from server import column  # noqa: E402


@pytest.fixture(scope="session")
def readers():
    python = environment("interop", ICEBERG_TABLE_READERS)
    return Readers("read_iceberg.py", {"pyiceberg": python, "polars": python, "duckdb": environment("interop", ICEBERG_DUCKDB)})


def test_keyed_silver_through_merges_and_deletes(server, client, readers):
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    dice = random.Random(seed)
    client.create("ice", "keyed", KEYED, format="iceberg")
    for step in range(14):  # past a merge of manifests
        client.batch("ice/keyed", [record(dice, dice.randrange(60)) for _ in range(40)], strict="true")
        if step % 4 == 3:
            client.batch("ice/keyed", [{"id": dice.randrange(60)} for _ in range(8)], op="delete")
        if step in (0, 3, 13):
            assert compare(server, client, readers, "ice.silver.keyed", "silver/ice/keyed", METADATA) > 5


def test_evolving_silver(server, client, readers):
    client.create("ice", "evolving", [column("id", "integer", primary_key=True)], format="iceberg")
    steps = [{"x": 1}, {"x": 2, "new": "text"}, {"x": 1.5, "deep": {"a": [1]}}, {"y": True, "Größe": 5}, {"x": "now text", "when": "2024-01-01T00:00:00Z"}, {"deep": [1]}]
    for number, more in enumerate(steps):
        client.batch("ice/evolving", [{"id": number, **more}, {"id": 100 + number}])
        compare(server, client, readers, "ice.silver.evolving", "silver/ice/evolving")


def test_keyless_silver_and_widening_by_contract(server, client, readers):
    client.create("ice", "plain", [column("n", "integer"), column("day", "date")], format="iceberg")
    client.batch("ice/plain", [{"n": number, "day": "2024-01-01"} for number in range(200)])
    changed = client.put("/endpoints/ice/plain", {"columns": [column("n", "decimal"), column("day", "timestamp"), column("late")]})
    assert changed.status == 200, changed
    client.batch("ice/plain", [{"n": "1.25", "day": "2024-01-01T01:02:03.000004Z", "late": "x"}])
    assert compare(server, client, readers, "ice.silver.plain", "silver/ice/plain") == 201


def test_gold_overwrite_with_nested_and_decimal_results(server, client, readers):
    job(client, "ice", "nested", NESTED, format="iceberg")
    assert compare(server, client, readers, "ice.gold.nested", "gold/ice/nested") == 50
    again(client, "ice", "nested")
    assert compare(server, client, readers, "ice.gold.nested", "gold/ice/nested") == 50


def test_gold_maps_and_naive_timestamps(server, client, readers):
    job(client, "ice", "maps", "SELECT i, MAP {'k' || i: i, 'l': NULL} AS m, TIMESTAMP '2024-01-01 10:00:00.000001' + INTERVAL (i) HOUR AS at FROM range(5) t(i)", format="iceberg")
    assert compare(server, client, readers, "ice.gold.maps", "gold/ice/maps") == 5


def test_gold_append(server, client, readers):
    job(client, "ice", "appended", "SELECT i, 'a' AS s FROM range(10) t(i)", write_mode="append", format="iceberg")
    for _ in range(12):
        again(client, "ice", "appended")
    client.put("/transform/jobs/ice/appended", {"query": "SELECT i, i::DECIMAL(5,2) AS more FROM range(3) t(i)"})
    again(client, "ice", "appended")
    assert compare(server, client, readers, "ice.gold.appended", "gold/ice/appended") == 133


def test_gold_merge(server, client, readers):
    job(client, "ice", "merged", "SELECT i AS k, i * 2 AS v FROM range(100) t(i)", write_mode="append", unique_key="k", format="iceberg")
    for shift in (50, 90, 0):
        client.put("/transform/jobs/ice/merged", {"query": f"SELECT i + {shift} AS k, 'x' || i AS v2, i AS v FROM range(40) t(i)"})
        again(client, "ice", "merged")
        compare(server, client, readers, "ice.gold.merged", "gold/ice/merged")


def test_gold_emptied(server, client, readers):
    job(client, "ice", "emptied", "SELECT i, i::VARCHAR AS s FROM range(10) t(i)", format="iceberg")
    client.put("/transform/jobs/ice/emptied", {"query": "SELECT i, i::VARCHAR AS s FROM range(0) t(i)"})
    again(client, "ice", "emptied")
    assert compare(server, client, readers, "ice.gold.emptied", "gold/ice/emptied") == 0
