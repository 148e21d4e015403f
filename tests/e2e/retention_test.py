# SPDX-License-Identifier: Apache-2.0
"""Bronze records go when the contract says so, and silver stays: docs/guide/upkeep.md."""

import time

import pytest

from server import Server, column, wait_until

COLUMNS = [column("id", "integer", primary_key=True), column("v", "integer")]


@pytest.fixture(params=["delta", "iceberg"])
def own(tmp_path, request):
    with Server(root=tmp_path, arguments=["--upkeep-interval", "1s", "--query-timeout", "2s", "--delete-after", "3s", "--table-format", request.param]) as one:
        one.start()
        yield one


def fsck(server):
    server.stop()
    done = server.cli("fsck", "--lake", server.lake, "--data-dir", server.data_dir)
    assert done.returncode == 0, done
    server.start()
    return server.client()


def objects(server, table):
    return sum(1 for _ in (server.lake / "bronze" / "keep" / table).glob("*/*/*/*/*.zst"))


def retire(client, table):
    answer = client.post("/upkeep/runs", query={"verb": "expire", "table": f"keep.bronze.{table}"})
    assert answer.status == 200, answer
    return answer.json()


def test_old_records_leave_bronze(own):
    client = own.client()
    client.create("keep", "t", COLUMNS, bronze_retention="2s")
    client.create("keep", "stays", COLUMNS)
    for table in ("t", "stays"):
        client.batch(f"keep/{table}", [{"id": value, "v": value} for value in range(5)] + [{"id": "bad"}])
        client.ingest(f"keep/{table}", {"id": 2, "_op": "delete"})
    count = "SELECT count(*) FROM keep.bronze.t"
    wait_until(lambda: client.value(count) == 0, timeout_s=30)
    wait_until(lambda: objects(own, "t") == 0, timeout_s=60)
    assert client.value("SELECT count(*) FROM keep.bronze.stays") == 7
    assert client.rows("SELECT id FROM keep.silver.t ORDER BY id") == [{"id": value} for value in (0, 1, 3, 4)]
    (refused,) = client.get("/quarantine/keep/t").json()["records"]
    client = fsck(own)
    answer = client.post(f"/quarantine/keep/t/{refused['id']}/replay", {"payload": {"id": 9, "v": 9}})
    assert answer.status == 200, answer
    wait_until(lambda: client.value("SELECT count(*) FROM keep.silver.t WHERE id = 9") == 1)
    fsck(own)


def test_a_rebuild_says_what_it_would_lose(own):
    client = own.client()
    client.create("keep", "t", COLUMNS, bronze_retention="1s")
    client.batch("keep/t", [{"id": value, "v": value} for value in range(5)])
    time.sleep(1.1)
    wait_until(lambda: retire(client, "t") and client.value("SELECT count(*) FROM keep.bronze.t") == 0, timeout_s=30)
    assert client.put("/endpoints/keep/t", {"bronze_retention": None}).status == 200
    client.ingest("keep/t", {"id": 7, "v": 7})
    # A change that needs a rebuild, and a rebuild by itself.
    wider = {"columns": [column("id", "integer", primary_key=True), column("v", "boolean")]}
    refused = client.put("/endpoints/keep/t", wider, query={"force": "true"})
    assert refused.status == 409 and "partial" in refused.text, refused
    started = client.post("/endpoints/keep/t/rebuild").json()
    ended = wait_until(lambda: (run := client.get(f"/transform/executions/{started['execution_id']}").json())["status"] != "RUNNING" and run)
    assert ended["status"] == "FAILED" and "partial" in ended["error"], ended
    assert client.value("SELECT count(*) FROM keep.silver.t") == 6
    started = client.post("/endpoints/keep/t/rebuild", query={"partial": "true"}).json()
    ended = wait_until(lambda: (run := client.get(f"/transform/executions/{started['execution_id']}").json())["status"] != "RUNNING" and run)
    assert ended["status"] == "SUCCEEDED" and ended["output"]["removed"] == 5, ended
    assert client.rows("SELECT id FROM keep.silver.t") == [{"id": 7}]
    client = fsck(own)
    client.ingest("keep/t", {"id": 8, "v": 8})
    assert client.value("SELECT count(*) FROM keep.silver.t") == 2


def test_retentions_of_later_work_are_refused_by_name(own):
    client = own.client()
    answer = client.post("/endpoints", {"domain": "keep", "name": "q", "columns": COLUMNS, "quarantine_retention": "1d"})
    assert answer.status == 501 and "quarantine_retention" in answer.text, answer
