# SPDX-License-Identifier: Apache-2.0
"""What Tarn writes, one function a feature: each makes a table and yields looks at it on the way, which every engine is
asked about. FEATURES are the rows of docs/interop.md, in order."""

import json
import random
from dataclasses import dataclass
from typing import Callable

from looks import METADATA, newest_metadata, probe, probe_look, server_look
from server import column

BOTH = ("delta", "iceberg")


@dataclass(frozen=True)
class Feature:
    title: str
    make: Callable
    formats: tuple = BOTH


FEATURES = []


def feature(title, formats=BOTH):
    def register(make):
        FEATURES.append(Feature(title, make, formats))
        return make

    return register


# What the records hold.

VALUES = [column("s"), column("n", "bigint"), column("f", "double"), column("d", "decimal"), column("d2", "decimal(12,3)"), column("b", "boolean"),
          column("at", "timestamp"), column("day", "date"), column("j", "json"), column("a", "array")]
KEYED = [column("id", "integer", primary_key=True), *VALUES]


def values(dice):
    row = {"s": dice.choice(["", "plain", "ünï cödé 日本 😀", "quote \" and \\ and\nnewline", "x" * 500, "%20 a=b/c"]),
           "n": dice.choice([0, -1, 2**63 - 1, -(2**63), dice.randrange(10**9)]), "f": dice.choice([0.1, -1.5e300, 5e-324, 3, 1 / 3]),
           "d": dice.choice(["12345678901234567890123456789.123456789", "-0.000000001", 0, "1.5"]), "d2": dice.choice(["123456789.123", -1, "0.001"]),
           "b": dice.random() < 0.5, "at": dice.choice(["1969-12-31T23:59:59.999999Z", "2024-02-29T12:00:00.000001Z", "2024-06-01 10:00:00+02:00"]),
           "day": dice.choice(["1900-01-01", "2024-02-29", "2100-12-31"]), "j": {"k": [1, 1.5, None, {"ü": "x"}]}, "a": [1, "a", None, [2]]}
    for name in list(row):
        if dice.random() < 0.15:
            row[name] = None
        elif dice.random() < 0.1:
            del row[name]
    return row


def seeded():
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    return random.Random(seed)


def long_text(dice):
    """Text that does not compress, so that files are large enough to have rows marked in them."""
    return "".join(dice.choices("abcdefghijklmnopqrstuvwxyz0123456789 ", k=60))


def job(client, domain, name, query, **members):
    answer = client.post("/transform/jobs", {"domain": domain, "job_name": name, "query": query, **members})
    assert answer.status == 200, answer
    again(client, domain, name)


def again(client, domain, name, query=None):
    if query is not None:
        assert client.put(f"/transform/jobs/{domain}/{name}", {"query": query}).status == 200
    execution = client.run_job(domain, name)
    assert execution["status"] == "SUCCEEDED", execution


# What the files must show, so that a feature is what its title says.

def delta_actions(folder, kind):
    """All actions of one kind in the log's JSON files, oldest first."""
    found = []
    for place in sorted((folder / "_delta_log").glob("*.json")):
        found += [action[kind] for action in map(json.loads, place.read_text().splitlines()) if kind in action]
    return found


def marks_rows(look):
    """Whether rows are deleted without their files being rewritten."""
    if look.format == "delta":
        return any(add.get("deletionVector") for add in delta_actions(look.folder, "add"))
    return int(summary(look).get("total-position-deletes", 0)) > 0


def iceberg_metadata(look):
    return json.loads(newest_metadata(look.folder).read_text())


def summary(look):
    metadata = iceberg_metadata(look)
    return next(one["summary"] for one in metadata["snapshots"] if one["snapshot-id"] == metadata["current-snapshot-id"])


# Silver.

@feature("rows appended")
def appended(bench):
    server, client, domain = bench.plain()
    dice = seeded()
    client.create(domain, "appended", VALUES, format=bench.format)
    for _ in range(3):
        client.batch(f"{domain}/appended", [values(dice) for _ in range(60)], strict="true")
    look = server_look(server, client, bench.format, f"{domain}.silver.appended", METADATA)
    assert len(look.want) == 180
    yield look


def keyed_steps(client, table):
    """Merges and deletes of few rows, past a checkpoint and a merge of manifests; yields after some."""
    dice = seeded()
    for step in range(12):
        client.batch(table, [{"id": dice.randrange(60), **values(dice)} for _ in range(30)], strict="true")
        if step % 4 == 3:
            client.batch(table, [{"id": dice.randrange(60)} for _ in range(8)], op="delete")
        if step in (0, 3, 11):
            yield


@feature("upserts and deletes by key, files rewritten")
def rewritten(bench):
    server, client, domain = bench.plain()
    client.create(domain, "rewritten", KEYED, format=bench.format)
    for _ in keyed_steps(client, f"{domain}/rewritten"):
        look = server_look(server, client, bench.format, f"{domain}.silver.rewritten", METADATA)
        assert len(look.want) > 5 and not marks_rows(look)
        yield look


def marked_steps(client, table):
    """A file of 4,000 rows; then some of them are changed and deleted, in two commits; yields after each."""
    dice = seeded()
    for start in (0, 2000):
        client.batch(table, [{"id": key, "s": long_text(dice), "n": key, "j": {"k": key}} for key in range(start, start + 2000)])
    yield
    client.batch(table, [{"id": key, "s": "changed", "n": -key} for key in dice.sample(range(4000), 150)])
    yield
    client.batch(table, [{"id": key} for key in dice.sample(range(4000), 100)], op="delete")
    client.batch(table, [{"id": key, "s": "new"} for key in range(3990, 4010)])
    yield


def marked_looks(server, client, format, name):
    """At a table that marked_steps fills and changes; its domain is its format."""
    client.create(format, name, [KEYED[0], column("s"), column("n", "bigint"), column("j", "json")], format=format)
    for step, _ in enumerate(marked_steps(client, f"{format}/{name}")):
        look = server_look(server, client, format, f"{format}.silver.{name}", METADATA)
        assert len(look.want) > 3800 and marks_rows(look) == (step > 0)
        yield look


@feature("upserts and deletes by key, rows marked")
def marked(bench):
    yield from marked_looks(*bench.marking(), "marked")


# Mirrors: the format that is asked about is the mirror's, the table has the other.

def other(format):
    return "iceberg" if format == "delta" else "delta"


@feature("mirror: upserts and deletes by key, rows marked")
def mirror_marked(bench):
    server, client, domain = bench.marking()
    client.create(domain, "mirror_marked", [KEYED[0], column("s"), column("n", "bigint"), column("j", "json")], format=other(bench.format), mirror=bench.format)
    for step, _ in enumerate(marked_steps(client, f"{domain}/mirror_marked")):
        look = server_look(server, client, bench.format, f"{domain}.silver.mirror_marked", METADATA)
        assert len(look.want) > 3800 and marks_rows(look) == (step > 0)
        yield look


@feature("mirror: columns added, types widened, rolled back")
def mirror_evolved(bench):
    server, client, domain = bench.plain()
    client.create(domain, "mirror_evolved", KEYED, format=other(bench.format), mirror=bench.format)
    table = f"{domain}.silver.mirror_evolved"
    dice = seeded()
    client.batch(f"{domain}/mirror_evolved", [{"id": key, **values(dice)} for key in range(40)], strict="true")
    client.batch(f"{domain}/mirror_evolved", [{"id": key, "new": "text", "deep": {"a": [1]}, "x": key} for key in range(30, 50)])
    yield server_look(server, client, bench.format, table, METADATA)
    client.batch(f"{domain}/mirror_evolved", [{"id": 1, "x": 1.5}, {"id": 2, "x": "now text"}])
    client.batch(f"{domain}/mirror_evolved", [{"id": key} for key in range(10)], op="delete")
    look = server_look(server, client, bench.format, table, METADATA)
    assert len(look.want) == 40
    yield look
    first = client.get(f"/tables/{domain}/silver/mirror_evolved/history").json()["versions"][-1]
    answer = client.post(f"/tables/{domain}/silver/mirror_evolved/rollback", {"version": first["version"]})
    assert answer.status == 200, answer
    look = server_look(server, client, bench.format, table, METADATA)
    assert len(look.want) == 40
    yield look


@feature("mirror: compacted and expired")
def mirror_compacted(bench):
    server, client, domain = bench.marking()
    client.create(domain, "mirror_compacted", [KEYED[0], column("s"), column("n", "bigint"), column("j", "json")], format=other(bench.format),
                  mirror=bench.format)
    for _ in marked_steps(client, f"{domain}/mirror_compacted"):
        pass
    for step in range(10):
        client.batch(f"{domain}/mirror_compacted", [{"id": 5000 + step, "s": "small"}])
    for verb in ("compact", "expire"):
        answer = client.post("/upkeep/runs", query={"verb": verb, "table": f"{domain}.silver.mirror_compacted"})
        assert answer.status == 200 and all(run["status"] == "SUCCEEDED" for run in answer.json()["runs"]), answer
    look = server_look(server, client, bench.format, f"{domain}.silver.mirror_compacted", METADATA)
    assert len(look.want) > 3800
    yield look


@feature("mirror: result of a job")
def mirror_of_gold(bench):
    server, client, domain = bench.plain()
    job(client, domain, "mirror_gold", SPECIAL, format=other(bench.format), mirror=bench.format)
    yield server_look(server, client, bench.format, f"{domain}.gold.mirror_gold")


@feature("every row deleted by key")
def all_deleted(bench):
    server, client, domain = bench.plain()
    client.create(domain, "emptied", [column("id", "integer", primary_key=True), column("s")], format=bench.format)
    client.batch(f"{domain}/emptied", [{"id": key, "s": f"s{key}"} for key in range(50)])
    client.batch(f"{domain}/emptied", [{"id": key} for key in range(50)], op="delete")
    look = server_look(server, client, bench.format, f"{domain}.silver.emptied")
    assert look.want == []
    yield look


@feature("columns added")
def columns_added(bench):
    server, client, domain = bench.plain()
    client.create(domain, "evolving", [column("id", "integer", primary_key=True)], format=bench.format)
    steps = [{"x": 1}, {"x": 2, "new": "text"}, {"x": 3, "deep": {"a": [1]}}, {"y": True, "Größe": 5}, {"when": "2024-01-01T00:00:00Z"}]
    for number, more in enumerate(steps):
        client.batch(f"{domain}/evolving", [{"id": number, **more}, {"id": 100 + number}])
        yield server_look(server, client, bench.format, f"{domain}.silver.evolving")


def cart(dice, key, **more):
    items = [{"sku": long_text(dice), "qty": key * place, **more} for place in range(key % 4)]
    return {"id": key, "items": items, "place": {"lat": key / 4, "tags": [f"t{key % 3}"] * (key % 3), "d": f"{key}.125", **({"on": "2024-02-29"} if key % 2 else {})}}


@feature("lists and structs of a contract: rows marked, fields added")
def contract_structs(bench):
    server, client, domain = bench.marking()
    inside = ["struct<lat:double,tags:list<string>,d:decimal(12,3),on:date>", "list<struct<sku:string,qty:integer>>"]
    columns = [KEYED[0], column("place", inside[0]), column("items", inside[1])]
    client.create(domain, "carts", columns, format=bench.format)
    table = f"{domain}.silver.carts"
    dice = seeded()
    for start in (0, 2000):
        client.batch(f"{domain}/carts", [cart(dice, key) for key in range(start, start + 2000)], strict="true")
    yield server_look(server, client, bench.format, table, METADATA)
    columns[2] = column("items", "list<struct<color:string,sku:string,qty:integer,sizes:list<struct<w:integer>>>>")
    assert client.put(f"/endpoints/{domain}/carts", {"columns": columns}).status == 200
    client.batch(f"{domain}/carts", [cart(dice, key, color="red", sizes=[{"w": key}, {"w": None}]) for key in dice.sample(range(4000), 150)], strict="true")
    client.batch(f"{domain}/carts", [{"id": key} for key in dice.sample(range(4000), 100)], op="delete")
    look = server_look(server, client, bench.format, table, METADATA)
    assert len(look.want) == 3900 and marks_rows(look)
    yield look
    answer = client.post("/upkeep/runs", query={"verb": "compact", "table": table})
    assert answer.status == 200 and all(run["status"] == "SUCCEEDED" for run in answer.json()["runs"]), answer
    yield server_look(server, client, bench.format, table, METADATA)


@feature("types widened")
def widened(bench):
    server, client, domain = bench.plain()
    client.create(domain, "widened", [column("n", "integer"), column("day", "date")], format=bench.format)
    client.batch(f"{domain}/widened", [{"n": number, "day": "2024-01-01", "x": number} for number in range(200)])
    client.batch(f"{domain}/widened", [{"n": 1, "x": 1.5}, {"x": "now text"}])
    answer = client.put(f"/endpoints/{domain}/widened", {"columns": [column("n", "decimal"), column("day", "timestamp"), column("late")]})
    assert answer.status == 200, answer
    client.batch(f"{domain}/widened", [{"n": "1.25", "day": "2024-01-01T01:02:03.000004Z", "late": "x"}])
    look = server_look(server, client, bench.format, f"{domain}.silver.widened")
    assert len(look.want) == 203
    yield look


@feature("many commits, with a checkpoint")
def many_commits(bench):
    server, client, domain = bench.plain()
    client.create(domain, "commits", [column("id", "integer", primary_key=True), column("s")], format=bench.format)
    for step in range(12):
        client.batch(f"{domain}/commits", [{"id": 10 * step + key, "s": f"{step}"} for key in range(12)])
    look = server_look(server, client, bench.format, f"{domain}.silver.commits", METADATA)
    assert len(look.want) == 122
    if bench.format == "delta":
        assert (look.folder / "_delta_log" / "_last_checkpoint").exists()
    yield look


@feature("compacted and expired")
def compacted(bench):
    """Small files folded, deleted rows dropped, by upkeep."""
    server, client, domain = bench.marking()
    for _ in marked_looks(server, client, domain, "compacted"):
        pass
    for step in range(10):
        client.batch(f"{domain}/compacted", [{"id": 5000 + step, "s": "small"}])
    before = server_look(server, client, bench.format, f"{domain}.silver.compacted", METADATA)
    for verb in ("compact", "expire"):
        answer = client.post("/upkeep/runs", query={"verb": verb, "table": f"{domain}.silver.compacted"})
        assert answer.status == 200, answer
        assert all(run["status"] == "SUCCEEDED" for run in answer.json()["runs"]), answer
    look = server_look(server, client, bench.format, f"{domain}.silver.compacted", METADATA)
    assert look.want == before.want
    if bench.format == "delta":
        assert not all(remove["dataChange"] for remove in delta_actions(look.folder, "remove"))
    else:
        assert any(one["summary"]["operation"] == "replace" for one in iceberg_metadata(look)["snapshots"])
    yield look


@feature("rolled back, then merged into again")
def rolled_back(bench):
    server, client, domain = bench.marking()
    looks = list(marked_looks(server, client, domain, "rolled_back"))
    place = f"/tables/{domain}/silver/rolled_back"
    merges = [one for one in client.get(place + "/history").json()["versions"] if one["operation"] == "MERGE"]
    answer = client.post(place + "/rollback", {"version": merges[2]["version"]})  # newest first
    assert answer.status == 200 and answer.json()["changed"], answer
    look = server_look(server, client, bench.format, f"{domain}.silver.rolled_back", METADATA)
    assert look.want == looks[1].want and marks_rows(look)
    yield look
    client.batch(f"{domain}/rolled_back", [{"id": key, "s": "after"} for key in range(1990, 2010)])
    look = server_look(server, client, bench.format, f"{domain}.silver.rolled_back", METADATA)
    assert len(look.want) == 4000 and sum('"s": "after"' in line for line in look.want) == 20
    yield look


# Gold.

SPECIAL = """SELECT i, CASE i WHEN 0 THEN 'nan'::DOUBLE WHEN 1 THEN 'inf'::DOUBLE WHEN 2 THEN '-inf'::DOUBLE WHEN 3 THEN -0.0::DOUBLE WHEN 4 THEN 1.7976931348623157e308 END AS f,
 CASE i WHEN 0 THEN 'nan'::FLOAT WHEN 1 THEN 3.4028235e38::FLOAT WHEN 2 THEN 1e-45::FLOAT END AS f4,
 CASE i WHEN 0 THEN 9223372036854775807 WHEN 1 THEN -9223372036854775808 END AS n, CASE i WHEN 0 THEN 99999999999999999999999999999999999999::DECIMAL(38,0)
 WHEN 1 THEN -99999999999999999999999999999999999999::DECIMAL(38,0) END AS d, CASE i WHEN 0 THEN '' WHEN 1 THEN ' ' WHEN 2 THEN 'NULL' WHEN 3 THEN chr(9) || chr(10) || chr(13)
 WHEN 4 THEN '𝄞' || chr(127) END AS s, CASE i WHEN 0 THEN ''::BLOB WHEN 1 THEN '\\x00\\xFF'::BLOB END AS raw, NULL::INTEGER AS nothing FROM range(6) t(i)"""
NESTED = """SELECT i, [i, NULL, i + 1] AS list, {'a': i, 'b': {'c': 'x' || i, 'd': (i / 3)::DECIMAL(9,4)}} AS struct, [{'k': i, 'v': [1.5::DECIMAL(5,2)]}] AS deep,
 TIMESTAMPTZ '2024-01-01 00:00:00.000001Z' + INTERVAL (i) SECOND AS at, DATE '2024-01-01' + i::INTEGER AS day, ('{"i": ' || i || '}')::JSON AS j, i::VARCHAR::BLOB AS raw,
 i::DECIMAL(38,9) / 7 AS d, i / 7.0::DOUBLE AS f, i::FLOAT AS f4, i % 2 = 0 AS b, CASE WHEN i % 5 = 0 THEN NULL ELSE i::SMALLINT END AS small, i::HUGEINT AS h, uuid() AS u FROM range(50) t(i)"""
NESTED_NULLS = """SELECT i, CASE WHEN i % 3 = 0 THEN NULL WHEN i % 3 = 1 THEN [] ELSE [NULL, i] END AS list,
 CASE WHEN i % 2 = 0 THEN NULL ELSE {'a': CASE WHEN i % 3 = 0 THEN NULL ELSE i END, 'b': NULL::VARCHAR} END AS struct FROM range(12) t(i)"""
FAR = """SELECT i, CASE i WHEN 0 THEN DATE '0001-01-01' WHEN 1 THEN DATE '9999-12-31' END AS day,
 CASE i WHEN 0 THEN TIMESTAMPTZ '0001-01-01 00:00:00Z' WHEN 1 THEN TIMESTAMPTZ '9999-12-31 23:59:59.999999Z' END AS at FROM range(3) t(i)"""


def gold_look(bench, name, query, count, **members):
    server, client, domain = bench.plain()
    job(client, domain, name, query, format=bench.format, **members)
    look = server_look(server, client, bench.format, f"{domain}.gold.{name}")
    assert len(look.want) == count
    return look


@feature("gold: overwritten")
def gold_overwritten(bench):
    yield gold_look(bench, "overwritten", "SELECT i, 'first' AS s FROM range(50) t(i)", 50)
    server, client, domain = bench.plain()
    again(client, domain, "overwritten", "SELECT i, 'second' AS s, i / 2 AS half FROM range(20) t(i)")
    yield server_look(server, client, bench.format, f"{domain}.gold.overwritten")
    again(client, domain, "overwritten", "SELECT i, 's' AS s, i / 2 AS half FROM range(0) t(i)")
    look = server_look(server, client, bench.format, f"{domain}.gold.overwritten")
    assert look.want == []
    yield look


@feature("gold: appended")
def gold_appended(bench):
    server, client, domain = bench.plain()
    job(client, domain, "log", "SELECT i, 'a' AS s FROM range(10) t(i)", write_mode="append", format=bench.format)
    for _ in range(11):
        again(client, domain, "log")
    again(client, domain, "log", "SELECT i, i::DECIMAL(5,2) AS more FROM range(3) t(i)")
    look = server_look(server, client, bench.format, f"{domain}.gold.log")
    assert len(look.want) == 123
    yield look


@feature("gold: merged by key")
def gold_merged(bench):
    server, client, domain = bench.plain()
    job(client, domain, "merged", "SELECT i AS k, i * 2 AS v FROM range(100) t(i)", write_mode="append", unique_key="k", format=bench.format)
    for shift in (50, 90, 0):
        again(client, domain, "merged", f"SELECT i + {shift} AS k, 'x' || i AS v2, i AS v FROM range(40) t(i)")
        yield server_look(server, client, bench.format, f"{domain}.gold.merged")


@feature("lists, structs, JSON, bytes, decimals")
def nested(bench):
    yield gold_look(bench, "nested", NESTED, 50)


@feature("maps")
def maps(bench):
    yield gold_look(bench, "maps", "SELECT i, MAP {'k' || i: i, 'l': NULL} AS m FROM range(5) t(i)", 5)


@feature("timestamps without zone")
def naive(bench):
    yield gold_look(bench, "naive", "SELECT i, TIMESTAMP '2024-01-01 10:00:00.000001' + INTERVAL (i) HOUR AS at FROM range(30) t(i)", 30)


@feature("nulls and values at the edge of their types")
def special(bench):
    yield gold_look(bench, "special", SPECIAL, 6)


@feature("missing lists and structs, empty lists")
def nested_nulls(bench):
    yield gold_look(bench, "nested_nulls", NESTED_NULLS, 12)


@feature("dates and times of the years 1 and 9999")
def far(bench):
    yield gold_look(bench, "far", FAR, 3)


# In a bucket.

@feature("lake in a bucket: rows marked, gold")
def in_bucket(bench):
    server, client, domain = bench.bucket()
    *_, look = marked_looks(server, client, domain, "marked")
    yield look
    job(client, domain, "nested", NESTED, format=bench.format)
    yield server_look(server, client, bench.format, f"{domain}.gold.nested")


# Without a server: what Tarn's tables library writes and the server does not ask for, or not yet.

ROWS = """SELECT i AS id, 'v' || i AS s, (i / 7)::DECIMAL(12, 3) AS d, i / 3.0::DOUBLE AS f, i %% 2 = 0 AS b,
 TIMESTAMPTZ '2024-01-01 00:00:00.000001Z' + INTERVAL (i) SECOND AS at, DATE '2024-01-01' + (i %% 400)::INTEGER AS day,
 CASE WHEN i %% 5 = 0 THEN NULL ELSE i END AS maybe, [i, NULL] AS list, {'a': i, 'b': 'x' || i} AS row FROM range(%d, %d) t(i)"""


def deleting(bench, kind):
    """Deletes that hit files which have deletes already."""
    table = bench.folder / kind
    probe(table, "create", kind, ROWS % (0, 900))
    probe(table, "append", ROWS % (900, 960))
    yield probe_look(bench.format, table, 960)
    probe(table, "delete", "id % 3 = 0")
    yield probe_look(bench.format, table, 640)
    probe(table, "delete", "id < 50 OR id = 958")
    yield probe_look(bench.format, table, 606)
    if bench.format == "delta":
        probe(table, "checkpoint")
        yield probe_look(bench.format, table, 606)
    probe(table, "delete", "id >= 900")  # the last rows of a file
    look = probe_look(bench.format, table, 567)
    assert marks_rows(look)
    yield look


@feature("deletion vectors replaced, then checkpointed", formats=("delta",))
def delta_vectors(bench):
    yield from deleting(bench, "delta")


@feature("v2: position deletes beside position deletes", formats=("iceberg",))
def positions(bench):
    yield from deleting(bench, "iceberg2")


@feature("v3: deletion vectors replaced", formats=("iceberg",))
def v3_vectors(bench):
    for look in deleting(bench, "iceberg3"):
        assert iceberg_metadata(look)["format-version"] == 3
        yield look


@feature("column renamed")
def renamed(bench):
    table = bench.folder / "renamed"
    probe(table, "create", {"delta": "delta", "iceberg": "iceberg2"}[bench.format], ROWS % (0, 100))
    probe(table, "rename", "maybe", "perhaps")
    yield probe_look(bench.format, table, 100)
    probe(table, "delete", "perhaps IS NULL")
    yield probe_look(bench.format, table, 80)
