# SPDX-License-Identifier: Apache-2.0
"""The Firehose API as its protocol has it; the AWS command line and botocore themselves are in tests/interop."""

import base64
import json

import pytest

from server import Server, column


def call(client, operation, body, **headers):
    return client.post("/", body if isinstance(body, (str, bytes)) else json.dumps(body),
                       headers={"X-Amz-Target": f"Firehose_20150804.{operation}", "Content-Type": "application/x-amz-json-1.1", **headers})


def data(value):
    text = value if isinstance(value, (str, bytes)) else json.dumps(value)
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def put(client, stream, *values, **headers):
    answer = call(client, "PutRecordBatch", {"DeliveryStreamName": stream, "Records": [{"Data": data(value)} for value in values]}, **headers)
    assert answer.status == 200, answer
    return answer.json()


def bronze(client, name, columns="id"):
    return client.rows(f"SELECT {columns} FROM hose.bronze.{name} ORDER BY _offset")


def test_every_endpoint_is_a_stream(client, name):
    made = client.create("hose", name, [column("id", "integer", primary_key=True)])
    assert made["stream"] == f"hose.{name}"
    answer = call(client, "PutRecord", {"DeliveryStreamName": made["stream"], "Record": {"Data": data({"id": 1})}})
    assert answer.status == 200 and answer.json()["Encrypted"] is False, answer
    (row,) = bronze(client, name, "id, _offset")
    assert row == {"id": 1, "_offset": answer.json()["RecordId"]}


def test_a_batch_answers_for_each_record(client, name):
    client.create("hose", name, [column("id", "integer", primary_key=True)])
    answer = put(client, f"hose.{name}", {"id": 1}, {"id": "bad"}, "no json", b"\xff\xfe", base64.b64encode(b'{"id": 2}').decode(), '{"id": 3}\n{"id": 4}\n', {"id": 5})
    assert answer["FailedPutCount"] == 0
    ids = [response["RecordId"] for response in answer["RequestResponses"]]
    assert len(set(ids)) == 7
    rows = {row["_offset"]: row["id"] for row in bronze(client, name, "id, _offset")}
    assert [rows[one] for one in ids] == [1, None, None, None, 2, 3, 5] and len(rows) == 8
    refused = client.get(f"/quarantine/hose/{name}").json()["records"]
    assert [record["id"] for record in refused] == ids[1:4]
    assert [record["payload"] for record in refused] == [{"id": "bad"}, "no json", "base64://4="]


def test_a_retry_of_an_sdk_stores_once(client, name):
    client.create("hose", name, [column("id", "integer")])
    first = put(client, f"hose.{name}", {"id": 1}, {"id": 2}, **{"amz-sdk-invocation-id": f"call-{name}"})
    assert put(client, f"hose.{name}", {"id": 1}, {"id": 2}, **{"amz-sdk-invocation-id": f"call-{name}"}) == first
    assert len(bronze(client, name)) == 2


def test_streams_are_created_described_and_listed(client, name):
    made = call(client, "CreateDeliveryStream", {"DeliveryStreamName": f"made.{name}", "DeliveryStreamType": "DirectPut"})
    assert made.status == 200 and made.json()["DeliveryStreamARN"].endswith(f"/made.{name}"), made
    again = call(client, "CreateDeliveryStream", {"DeliveryStreamName": f"made.{name}"})
    assert again.status == 400 and again.json()["__type"] == "ResourceInUseException", again
    put(client, f"made.{name}", {"any": "field"})
    assert client.get(f"/endpoints/made/{name}").json()["mode"] == "manual"
    description = call(client, "DescribeDeliveryStream", {"DeliveryStreamName": f"made.{name}"}).json()["DeliveryStreamDescription"]
    assert (description["DeliveryStreamStatus"], description["DeliveryStreamType"], description["HasMoreDestinations"]) == ("ACTIVE", "DirectPut", False)
    seen, after = [], None
    while True:
        page = call(client, "ListDeliveryStreams", {"Limit": 1, **({"ExclusiveStartDeliveryStreamName": after} if after else {})}).json()
        seen += page["DeliveryStreamNames"]
        if not page["HasMoreDeliveryStreams"]:
            break
        after = seen[-1]
    assert seen == sorted(seen) and f"made.{name}" in seen


def test_a_long_name_has_an_alias(client, name):
    long = f"{name}_" + "x" * 90
    made = client.create("hose", long, [column("id", "integer")])
    assert len(made["stream"]) == 64 and made["stream"].startswith(f"hose.{name}_xx")
    put(client, made["stream"], {"id": 1})
    assert bronze(client, long) == [{"id": 1}]


@pytest.mark.parametrize("operation,body,error", [
    ("PutRecord", {"DeliveryStreamName": "hose.nobody", "Record": {"Data": ""}}, "ResourceNotFoundException"),
    ("PutRecord", {"Record": {"Data": ""}}, "InvalidArgumentException"),
    ("PutRecord", {"DeliveryStreamName": "STREAM"}, "InvalidArgumentException"),
    ("PutRecord", {"DeliveryStreamName": "STREAM", "Record": {"Data": "{}"}}, "InvalidArgumentException"),
    ("PutRecord", {"DeliveryStreamName": "STREAM", "Record": {"Data": data("x" * 1_024_001)}}, "InvalidArgumentException"),
    ("PutRecordBatch", {"DeliveryStreamName": "STREAM", "Records": []}, "InvalidArgumentException"),
    ("PutRecordBatch", {"DeliveryStreamName": "STREAM", "Records": [{"Data": data("{}")}] * 501}, "InvalidArgumentException"),
    ("PutRecordBatch", {"DeliveryStreamName": "STREAM", "Records": [{"Data": data("x" * 1_000_000)}] * 5}, "InvalidArgumentException"),
    ("CreateDeliveryStream", {"DeliveryStreamName": "Not-A-Name"}, "InvalidArgumentException"),
    ("TagDeliveryStream", {"DeliveryStreamName": "STREAM"}, "UnknownOperationException"),
    ("PutRecord", "[]", "SerializationException")])
def test_errors_have_the_names_sdks_know(client, name, operation, body, error):
    client.create("hose", name, [column("id", "integer")])
    if isinstance(body, dict) and body.get("DeliveryStreamName") == "STREAM":
        body = {**body, "DeliveryStreamName": f"hose.{name}"}
    answer = call(client, operation, body)
    assert answer.status == 400 and answer.json()["__type"] == error, answer
    assert bronze(client, name) == []


def test_with_a_key_a_request_must_carry_or_sign_with_it():
    with Server(arguments=["--api-key", "the key"]) as running:
        client = running.start().client(headers={"x-api-key": "the key"})
        client.create("hose", "t", [column("id", "integer")])
        body = {"DeliveryStreamName": "hose.t", "Record": {"Data": data({"id": 1})}}
        assert call(client, "PutRecord", body).status == 200
        stranger = running.client()
        assert call(stranger, "PutRecord", body).json()["__type"] == "MissingAuthenticationTokenException"
        forged = "AWS4-HMAC-SHA256 Credential=a/20260101/x/firehose/aws4_request, SignedHeaders=host;x-amz-date, Signature=00"
        answer = call(stranger, "PutRecord", body, **{"Authorization": forged, "X-Amz-Date": "20260101T000000Z"})
        assert answer.status == 400 and answer.json()["__type"] == "InvalidSignatureException", answer
        assert bronze(client, "t") == [{"id": 1}]
