# SPDX-License-Identifier: Apache-2.0
"""Refused records over HTTP: list, edit, replay, discard (http-api.md §6)."""

import threading

import pytest

COLUMNS = [{"name": "id", "type": "integer", "primary_key": True}, {"name": "n", "type": "integer"}]


@pytest.fixture
def orders(client, name):
    client.create("review", name, COLUMNS)
    return name


def refuse(client, name, *records, **query):
    client.batch(f"review/{name}", records, ack="wal", **query)
    return [record["id"] for record in listed(client, name)]


def listed(client, name, status="pending"):
    return client.get(f"/quarantine/review/{name}", query={"status": status}).json()["records"]


def silver(client, name):
    client.post(f"/ingest/review/{name}?ack=silver", {"data": {"id": -1, "n": 0}})
    return client.rows(f"SELECT id, n FROM review.silver.{name} WHERE id >= 0 ORDER BY id")


def test_an_edited_record_shows_what_is_still_wrong(client, orders):
    (one,) = refuse(client, orders, {"id": 1, "n": "bad"})
    still = client.put(f"/quarantine/review/{orders}/{one}", {"payload": {"id": "x", "n": 5}})
    assert still.status == 200 and [error["field"] for error in still.json()["errors"]] == ["id"], still
    assert client.get(f"/quarantine/review/{orders}/{one}").json()["payload"] == {"id": "x", "n": 5}
    good = client.put(f"/quarantine/review/{orders}/{one}", {"payload": {"id": 1, "n": 12345678901234567}})
    assert good.json()["errors"] == [] and good.json()["status"] == "pending"
    assert silver(client, orders) == []
    assert client.rows(f"SELECT status, reason FROM review.quarantine.{orders}") == [{"status": "pending", "reason": ""}]
    assert client.post(f"/quarantine/review/{orders}/{one}/replay").json() == {"id": one, "status": "replayed"}
    assert silver(client, orders) == [{"id": 1, "n": 12345678901234567}]


def test_a_replay_may_bring_its_payload(client, orders):
    (one,) = refuse(client, orders, {"id": 1, "n": "bad"})
    refused = client.post(f"/quarantine/review/{orders}/{one}/replay", {"payload": {"id": 1, "n": "worse"}})
    assert refused.status == 400 and refused.json()["detail"]["error"] == "Payload validation failed", refused
    assert refused.json()["detail"]["validation_errors"][0]["field"] == "n"
    assert client.post(f"/quarantine/review/{orders}/{one}/replay").status == 400
    assert client.post(f"/quarantine/review/{orders}/{one}/replay", {"payload": {"id": 1, "n": 7}}).status == 200
    assert silver(client, orders) == [{"id": 1, "n": 7}]
    again = client.post(f"/quarantine/review/{orders}/{one}/replay", {"payload": {"id": 1, "n": 8}})
    assert again.status == 409 and "replayed" in again.text, again
    (row,) = client.rows(f"SELECT _replay_of, _disposition, _schema_version FROM review.bronze.{orders} WHERE _replay_of IS NOT NULL")
    assert row == {"_replay_of": one, "_disposition": "valid", "_schema_version": 1}
    (entry,) = listed(client, orders, "replayed")
    assert entry["id"] == one and entry["payload"] == {"id": 1, "n": 7} and entry["errors"] == []


def test_a_new_contract_lets_old_refusals_in(client, orders):
    ids = refuse(client, orders, {"id": 1, "n": 1.5}, {"id": 2, "n": 2.5}, {"id": 3, "n": "bad"})
    assert client.put(f"/endpoints/review/{orders}", {"columns": [COLUMNS[0], {"name": "n", "type": "double"}]}).status == 200
    answer = client.post(f"/quarantine/review/{orders}/replay", {"all": True})
    assert answer.status == 200, answer
    outcome = answer.json()
    assert (outcome["total"], outcome["replayed"], outcome["failed"]) == (3, 2, 1)
    assert [failure["id"] for failure in outcome["errors"]] == ids[2:]
    assert silver(client, orders) == [{"id": 1, "n": 1.5}, {"id": 2, "n": 2.5}]
    assert client.get("/quarantine", query={"domain": "review"}).status == 200
    (counts,) = [one for one in client.get("/quarantine").json()["tables"] if one["name"] == orders]
    assert (counts["pending"], counts["total"]) == (1, 3)


def test_a_replay_is_a_new_arrival(client, name):
    client.create("review", name, [*COLUMNS, {"name": "seq", "type": "integer"}], sequence_by="seq")
    (one, two) = refuse(client, name, {"id": 1, "n": "bad", "seq": 3}, {"id": 2, "n": "bad", "seq": 3})
    client.post(f"/ingest/review/{name}/batch?ack=silver", [{"id": 1, "n": 5, "seq": 5}, {"id": 2, "n": 5, "seq": 1}])
    for record, key in ((one, 1), (two, 2)):
        assert client.post(f"/quarantine/review/{name}/{record}/replay", {"payload": {"id": key, "n": 3, "seq": 3}}).status == 200
    client.post(f"/ingest/review/{name}?ack=silver", {"data": {"id": 3, "n": 0, "seq": 0}})
    assert client.rows(f"SELECT id, n FROM review.silver.{name} ORDER BY id") == [{"id": 1, "n": 5}, {"id": 2, "n": 3}, {"id": 3, "n": 0}]


def test_discarded_is_dealt_with(client, orders):
    one, two = refuse(client, orders, {"id": 1, "n": "bad"}, {"id": 2, "n": "bad"})
    assert client.delete(f"/quarantine/review/{orders}/{one}").status == 200
    assert client.delete(f"/quarantine/review/{orders}/{one}").status == 200
    assert [record["id"] for record in listed(client, orders)] == [two]
    assert [record["id"] for record in listed(client, orders, "discarded")] == [one]
    assert client.post(f"/quarantine/review/{orders}/{one}/replay", {"payload": {"id": 1}}).status == 409
    assert client.put(f"/quarantine/review/{orders}/{one}", {"payload": {"id": 1}}).status == 409
    assert client.post(f"/quarantine/review/{orders}/{two}/replay", {"payload": {"id": 2}}).status == 200
    assert client.delete(f"/quarantine/review/{orders}/{two}").status == 409


def test_a_strict_refusal_is_replayed_only_by_name(client, orders):
    answer = client.post(f"/ingest/review/{orders}?strict=true", {"data": {"id": 1, "n": "bad"}})
    assert answer.status == 400
    (rejected,) = listed(client, orders, "rejected")
    client.put(f"/quarantine/review/{orders}/{rejected['id']}", {"payload": {"id": 1, "n": 1}})
    assert client.post(f"/quarantine/review/{orders}/replay", {"all": True}).json()["total"] == 0
    assert client.post(f"/quarantine/review/{orders}/replay", {"ids": [rejected["id"]]}).json()["replayed"] == 1
    assert silver(client, orders) == [{"id": 1, "n": 1}]


def test_a_refused_delete_deletes_when_it_is_replayed(client, orders):
    client.post(f"/ingest/review/{orders}?ack=silver", {"data": {"id": 1, "n": 1}})
    (one,) = refuse(client, orders, {"id": "x"}, op="delete")
    assert client.post(f"/quarantine/review/{orders}/{one}/replay", {"payload": {"id": 1}}).status == 200
    assert silver(client, orders) == []


def test_a_line_that_is_no_json(client, orders):
    client.post(f"/ingest/review/{orders}/batch", '{"id": 1, "n": ', headers={"Content-Type": "application/x-ndjson"})
    (entry,) = listed(client, orders)
    assert entry["payload"] == '{"id": 1, "n":'
    assert client.post(f"/quarantine/review/{orders}/{entry['id']}/replay").status == 400
    assert client.post(f"/quarantine/review/{orders}/{entry['id']}/replay", {"payload": {"id": 1, "n": 2}}).status == 200
    assert silver(client, orders) == [{"id": 1, "n": 2}]


def test_unknown_records_and_bad_bodies(client, orders):
    (one,) = refuse(client, orders, {"id": 1, "n": "bad"})
    place = f"/quarantine/review/{orders}"
    assert client.put(f"{place}/7-7", {"payload": {}}).status == 404
    assert client.delete(f"{place}/7-7").status == 404
    assert client.post(f"{place}/7-7/replay").status == 404
    assert client.post("/quarantine/review/nobody/replay", {"all": True}).status == 404
    assert client.put(f"{place}/{one}", {}).status == 422
    assert client.put(f"{place}/{one}", {"payload": [1]}).status == 422
    assert client.put(f"{place}/{one}", "{").status == 422
    for body in ({}, {"ids": "x"}, {"ids": [1]}, {"all": "yes"}, {"all": True, "ids": [one]}):
        assert client.post(f"{place}/replay", body).status == 422, body
    outcome = client.post(f"{place}/replay", {"ids": ["7-7", one, one]}).json()
    assert (outcome["total"], outcome["replayed"], outcome["failed"]) == (2, 0, 2)
    assert {error["errors"][0]["type"] for error in outcome["errors"]} == {"not_found", "int_parsing"}


def test_side_by_side_replays_store_once(server, client, name):
    client.create("review", name, COLUMNS)
    ids = refuse(client, name, *({"id": value, "n": value + 0.5} for value in range(50)))
    client.put(f"/endpoints/review/{name}", {"columns": [COLUMNS[0], {"name": "n", "type": "double"}]})
    outcomes = []

    def replay():
        mine = server.client()
        outcomes.append(mine.post(f"/quarantine/review/{name}/replay", {"ids": ids}).json())

    threads = [threading.Thread(target=replay) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(outcome["replayed"] for outcome in outcomes) == 50, outcomes
    assert client.value(f"SELECT count(*) FROM review.bronze.{name} WHERE _replay_of IS NOT NULL") == 50


def test_decisions_survive_a_restart(server, client, orders):
    one, two, three = refuse(client, orders, *({"id": value, "n": "bad"} for value in range(3)))
    client.put(f"/quarantine/review/{orders}/{one}", {"payload": {"id": 0, "n": 1}})
    client.delete(f"/quarantine/review/{orders}/{two}")
    client.post(f"/quarantine/review/{orders}/{three}/replay", {"payload": {"id": 2, "n": 2}})
    server.stop()
    server.start()
    client = server.client()
    states = {record["id"]: (record["status"], record["payload"]) for record in listed(client, orders, "all")}
    assert states == {one: ("pending", {"id": 0, "n": 1}), two: ("discarded", {"id": 1, "n": "bad"}), three: ("replayed", {"id": 2, "n": 2})}
    assert silver(client, orders) == [{"id": 2, "n": 2}]
