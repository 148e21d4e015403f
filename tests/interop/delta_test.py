# SPDX-License-Identifier: Apache-2.0
"""Delta tables of silver and gold, read by the deltalake and polars packages row for row as Tarn itself shows them."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

from canonical import lines  # noqa: E402
from engines import DELTA_READERS, environment  # noqa: E402
from server import Server, column  # noqa: E402

ENGINES = ("deltalake", "polars")
METADATA = ["_insert_date", "_domain", "_endpoint", "_request_id", "_schema_version", "_offset"]


@pytest.fixture(scope="session")
def readers():
    return environment("interop", DELTA_READERS)


@pytest.fixture(scope="module")
def server():
    running = Server()
    try:
        yield running.start()
    except BaseException:
        print(running.log_tail())
        raise
    finally:
        running.close()


@pytest.fixture
def client(server):
    one = server.client()
    yield one
    one.close()


def differences(want, got):
    missing, extra = sorted(set(want) - set(got)), sorted(set(got) - set(want))
    if want == got:
        return []
    return [f"{len(want)} rows in Tarn, {len(got)} read"] + [f"only Tarn: {one}" for one in missing[:10]] + [f"only there: {one}" for one in extra[:10]]


def compare(server, client, readers, table, folder, metadata=()):
    """Both engines against the HTTP query."""
    answer = client.query(f"SELECT * FROM {table}", max_rows=100_000)
    assert answer.status == 200, answer
    columns = answer.json()["columns"]
    names = [one["name"] for one in columns] + list(metadata)
    json_columns = {one["name"] for one in columns if one["type"] == "JSON"}
    quoted = ", ".join('"' + name.replace('"', '""') + '"' for name in names)
    want = lines(client.rows(f"SELECT {quoted} FROM {table}", max_rows=100_000))
    errors = []
    for engine in ENGINES:
        done = subprocess.run([readers, str(HERE / "read_delta.py"), engine, str(server.lake / folder), ",".join(names), ",".join(json_columns)],
                              capture_output=True, text=True, check=False, timeout=120)
        if done.returncode != 0:
            errors.append(f"{engine} refuses {table}: {done.stderr[-1500:]}")
        else:
            errors += [f"{engine} {table}: {one}" for one in differences(want, done.stdout.splitlines())]
    assert not errors, "\n".join(errors)
    return len(want)


KEYED = [column("id", "integer", primary_key=True), column("s"), column("n", "bigint"), column("f", "double"), column("d", "decimal"), column("d2", "decimal(12,3)"),
         column("b", "boolean"), column("at", "timestamp"), column("day", "date"), column("j", "json"), column("a", "array")]


def record(dice, key):
    row = {"id": key, "s": dice.choice(["", "plain", "ünï cödé 日本 😀", "quote \" and \\ and\nnewline", "x" * 500, "%20 a=b/c"]),
           "n": dice.choice([0, -1, 2**63 - 1, -(2**63), dice.randrange(10**9)]), "f": dice.choice([0.1, -1.5e300, 5e-324, 3, 1 / 3]),
           "d": dice.choice(["12345678901234567890123456789.123456789", "-0.000000001", 0, "1.5"]), "d2": dice.choice(["123456789.123", -1, "0.001"]),
           "b": dice.random() < 0.5, "at": dice.choice(["1969-12-31T23:59:59.999999Z", "2024-02-29T12:00:00.000001Z", "2024-06-01 10:00:00+02:00"]),
           "day": dice.choice(["1900-01-01", "2024-02-29", "2100-12-31"]), "j": {"k": [1, 1.5, None, {"ü": "x"}]}, "a": [1, "a", None, [2]]}
    for name in list(row)[1:]:
        if dice.random() < 0.15:
            row[name] = None
        elif dice.random() < 0.1:
            del row[name]
    return row


def test_keyed_silver_through_merges_and_deletes(server, client, readers):
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    dice = random.Random(seed)
    client.create("inter", "keyed", KEYED)
    for step in range(14):  # past a checkpoint
        client.batch("inter/keyed", [record(dice, dice.randrange(60)) for _ in range(40)], strict="true")
        if step % 4 == 3:
            client.batch("inter/keyed", [{"id": dice.randrange(60)} for _ in range(8)], op="delete")
        if step in (0, 3, 13):
            assert compare(server, client, readers, "inter.silver.keyed", "silver/inter/keyed", METADATA) > 5


def test_evolving_silver(server, client, readers):
    client.create("inter", "evolving", [column("id", "integer", primary_key=True)])
    steps = [{"x": 1}, {"x": 2, "new": "text"}, {"x": 1.5, "deep": {"a": [1]}}, {"y": True, "Größe": 5}, {"x": "now text", "when": "2024-01-01T00:00:00Z"}, {"deep": [1]}]
    for number, more in enumerate(steps):
        client.batch("inter/evolving", [{"id": number, **more}, {"id": 100 + number}])
        compare(server, client, readers, "inter.silver.evolving", "silver/inter/evolving")


def test_keyless_silver_and_widening_by_contract(server, client, readers):
    client.create("inter", "plain", [column("n", "integer"), column("day", "date")])
    client.batch("inter/plain", [{"n": number, "day": "2024-01-01"} for number in range(200)])
    changed = client.put("/endpoints/inter/plain", {"columns": [column("n", "decimal"), column("day", "timestamp"), column("late")]})
    assert changed.status == 200, changed
    client.batch("inter/plain", [{"n": "1.25", "day": "2024-01-01T01:02:03.000004Z", "late": "x"}])
    assert compare(server, client, readers, "inter.silver.plain", "silver/inter/plain") == 201


def job(client, name, query, **members):
    answer = client.post("/transform/jobs", {"domain": "inter", "job_name": name, "query": query, **members})
    assert answer.status == 200, answer
    again(client, name)


def again(client, name):
    execution = client.run_job("inter", name)
    assert execution["status"] == "SUCCEEDED", execution


NESTED = """SELECT i, i::DECIMAL(38,9) / 7 AS d, [i, NULL, i + 1] AS list, {'a': i, 'b': {'c': 'x' || i, 'd': (i / 3)::DECIMAL(9,4)}} AS struct,
 [{'k': i, 'v': [1.5::DECIMAL(5,2)]}] AS deep, TIMESTAMPTZ '2024-01-01 00:00:00.000001Z' + INTERVAL (i) SECOND AS at, DATE '2024-01-01' + i::INTEGER AS day,
 i / 7.0::DOUBLE AS f, i::FLOAT AS f4, i % 2 = 0 AS b, 'ü' || i AS s, CASE WHEN i % 5 = 0 THEN NULL ELSE i::SMALLINT END AS small, i::HUGEINT AS h,
 ('{"i": ' || i || '}')::JSON AS j, i::VARCHAR::BLOB AS raw, uuid() AS u FROM range(50) t(i)"""


def test_gold_overwrite_with_nested_and_decimal_results(server, client, readers):
    job(client, "nested", NESTED)
    assert compare(server, client, readers, "inter.gold.nested", "gold/inter/nested") == 50
    again(client, "nested")
    assert compare(server, client, readers, "inter.gold.nested", "gold/inter/nested") == 50


def test_gold_maps(server, client, readers):
    job(client, "maps", "SELECT i, MAP {'k' || i: i, 'l': NULL} AS m FROM range(5) t(i)")
    assert compare(server, client, readers, "inter.gold.maps", "gold/inter/maps") == 5


def test_gold_naive_timestamps(server, client, readers):
    job(client, "naive", "SELECT TIMESTAMP '2024-01-01 10:00:00.000001' + INTERVAL (i) HOUR AS at FROM range(30) t(i)")
    assert compare(server, client, readers, "inter.gold.naive", "gold/inter/naive") == 30


def test_gold_append(server, client, readers):
    job(client, "appended", "SELECT i, 'a' AS s FROM range(10) t(i)", write_mode="append")
    for _ in range(12):  # past a checkpoint
        again(client, "appended")
    client.put("/transform/jobs/inter/appended", {"query": "SELECT i, i::DECIMAL(5,2) AS more FROM range(3) t(i)"})
    again(client, "appended")
    assert compare(server, client, readers, "inter.gold.appended", "gold/inter/appended") == 133


def test_gold_merge(server, client, readers):
    job(client, "merged", "SELECT i AS k, i * 2 AS v FROM range(100) t(i)", write_mode="append", unique_key="k")
    for shift in (50, 90, 0):
        client.put("/transform/jobs/inter/merged", {"query": f"SELECT i + {shift} AS k, 'x' || i AS v2, i AS v FROM range(40) t(i)"})
        again(client, "merged")
        compare(server, client, readers, "inter.gold.merged", "gold/inter/merged")


def test_gold_emptied(server, client, readers):
    job(client, "emptied", "SELECT i, i::VARCHAR AS s FROM range(10) t(i)")
    client.put("/transform/jobs/inter/emptied", {"query": "SELECT i, i::VARCHAR AS s FROM range(0) t(i)"})
    again(client, "emptied")
    assert compare(server, client, readers, "inter.gold.emptied", "gold/inter/emptied") == 0
