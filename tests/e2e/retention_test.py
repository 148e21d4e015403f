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


def test_refused_records_that_were_dealt_with_go(own):
    client = own.client()
    client.create("keep", "q", COLUMNS, quarantine_retention="1s")
    client.create("keep", "all", COLUMNS, quarantine_retention=None)
    for table in ("q", "all"):
        client.batch(f"keep/{table}", [{"id": 1, "v": 1}, {"id": 2, "v": "waits"}, {"id": 3, "v": "discarded"}, {"id": 4, "v": "replayed"}])
        assert client.post(f"/ingest/keep/{table}", {"data": {"id": 5, "v": "rejected"}}, query={"strict": "true"}).status == 400
        text = "id,v\n6,6\n7,in a file\n8,8\n"
        dropped = client.post(f"/files/keep/{table}", text, query={"name": "a.csv", "ack": "silver"}, headers={"Content-Type": "text/csv"})
        assert dropped.status == 200, dropped
        for record in client.get(f"/quarantine/keep/{table}").json()["records"]:
            place = f"/quarantine/keep/{table}/{record['id']}"
            if record["payload"]["v"] == "replayed":
                assert client.post(f"{place}/replay", {"payload": {"id": 4, "v": 4}}).status == 200
            elif record["payload"]["v"] != "waits":
                assert client.delete(place).status == 200

    def left(table):
        client.post("/upkeep/runs", query={"verb": "expire", "table": f"keep.bronze.{table}"})
        listed = client.get(f"/quarantine/keep/{table}", query={"status": "all"}).json()
        return sorted(str(one["payload"]["v"]) for one in listed["records"])

    wait_until(lambda: left("q") == ["waits"], timeout_s=30)
    assert len(left("all")) == 5
    files = [client.get(f"/files/keep/{table}").json()["files"] for table in ("q", "all")]
    assert [one["quarantined"] for (one,) in files] == [1, 1] and files[0][0]["status"] == files[1][0]["status"]
    client = fsck(own)
    assert client.rows("SELECT id, v FROM keep.silver.q ORDER BY id") == [{"id": value, "v": value} for value in (1, 4, 6, 8)]
    assert client.value("SELECT count(*) FROM keep.bronze.q") == 8
    rows = client.rows("SELECT difference, quarantined FROM tarn.system.ledger WHERE endpoint = 'q'")
    assert all(row["difference"] == 0 for row in rows) and sum(row["quarantined"] for row in rows) == 4
    # What waits can still be sent in again.
    (record,) = client.get("/quarantine/keep/q").json()["records"]
    assert client.post(f"/quarantine/keep/q/{record['id']}/replay", {"payload": {"id": 2, "v": 2}}).status == 200
    wait_until(lambda: client.value("SELECT count(*) FROM keep.silver.q WHERE id = 2") == 1)
    fsck(own)
