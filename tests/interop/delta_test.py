# SPDX-License-Identifier: Apache-2.0
"""Delta tables of silver and gold, read by the deltalake and polars packages row for row as Tarn itself shows them."""

import random
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

from engines import DELTA_READERS, environment  # noqa: E402
from scenarios import KEYED, METADATA, NESTED, Readers, again, compare, job, record  # noqa: E402
from server import column  # noqa: E402


@pytest.fixture(scope="session")
def readers():
    python = environment("interop", DELTA_READERS)
    return Readers("read_delta.py", {"deltalake": python, "polars": python})


def test_keyed_silver_through_merges_and_deletes(server, client, readers):
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    dice = random.Random(seed)
    client.create("inter", "keyed", KEYED, format="delta")
    for step in range(14):  # past a checkpoint
        client.batch("inter/keyed", [record(dice, dice.randrange(60)) for _ in range(40)], strict="true")
        if step % 4 == 3:
            client.batch("inter/keyed", [{"id": dice.randrange(60)} for _ in range(8)], op="delete")
        if step in (0, 3, 13):
            assert compare(server, client, readers, "inter.silver.keyed", "silver/inter/keyed", METADATA) > 5


def test_evolving_silver(server, client, readers):
    client.create("inter", "evolving", [column("id", "integer", primary_key=True)], format="delta")
    steps = [{"x": 1}, {"x": 2, "new": "text"}, {"x": 1.5, "deep": {"a": [1]}}, {"y": True, "Größe": 5}, {"x": "now text", "when": "2024-01-01T00:00:00Z"}, {"deep": [1]}]
    for number, more in enumerate(steps):
        client.batch("inter/evolving", [{"id": number, **more}, {"id": 100 + number}])
        compare(server, client, readers, "inter.silver.evolving", "silver/inter/evolving")


def test_keyless_silver_and_widening_by_contract(server, client, readers):
    client.create("inter", "plain", [column("n", "integer"), column("day", "date")], format="delta")
    client.batch("inter/plain", [{"n": number, "day": "2024-01-01"} for number in range(200)])
    changed = client.put("/endpoints/inter/plain", {"columns": [column("n", "decimal"), column("day", "timestamp"), column("late")]})
    assert changed.status == 200, changed
    client.batch("inter/plain", [{"n": "1.25", "day": "2024-01-01T01:02:03.000004Z", "late": "x"}])
    assert compare(server, client, readers, "inter.silver.plain", "silver/inter/plain") == 201


def test_gold_overwrite_with_nested_and_decimal_results(server, client, readers):
    job(client, "inter", "nested", NESTED, format="delta")
    assert compare(server, client, readers, "inter.gold.nested", "gold/inter/nested") == 50
    again(client, "inter", "nested")
    assert compare(server, client, readers, "inter.gold.nested", "gold/inter/nested") == 50


def test_gold_maps(server, client, readers):
    job(client, "inter", "maps", "SELECT i, MAP {'k' || i: i, 'l': NULL} AS m FROM range(5) t(i)", format="delta")
    assert compare(server, client, readers, "inter.gold.maps", "gold/inter/maps") == 5


def test_gold_naive_timestamps(server, client, readers):
    job(client, "inter", "naive", "SELECT TIMESTAMP '2024-01-01 10:00:00.000001' + INTERVAL (i) HOUR AS at FROM range(30) t(i)", format="delta")
    assert compare(server, client, readers, "inter.gold.naive", "gold/inter/naive") == 30


def test_gold_append(server, client, readers):
    job(client, "inter", "appended", "SELECT i, 'a' AS s FROM range(10) t(i)", write_mode="append", format="delta")
    for _ in range(12):  # past a checkpoint
        again(client, "inter", "appended")
    client.put("/transform/jobs/inter/appended", {"query": "SELECT i, i::DECIMAL(5,2) AS more FROM range(3) t(i)"})
    again(client, "inter", "appended")
    assert compare(server, client, readers, "inter.gold.appended", "gold/inter/appended") == 133


def test_gold_merge(server, client, readers):
    job(client, "inter", "merged", "SELECT i AS k, i * 2 AS v FROM range(100) t(i)", write_mode="append", unique_key="k", format="delta")
    for shift in (50, 90, 0):
        client.put("/transform/jobs/inter/merged", {"query": f"SELECT i + {shift} AS k, 'x' || i AS v2, i AS v FROM range(40) t(i)"})
        again(client, "inter", "merged")
        compare(server, client, readers, "inter.gold.merged", "gold/inter/merged")


def test_gold_emptied(server, client, readers):
    job(client, "inter", "emptied", "SELECT i, i::VARCHAR AS s FROM range(10) t(i)", format="delta")
    client.put("/transform/jobs/inter/emptied", {"query": "SELECT i, i::VARCHAR AS s FROM range(0) t(i)"})
    again(client, "inter", "emptied")
    assert compare(server, client, readers, "inter.gold.emptied", "gold/inter/emptied") == 0
