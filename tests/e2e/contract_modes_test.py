# SPDX-License-Identifier: Apache-2.0
"""Options of a contract that decide what becomes of a record, over HTTP (http-api.md §3.1, §4.5, §5)."""

import pytest


def column(name, kind="string", **more):
    return {"name": name, "type": kind, **more}


COLUMNS = [column("id", "integer", primary_key=True), column("seq", "integer"), column("a"), column("b", default="none")]


def create(client, name, **options):
    answer = client.post("/endpoints", {"domain": "modes", "name": name, "columns": COLUMNS, **options})
    assert answer.status == 200, answer
    return answer.json()


def put(client, name, *records):
    answer = client.post(f"/ingest/modes/{name}/batch?ack=silver", list(records))
    assert answer.status == 200 and answer.json()["ack"] == "silver", answer
    return answer.json()


def silver(client, name, columns="*"):
    return client.rows(f"SELECT {columns} FROM modes.silver.{name} ORDER BY 1, 2")


def test_unknown_fields_are_rescued(client, name):
    assert create(client, name, unknown_fields="RESCUE")["unknown_fields"] == "rescue"
    put(client, name, {"id": 1, "x": {"k": [1]}, "y": 2})
    assert silver(client, name, "id, _rescued") == [{"id": 1, "_rescued": {"x": {"k": [1]}, "y": 2}}]


def test_unknown_fields_are_ignored_in_silver_only(client, name):
    create(client, name, unknown_fields="ignore")
    put(client, name, {"id": 1, "x": 2})
    assert silver(client, name) == [{"id": 1, "seq": None, "a": None, "b": "none"}]
    assert client.rows(f"SELECT x FROM modes.bronze.{name}") == [{"x": 2}]


def test_unknown_fields_send_a_record_to_quarantine(client, name):
    create(client, name, unknown_fields="quarantine")
    answer = put(client, name, {"id": 1, "x": 2}, {"id": 2, "A": "snake case is no stranger"})
    assert answer["quarantined_count"] == 1, answer
    (record,) = client.get(f"/quarantine/modes/{name}").json()["records"]
    assert record["payload"] == {"id": 1, "x": 2}
    assert [(error["field"], error["type"]) for error in record["errors"]] == [("x", "extra_forbidden")]
    assert silver(client, name, "id, a") == [{"id": 2, "a": "snake case is no stranger"}]
    refused = client.post(f"/ingest/modes/{name}?strict=true", {"data": {"id": 3, "x": 1}})
    assert refused.status == 400 and "extra_forbidden" in refused.text, refused
    unchecked = client.post(f"/ingest/modes/{name}?validate=false&ack=silver", {"data": {"id": 4, "x": 1}})
    assert unchecked.status == 200, unchecked
    assert silver(client, name, "id, _rescued")[-1] == {"id": 4, "_rescued": {"x": 1}}


def test_a_patch_keeps_what_it_does_not_bring(client, name):
    create(client, name, merge_mode="patch", sequence_by="seq")
    put(client, name, {"id": 1, "seq": 1, "a": "x", "b": "y"}, {"id": 1, "seq": 2, "a": None})
    put(client, name, {"id": 1, "seq": 1, "b": "superseded whole"}, {"id": 2, "seq": 1})
    assert silver(client, name) == [{"id": 1, "seq": 2, "a": None, "b": "y"}, {"id": 2, "seq": 1, "a": None, "b": "none"}]
    put(client, name, {"id": 1, "seq": 3, "_op": "delete"})
    put(client, name, {"id": 1, "seq": 4, "a": "back"})
    assert silver(client, name)[0] == {"id": 1, "seq": 4, "a": "back", "b": "none"}


def test_soft_deletes_keep_the_row(client, name):
    create(client, name, soft_delete=True)
    put(client, name, {"id": 1, "a": "x"}, {"id": 1, "_op": "delete"}, {"id": 2, "a": "y"})
    assert silver(client, name, "id, a, _deleted") == [{"id": 1, "a": "x", "_deleted": True}, {"id": 2, "a": "y", "_deleted": False}]
    refused = client.put(f"/endpoints/modes/{name}", {"soft_delete": False})
    assert refused.status == 409 and "soft_delete" in refused.text, refused


def test_a_history_of_every_key(client, name):
    create(client, name, history="scd2", sequence_by="seq")
    put(client, name, {"id": 1, "seq": 1, "a": "x"})
    put(client, name, {"id": 1, "seq": 2, "a": "y"}, {"id": 1, "seq": 1, "a": "late"})
    rows = client.rows(f"SELECT a, valid_from, valid_to, is_current FROM modes.silver.{name} ORDER BY seq, a")
    assert [(row["a"], row["is_current"]) for row in rows] == [("x", False), ("y", True)], rows
    assert rows[-1]["valid_to"] is None and rows[-2]["valid_to"] == rows[-1]["valid_from"]
    assert client.put(f"/endpoints/modes/{name}", {"history": "none"}).status == 409


@pytest.mark.parametrize("options,member", [({"merge_mode": "patch"}, "merge_mode"), ({"soft_delete": True}, "soft_delete"),
                                            ({"history": "scd2"}, "history")])
def test_options_that_need_a_key(client, name, options, member):
    refused = client.post("/endpoints", {"domain": "modes", "name": name, "columns": [column("a")], **options})
    assert refused.status == 422 and refused.json()["detail"][0]["loc"] == ["body", member], refused
