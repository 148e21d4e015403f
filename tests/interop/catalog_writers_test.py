# SPDX-License-Identifier: Apache-2.0
"""Other engines write through the Iceberg REST catalog: into namespaces of their own, and into Tarn's own tables while
Tarn merges, too."""

import json
import os
import subprocess
import threading
from pathlib import Path

import pytest
from conftest import HERE
from engines import ICEBERG_READERS, duckdb_python, environment

import s3_server
from server import Server, column

COLUMNS = [column("id", "integer", primary_key=True), column("s")]


@pytest.fixture(scope="session")
def python():
    return environment("interop", ICEBERG_READERS)


def start(python, server, *arguments, **properties):
    return subprocess.Popen([python, str(HERE / "write_catalog.py"), f"http://127.0.0.1:{server.port}/iceberg", *[str(one) for one in arguments]],
                            env={**os.environ, "TARN_CLIENT_PROPERTIES": json.dumps(properties)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process):
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err[-3000:]
    return out


def rest(client, method, path, body=None):
    return client.request(method, "/iceberg/v1/" + path, body)


def texts(client, table):
    return {row["id"]: row["s"] for row in client.rows(f"SELECT id, s FROM {table}", max_rows=100_000)}


def check_lake(server):
    """The lake's own check, with the server stopped."""
    server.stop()
    done = server.cli("fsck", "--lake", server.lake, "--data-dir", server.data_dir)
    assert done.returncode == 0, done
    server.start()


def test_pyiceberg_appends_while_tarn_merges(server, client, python):
    client.create("joint", "orders", COLUMNS, format="iceberg")
    client.batch("joint/orders", [{"id": number, "s": "ours"} for number in range(100)])
    writer = start(python, server, "append", "joint.silver.orders", 10_000, 10_200, 10)
    merges = 0
    while writer.poll() is None or merges < 5:
        client.batch("joint/orders", [{"id": number, "s": f"ours {merges}"} for number in range(merges, merges + 20)])
        merges += 1
    finish(writer)
    found = texts(client, "joint.silver.orders")
    assert set(found) == set(range(max(100, merges + 19))) | set(range(10_000, 10_200))
    assert all(found[key] == "theirs" for key in range(10_000, 10_200))
    assert all(found[key] == f"ours {min(key, merges - 1)}" for key in range(merges + 19))
    total = client.rows("SELECT count(*) AS n FROM joint.silver.orders")[0]["n"]
    assert total == len(found), "no key twice"


def test_pyiceberg_deletes_and_upserts_and_tarn_goes_on(server, client, python):
    client.create("joint", "changed", COLUMNS, format="iceberg")
    client.batch("joint/changed", [{"id": number, "s": "ours"} for number in range(200)])
    finish(start(python, server, "delete", "joint.silver.changed", 50, 100))
    assert set(texts(client, "joint.silver.changed")) == set(range(50)) | set(range(100, 200))
    finish(start(python, server, "upsert", "joint.silver.changed", 190, 220))
    found = texts(client, "joint.silver.changed")
    assert {key for key, text in found.items() if text == "upserted"} == set(range(190, 220))
    # A record of ours replaces a row of theirs, and a deleted key may come back.
    client.batch("joint/changed", [{"id": 195, "s": "ours again"}, {"id": 60, "s": "back"}])
    client.batch("joint/changed", [{"id": 210}], op="delete")
    found = texts(client, "joint.silver.changed")
    assert (found[195], found[60], 210 in found) == ("ours again", "back", False)
    assert client.rows("SELECT count(*) AS n FROM joint.silver.changed")[0]["n"] == len(found) == 200 - 50 + 20 + 1 - 1


def test_pyiceberg_in_namespaces_of_its_own(server, client, python):
    finish(start(python, server, "life"))
    assert not list((server.lake / "catalog").rglob("*.parquet"))
    assert rest(client, "GET", "namespaces/lab").status == 404


def duckdb_rows(server, *statements):
    done = subprocess.run([duckdb_python(), str(HERE / "duckdb_catalog.py"), f"http://127.0.0.1:{server.port}/iceberg", *statements], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_duckdb_reads_and_writes_the_lakes_tables(server, client):
    client.create("joint", "ducks", COLUMNS, format="iceberg")
    client.batch("joint/ducks", [{"id": number, "s": f"x{number}"} for number in range(5)])
    place = 'lake."joint.silver".ducks'
    before, *_, after = duckdb_rows(server, f"SELECT id, s FROM {place} ORDER BY id", f"INSERT INTO {place} (id, s) VALUES (77, 'duck'), (78, 'duck')",
                                    f"DELETE FROM {place} WHERE id = 2", f"SELECT id, s FROM {place} ORDER BY id")
    assert before == [[number, f"x{number}"] for number in range(5)]
    assert texts(client, "joint.silver.ducks") == dict(after) == {0: "x0", 1: "x1", 3: "x3", 4: "x4", 77: "duck", 78: "duck"}
    client.batch("joint/ducks", [{"id": 77, "s": "ours"}, {"id": 2, "s": "back"}])
    assert dict(duckdb_rows(server, f"SELECT id, s FROM {place}")[0]) == texts(client, "joint.silver.ducks") == {0: "x0", 1: "x1", 2: "back", 3: "x3", 4: "x4", 77: "ours", 78: "duck"}


def test_duckdb_in_a_namespace_of_its_own(server, client):
    rest(client, "POST", "namespaces", {"namespace": ["pond"]})
    answers = duckdb_rows(server, "CREATE TABLE lake.pond.t (a BIGINT, b VARCHAR)", "INSERT INTO lake.pond.t VALUES (1, 'x'), (2, 'y')", "DELETE FROM lake.pond.t WHERE a = 1",
                          "UPDATE lake.pond.t SET b = 'z' WHERE a = 2", "SELECT * FROM lake.pond.t", "DROP TABLE lake.pond.t")
    assert answers[4] == [[2, "z"]]
    assert rest(client, "GET", "namespaces/pond/tables").json()["identifiers"] == []


def homes(server):
    return {home for home in (server.lake / "catalog").iterdir() if list(home.rglob("*.metadata.json"))}


def test_sql_reads_what_others_made(server, client):
    client.create("joint", "beside", COLUMNS, format="iceberg")
    client.batch("joint/beside", [{"id": number, "s": "ours"} for number in range(5, 15)])
    rest(client, "POST", "namespaces", {"namespace": ["lake_side"]})
    rest(client, "POST", "namespaces", {"namespace": ["lake_side", "inner"]})
    duckdb_rows(server, "CREATE TABLE lake.lake_side.t (a BIGINT, b VARCHAR)", "INSERT INTO lake.lake_side.t SELECT range, 'x' || range FROM range(1000)", "DELETE FROM lake.lake_side.t WHERE a % 10 = 0",
                'CREATE TABLE lake."lake_side.inner".u (a BIGINT)', 'INSERT INTO lake."lake_side.inner".u VALUES (7)')
    assert client.rows("SELECT count(*) AS n, sum(a) AS s, max(b) AS b FROM lake_side.external.t") == [{"n": 900, "s": sum(one for one in range(1000) if one % 10), "b": "x999"}]
    duckdb_rows(server, "INSERT INTO lake.lake_side.t VALUES (5000, 'later')")
    assert client.rows("SELECT b FROM lake_side.external.t WHERE a > 999") == [{"b": "later"}]
    assert client.rows('SELECT a FROM lake_side.external."inner.u"') == [{"a": 7}]
    listed = client.get("/consumption/tables?layer=external&domain=lake_side").json()["tables"]
    assert [(one["name"], [column["name"] for column in one["columns"]]) for one in listed] == [("inner.u", ["a"]), ("t", ["a", "b"])]
    assert client.rows("SELECT count(*) AS n FROM lake_side.external.t t JOIN joint.silver.beside o ON o.id = t.a") == [{"n": 9}]
    done = server.cli("sql", "--lake", server.lake, "SELECT a FROM lake_side.external.\"inner.u\"")
    assert done.returncode == 0 and "7" in done.stdout, done


def test_table_that_lies_in_the_lake_is_registered(server, client):
    rest(client, "POST", "namespaces", {"namespace": ["adopted"]})
    duckdb_rows(server, "CREATE TABLE lake.adopted.born (a BIGINT)", "INSERT INTO lake.adopted.born VALUES (1), (2)")
    where = rest(client, "GET", "namespaces/adopted/tables/born").json()["metadata-location"]
    assert rest(client, "DELETE", "namespaces/adopted/tables/born").status == 204
    url = f"http://127.0.0.1:{server.port}"
    done = server.cli("register", "--url", url, "adopted.again", where)
    assert done.returncode == 0 and where in done.stdout, done
    assert client.rows("SELECT count(*) AS n FROM adopted.external.again") == [{"n": 2}]
    duckdb_rows(server, "INSERT INTO lake.adopted.again VALUES (3)")
    assert client.rows("SELECT sum(a) AS s FROM adopted.external.again") == [{"s": 6}]
    for words, message in ((("adopted.again", where), "already exists"), (("nobody.t", where), "does not exist"), (("nothing", where), "NAMESPACE.TABLE"),
                           (("adopted.x", f"file://{server.lake}/silver/joint/orders/metadata/v1.metadata.json"), "belongs to the lake"), (("adopted.x", "file:///etc/passwd"), "do not lie in the lake")):
        done = server.cli("register", "--url", url, *words)
        assert done.returncode != 0 and message in done.stderr, done
    assert rest(client, "DELETE", "namespaces/adopted/tables/again?purgeRequested=true").status == 204


def test_many_makers_of_one_name_make_one_table(server, client):
    assert rest(client, "POST", "namespaces", {"namespace": ["race"]}).status == 200
    schema = {"type": "struct", "fields": [{"id": 1, "name": "a", "required": False, "type": "long"}]}
    statuses = []
    before = homes(server)

    def make():
        one = server.client()
        statuses.append(rest(one, "POST", "namespaces/race/tables", {"name": "t", "schema": schema}).status)
        one.close()

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [409] * 7
    assert len(homes(server) - before) == 1, "the others left nothing behind"
    assert rest(client, "DELETE", "namespaces/race/tables/t?purgeRequested=true").status == 204


def test_what_the_contract_stands_on_is_refused(server, client):
    client.create("joint", "guarded", COLUMNS, format="iceberg")
    client.batch("joint/guarded", [{"id": 1, "s": "x"}])
    place = "namespaces/joint%1Fsilver"
    table = place + "/tables/guarded"
    metadata = rest(client, "GET", table).json()["metadata"]
    schema = metadata["schemas"][-1]
    without = {**schema, "fields": [field for field in schema["fields"] if field["name"] != "s"]}
    refused = {
        "drop": rest(client, "DELETE", table),
        "purge": rest(client, "DELETE", table + "?purgeRequested=true"),
        "rename": rest(client, "POST", "tables/rename", {"source": {"namespace": ["joint", "silver"], "name": "guarded"}, "destination": {"namespace": ["race"], "name": "x"}}),
        "create beside": rest(client, "POST", place + "/tables", {"name": "new", "schema": schema}),
        "drop namespace": rest(client, "DELETE", place),
        "namespace properties": rest(client, "POST", place + "/properties", {"updates": {"a": "b"}}),
        "layer of a domain to come": rest(client, "POST", "namespaces", {"namespace": ["later", "silver"]}),
    }
    updates = {
        "drop column": [{"action": "add-schema", "schema": without}, {"action": "set-current-schema", "schema-id": -1}],
        "position": [{"action": "set-properties", "updates": {"tarn.bronze-position": "0"}}],
        "no position": [{"action": "remove-properties", "removals": ["tarn.bronze-position"]}],
        "main back": [{"action": "remove-snapshot-ref", "ref-name": "main"}],
        "location": [{"action": "set-location", "location": "file:///tmp/elsewhere"}],
        "format": [{"action": "upgrade-format-version", "format-version": 3}],
        "partitions": [{"action": "add-spec", "spec": {"fields": [{"source-id": 1, "name": "b", "transform": "bucket[4]"}]}}, {"action": "set-default-spec", "spec-id": -1}],
    }
    for what, changes in updates.items():
        refused[what] = rest(client, "POST", table, {"requirements": [], "updates": changes})
    for what, answer in refused.items():
        assert answer.status == 409, f"{what}: {answer}"
        assert answer.json()["error"]["code"] == 409
    assert rest(client, "GET", table).json()["metadata"] == metadata
    more = {**schema, "fields": [*schema["fields"], {"id": 90, "name": "note", "required": False, "type": "string"}]}
    welcome = rest(client, "POST", table, {"requirements": [], "updates": [{"action": "add-schema", "schema": more}, {"action": "set-current-schema", "schema-id": -1}]})
    assert welcome.status == 200, welcome
    client.batch("joint/guarded", [{"id": 2, "s": "y"}])
    assert client.rows("SELECT id, note FROM joint.silver.guarded ORDER BY id") == [{"id": 1, "note": None}, {"id": 2, "note": None}]


def test_metrics_are_counted(server, client):
    table = "namespaces/joint%1Fsilver/tables/guarded/metrics"
    assert rest(client, "POST", table, {"report-type": "scan-report", "table-name": "x"}).status == 204
    assert rest(client, "POST", table, {"nothing": 1}).status == 400
    assert 'tarn_iceberg_reports_total{type="scan-report"} ' in client.get("/metrics").text


def test_lake_is_sound_after_all(server, client):
    schema = {"type": "struct", "fields": [{"id": 1, "name": "a", "required": False, "type": "long"}]}
    made = rest(client, "POST", "namespaces/race/tables", {"name": "lame", "schema": schema}).json()["metadata-location"].removeprefix("file://")
    server.stop()
    Path(made).rename(made + ".away")
    done = server.cli("fsck", "--lake", server.lake, "--data-dir", server.data_dir)
    assert done.returncode != 0 and "catalog/" in done.stdout, done
    Path(made + ".away").rename(made)
    server.start()
    check_lake(server)
    assert rest(server.client(), "GET", "namespaces/race").status == 200, "the catalog is there after a restart"


def test_lake_in_a_bucket(python):
    # Kept connections of pyarrow's client now and then meet a 400 of this server's.
    store = s3_server.S3Server(keep_alive=False).start()
    try:
        write_in_a_bucket(python, store)
    finally:
        store.close()


def write_in_a_bucket(python, store):
    files = {"s3.endpoint": store.endpoint, "s3.access-key-id": s3_server.ACCESS_KEY, "s3.secret-access-key": s3_server.SECRET_KEY, "s3.region": "us-east-1"}
    with Server(lake=f"s3://{s3_server.BUCKET}/catalogs/lake", env=store.environment()) as server:
        server.start()
        client = server.client()
        client.create("joint", "orders", COLUMNS, format="iceberg", land_interval="1s")
        client.batch("joint/orders", [{"id": number, "s": "ours"} for number in range(10)])
        finish(start(python, server, "append", "joint.silver.orders", 100, 120, 2, **files))
        client.batch("joint/orders", [{"id": number, "s": "again"} for number in range(5, 15)])
        finish(start(python, server, "delete", "joint.silver.orders", 0, 3, **files))
        assert texts(client, "joint.silver.orders") == {**{number: "ours" for number in range(3, 5)}, **{number: "again" for number in range(5, 15)}, **{number: "theirs" for number in range(100, 120)}}
        finish(start(python, server, "life", **files))
        answers = [rest(client, "GET", path) for path in ("config", "namespaces/joint%1Fsilver/tables/orders")]
        assert answers[1].json()["metadata-location"].startswith(f"s3://{s3_server.BUCKET}/catalogs/lake/silver/joint/orders/metadata/v")
        assert not any(secret in answer.text for answer in answers for secret in (s3_server.SECRET_KEY, s3_server.ACCESS_KEY))
        check_lake(server)
