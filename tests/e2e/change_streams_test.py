# SPDX-License-Identifier: Apache-2.0
"""Change events of Debezium, truncates and what is older than they are, over HTTP (docs/guide/change-streams.md)."""

import base64
import json

from server import column, wait_until

COLUMNS = [column("id", "bigint", primary_key=True), column("v"), column("source_lsn", "bigint")]


def create(client, name, **options):
    answer = client.post("/endpoints", {"domain": "cdc", "name": name, "columns": COLUMNS, "envelope": "Debezium",
                                        "sequence_by": "source_lsn", **options})
    assert answer.status == 200, answer
    assert answer.json()["envelope"] == "debezium"
    return answer.json()


def event(op, row, lsn, **more):
    before, after = (row, None) if op == "d" else (None, row)
    return {"before": before, "after": after, "op": op, "source": {"connector": "postgresql", "lsn": lsn, "ts_ms": 1}, "ts_ms": 2, **more}


def put(client, name, *events):
    answer = client.post(f"/ingest/cdc/{name}/batch?ack=silver", list(events))
    assert answer.status == 200 and answer.json()["ack"] == "silver", answer
    return answer.json()


def silver(client, name, columns="id, v"):
    return client.rows(f"SELECT {columns} FROM cdc.silver.{name} ORDER BY id")


def refused(client, name):
    return [(error["field"], error["type"]) for record in client.get(f"/quarantine/cdc/{name}").json()["records"] for error in record["errors"]]


def test_events_make_the_rows_of_the_source(client, name):
    create(client, name)
    put(client, name, event("r", {"id": 1, "v": "a"}, 10), event("c", {"id": 2, "v": "b", "new": {"k": 1}}, 11),
        event("u", {"id": 1, "v": "A"}, 12), {"schema": {"type": "struct"}, "payload": event("c", {"id": 3, "v": "c"}, 13)})
    assert silver(client, name, "*") == [{"id": 1, "v": "A", "source_lsn": 12, "new": None}, {"id": 2, "v": "b", "source_lsn": 11, "new": {"k": 1}},
                                         {"id": 3, "v": "c", "source_lsn": 13, "new": None}]
    # Late, deleted, late again.
    put(client, name, event("u", {"id": 1, "v": "late"}, 9), event("d", {"id": 2, "v": "b"}, 20))
    put(client, name, event("u", {"id": 2, "v": "late"}, 19))
    assert silver(client, name) == [{"id": 1, "v": "A"}, {"id": 3, "v": "c"}]


def test_bronze_keeps_the_event_as_it_came(client, name):
    create(client, name)
    sent = '{"op":"c", "after":{"id":1,"v":"a"},   "source":{"lsn":1,"table":"t"}}'
    answer = client.post(f"/ingest/cdc/{name}/batch", sent, headers={"Content-Type": "application/x-ndjson"})
    assert answer.status == 200, answer
    answer = client.post(f"/ingest/cdc/{name}?ack=silver", '{"data": {"op":"d","before":{"id":1},"source":{"lsn":2}}}')
    assert answer.status == 200 and answer.json()["validated"] is True, answer
    assert client.rows(f"SELECT id, v, source_lsn, _op, _len FROM cdc.bronze.{name} ORDER BY _offset") == [
        {"id": 1, "v": "a", "source_lsn": 1, "_op": "upsert", "_len": len(sent)},
        {"id": 1, "v": None, "source_lsn": 2, "_op": "delete", "_len": 47}]
    assert silver(client, name) == []


def test_what_is_no_event_goes_to_quarantine(client, name):
    create(client, name)
    lines = ['{"id": 1}', '{"op": "m", "after": {"id": 1}}', '{"op": "c", "after": null}', '{"op": "d", "before": null}',
             '{"schema": {}, "payload": null}', "null", json.dumps(event("c", {"id": 7}, 1))]
    answer = client.post(f"/ingest/cdc/{name}/batch?ack=silver", "\n".join(lines), headers={"Content-Type": "application/x-ndjson"})
    assert answer.status == 200 and answer.json()["quarantined_count"] == 6, answer
    assert refused(client, name) == [("op", "change_event"), ("op", "change_event"), ("after", "change_event"), ("before", "change_event"),
                                     ("payload", "change_event"), ("", "json_invalid")]
    assert silver(client, name) == [{"id": 7, "v": None}]
    strict = client.post(f"/ingest/cdc/{name}?strict=true", {"data": {"id": 1}})
    assert strict.status == 400 and "change_event" in strict.text, strict


def test_a_mended_event_does_what_it_says_now(client, name):
    create(client, name)
    put(client, name, event("c", {"id": 1, "v": "a"}, 1), {"op": "x", "before": {"id": 1}, "source": {"lsn": 5}})
    (record,) = client.get(f"/quarantine/cdc/{name}").json()["records"]
    answer = client.post(f"/quarantine/cdc/{name}/{record['id']}/replay", {"payload": {**record["payload"], "op": "d"}})
    assert answer.status == 200, answer
    wait_until(lambda: silver(client, name) == [])


def test_events_of_an_aws_sdk(client, name):
    stream = create(client, name)["stream"]
    records = [{"Data": base64.b64encode(json.dumps(one).encode()).decode()} for one in (event("c", {"id": 1, "v": "x"}, 3), event("d", {"id": 1}, 4), event("c", {"id": 2}, 5))]
    answer = client.post("/", json.dumps({"DeliveryStreamName": stream, "Records": records}),
                         headers={"X-Amz-Target": "Firehose_20150804.PutRecordBatch", "Content-Type": "application/x-amz-json-1.1"})
    assert answer.status == 200 and answer.json()["FailedPutCount"] == 0, answer
    wait_until(lambda: silver(client, name) == [{"id": 2, "v": None}])


def test_a_truncate_empties_the_table_up_to_its_place(client, name):
    create(client, name)
    put(client, name, event("c", {"id": 1, "v": "a"}, 10), event("c", {"id": 2, "v": "b"}, 30))
    put(client, name, event("t", None, 20))
    assert silver(client, name) == [{"id": 2, "v": "b"}]
    put(client, name, event("u", {"id": 1, "v": "late"}, 15), event("c", {"id": 3, "v": "c"}, 25))
    assert silver(client, name) == [{"id": 2, "v": "b"}, {"id": 3, "v": "c"}]


def test_a_record_may_say_truncate_itself(client, name):
    answer = client.post("/endpoints", {"domain": "cdc", "name": name, "columns": [column("id", "integer", primary_key=True)]})
    assert answer.status == 200, answer
    put(client, name, {"id": 1}, {"id": 2})
    put(client, name, {"_op": "truncate"}, {"id": 3})
    assert silver(client, name, "id") == [{"id": 3}]


def test_the_envelope_is_part_of_the_promise(client, name):
    no_key = client.post("/endpoints", {"domain": "cdc", "name": name, "columns": [column("v")], "envelope": "debezium"})
    assert no_key.status == 422 and no_key.json()["detail"][0]["loc"] == ["body", "envelope"], no_key
    create(client, name)
    assert client.put(f"/endpoints/cdc/{name}", {"envelope": "none"}).json()["version"] == 2
    assert client.put(f"/endpoints/cdc/{name}", {"envelope": "debezium"}).json()["version"] == 3
    put(client, name, event("c", {"id": 1}, 1))
    answer = client.put(f"/endpoints/cdc/{name}", {"envelope": "none"})
    assert answer.status == 409 and "envelope" in answer.text, answer


def test_a_retention_is_set_and_taken_back(client, name):
    create(client, name, tombstone_retention="30d")
    document = client.get(f"/endpoints/cdc/{name}/yaml").json()
    assert document["tombstone_retention"] == "30d" and document["envelope"] == "debezium"
    for given, kept in (({"description": "x"}, "30d"), ({"tombstone_retention": "1h"}, "1h"), ({"tombstone_retention": None}, None)):
        assert client.put(f"/endpoints/cdc/{name}", given).status == 200
        assert client.get(f"/endpoints/cdc/{name}/yaml").json().get("tombstone_retention") == kept
    refused = client.put(f"/endpoints/cdc/{name}", {"tombstone_retention": "0s"})
    assert refused.status == 422, refused
