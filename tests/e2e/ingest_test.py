# SPDX-License-Identifier: Apache-2.0
"""Ingestion over HTTP: http-api.md §4."""

import json
import math
import subprocess
import threading
from decimal import Decimal

import pytest

from server import column, gzipped, raw_exchange
from validation_cases import MATRIX, SQL_TYPES

NDJSON = {"Content-Type": "application/x-ndjson"}


def slug(type_):
    return "m_" + type_.replace("(", "_").replace(",", "_").replace(")", "")


def same(got, want):
    if isinstance(want, float):
        return got is not None and math.isclose(float(got), want, rel_tol=0, abs_tol=0)
    if isinstance(want, Decimal) and got is not None:
        return Decimal(got) == want
    return got == want and isinstance(got, bool) == isinstance(want, bool)


def instant(text):
    """A time stamp with its fraction's trailing zeros gone."""
    if text is None or "." not in text:
        return text
    head, tail = text[:-1].split(".")
    tail = tail.rstrip("0")
    return f"{head}.{tail}Z" if tail else f"{head}Z"


def records_of(texts, type_=None):
    return "[" + ",".join(f'{{"n":{number},"v":{text}}}' for number, text in enumerate(texts)) + "]"


@pytest.mark.parametrize("type_", MATRIX)
def test_matrix_accepts(client, type_):
    table = slug(type_)
    client.create("ingest", table, [column("n", "integer"), column("v", type_)])
    cases = MATRIX[type_]["accepts"]
    answer = client.batch(f"ingest/{table}", records_of(text for text, _ in cases), strict="true")
    assert answer.get("failed_count", 0) == 0, answer.get("errors")
    assert answer["validated_count"] == answer["sent_count"] == len(cases)
    got = client.rows(f"SELECT n, v FROM ingest.silver.{table} ORDER BY n")
    wrong = []
    for (text, want), row in zip(cases, got, strict=True):
        value = instant(row["v"]) if type_ == "timestamp" else row["v"]
        if not same(value, want):
            wrong.append((text[:80], want, value))
    assert not wrong


@pytest.mark.parametrize("type_", MATRIX)
def test_matrix_column_has_its_sql_type(client, type_):
    table = slug(type_)
    columns = client.query(f"SELECT v FROM ingest.silver.{table}").json()["columns"]
    assert [entry["type"].replace(" ", "") for entry in columns] == [SQL_TYPES[type_].replace(" ", "")]


@pytest.mark.parametrize("type_", MATRIX)
def test_matrix_rejects(client, type_, name):
    client.create("ingest", name, [column("n", "integer"), column("v", type_)])
    cases = MATRIX[type_]["rejects"]
    answer = client.batch(f"ingest/{name}", records_of(text for text, _ in cases), ack="wal", strict="true")
    assert (answer["sent_count"], answer["total_records"]) == (0, len(cases)), [
        text for number, (text, _) in enumerate(cases) if number not in {entry["record_index"] for entry in answer.get("errors", [])}]
    assert answer["failed_count"] == len(cases) and answer["validated_count"] == 0
    wrong = []
    for (text, want), entry in zip(cases, answer["errors"], strict=True):
        (error,) = entry["errors"]
        if (error["field"], error["type"]) != ("v", want) or not error["message"]:
            wrong.append((text[:80], want, error))
    assert not wrong


@pytest.mark.parametrize("type_", MATRIX)
def test_matrix_null_and_absent_on_a_required_column(client, type_, name):
    client.create("ingest", name, [column("v", type_, required=True)])
    answer = client.batch(f"ingest/{name}", '[{"v":null},{}]', ack="wal", strict="true")
    errors = [entry["errors"] for entry in answer["errors"]]
    assert [(one[0]["field"], one[0]["type"]) for one in errors] == [("v", MATRIX[type_]["null"]), ("v", "missing")], errors
    assert errors[1][0]["message"] == "Field required"


def test_all_errors_come_in_column_order(client, name):
    client.create("ingest", name, [column("a", "integer"), column("b", required=True), column("c", "boolean"), column("d", "date", primary_key=True)])
    answer = client.post(f"/ingest/ingest/{name}", {"data": {"c": "maybe", "a": "x"}}, query={"strict": "true"})
    assert answer.status == 400, answer
    assert [(one["field"], one["type"]) for one in answer.detail["validation_errors"]] == [
        ("a", "int_parsing"), ("b", "missing"), ("c", "bool_parsing"), ("d", "missing")]


@pytest.fixture(scope="module")
def orders(server):
    one = server.client()
    one.create("ingest", "orders", [column("id", "integer", primary_key=True), column("v", "string")])
    one.close()
    return "ingest/orders"


def counts(client, table, id_):
    domain, name = table.split("/")
    return tuple(client.value(f"SELECT count(*) FROM {domain}.{layer}.{name} WHERE {where}", parameters=[id_])
                 for layer, where in (("bronze", "id = ?"), ("silver", "id = ?"),
                                      ("quarantine", "CAST(json_extract_string(payload, '$.id') AS BIGINT) = ?")))


def test_single_valid(client, orders):
    answer = client.ingest(orders, {"id": 1, "v": "a"})
    assert {key: answer[key] for key in ("status", "endpoint", "records_sent", "validated")} == {
        "status": "success", "endpoint": orders, "records_sent": 1, "validated": True}
    assert answer["ack"] == "silver" and answer["receipt"] and answer["request_id"]
    assert counts(client, orders, 1) == (1, 1, 0)


def test_single_without_validation(client, orders):
    answer = client.ingest(orders, {"id": 2, "v": "a"}, validate="false")
    assert answer["status"] == "success" and answer["validated"] is False
    assert counts(client, orders, 2) == (1, 1, 0)
    client.ingest(orders, {"id": "3", "v": 5}, validate="no")
    bronze, silver, quarantined = (client.value(f"SELECT count(*) FROM ingest.{layer}.orders WHERE {where}") for layer, where in (
        ("bronze", "id = 3"), ("silver", "id = 3"), ("quarantine", "json_extract_string(payload, '$.id') = '3'")))
    assert bronze == 1 and silver + quarantined == 1


def test_single_invalid_is_quarantined(client, orders):
    answer = client.ingest(orders, {"id": 4, "v": 5})
    assert answer["validated"] is False and answer["quarantined"] == 1
    assert [(one["field"], one["type"]) for one in answer["validation_errors"]] == [("v", "string_type")]
    assert counts(client, orders, 4) == (1, 0, 1)
    listed = client.get(f"/quarantine/{orders}").json()["records"]
    (entry,) = [one for one in listed if one["payload"] == {"id": 4, "v": 5}]
    assert entry["status"] == "pending" and entry["errors"][0]["type"] == "string_type"


def test_single_strict_refusal_is_recorded_as_rejected(client, orders):
    answer = client.post(f"/ingest/{orders}", {"data": {"id": 5, "v": 5}}, query={"strict": "true"})
    assert answer.status == 400
    assert answer.detail["error"] == "Payload validation failed" and answer.detail["endpoint"] == orders
    assert set(answer.detail["validation_errors"][0]) == {"field", "message", "type"}
    assert counts(client, orders, 5) == (0, 0, 1)
    listed = client.get(f"/quarantine/{orders}", query={"status": "rejected"}).json()["records"]
    assert {"id": 5, "v": 5} in [one["payload"] for one in listed]


def test_batch_lenient(client, name):
    client.create("ingest", name, [column("id", "integer", primary_key=True), column("v", "string")])
    answer = client.batch(f"ingest/{name}", [{"id": 1, "v": "a"}, {"id": 2, "v": 1}, {"id": 3, "v": "c"}])
    assert answer["status"] == "completed" and answer["endpoint"] == f"ingest/{name}"
    assert (answer["total_records"], answer["validated_count"], answer["sent_count"], answer["quarantined_count"]) == (3, 2, 3, 1)
    assert client.value(f"SELECT count(*) FROM ingest.bronze.{name}") == 3
    assert [row["id"] for row in client.rows(f"SELECT id FROM ingest.silver.{name} ORDER BY id")] == [1, 3]
    (entry,) = client.get(f"/quarantine/ingest/{name}").json()["records"]
    assert entry["record_index"] == 1 and entry["payload"] == {"id": 2, "v": 1}


def test_batch_strict_drops_only_the_bad(client, name):
    client.create("ingest", name, [column("id", "integer", primary_key=True)])
    answer = client.batch(f"ingest/{name}", [{"id": "x"}, {"id": 1}, {}, {"id": 2}], strict="true")
    assert (answer["total_records"], answer["validated_count"], answer["sent_count"], answer["failed_count"]) == (4, 2, 2, 2)
    assert [entry["record_index"] for entry in answer["errors"]] == [0, 2]
    assert client.value(f"SELECT count(*) FROM ingest.bronze.{name}") == 2
    all_bad = client.batch(f"ingest/{name}", [{"id": "x"}, {"id": "y"}], strict="true")
    assert all_bad["sent_count"] == 0 and all_bad["failed_count"] == 2


def test_batch_shapes(client, name):
    client.create("ingest", name, [column("id", "integer")])
    assert client.batch(f"ingest/{name}", '{"records":[{"id":1},{"id":2}],"more":0}')["sent_count"] == 2
    empty = client.batch(f"ingest/{name}", "[]")
    assert (empty["total_records"], empty["sent_count"], empty["validated_count"]) == (0, 0, 0)
    assert client.batch(f"ingest/{name}", '{"records":[]}')["total_records"] == 0
    unchecked = client.batch(f"ingest/{name}", [{"id": 3}], validate="false")
    assert unchecked["validated_count"] == 0 and unchecked["sent_count"] == 1
    for body in ("{}", '{"records":{}}', '"x"', "1", "null", "[1]", '[{"id":1},null]', '[{"id":1},[]]', "[{", '{"records":[1]}', ""):
        answer = client.post(f"/ingest/ingest/{name}/batch", body)
        assert answer.status == 422, (body, answer)
    assert client.value(f"SELECT count(*) FROM ingest.bronze.{name}") == 3


def test_batch_lists_at_most_a_thousand_errors(client, name):
    client.create("ingest", name, [column("id", "integer")])
    answer = client.batch(f"ingest/{name}", [{"id": "x"}] * 1500, ack="wal", strict="true")
    assert answer["failed_count"] == 1500 and len(answer["errors"]) == 1000


@pytest.mark.parametrize("type_", ["application/x-ndjson", "application/ndjson", "application/jsonl", "application/json-lines",
                                   "application/x-ndjson; charset=utf-8"])
def test_ndjson(client, name, type_):
    client.create("ingest", name, [column("id", "integer")])
    body = b'{"id":1}\n\n{"id":2}\r\n  \nnot json\n[1]\n{"id":"x"}\n{"id":3}'
    answer = client.post(
        f"/ingest/ingest/{name}/batch", body, query={"ack": "silver"}, headers={"Content-Type": type_})
    assert answer.status == 200, answer
    answer = answer.json()
    assert (answer["total_records"], answer["validated_count"], answer["sent_count"], answer["quarantined_count"]) == (6, 3, 6, 3)
    entries = client.get(f"/quarantine/ingest/{name}").json()["records"]
    assert [(one["payload"], one["errors"][0]["type"]) for one in entries] == [
        ("not json", "json_invalid"), ("[1]", "json_invalid"), ({"id": "x"}, "int_parsing")]
    assert client.value(f"SELECT count(*) FROM ingest.silver.{name}") == 3


def test_ndjson_strict(client, name):
    client.create("ingest", name, [column("id", "integer")])
    answer = client.post(f"/ingest/ingest/{name}/batch", b'{"id":1}\nbroken\n{"id":2}\n', headers=NDJSON, query={"strict": "true"}).json()
    assert (answer["sent_count"], answer["failed_count"]) == (2, 1)
    assert answer["errors"][0]["record_index"] == 1 and answer["errors"][0]["errors"][0]["type"] == "json_invalid"


def test_unknown_endpoint_names_the_way_out(client):
    answer = client.post("/ingest/ingest/nowhere", {"data": {}})
    assert answer.status == 404 and "Endpoint 'ingest/nowhere' not found" in answer.detail and "POST /endpoints" in answer.detail
    answer = client.post("/ingest/ingest/nowhere/batch", [])
    assert answer.status == 404 and "Endpoint 'ingest/nowhere' not found" in answer.detail
    assert client.post("/ingest/ingest/nowhere", "{", headers={"Content-Type": "text/plain"}).status == 404


@pytest.mark.parametrize("query", [{"ack": "disk"}, {"op": "merge"}, {"validate": "maybe"}, {"strict": "2"}, {"ack_timeout_ms": "soon"}])
def test_bad_query_parameters_are_422(client, orders, query):
    answer = client.post(f"/ingest/{orders}", {"data": {"id": 90, "v": "x"}}, query=query)
    assert answer.status == 422 and answer.detail[0]["loc"] == ["query", next(iter(query))], answer


@pytest.mark.parametrize("ack", ["wal", "bronze", "silver", "WAL", "Silver"])
def test_acks(client, name, ack):
    client.create("ingest", name, [column("id", "integer", primary_key=True)])
    answer = client.post(f"/ingest/ingest/{name}", {"data": {"id": 1}}, query={"ack": ack, "colour": "red"})
    assert answer.status == 200 and answer.json()["ack"] == ack.lower(), answer
    assert client.value(f"SELECT count(*) FROM ingest.bronze.{name}") == 1
    if ack.lower() == "silver":
        assert client.value(f"SELECT count(*) FROM ingest.silver.{name}") == 1


def test_an_ack_that_takes_too_long_is_202(client, name):
    client.create("ingest", name, [column("id", "integer", primary_key=True)])
    answer = client.post(f"/ingest/ingest/{name}", {"data": {"id": 1}}, query={"ack": "silver", "ack_timeout_ms": 0})
    assert answer.status in (200, 202), answer
    if answer.status == 202:
        assert answer.json()["ack"] == "wal"


@pytest.mark.parametrize("type_,status", [("application/json", 200), ("application/json; charset=utf-8", 200), ("application/vnd.api+json", 200),
                                          ("APPLICATION/JSON", 200), ("text/plain", 415), ("application/xml", 415), ("text/json", 415),
                                          ("application/x-www-form-urlencoded", 415), ("nonsense", 415)])
def test_content_types(client, orders, type_, status):
    answer = client.post(f"/ingest/{orders}", b'{"data":{"id":91,"v":"x"}}', headers={"Content-Type": type_})
    assert answer.status == status, answer


def test_absent_content_type_is_json(server, orders):
    body = b'{"data":{"id":92,"v":"x"}}'
    text = raw_exchange(server.port, b"POST /ingest/%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
                        % (orders.encode(), len(body), body))
    assert text.startswith(b"HTTP/1.1 200"), text


def zstd(data):
    return subprocess.run(["zstd", "-q", "-c"], input=data, capture_output=True, check=True).stdout


def has_zstd():
    try:
        return subprocess.run(["zstd", "--version"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def test_compressed_bodies(client, name):
    client.create("ingest", name, [column("id", "integer")])
    body = json.dumps([{"id": n} for n in range(1000)]).encode()
    forms = [("gzip", gzipped(body)), ("GZIP", gzipped(body)), ("identity", body)]
    if has_zstd():
        forms.append(("zstd", zstd(body)))
    for encoding, data in forms:
        answer = client.post(f"/ingest/ingest/{name}/batch", data, headers={"Content-Encoding": encoding})
        assert answer.status == 200 and answer.json()["sent_count"] == 1000, (encoding, answer)
    assert client.value(f"SELECT count(*) FROM ingest.bronze.{name}") == 1000 * len(forms)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
@pytest.mark.parametrize("damage", ["noise", "truncated", "trailing"])
def test_damaged_streams_are_422(client, orders, encoding, damage):
    body = b'{"data":{"id":93,"v":"' + b"x" * 300 + b'"}}'
    if encoding == "zstd" and not has_zstd():
        pytest.skip("no zstd program to make the stream")
    data = gzipped(body) if encoding == "gzip" else zstd(body)
    data = {"noise": b"this is no stream", "truncated": data[:-9], "trailing": data + b"rest"}[damage]
    answer = client.post(f"/ingest/{orders}", data, headers={"Content-Encoding": encoding})
    assert answer.status == 422, answer
    assert client.value("SELECT count(*) FROM ingest.bronze.orders WHERE id = 93") == 0


@pytest.mark.parametrize("encoding", ["br", "deflate", "compress", "gzip, gzip", "x"])
def test_unknown_encodings_are_415(client, orders, encoding):
    answer = client.post(f"/ingest/{orders}", b"x", headers={"Content-Encoding": encoding})
    assert answer.status == 415 and answer.headers["accept-encoding"] == "gzip, zstd", answer


def test_limits(client, name):
    client.create("ingest", name, [column("id", "integer")])
    table = f"/ingest/ingest/{name}"
    assert client.post(table, b'{"data":{"id":1,"v":"' + b"x" * (8 * 2**20 + 10) + b'"}}').status == 413
    assert client.post(table, b'{"data":{"id":1,"v":"' + b"x" * (7 * 2**20) + b'"}}').status == 200
    assert client.post(table + "/batch", b"[" + b",".join([b'{"id":1}'] * 100_001) + b"]").status == 413
    assert client.post(table + "/batch", b"[" + b",".join([b'{"id":1}'] * 100_000) + b"]").json()["sent_count"] == 100_000
    huge = b'[{"v":"' + b"x" * (33 * 2**20) + b'"}]'
    assert client.post(table + "/batch", gzipped(huge), headers={"Content-Encoding": "gzip"}).status == 413
    assert client.post(table + "/batch", b'{"id":1}\n' * 100_001, headers=NDJSON).status == 413
    assert client.value(f"SELECT count(*) FROM ingest.bronze.{name}") == 100_001


def test_a_declared_length_over_the_limit_is_refused_before_the_body(server, orders):
    head = f"POST /ingest/{orders} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {33 * 2**20}\r\n\r\n"
    text = raw_exchange(server.port, head.encode(), timeout_s=5)
    assert text.startswith(b"HTTP/1.1 413"), text[:200]


def keyed(client, path, body, key, **kwargs):
    return client.post(path, body, headers={"Idempotency-Key": key, **kwargs.pop("headers", {})}, **kwargs)


def test_idempotency_key_replays_the_first_answer(client, name):
    client.create("ingest", name, [column("id", "integer")])
    path, body = f"/ingest/ingest/{name}", {"data": {"id": 1}}
    first = keyed(client, path, body, "k1")
    again = keyed(client, path, body, "k1")
    assert first.status == again.status == 200 and first.json()["receipt"] == again.json()["receipt"]
    assert first.json() == again.json() and "idempotent-replay" not in first.headers
    assert again.headers["idempotent-replay"] == "true"
    assert client.value(f"SELECT count(*) FROM ingest.bronze.{name}") == 1
    assert keyed(client, path, {"data": {"id": 2}}, "k1").status == 422
    assert keyed(client, path, body, "k1", query={"validate": "false"}).status == 422
    assert keyed(client, path + "/batch", [{"id": 1}], "k1").status == 200
    assert keyed(client, path, gzipped('{"data": {"id": 1}}'), "k1", headers={"Content-Encoding": "gzip"}).headers.get("idempotent-replay") == "true"
    assert client.value(f"SELECT count(*) FROM ingest.bronze.{name}") == 2


@pytest.mark.parametrize("key,status", [("x" * 255, 200), ("x" * 256, 422), ("", 422), ("a b~!", 200), ("tab\there", 422), ("ümlaut", 422)])
def test_idempotency_key_form(client, orders, key, status):
    answer = keyed(client, f"/ingest/{orders}", {"data": {"id": 94, "v": "x"}}, key.encode("utf-8").decode("latin-1"))
    assert answer.status == status, answer


def test_idempotency_remembers_strict_refusals_but_no_shape_errors(client, name):
    client.create("ingest", name, [column("id", "integer")])
    path = f"/ingest/ingest/{name}"
    first = keyed(client, path, {"data": {"id": "x"}}, "s", query={"strict": "true"})
    again = keyed(client, path, {"data": {"id": "x"}}, "s", query={"strict": "true"})
    assert first.status == again.status == 400 and again.headers["idempotent-replay"] == "true"
    assert client.get(f"/quarantine/ingest/{name}", query={"status": "rejected"}).json()["total"] == 1
    assert keyed(client, path, "{", "t").status == 422
    assert keyed(client, path, {"data": {"id": 1}}, "t").status == 200


def test_simultaneous_requests_of_one_key_store_once(server, client, name):
    client.create("ingest", name, [column("id", "integer")])
    seen = []

    def attempt():
        one = server.client()
        seen.append(keyed(one, f"/ingest/ingest/{name}", {"data": {"id": 1}}, "race").status)
        one.close()

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(seen) <= {200, 409} and 200 in seen
    assert client.value(f"SELECT count(*) FROM ingest.bronze.{name}") == 1


def test_metadata_of_bronze(client, name):
    client.create("ingest", name, [column("id", "integer")])
    answer = client.post(f"/ingest/ingest/{name}/batch", [{"id": 1}, {"id": 2}], headers={"X-Request-Id": "req-7"}, query={"ack": "silver"})
    assert answer.json()["request_id"] == answer.headers["x-request-id"] == "req-7"
    rows = client.rows(f"SELECT id, _domain, _endpoint, _insert_date, _request_id, _schema_version FROM ingest.bronze.{name} ORDER BY id")
    assert [(row["id"], row["_domain"], row["_endpoint"], row["_request_id"], row["_schema_version"]) for row in rows] == [
        (1, "ingest", name, "req-7", 1), (2, "ingest", name, "req-7", 1)]
    assert rows[0]["_insert_date"] == rows[1]["_insert_date"]
    columns = [entry["name"] for entry in client.query(f"SELECT * FROM ingest.bronze.{name}").json()["columns"]]
    assert {"id", "_insert_date", "_domain", "_endpoint"} <= set(columns)


def test_reserved_names_of_a_client_are_rescued(client, name):
    client.create("ingest", name, [column("id", "integer")])
    client.ingest(f"ingest/{name}", {"id": 1, "_domain": "mine", "_insert_date": 5, "_len": 1, "_own": "kept"})
    (row,) = client.rows(f"SELECT id, _own, _domain, _rescued FROM ingest.silver.{name}")
    assert row == {"id": 1, "_own": "kept", "_domain": "ingest", "_rescued": {"_domain": "mine", "_insert_date": 5, "_len": 1}}


def test_snake_case_forms_fill_columns(client, name):
    client.create("ingest", name, [column("user_id", "integer"), column("first_name")])
    client.batch(f"ingest/{name}", [{"userID": 1, "firstName": "a"}, {"user_id": 2, "userId": 3, "first_name": "b"}])
    rows = client.rows(f"SELECT user_id, first_name FROM ingest.silver.{name} ORDER BY user_id")
    assert [(row["user_id"], row["first_name"]) for row in rows] == [(1, "a"), (2, "b")]


def test_defaults_are_applied_to_absent_fields_only(client, name):
    client.create("ingest", name, [column("id", "integer", primary_key=True), column("n", "integer", required=True, default="7"), column("s", default="x"),
                                   column("d", "decimal(5,2)", default="1.5")])
    client.batch(f"ingest/{name}", [{"id": 1}, {"id": 2, "n": 1, "s": None, "d": None}], strict="true")
    rows = client.rows(f"SELECT id, n, s, d FROM ingest.silver.{name} ORDER BY id")
    assert rows == [{"id": 1, "n": 7, "s": "x", "d": Decimal("1.5")}, {"id": 2, "n": 1, "s": None, "d": None}]


def test_unknown_fields_evolve(client, name):
    client.create("ingest", name, [column("id", "integer", primary_key=True)])
    table = f"ingest/{name}"
    client.ingest(table, {"id": 1, "extra": 5, "Schlüssel wert": "ü", "never": None})
    client.ingest(table, {"id": 2, "extra": 1.5, "late": True})
    rows = client.rows(f"SELECT * FROM ingest.silver.{name} ORDER BY id")
    assert rows[0]["extra"] == 5 and rows[1]["extra"] == Decimal("1.5") and rows[1]["late"] is True and rows[0]["late"] is None
    assert "never" not in rows[0]
    client.ingest(table, {"id": 3, "extra": "text"})
    assert [row["extra"] for row in client.rows(f"SELECT extra FROM ingest.silver.{name} ORDER BY id")] == ["5", "1.5", "text"] or \
        [row["extra"] for row in client.rows(f"SELECT extra FROM ingest.silver.{name} ORDER BY id")] == ["5.0", "1.5", "text"]


def test_fields_no_other_engine_can_name_are_rescued(client, name):
    client.create("ingest", name, [column("id", "integer", primary_key=True)])
    odd = {"a b": 1, "a,b": 2, "ID": 3, "x=y": 4, "": 5, "k" * 256: 6}
    client.ingest(f"ingest/{name}", {"id": 1, **odd})
    (row,) = client.rows(f"SELECT id, _rescued FROM ingest.silver.{name}")
    assert row["id"] == 1 and row["_rescued"] == odd


def test_auto_inference_fixes_columns_from_the_first_record(client, name):
    client.create("ingest", name, [column("price", "decimal(10,2)")], mode="auto_inference")
    table = f"ingest/{name}"
    client.ingest(table, {"userId": 1, "price": "1.5", "at": "2024-01-01", "tags": []})
    document = client.get(f"/endpoints/ingest/{name}/yaml").json()
    assert document["version"] == 2
    assert {entry["name"]: entry["type"] for entry in document["schema"]["columns"]} == {
        "price": "decimal(10,2)", "user_id": "integer", "at": "date", "tags": "array"}
    assert not any(entry["required"] or entry["primary_key"] for entry in document["schema"]["columns"])
    answer = client.batch(table, [{"userId": 1.5, "at": "2024-01-01T10:00:00Z"}, {"userId": "x"}, {"tags": {"a": 1}}])
    assert answer["validated_count"] == 3
    rows = client.rows(f"SELECT user_id, tags FROM ingest.silver.{name} ORDER BY _insert_date, _offset")
    assert [row["user_id"] for row in rows][2] == "x" and rows[3]["tags"] == {"a": 1}


def test_single_column_mode_keeps_the_payload(client, name):
    client.create("ingest", name, mode="single_column")
    answer = client.ingest(f"ingest/{name}", {"a": [1, {"b": None}], "Ü": "x"})
    assert answer["validated"] is True
    assert client.rows(f"SELECT * FROM ingest.silver.{name}") == [{"data": {"a": [1, {"b": None}], "Ü": "x"}}]


def test_manual_mode_without_columns_checks_nothing(client, name):
    client.create("ingest", name)
    answer = client.batch(f"ingest/{name}", [{"a": 1}, {"a": "x", "b": [1]}])
    assert answer["validated_count"] == 2
    rows = client.rows(f"SELECT a, b FROM ingest.silver.{name} ORDER BY a")
    assert [(row["a"], row["b"]) for row in rows] == [("1", None), ("x", [1])]


def test_bronze_keeps_the_original_text(client, name):
    client.create("ingest", name, [column("n", "decimal"), column("v", "integer")])
    client.batch(f"ingest/{name}", '[{"n": 1.00000000000000001, "v": 1}, {"n": "x", "v": 2}]')
    rows = client.rows(f"SELECT n, v, _raw FROM ingest.bronze.{name} ORDER BY v")
    assert rows[0]["n"] == Decimal(1) and rows[1]["n"] is None
    assert rows[1]["_raw"] is not None and "x" in str(rows[1]["_raw"])


def test_bytes_in_flight_never_double_a_request(server, client, name):
    """Eight writers at once: what was acknowledged is there once (http-api.md §11, defect 4)."""
    client.create("ingest", name, [column("id", "integer", primary_key=True), column("w", "integer")])

    def write(writer):
        one = server.client()
        for number in range(25):
            one.batch(f"ingest/{name}", [{"id": writer * 1000 + number * 20 + n, "w": writer} for n in range(20)], ack="wal")
        one.ingest(f"ingest/{name}", {"id": -writer - 1, "w": writer})
        one.close()

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (row,) = client.rows(f"SELECT count(*) AS n, count(DISTINCT id) AS k FROM ingest.silver.{name} WHERE id >= 0")
    assert row == {"n": 4000, "k": 4000}
