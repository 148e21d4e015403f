# SPDX-License-Identifier: Apache-2.0
"""Rebuilds of silver and forced changes of contracts over HTTP (http-api.md §3.4, §5)."""

from server import column, wait_until

COLUMNS = [column("id", "integer", primary_key=True), column("v")]


def rebuilt(client, name, **query):
    asked = client.post(f"/endpoints/again/{name}/rebuild", query=query or None)
    assert asked.status == 202, asked
    return ended(client, asked.json()["execution_id"])


def ended(client, execution):
    found = {}

    def over():
        answer = client.get(f"/transform/executions/{execution}")
        assert answer.status == 200, answer
        found.update(answer.json())
        return found["status"] != "RUNNING"

    wait_until(over, what=f"end of {execution}")
    return found


def silver(client, name, columns="id, v"):
    return client.rows(f"SELECT {columns} FROM again.silver.{name} ORDER BY 1, 2")


def test_a_rebuild_gives_the_same_rows(client, name):
    client.create("again", name, COLUMNS)
    client.batch(f"again/{name}", [{"id": 1, "v": "a"}, {"id": 2, "v": "b", "more": 1}, {"id": 1, "v": "A"}])
    before = silver(client, name, "id, v, more, _offset")
    done = rebuilt(client, name)
    assert done["status"] == "SUCCEEDED" and done["error"] is None, done
    assert done["output"] == {"rows": 2, "rows_before": 2, "added": 0, "removed": 0, "changed": 0}
    assert silver(client, name, "id, v, more, _offset") == before
    assert client.get(f"/endpoints/again/{name}/rebuild").json()["execution_id"] == done["execution_id"]
    client.ingest(f"again/{name}", {"id": 3, "v": "c"})
    assert len(silver(client, name)) == 3


def test_a_forced_change_rebuilds(client, name):
    client.create("again", name, COLUMNS)
    client.batch(f"again/{name}", [{"id": 1, "v": "1"}, {"id": 2, "v": "two"}])
    narrow = {"columns": [COLUMNS[0], column("v", "integer")]}
    refused = client.put(f"/endpoints/again/{name}", narrow)
    assert refused.status == 409 and refused.json()["detail"]["changes"][0]["column"] == "v", refused
    forced = client.put(f"/endpoints/again/{name}", narrow, query={"force": "true"})
    assert forced.status == 200 and forced.json()["version"] == 2, forced
    client.ingest(f"again/{name}", {"id": 3, "v": 3})
    assert silver(client, name) == [{"id": 1, "v": 1}, {"id": 3, "v": 3}]
    (entry,) = client.get(f"/quarantine/again/{name}").json()["records"]
    assert entry["payload"]["v"] == "two", entry


def test_a_forced_key(client, name):
    client.create("again", name, COLUMNS)
    client.batch(f"again/{name}", [{"id": 1, "v": "x"}, {"id": 2, "v": "x"}])
    swapped = {"columns": [column("id", "integer"), column("v", primary_key=True)]}
    assert client.put(f"/endpoints/again/{name}", swapped).status == 409
    assert client.put(f"/endpoints/again/{name}", swapped, query={"force": "true"}).status == 200
    client.ingest(f"again/{name}", {"id": 3, "v": "y"})
    assert silver(client, name) == [{"id": 2, "v": "x"}, {"id": 3, "v": "y"}]


def test_a_rebuild_survives_a_restart(server, client, name):
    client.create("again", name, COLUMNS)
    client.batch(f"again/{name}", [{"id": value, "v": "a"} for value in range(1000)])
    execution = client.post(f"/endpoints/again/{name}/rebuild").json()["execution_id"]
    server.kill()
    server.start()
    client = server.client()
    assert ended(client, execution)["status"] == "SUCCEEDED"
    assert client.value(f"SELECT count(*) FROM again.silver.{name}") == 1000


def test_unknown_rebuilds(client, name):
    assert client.post("/endpoints/again/nobody/rebuild").status == 404
    client.create("again", name, COLUMNS)
    assert client.get(f"/endpoints/again/{name}/rebuild").status == 404
    assert client.get(f"/transform/executions/rebuild-again-{name}-7").status == 404
    assert client.get("/transform/executions/rebuild-x").status == 404
