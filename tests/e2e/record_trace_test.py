# SPDX-License-Identifier: Apache-2.0
"""The way of one record, by receipt and by key, over HTTP and from the command line: docs/guide/ledger.md."""

import pytest

from server import column, wait_until

COLUMNS = [column("id", "integer", primary_key=True), column("v"), column("seq", "integer")]


def trace(client, **query):
    answer = client.get("/trace", query=query)
    assert answer.status == 200, answer
    return answer.json()


def by_key(client, name, *key):
    answer = client.get("/trace?" + "&".join(["domain=way", f"name={name}", *(f"key={value}" for value in key)]))
    assert answer.status == 200, answer
    return answer.json()


def state(client, receipt, **query):
    return trace(client, receipt=receipt, **query)["decision"]["state"]


@pytest.fixture(params=["delta", "iceberg"])
def orders(request, client, name):
    client.create("way", name, COLUMNS, sequence_by="seq", format=request.param)
    return name


def test_a_record_is_followed_from_its_request_to_gold(client, orders):
    first = client.ingest(f"way/{orders}", {"id": 1, "v": "a", "seq": 1})["receipt"]
    answer = client.post("/transform/jobs", {"domain": "way", "job_name": f"sums_{orders}", "query": f"SELECT count(*) AS n FROM way.silver.{orders}"})
    assert answer.status == 200, answer
    assert trace(client, receipt=first)["gold"] == []
    run = client.run_job("way", f"sums_{orders}")
    one = trace(client, receipt=first)
    assert (one["domain"], one["endpoint"], one["receipt"]) == ("way", orders, first)
    assert one["request"]["payload"] == {"id": 1, "v": "a", "seq": 1} and one["request"]["operation"] == "upsert"
    assert one["bronze"]["landed"] is True and one["bronze"]["entry"] == 1 and one["bronze"]["object"].startswith(f"bronze/way/{orders}/")
    assert one["decision"] == {"state": "applied", "superseded_by": None, "errors": [], "quarantine": None}
    (version,) = [one for one in client.get(f"/tables/way/silver/{orders}/history").json()["versions"] if one["operation"] == "MERGE"]
    assert one["commit"]["id"] == version["id"] and one["commit"]["committed_at"] == version["committed_at"] and one["commit"]["exact"] is True
    assert one["current_row"] == {"id": 1, "v": "a", "seq": 1} and one["current_receipt"] == first
    assert [(use["job"], use["execution_id"], use["read_version"]) for use in one["gold"]] == [(f"way.sums_{orders}", run["execution_id"], version["version"])]
    late = client.ingest(f"way/{orders}", {"id": 2, "v": "b", "seq": 1})["receipt"]
    assert trace(client, receipt=late)["gold"] == []


def test_every_decision(client, orders):
    path = f"way/{orders}"
    first = client.ingest(path, {"id": 1, "v": "a", "seq": 5})["receipt"]
    late = client.ingest(path, {"id": 1, "v": "late", "seq": 3})["receipt"]
    newer = client.ingest(path, {"id": 1, "v": "b", "seq": 7})["receipt"]
    gone = client.ingest(path, {"id": 2, "seq": 9}, op="delete")["receipt"]
    buried = client.ingest(path, {"id": 2, "v": "old", "seq": 8})["receipt"]
    both = client.batch(path, [{"id": 3, "v": "x", "seq": 1}, {"id": 3, "v": "y", "seq": 2}])["receipt"]
    assert state(client, first) == "applied" and trace(client, receipt=first)["current_receipt"] == newer
    superseded = trace(client, receipt=late)
    assert superseded["decision"]["state"] == "superseded" and superseded["decision"]["superseded_by"] == first
    assert superseded["current_row"]["v"] == "b"
    assert state(client, newer) == "applied"
    deleted = trace(client, receipt=gone, domain="way", name=orders)
    assert deleted["decision"]["state"] == "deleted" and deleted["current_row"] is None and deleted["commit"] is not None
    assert trace(client, receipt=buried)["decision"] == {"state": "superseded", "superseded_by": None, "errors": [], "quarantine": None}
    incarnation, sequence = both.split("-")
    second = f"{incarnation}-{int(sequence) + 1}"
    assert trace(client, receipt=both)["decision"]["superseded_by"] == second and state(client, second) == "applied"


def test_rows_of_a_dropped_file(client, orders):
    answer = client.post(f"/files/way/{orders}", b"id,v,seq\n7,seven,1\n8,eight,2\n9,nine,x\n", query={"ack": "silver", "name": "a.csv"},
                         headers={"Content-Type": "application/octet-stream"})
    assert answer.status == 200, answer
    one = trace(client, receipt="f1-2", domain="way", name=orders)
    assert one["decision"]["state"] == "applied" and one["current_row"] == {"id": 8, "v": "eight", "seq": 2}
    assert one["request"]["request_id"] == answer.json()["request_id"] and one["bronze"]["entry"] == 1
    found = by_key(client, orders, 8)
    assert found["current_receipt"] == "f1-2" and found["current_row"]["v"] == "eight"
    refused = trace(client, receipt="f1-3", domain="way", name=orders)["decision"]
    assert refused["state"] == "quarantined" and refused["errors"][0]["field"] == "seq"
    assert client.get("/trace", query={"receipt": "f1-4", "domain": "way", "name": orders}).status == 404


def test_refused_records(client, orders):
    path = f"way/{orders}"
    kept = client.batch(path, [{"id": 1, "seq": "bad"}])["receipt"]
    one = trace(client, receipt=kept)
    assert one["decision"]["state"] == "quarantined" and one["decision"]["quarantine"] == "pending" and one["decision"]["errors"][0]["field"] == "seq"
    assert client.post(f"/ingest/{path}", {"data": {"id": "x"}}, query={"strict": "true"}).status == 400
    (rejected,) = client.get(f"/quarantine/{path}", query={"status": "rejected"}).json()["records"]
    assert trace(client, receipt=rejected["id"])["decision"]["state"] == "rejected"
    merge_refused = client.batch(path, [{"v": "no key"}], validate="false")["receipt"]
    assert state(client, merge_refused) == "quarantined"
    assert client.post(f"/quarantine/{path}/{kept}/replay", {"payload": {"id": 4, "v": "fixed", "seq": 1}}).status == 200
    wait_until(lambda: client.value(f"SELECT count(*) FROM way.silver.{orders}") == 1)
    assert trace(client, receipt=kept)["decision"]["quarantine"] == "replayed"
    again = by_key(client, orders, 4)
    assert again["receipt"].startswith("r") and again["request"]["replay_of"] == kept and again["decision"]["state"] == "applied"


def test_what_a_rollback_undid_and_a_rebuild_brings_back(client, orders):
    path = f"way/{orders}"
    kept = client.ingest(path, {"id": 1, "v": "a", "seq": 1})["receipt"]
    version = trace(client, receipt=kept)["commit"]["version"]
    undone = client.ingest(path, {"id": 2, "v": "b", "seq": 1})["receipt"]
    assert client.post(f"/tables/way/silver/{orders}/rollback", {"version": version}).status == 200
    assert state(client, kept) == "applied" and state(client, undone) == "rolled_back"
    assert trace(client, receipt=undone)["current_row"] is None
    rebuild = client.post(f"/endpoints/{path}/rebuild")
    assert client.execution(rebuild.json()["execution_id"])["status"] == "SUCCEEDED"
    assert state(client, undone) == "applied" and trace(client, receipt=undone)["commit"]["operation"] == "REBUILD"


def test_a_record_that_waits_in_the_log(client, name):
    client.create("way", name, COLUMNS, land_interval="15m")
    receipt = client.ingest(f"way/{name}", {"id": 1}, ack="wal")["receipt"]
    one = trace(client, receipt=receipt)
    assert one["bronze"] == {"landed": False, "entry": None, "object": None, "landed_at": None}
    assert one["decision"]["state"] == "pending" and one["commit"] is None and one["request"]["payload"] == {"id": 1}


def test_keys(client, name):
    client.create("way", name, [column("region", primary_key=True), column("day", "date", primary_key=True), column("v")])
    client.batch(f"way/{name}", [{"region": "o'n", "day": "2026-01-02", "v": "a"}, {"region": "s", "day": "2026-01-02"}])
    one = by_key(client, name, "o'n".replace("'", "%27"), "2026-01-02")
    assert one["decision"]["state"] == "applied" and one["current_row"]["v"] == "a"
    client.ingest(f"way/{name}", {"region": "s", "day": "2026-01-02"}, op="delete")
    gone = by_key(client, name, "s", "2026-01-02")
    assert gone["decision"]["state"] == "deleted" and gone["receipt"] is None and gone["current_row"] is None
    for query, status in (("key=s", 422), ("key=s&key=no%20day", 422), ("key=x&key=2026-01-02", 404)):
        answer = client.get(f"/trace?domain=way&name={name}&{query}")
        assert answer.status == status, answer


def test_a_table_without_a_key(client, name):
    client.create("way", name, [column("v")])
    receipt = client.batch(f"way/{name}", [{"v": "a"}, {"v": "a"}])["receipt"]
    one = trace(client, receipt=receipt)
    assert one["decision"]["state"] == "applied" and one["current_receipt"] == receipt and one["current_row"] == {"v": "a"}
    assert client.get(f"/trace?domain=way&name={name}&key=a").status == 422


def test_what_cannot_be_traced(client, orders):
    client.ingest(f"way/{orders}", {"id": 1, "seq": 1})
    for query, status in (({}, 422), ({"receipt": "x"}, 422), ({"receipt": "1-1", "key": "1"}, 422), ({"key": "1"}, 422),
                          ({"receipt": "1-1", "domain": "way"}, 422), ({"receipt": "99-1"}, 404),
                          ({"receipt": "1-1", "domain": "way", "name": "nobody"}, 404), ({"domain": "way", "name": "nobody", "key": "1"}, 404)):
        answer = client.get("/trace", query=query)
        assert answer.status == status, (query, answer)
    assert client.delete(f"/endpoints/way/{orders}", query={"purge": "true"}).status == 200


def test_records_are_found_in_merged_objects(client, name):
    client.create("way", name, COLUMNS)
    receipts = [client.ingest(f"way/{name}", {"id": number, "seq": 1})["receipt"] for number in range(12)]
    before = [trace(client, receipt=receipt) for receipt in receipts]
    assert client.post("/upkeep/runs", query={"verb": "compact", "table": f"way.bronze.{name}"}).status == 200
    after = [trace(client, receipt=receipt) for receipt in receipts]
    assert len({one["bronze"]["object"] for one in after}) < len(receipts)
    for old, new in zip(before, after):
        assert new["bronze"]["entry"] == old["bronze"]["entry"] and new["commit"] == old["commit"], new
        assert new["request"] == old["request"] and new["decision"] == old["decision"]


def test_the_command_line_prints_it(server, client, orders):
    receipt = client.ingest(f"way/{orders}", {"id": 1, "v": "a", "seq": 1})["receipt"]
    url = ("--url", f"http://127.0.0.1:{server.port}")
    shown = server.cli("trace", receipt, *url)
    assert shown.returncode == 0 and f"way/{orders}" in shown.stdout and "applied" in shown.stdout and receipt in shown.stdout, shown
    assert server.cli("trace", f"way.{orders}", "1", *url).stdout == shown.stdout
    assert '"decision"' in server.cli("trace", receipt, "--json", *url).stdout
    missing = server.cli("trace", "99-9", *url)
    assert missing.returncode == 1 and "no record has receipt" in missing.stderr, missing
