# SPDX-License-Identifier: Apache-2.0
"""The Iceberg REST catalog, used by pyiceberg and by hand: namespaces, listings with pages, tables with their metadata,
and rows as Tarn itself shows them."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

from canonical import lines  # noqa: E402
from engines import ICEBERG_READERS, environment  # noqa: E402
from server import Server, column  # noqa: E402

COLUMNS = [column("id", "integer", primary_key=True), column("s"), column("d", "decimal(12,3)"), column("at", "timestamp"), column("day", "date"), column("j", "json")]
NAMES = [one["name"] for one in COLUMNS]
QUOTED = ", ".join(f'"{name}"' for name in NAMES)


@pytest.fixture(scope="session")
def python():
    return environment("interop", ICEBERG_READERS)


@pytest.fixture(scope="module")
def server():
    running = Server()
    try:
        running.start()
        client = running.client()
        for name in ("orders", "parts", "zones"):
            client.create("shop", name, COLUMNS, format="iceberg")
        client.create("shop", "other", COLUMNS, format="delta")
        client.create("farm", "herds", COLUMNS, format="iceberg")
        for table in ("shop/orders", "shop/parts", "shop/zones", "shop/other", "farm/herds"):
            for start in (0, 20):
                client.batch(table, [{"id": number % 30, "s": f"ü{number}", "d": f"{number}.125", "at": "2024-06-01T10:00:00.000001Z", "day": "2024-02-29", "j": {"k": [number]}}
                                     for number in range(start, start + 20)])
        client.batch("shop/orders", [{"id": 3}, {"id": 25}], op="delete")
        client.close()
        yield running
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


def get(client, path, **headers):
    return client.get("/iceberg/v1/" + path, headers=headers or None)


def test_config_names_what_is_served(client):
    answer = get(client, "config")
    assert answer.status == 200
    assert "GET /v1/{prefix}/namespaces/{namespace}/tables/{table}" in answer.json()["endpoints"]


def test_namespaces_by_level(client):
    assert get(client, "namespaces").json() == {"namespaces": [["farm"], ["shop"]], "next-page-token": None}
    assert get(client, "namespaces?parent=shop").json()["namespaces"] == [["shop", "silver"]]
    assert get(client, "namespaces?parent=shop%1Fsilver").json()["namespaces"] == []
    assert get(client, "namespaces/shop%1Fsilver").json() == {"namespace": ["shop", "silver"], "properties": {}}
    for name in ("nothing", "shop%1Fnothing", "shop%1Fsilver%1Fdeep", "%1Fsilver"):
        answer = get(client, f"namespaces/{name}")
        assert (answer.status, answer.json()["error"]["type"]) == (404, "NoSuchNamespaceException"), name
    assert get(client, "namespaces?parent=nothing").status == 404


def test_tables_in_pages(client):
    path = "namespaces/shop%1Fsilver/tables"
    assert [one["name"] for one in get(client, path).json()["identifiers"]] == ["orders", "parts", "zones"]
    first = get(client, path + "?pageToken=&pageSize=2").json()
    assert [one["name"] for one in first["identifiers"]] == ["orders", "parts"]
    last = get(client, path + f"?pageToken={first['next-page-token']}&pageSize=2").json()
    assert ([one["name"] for one in last["identifiers"]], last["next-page-token"]) == (["zones"], None)
    assert get(client, path + "?pageSize=0").json()["error"]["type"] == "BadRequestException"
    assert get(client, "namespaces/shop/tables").json()["identifiers"] == []


def test_table_metadata_and_its_tag(client):
    path = "namespaces/shop%1Fsilver/tables/orders"
    answer = get(client, path)
    assert answer.status == 200
    document = answer.json()
    assert document["metadata"]["format-version"] == 2
    assert document["metadata-location"].endswith(".metadata.json")
    assert len(document["metadata"]["snapshots"]) > 1
    again = get(client, path, **{"If-None-Match": answer.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    fewer = get(client, path + "?snapshots=refs").json()["metadata"]
    assert [one["snapshot-id"] for one in fewer["snapshots"]] == [fewer["current-snapshot-id"]]
    assert get(client, path + "?snapshots=some").status == 400


def test_tables_that_are_not_there(client):
    for table in ("nothing", "other"):
        answer = get(client, f"namespaces/shop%1Fsilver/tables/{table}")
        assert (answer.status, answer.json()["error"]["type"]) == (404, "NoSuchTableException")
        assert client.request("HEAD", f"/iceberg/v1/namespaces/shop%1Fsilver/tables/{table}").status == 404
    assert client.request("HEAD", "/iceberg/v1/namespaces/shop%1Fsilver/tables/orders").status == 204
    assert client.request("HEAD", "/iceberg/v1/namespaces/shop%1Fsilver").status == 204


def test_commits_to_several_tables(client):
    schema = {"type": "struct", "fields": [{"id": 1, "name": "a", "required": False, "type": "long"}]}
    assert client.post("/iceberg/v1/namespaces", {"namespace": ["pair"]}).status == 200
    for name in ("a", "b"):
        assert client.post("/iceberg/v1/namespaces/pair/tables", {"name": name, "schema": schema}).status == 200

    def commit(*changes):
        return client.post("/iceberg/v1/transactions/commit", {"table-changes": [{"identifier": {"namespace": namespace, "name": name}, "requirements": requirements, "updates": [{"action": "set-properties", "updates": {"step": step}}]}
                                                                                 for namespace, name, requirements, step in changes]})

    def steps():
        return [get(client, f"namespaces/pair/tables/{name}").json()["metadata"]["properties"].get("step") for name in ("a", "b")]

    answer = commit((["pair"], "a", [], "1"), (["pair"], "b", [], "1"))
    assert (answer.status, answer.body, steps()) == (204, b"", ["1", "1"])
    answer = commit((["pair"], "a", [], "2"), (["pair"], "b", [{"type": "assert-current-schema-id", "current-schema-id": 7}], "2"))
    assert (answer.status, answer.json()["error"]["type"], steps()) == (409, "CommitFailedException", ["1", "1"])
    answer = commit((["pair"], "a", [], "3"), (["shop", "silver"], "orders", [], "3"))
    assert (answer.status, answer.json()["error"]["type"], steps()) == (406, "UnsupportedOperationException", ["1", "1"])
    assert commit((["pair"], "a", [], "4"), (["pair"], "none", [], "4")).json()["error"]["type"] == "NoSuchTableException"
    assert commit().status == 400
    assert (commit((["pair"], "a", [], "5"), (["pair"], "b", [], "5")).status, steps()) == (204, ["5", "5"])
    for name in ("a", "b"):
        assert client.delete(f"/iceberg/v1/namespaces/pair/tables/{name}").status == 204
    assert client.delete("/iceberg/v1/namespaces/pair").status == 204


def test_bodies_that_make_no_sense(client):
    path = "/iceberg/v1/namespaces/shop%1Fsilver/tables/orders"
    for body in ("no json", "[]", {}, {"requirements": [], "updates": {}}, {"requirements": [], "updates": [{"action": "set-current-schema"}]}):
        answer = client.post(path, body)
        assert (answer.status, answer.json()["error"]["type"]) == (400, "BadRequestException"), f"{body}: {answer}"
    assert client.post(path, {"requirements": [], "updates": []}).json()["metadata-location"] == get(client, path.removeprefix("/iceberg/v1/")).json()["metadata-location"], "no change, no version"
    assert client.post("/iceberg/v1/namespaces", {"namespace": []}).status == 400
    assert client.post("/iceberg/v1/namespaces/shop/properties", {"removals": ["a"], "updates": {"a": "b"}}).status == 422


def test_pyiceberg_reads_the_rows_that_tarn_shows(server, client, python):
    for domain, table in (("shop", "orders"), ("farm", "herds")):
        want = lines(client.rows(f"SELECT {QUOTED} FROM {domain}.silver.{table}"))
        done = subprocess.run([python, str(HERE / "read_catalog.py"), f"http://127.0.0.1:{server.port}/iceberg", f"{domain}.silver.{table}", ",".join(NAMES), "j"],
                              capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stderr[-1500:]
        assert done.stdout.splitlines() == want
        assert len(want) == (28 if table == "orders" else 30)
