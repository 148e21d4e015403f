# SPDX-License-Identifier: Apache-2.0
"""Tables that delta-rs and PyIceberg wrote become the silver tables of endpoints (`tarn register DOMAIN.silver.NAME`): no
row is lost, records merge into them from then on, and fsck finds nothing."""

import shutil
import subprocess
from decimal import Decimal

import pytest

from engines import HERE, readers_python
from server import column

WRITERS = ("deltalake", "pyiceberg")
SIMPLE = [column("id", "integer", primary_key=True), column("s")]


@pytest.fixture(scope="module")
def imports(server):
    """A folder of the lake with tables of each writer."""
    place = server.lake / "imports"
    for writer in WRITERS:
        (place / writer).mkdir(parents=True)
        done = subprocess.run([readers_python(), "-B", str(HERE / "writers" / f"{writer}_tables.py"), str(place / writer)], capture_output=True, text=True,
                              check=False, timeout=300)
        assert done.returncode == 0, done.stderr[-3000:]
    return place


def register(server, name, source):
    done = server.cli("register", f"shop.silver.{name}", str(source), "--url", f"http://127.0.0.1:{server.port}")
    return done.returncode, done.stdout + done.stderr


def adopt(client, name, source):
    return client.post(f"/endpoints/shop/{name}/adopt", {"from": source})


def rows(client, sql):
    return [tuple(row.values()) for row in client.rows(sql)]


def fsck(server):
    done = server.cli("fsck", "--lake", str(server.lake))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("format", ["delta", "iceberg"])
@pytest.mark.parametrize("writer, count", [("deltalake", 90), ("pyiceberg", 125)])
def test_rows_of_others_are_the_table_and_records_merge_into_them(server, client, imports, writer, count, format):
    name = f"from_{writer}_{format}"
    client.create("shop", name, SIMPLE, format=format)
    before = client.rows(f"SELECT 1 FROM shop.silver.{name}")
    code, said = register(server, name, imports / writer / "changed")
    assert code == 0, said
    assert before == [] and f"{count} rows" in said
    ids = [row[0] for row in rows(client, f"SELECT id FROM shop.silver.{name} ORDER BY id")]
    assert len(ids) == len(set(ids)) == count
    assert rows(client, f"SELECT count(*) FROM shop.silver.{name} WHERE _insert_date IS NOT NULL OR _offset IS NOT NULL") == [(0,)]
    client.batch(f"shop/{name}", [{"id": ids[0], "s": "newer"}, {"id": -1, "s": "first"}], ack="silver")
    client.batch(f"shop/{name}", [{"id": ids[1]}], op="delete", ack="silver")
    assert rows(client, f"SELECT id, s FROM shop.silver.{name} ORDER BY id LIMIT 3") == [(-1, "first"), (ids[0], "newer"), (ids[2], rows(
        client, f"SELECT s FROM shop.silver.{name} WHERE id = {ids[2]}")[0][0])]
    assert rows(client, f"SELECT count(*) FROM shop.silver.{name}") == [(count,)]
    assert rows(client, f"SELECT count(s), count(*) FROM shop.silver.{name} WHERE id NOT IN (-1, {ids[0]})")[0][1] == count - 2
    fsck(server)


def test_every_type_comes_along(client, imports):
    client.create("shop", "types", [column("i", "integer", primary_key=False)], format="iceberg")
    refused = adopt(client, "types", "imports/pyiceberg/all_types")
    assert refused.status == 412 and "column raw is binary" in refused.json()["detail"], refused.body
    client.create("shop", "lists", [column("id", "integer", primary_key=True), column("l", "list<integer>")], format="iceberg")
    assert adopt(client, "lists", "imports/deltalake/changed").status == 200
    assert rows(client, "SELECT DISTINCT typeof(l) FROM shop.silver.lists") == [("BIGINT[]",)]
    client.ingest("shop/lists", {"id": 11, "l": [7, 8]})
    assert rows(client, "SELECT l FROM shop.silver.lists WHERE id IN (11, 13) ORDER BY id") == [([7, 8],), ([13, None],)]
    client.create("shop", "evolved", [], format="delta")
    answer = adopt(client, "evolved", "imports/pyiceberg/evolved")
    assert answer.status == 200, answer.body
    shown = client.rows("SELECT renamed, id, f, row, gone FROM shop.silver.evolved ORDER BY id DESC LIMIT 1")
    assert shown == [{"renamed": "later", "id": 1 << 40, "f": Decimal("0.1"), "row": {"first": 1, "b": "b", "c": "c"}, "gone": "back"}]


def test_a_delta_table_is_taken_where_it_lies(server, client, imports):
    """Records that came before wait: without a position nobody can say what the table has of them."""
    shutil.copytree(imports / "deltalake" / "changed", server.lake / "silver" / "shop" / "inplace")
    client.create("shop", "inplace", SIMPLE, format="delta")
    client.batch("shop/inplace", [{"id": 5_000_000, "s": "waits"}], ack="bronze")
    code, said = register(server, "inplace", "silver/shop/inplace")
    assert code == 0 and "where they lay" in said, said
    client.batch("shop/inplace", [{"id": 5_000_001, "s": "mine"}], ack="silver")
    assert rows(client, "SELECT count(*) FROM shop.silver.inplace") == [(92,)]
    fsck(server)


def test_what_does_not_fit_is_refused_and_leaves_nothing(server, client, imports):
    def refused(name, source, status, *words):
        answer = adopt(client, name, source)
        assert answer.status == status and all(word in answer.json()["detail"] for word in words), answer.body

    client.create("shop", "narrow", [column("id", "integer", primary_key=True), column("s", "integer")])
    refused("narrow", "imports/deltalake/changed", 412, "column s is VARCHAR there and BIGINT in the contract")
    client.create("shop", "keyed", [column("key", primary_key=True)])
    refused("keyed", "imports/deltalake/changed", 412, "no column key")
    client.create("shop", "twice", [column("s", primary_key=True)])
    refused("twice", "imports/deltalake/changed", 412, "keys have more than one row")
    client.create("shop", "closed", [column("id", "integer", primary_key=True)], unknown_fields="rescue")
    refused("closed", "imports/deltalake/changed", 412, "not in the contract")
    client.create("shop", "history", SIMPLE, history="scd2")
    refused("history", "imports/deltalake/changed", 501, "history")
    client.create("shop", "lost", SIMPLE)
    refused("lost", "imports/nothing", 404, "no Delta or Iceberg table")
    refused("lost", "/somewhere/else", 400, "outside the lake")
    refused("lost", "silver/shop/keyed", 400, "belongs to the lake")
    refused("lost", "imports/../silver/shop/keyed", 400, "outside the lake")
    refused("nowhere", "imports/deltalake/changed", 404, "POST /endpoints")
    assert client.post("/endpoints/shop/lost/adopt", {}).status == 422
    client.batch("shop/lost", [{"id": 1, "s": "there"}], ack="silver")
    refused("lost", "imports/deltalake/changed", 409, "has a table already")
    for name in ("narrow", "keyed", "twice", "closed", "history"):
        assert client.rows(f"SELECT 1 FROM shop.silver.{name}") == []
    fsck(server)


def test_a_table_of_the_catalog_is_named(client, imports):
    """Registered to be read first, then owned."""
    assert client.post("/iceberg/v1/namespaces", {"namespace": ["lab"]}).status == 200
    newest = sorted((imports / "pyiceberg" / "changed" / "metadata").glob("*.metadata.json"))[-1]
    assert client.post("/iceberg/v1/namespaces/lab/register", {"name": "trips", "metadata-location": f"file://{newest}"}).status == 200
    count = rows(client, "SELECT count(id) FROM lab.external.trips")
    client.create("shop", "trips", SIMPLE, format="iceberg")
    answer = adopt(client, "trips", "lab.external.trips")
    assert answer.status == 200 and answer.json()["copied"] is True, answer.body
    assert rows(client, "SELECT count(*) FROM shop.silver.trips") == count
