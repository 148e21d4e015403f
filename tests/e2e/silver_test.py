# SPDX-License-Identifier: Apache-2.0
"""Bronze to silver: http-api.md §5, lake.md §4, the known defects of §11, and reading the quarantine (§6)."""

import random
import time
from datetime import datetime

import pytest

from server import column, wait_until
from validation_cases import SAME_KEY


def keyed(client, name, *more, **members):
    client.create("silver", name, [column("id", "integer", primary_key=True), column("v"), *more], **members)
    return f"silver/{name}"


def table(client, name, columns="id, v", order="id"):
    return [tuple(row.values()) for row in client.rows(f"SELECT {columns} FROM silver.silver.{name} ORDER BY {order}")]


def test_defect_1_latest_of_one_batch_wins(client, name):
    target = keyed(client, name)
    client.batch(target, [{"id": 1, "v": "a"}, {"id": 1, "v": "b"}])
    assert table(client, name) == [(1, "b")]


def test_later_request_wins(client, name):
    target = keyed(client, name)
    for value in "abc":
        client.ingest(target, {"id": 1, "v": value}, ack="wal")
    client.ingest(target, {"id": 2, "v": "x"})
    assert table(client, name) == [(1, "c"), (2, "x")]


def test_defect_2_sequence_decides(client, name):
    target = keyed(client, name, column("seq", "integer"), sequence_by="seq")
    client.ingest(target, {"id": 1, "v": "five", "seq": 5})
    client.ingest(target, {"id": 1, "v": "three", "seq": 3})
    assert table(client, name) == [(1, "five")]
    client.ingest(target, {"id": 1, "v": "five again", "seq": 5})
    client.ingest(target, {"id": 1, "v": "none", "seq": None})
    assert table(client, name) == [(1, "five again")]
    client.ingest(target, {"id": 1, "seq": 9}, op="delete")
    client.ingest(target, {"id": 1, "v": "eight", "seq": 8})
    assert table(client, name) == []
    client.ingest(target, {"id": 1, "v": "ten", "seq": 10})
    assert table(client, name) == [(1, "ten")]


def test_sequence_inside_one_batch(client, name):
    target = keyed(client, name, column("seq", "timestamp"), sequence_by="seq")
    client.batch(target, [{"id": 1, "v": "late", "seq": "2024-01-02"}, {"id": 1, "v": "early", "seq": "2024-01-01"},
                          {"id": 2, "v": "null first", "seq": None}, {"id": 2, "v": "null last", "seq": None}])
    assert table(client, name) == [(1, "late"), (2, "null last")]


def test_a_delete_with_a_lower_sequence_changes_nothing(client, name):
    target = keyed(client, name, column("seq", "integer"), sequence_by="seq")
    client.ingest(target, {"id": 1, "v": "a", "seq": 5})
    client.ingest(target, {"id": 1, "seq": 4}, op="delete")
    assert table(client, name) == [(1, "a")]


def test_deletes(client, name):
    target = keyed(client, name)
    client.batch(target, [{"id": n, "v": "x"} for n in range(10)])
    client.batch(target, [{"id": 1}, {"id": 2, "v": "ignored"}, {"id": 77}], op="delete")
    client.batch(target, [{"id": 3, "_op": "delete"}, {"id": 4, "v": "new", "_op": "upsert"}, {"id": 5, "_op": "DELETE"}, {"id": 5, "v": "back"}])
    assert table(client, name) == [(0, "x"), (4, "new"), (5, "back"), (6, "x"), (7, "x"), (8, "x"), (9, "x")]
    client.ingest(target, {"id": 1, "v": "again"})
    assert table(client, name)[1] == (1, "again")


def test_delete_needs_a_key(client, name):
    client.create("silver", name, [column("v")])
    answer = client.post(f"/ingest/silver/{name}", {"data": {"v": "x"}}, query={"op": "delete"})
    assert answer.status == 400, answer


def test_delete_without_its_key_is_invalid(client, name):
    target = keyed(client, name)
    answer = client.post(f"/ingest/{target}", {"data": {"v": "x"}}, query={"op": "delete", "strict": "true"})
    assert answer.status == 400 and answer.detail["validation_errors"][0]["type"] == "missing"


def test_null_and_absent_under_replace(client, name):
    target = keyed(client, name, column("w", default="d"))
    client.ingest(target, {"id": 1, "v": "a", "w": "b", "more": 1})
    client.ingest(target, {"id": 1, "v": None})
    assert table(client, name, "id, v, w, more") == [(1, None, "d", None)]


def test_defect_3_unknown_fields_and_nulls_survive(client, name):
    target = keyed(client, name)
    client.ingest(target, {"id": 1, "v": "a", "extra": {"deep": [1]}})
    client.ingest(target, {"id": 2, "v": None, "extra": None})
    assert table(client, name, "id, v, extra") == [(1, "a", {"deep": [1]}), (2, None, None)]
    assert client.rows(f"SELECT extra FROM silver.bronze.{name} WHERE id = 1") == [{"extra": {"deep": [1]}}]


@pytest.mark.parametrize("kind", SAME_KEY)
def test_keys_are_equal_after_coercion(client, name, kind):
    client.create("silver", name, [column("k", kind, primary_key=True), column("n", "integer")])
    texts = SAME_KEY[kind]
    body = "[" + ",".join(f'{{"k":{text},"n":{number}}}' for number, text in enumerate(texts)) + "]"
    assert client.batch(f"silver/{name}", body)["validated_count"] == len(texts)
    assert client.rows(f"SELECT n FROM silver.silver.{name}") == [{"n": len(texts) - 1}]


def test_composite_keys(client, name):
    client.create("silver", name, [column("a", primary_key=True), column("b", "integer", primary_key=True), column("v")])
    client.batch(f"silver/{name}", [{"a": "x", "b": 1, "v": "1"}, {"a": "x", "b": 2, "v": "2"}, {"a": "y", "b": 1, "v": "3"}, {"a": "x", "b": 1, "v": "4"},
                                    {"a": "x1", "b": 1, "v": "5"}, {"a": "", "b": 11, "v": "6"}])
    client.ingest(f"silver/{name}", {"a": "x", "b": 2}, op="delete")
    assert table(client, name, "a, b, v", "a, b") == [("", 11, "6"), ("x", 1, "4"), ("x1", 1, "5"), ("y", 1, "3")]
    answer = client.ingest(f"silver/{name}", {"a": "x", "b": None, "v": "z"})
    assert answer["validated"] is False and answer["quarantined"] == 1


def test_no_key_keeps_duplicates(client, name):
    client.create("silver", name, [column("v")])
    client.batch(f"silver/{name}", [{"v": "a"}] * 3)
    client.ingest(f"silver/{name}", {"v": "a"})
    assert client.value(f"SELECT count(*) FROM silver.silver.{name}") == 4


def test_defect_5_invalid_records_are_found_with_their_reasons(client, name):
    target = keyed(client, name, column("n", "integer"))
    bad = [{"id": 1, "n": "x"}, {"id": None}, {"v": 5}, {"id": 2, "n": 1.5, "v": []}]
    client.batch(target, bad)
    answer = client.get(f"/quarantine/{target}")
    assert answer.status == 200, answer
    page = answer.json()
    assert page["count"] == page["total"] == 4 and page["next_cursor"] is None
    assert [one["payload"] for one in page["records"]] == bad
    assert [[error["type"] for error in one["errors"]] for one in page["records"]] == [
        ["int_parsing"], ["int_type"], ["missing", "string_type"], ["string_type", "int_from_float"]]
    for one in page["records"]:
        assert one["domain"] == "silver" and one["endpoint"] == name and one["status"] == "pending" and one["schema_version"] == 1
        assert one["request_id"] and one["received_at"].endswith("Z")
        assert client.get(f"/quarantine/{target}/{one['id']}").json()["payload"] == one["payload"]
    rows = client.rows(f"SELECT id, status, payload, errors, reason, schema_version, request_id, received_at FROM silver.quarantine.{name}")
    assert {row["id"] for row in rows} == {one["id"] for one in page["records"]}
    assert client.get(f"/quarantine/{target}/nothing").status == 404
    assert client.get("/quarantine/silver/nothing").status == 404
    listed = {one["name"]: one for one in client.get("/quarantine", query={"domain": "silver"}).json()["tables"]}
    assert (listed[name]["pending"], listed[name]["total"]) == (4, 4)


def test_quarantine_pages(client, name):
    target = keyed(client, name)
    client.batch(target, [{"id": "x", "v": str(n)} for n in range(25)])
    client.post(f"/ingest/{target}", {"data": {"id": "refused"}}, query={"strict": "true"})
    seen, cursor = [], None
    while True:
        page = client.get(f"/quarantine/{target}", query={"limit": 10, **({"cursor": cursor} if cursor else {})}).json()
        assert page["total"] == 25 and page["count"] == len(page["records"]) <= 10
        seen += [one["payload"]["v"] for one in page["records"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [str(n) for n in range(25)]
    assert client.get(f"/quarantine/{target}", query={"status": "all"}).json()["total"] == 26
    assert client.get(f"/quarantine/{target}", query={"status": "replayed"}).json()["records"] == []
    for query in ({"limit": 0}, {"limit": 1001}, {"limit": "x"}, {"status": "odd"}):
        assert client.get(f"/quarantine/{target}", query=query).status == 422, query


def test_defect_13_load_metadata(client, name):
    target = keyed(client, name)
    before = time.time()
    client.post(f"/ingest/{target}", {"data": {"id": 1, "v": "a"}}, query={"ack": "silver"}, headers={"X-Request-Id": "meta-1"})
    (row,) = client.rows(f"SELECT _insert_date, _domain, _endpoint, _request_id, _schema_version FROM silver.silver.{name}")
    assert (row["_domain"], row["_endpoint"], row["_request_id"], row["_schema_version"]) == ("silver", name, "meta-1", 1)
    assert client.value(f"SELECT abs(epoch(_insert_date) - {before}) < 60 FROM silver.silver.{name}") is True
    everything = client.rows(f"SELECT * FROM silver.silver.{name}")
    assert everything == [{"id": 1, "v": "a"}]
    assert client.rows(f"SELECT t.* FROM silver.silver.{name} t WHERE _request_id = 'meta-1'") == everything
    client.put(f"/endpoints/{target}", {"columns": [column("id", "integer", primary_key=True), column("v"), column("w")]})
    client.ingest(target, {"id": 1, "v": "b"})
    assert client.value(f"SELECT _schema_version FROM silver.silver.{name}") == 2


def test_insert_date_increases_by_request(client, name):
    target = keyed(client, name)
    for n in range(20):
        client.ingest(target, {"id": n}, ack="wal")
    client.ingest(target, {"id": 20})
    dates = [row["_insert_date"] for row in client.rows(f"SELECT _insert_date FROM silver.silver.{name} ORDER BY id")]
    moments = [datetime.fromisoformat(date) for date in dates]
    assert moments == sorted(moments) and len(set(moments)) == 21


def test_default_visibility(client, name):
    target = keyed(client, name)
    client.ingest(target, {"id": 1, "v": "a"}, ack="wal")
    assert client.value(f"SELECT count(*) FROM silver.bronze.{name}") == 1
    wait_until(lambda: client.value(f"SELECT count(*) FROM silver.silver.{name}") == 1, 5, "silver")


def test_an_endpoint_without_data_is_an_empty_table(client, name):
    keyed(client, name, column("amount", "decimal(10,2)"))
    for layer in ("bronze", "silver"):
        answer = client.query(f"SELECT id, v, amount FROM silver.{layer}.{name}")
        assert answer.status == 200 and answer.json()["data"] == [], answer
        assert [entry["type"].replace(" ", "") for entry in answer.json()["columns"]] == ["BIGINT", "VARCHAR", "DECIMAL(10,2)"]


def test_compatible_changes_apply_at_once(client, name):
    target = keyed(client, name, column("n", "integer"), column("d", "date"), column("gone", required=True))
    client.ingest(target, {"id": 1, "v": "a", "n": 1, "d": "2024-01-01", "gone": "g"})
    changed = client.put(f"/endpoints/{target}", {"columns": [
        column("id", "integer", primary_key=True), column("v"), column("n", "double"), column("d", "timestamp"), column("fresh", "boolean")]})
    assert changed.status == 200, changed
    assert table(client, name, "id, n, d, fresh, gone")[0][:2] == (1, 1)
    client.ingest(target, {"id": 2, "n": 2.5, "d": "2024-01-01T10:00:00Z", "fresh": True})
    rows = client.rows(f"SELECT id, n, d, fresh, gone FROM silver.silver.{name} ORDER BY id")
    assert [float(row["n"]) for row in rows] == [1.0, 2.5]
    assert [(row["d"], row["fresh"], row["gone"]) for row in rows] == [("2024-01-01T00:00:00Z", None, "g"), ("2024-01-01T10:00:00Z", True, None)]
    widened = client.put(f"/endpoints/{target}", {"columns": [
        column("id", "string", primary_key=True), column("n", "string")]})
    assert widened.status in (200, 409, 501), widened


def test_widening_of_an_evolved_column(client, name):
    target = keyed(client, name)
    steps = [1, 2**53 + 1, 1.5, "text", {"o": 1}]
    for number, value in enumerate(steps):
        client.ingest(target, {"id": number, "x": value})
        got = [row["x"] for row in client.rows(f"SELECT x FROM silver.silver.{name} ORDER BY id")]
        assert len(got) == number + 1
        if number == 2:
            assert got[1] == 2**53 + 1, "widening to decimal keeps every digit"
    assert [str(one) for one in got][3] == "text" and str(got[1]).startswith(str(2**53 + 1))


def test_random_history_equals_a_model(client, name):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    dice = random.Random(seed)
    target = keyed(client, name, column("seq", "integer"), sequence_by="seq")
    stored, arrival = {}, 0
    for _ in range(25):
        records = []
        for _ in range(dice.randrange(1, 40)):
            arrival += 1
            record = {"id": dice.randrange(30), "seq": dice.choice([None, *range(12)])}
            if dice.random() < 0.25:
                record["_op"] = "delete"
            else:
                record["v"] = str(arrival)
            records.append(record)
            order = (-1 if record["seq"] is None else record["seq"], arrival)
            if order > stored.get(record["id"], ((-2, 0), None))[0]:
                stored[record["id"]] = (order, record.get("v"))
        client.batch(target, records, ack=dice.choice(["wal", "bronze", "silver"]))
    client.batch(target, [{"id": 1000, "seq": 1, "v": "end"}])
    want = sorted([(key, value) for key, (_, value) in stored.items() if value is not None] + [(1000, "end")])
    assert table(client, name) == want


def test_statistics_do_not_hide_rows(client, name):
    target = keyed(client, name, column("d", "decimal(20,5)"), column("at", "timestamp"), column("f", "double"))
    long = "z" * 200
    client.batch(target, [{"id": n, "v": long + str(n), "d": f"{n}.00001", "at": f"2024-01-01T00:00:{n:02d}.000001Z", "f": n / 3} for n in range(50)])
    client.batch(target, [{"id": n, "v": None, "d": None, "at": None, "f": None} for n in range(50, 60)])
    for where, want in (("v = '" + long + "49'", 1), ("d = 49.00001", 1), ('"at" >= TIMESTAMPTZ \'2024-01-01 00:00:49.000001Z\'', 1), ("v IS NULL", 10),
                        ("f > 16", 1), ("id BETWEEN 48 AND 51", 4), ("d IS NOT NULL AND f < 0", 0)):
        assert client.value(f"SELECT count(*) FROM silver.silver.{name} WHERE {where}") == want, where
