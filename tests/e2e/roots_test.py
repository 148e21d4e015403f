# SPDX-License-Identifier: Apache-2.0
"""Layers of one lake in places of their own: raw, silver, gold and exports in directories or buckets apart
(docs/guide/configure.md)."""

import shutil

import pytest

import s3_server
from server import Server, column

KEYED = [column("id", "integer", primary_key=True), column("v")]
LAYERS = ("bronze", "silver", "gold", "exports")


class Places:
    """A root for every layer; `files` is where its objects can be seen."""

    def __init__(self, root, in_bucket):
        self.files = {}
        self.roots = {}
        self.env = s3_server.shared_server().environment() if in_bucket else {}
        for layer in LAYERS:
            self.roots[layer] = s3_server.lake_of(root / layer) if in_bucket else str(root / layer)
            self.files[layer] = (s3_server.files_of(self.roots[layer]) if in_bucket else root / layer) / layer

    def arguments(self, layers=LAYERS):
        return [word for layer in layers for word in (f"--{layer}-root", self.roots[layer])]


@pytest.fixture(params=["directories", "buckets"])
def places(tmp_path, request):
    return Places(tmp_path, request.param == "buckets")


@pytest.fixture
def server(tmp_path, places):
    lake = s3_server.lake_of(tmp_path / "main") if places.env else str(tmp_path / "main")
    with Server(root=tmp_path / "node", lake=lake, arguments=places.arguments()) as one:
        yield one


def fill(client):
    for format in ("iceberg", "delta"):
        client.create("shop", format, KEYED, format=format, exports=[{"format": "csv", "path": "rows.csv"}])
        client.batch(f"shop/{format}", [{"id": number, "v": f"a{number}"} for number in range(50)])
        client.batch(f"shop/{format}", [{"id": number, "v": "new"} for number in range(5)])
    client.post("/transform/jobs", {"domain": "shop", "job_name": "j", "query": "SELECT v, count(*) AS n FROM shop.silver.iceberg GROUP BY v"})
    assert client.run_job("shop", "j")["status"] == "SUCCEEDED"


def check(client):
    for format in ("iceberg", "delta"):
        assert client.value(f"SELECT count(*) FROM shop.silver.{format}") == 50
        assert client.value(f"SELECT count(*) FROM shop.bronze.{format}") == 55
    assert client.value("SELECT n FROM shop.gold.j WHERE v = 'new'") == 5


def test_every_layer_lies_where_it_was_told(server, places):
    server.start()
    client = server.client()
    fill(client)
    check(client)
    assert client.post("/upkeep/run", {}).status in (200, 404)
    assert server.stop() == 0
    for layer in ("bronze", "silver", "gold"):
        assert [path for path in places.files[layer].rglob("*") if path.is_file()], layer
        assert not (server.lake_files / layer).exists(), layer
    assert list(places.files["silver"].rglob("*.parquet")) and list(places.files["gold"].rglob("*.parquet"))
    # Whoever opens the lake finds them, configured or not.
    server.arguments = []
    server.start()
    check(server.client())
    server.stop()
    done = server.cli("sql", "--lake", server.lake, "SELECT count(*) AS n FROM shop.silver.delta")
    assert done.returncode == 0 and "50" in done.stdout, done
    done = server.cli("fsck", "--lake", server.lake, "--data-dir", server.data_dir)
    assert done.returncode == 0 and done.stdout.startswith("clean"), done


def test_a_killed_server_finds_its_layers_again(server):
    server.start()
    client = server.client()
    client.create("keep", "t", KEYED)
    client.batch("keep/t", [{"id": number, "v": "a"} for number in range(200)], ack="wal")
    server.kill()
    server.start()
    client = server.client()
    client.ingest("keep/t", {"id": 1, "v": "b"}, ack="silver")
    assert client.value("SELECT count(*) FROM keep.silver.t") == 200


def test_tables_name_their_own_place(server, places):
    """What other engines are told."""
    server.start()
    client = server.client()
    fill(client)
    told = client.get("/iceberg/v1/namespaces/shop%1Fsilver/tables/iceberg").json()["metadata"]["location"]
    assert told.removeprefix("file://") == places.roots["silver"] + "/silver/shop/iceberg"
    inside = {"name": "x", "location": places.roots["silver"] + "/silver/x", "schema": {"type": "struct", "fields": []}}
    client.post("/iceberg/v1/namespaces", {"namespace": ["lab"]})
    assert client.post("/iceberg/v1/namespaces/lab/tables", inside).status == 400


def refused(server, arguments, *words):
    server.arguments = arguments
    done = server.cli("serve", "--lake", server.lake, "--data-dir", server.data_dir, "--listen", "127.0.0.1:0", "--supervise=false", *arguments)
    assert done.returncode != 0 and all(word in done.stderr for word in words), done


def test_where_a_folder_lies_is_settled_once(server, places, tmp_path):
    server.start()
    fill(server.client())
    server.stop()
    refused(server, ["--silver-root", str(tmp_path / "elsewhere")], "settled once")
    with Server(root=tmp_path / "other", lake=str(tmp_path / "second"), env=places.env) as other:
        refused(other, places.arguments(["silver"]), "another lake's")
    with Server(root=tmp_path / "third-node", lake=str(tmp_path / "third")) as third:
        third.start()
        fill(third.client())
        third.stop()
        refused(third, ["--gold-root", str(tmp_path / "gold2")], "already")


def test_an_empty_place_is_not_taken_for_an_empty_layer(server, places):
    server.start()
    fill(server.client())
    server.stop()
    shutil.move(places.files["silver"], places.files["silver"].with_name("away"))
    refused(server, [], "does not know it")
    shutil.move(places.files["silver"].with_name("away"), places.files["silver"])
    server.start()
    check(server.client())
