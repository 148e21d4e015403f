# SPDX-License-Identifier: Apache-2.0
"""Columns of lists and structs over HTTP: contracts, ingest, silver, queries, files, the catalog's schema."""

import base64
import json

import pytest

from server import Server, column

ITEMS = "list<struct<sku:string,qty:integer>>"
COLUMNS = [column("id", "integer", primary_key=True), column("items", ITEMS)]


@pytest.fixture(params=["delta", "iceberg"])
def orders(client, name, request):
    client.create("nest", name, COLUMNS, format=request.param)
    return name


def silver(client, name, columns="id, items"):
    return [tuple(row.values()) for row in client.rows(f"SELECT {columns} FROM nest.silver.{name} ORDER BY id")]


def put(client, name, *records, **query):
    return client.batch(f"nest/{name}", records, **query)


def refused(answer, status, *words):
    assert answer.status == status and all(word in answer.text for word in words), answer


def test_a_type_is_answered_in_one_form(client, name):
    made = client.create("nest", name, [column("at", " Struct< place: STRUCT<lat :float,lon: float>, tags : list< list<Text> >,d:decimal( 10,2 )> ")])
    word = "struct<place:struct<lat:float,lon:float>,tags:list<list<string>>,d:decimal(10,2)>"
    assert made["columns"][0]["type"] == word
    assert client.get(f"/endpoints/nest/{name}/yaml").json()["schema"]["columns"][0]["type"] == word
    assert word in client.get(f"/endpoints/nest/{name}/yaml?format=yaml").text
    assert client.rows(f"SELECT column_type AS t FROM (DESCRIBE nest.silver.{name})") == [
        {"t": "STRUCT(place STRUCT(lat DOUBLE, lon DOUBLE), tags VARCHAR[][], d DECIMAL(10,2))"}]


@pytest.mark.parametrize(("one", "loc", "words"), [
    ({"type": "list<blob>"}, "type", ["list<type>"]),
    ({"type": "struct<>"}, "type", ["struct<name:type"]),
    ({"type": "list<" * 9 + "integer" + ">" * 9}, "type", ["at most 8"]),
    ({"type": "struct<Sku:string>"}, "type", ["snake_case", "Sku"]),
    ({"type": "struct<a:string,a:integer>"}, "type", ["duplicate field"]),
    ({"type": ITEMS, "primary_key": True}, "type", ["cannot be a primary key"]),
    ({"type": ITEMS, "default": '[{"qty":"x"}]'}, "default", ["cannot be cast"]),
])
def test_what_is_no_type_is_refused_with_the_reason(client, name, one, loc, words):
    answer = client.post("/endpoints", {"domain": "nest", "name": name, "columns": [{"name": "c", **one}]})
    refused(answer, 422, *words)
    assert [str(one) for one in answer.json()["detail"][0]["loc"]] == ["body", "columns", "0", loc], answer


def test_a_nested_column_orders_nothing(client, name):
    answer = client.post("/endpoints", {"domain": "nest", "name": name, "columns": COLUMNS, "sequence_by": "items"})
    refused(answer, 422, "sequence_by must name a scalar column")


def test_records_are_checked_to_their_leaves(client, orders):
    good = {"id": 1, "items": [{"sku": "a", "qty": "1"}, None, {}]}
    bad = {"id": 2, "items": [{"sku": "a"}, {"sku": 5, "qty": 1.5}]}
    assert put(client, orders, good, bad)["quarantined_count"] == 1
    (record,) = client.get(f"/quarantine/nest/{orders}").json()["records"]
    assert [(error["field"], error["type"]) for error in record["errors"]] == [("items.1.sku", "string_type"), ("items.1.qty", "int_from_float")]
    assert silver(client, orders) == [(1, [{"sku": "a", "qty": 1}, None, {"sku": None, "qty": None}])]
    strict = client.post(f"/ingest/nest/{orders}?strict=true", {"data": {"id": 3, "items": {"sku": "a"}}})
    refused(strict, 400, "items", "list_type")
    # What no check refused still cannot be cast.
    unchecked = client.post(f"/ingest/nest/{orders}?validate=false&ack=silver", {"data": {"id": 4, "items": [1]}})
    assert unchecked.status == 200, unchecked
    assert len(silver(client, orders)) == 1
    fixed = client.post(f"/quarantine/nest/{orders}/{record['id']}/replay", {"payload": {"id": 2, "items": []}})
    assert fixed.status == 200, fixed
    client.ingest(f"nest/{orders}", {"id": 5, "items": None})
    assert silver(client, orders)[1:] == [(2, []), (5, None)]


def test_rows_change_and_go_and_the_past_stays(client, orders):
    put(client, orders, {"id": 1, "items": [{"sku": "a", "qty": 1}, {"sku": "b", "qty": 2}]}, {"id": 2, "items": [{"sku": "c", "qty": 3}]})
    first = client.get(f"/tables/nest/silver/{orders}/history").json()["versions"][0]["version"]
    put(client, orders, {"id": 1, "items": [{"sku": "b", "qty": 5}]})
    put(client, orders, {"id": 2}, op="delete")
    assert silver(client, orders) == [(1, [{"sku": "b", "qty": 5}])]
    assert client.rows(f"SELECT id, items[1].sku AS sku, len(items) AS n FROM nest.silver.{orders} AT (VERSION => {first}) ORDER BY id") == [
        {"id": 1, "sku": "a", "n": 2}, {"id": 2, "sku": "c", "n": 1}]
    assert client.rows(f"SELECT id, item.sku AS sku, item.qty AS qty FROM (SELECT id, unnest(items) AS item FROM nest.silver.{orders}) WHERE item.qty > $1",
                       parameters=[4]) == [{"id": 1, "sku": "b", "qty": 5}]
    back = client.post(f"/tables/nest/silver/{orders}/rollback", {"version": first})
    assert back.status == 200, back
    assert len(silver(client, orders)) == 2


def test_a_struct_grows(client, orders):
    put(client, orders, {"id": 1, "items": [{"sku": "a", "qty": 1}]}, {"id": 2, "items": [{"sku": "b", "color": "early"}]})
    assert client.rows(f"SELECT _rescued AS r FROM nest.silver.{orders} WHERE id = 2") == [{"r": {"items": [{"color": "early"}]}}]
    change = {"columns": [COLUMNS[0], column("items", "list<struct<sku:string,qty:integer,color:string>>")]}
    assert client.put(f"/endpoints/nest/{orders}", change).json()["version"] == 2
    wanted = [(1, [{"sku": "a", "qty": 1, "color": None}]), (2, [{"sku": "b", "qty": None, "color": None}])]
    assert silver(client, orders) == wanted
    put(client, orders, {"id": 3, "items": [{"sku": "c", "color": "red"}]}, {"id": 1, "items": [{"color": "blue"}]})
    assert silver(client, orders) == [(1, [{"sku": None, "qty": None, "color": "blue"}]), wanted[1], (3, [{"sku": "c", "qty": None, "color": "red"}])]
    execution = client.post(f"/endpoints/nest/{orders}/rebuild")
    assert execution.status == 202, execution
    assert client.execution(execution.json()["execution_id"])["status"] == "SUCCEEDED"
    assert silver(client, orders)[1] == (2, [{"sku": "b", "qty": None, "color": "early"}])
    oldest = client.get(f"/tables/nest/silver/{orders}/history").json()["versions"][-1]["version"]
    back = client.post(f"/tables/nest/silver/{orders}/rollback", {"version": oldest})
    assert back.status == 200, back
    assert silver(client, orders) == wanted


@pytest.mark.parametrize(("word", "words"), [
    ("list<struct<sku:string>>", ["items.element.qty", "only added"]),
    ("list<struct<sku:string,qty:double>>", ["items.element.qty is integer", "does not change"]),
    ("list<string>", ["items.element is struct<sku:string,qty:integer>"]),
    ("json", ["without losing values"]),
])
def test_a_struct_does_not_shrink(client, orders, word, words):
    put(client, orders, {"id": 1, "items": [{"sku": "1", "qty": 2}]})
    change = {"columns": [COLUMNS[0], column("items", word)]}
    answer = client.put(f"/endpoints/nest/{orders}", change)
    refused(answer, 409, *words)
    assert answer.json()["detail"]["changes"][0]["column"] == "items"
    assert silver(client, orders) == [(1, [{"sku": "1", "qty": 2}])]


def test_force_gives_it_another_shape(client, orders):
    put(client, orders, {"id": 1, "items": [{"sku": "a", "qty": 2}]})
    change = {"columns": [COLUMNS[0], column("items", "list<struct<qty:double>>")]}
    answer = client.put(f"/endpoints/nest/{orders}?force=true", change)
    assert answer.status == 200, answer
    client.ingest(f"nest/{orders}", {"id": 2, "items": [{"qty": 0.5}]})
    assert silver(client, orders, "id, items, _rescued") == [(1, [{"qty": 2}], {"items": [{"sku": "a"}]}), (2, [{"qty": 0.5}], None)]


def test_json_that_nobody_declared_stays_json(client, orders):
    put(client, orders, {"id": 1, "deep": {"a": [1]}, "more": [1, "x"]})
    assert client.rows(f"SELECT deep, more FROM nest.silver.{orders}") == [{"deep": {"a": [1]}, "more": [1, "x"]}]


@pytest.mark.parametrize("mode", ["rescue", "quarantine", "ignore"])
def test_unknown_members_go_where_unknown_fields_go(client, name, mode):
    client.create("nest", name, COLUMNS, unknown_fields=mode)
    answer = put(client, name, {"id": 1, "items": [{"sku": "a", "color": "red"}]})
    assert answer.get("quarantined_count", 0) == (1 if mode == "quarantine" else 0)
    rows = silver(client, name, "id, _rescued")
    assert rows == {"rescue": [(1, {"items": [{"color": "red"}]})], "quarantine": [], "ignore": [(1, None)]}[mode]
    assert client.value(f"SELECT any_value(_rescued) FROM nest.bronze.{name} WHERE _disposition = 'valid'") == (
        None if mode == "quarantine" else {"items": [{"color": "red"}]})


def test_a_patch_replaces_the_value_as_a_whole(client, name):
    client.create("nest", name, [*COLUMNS, column("note")], merge_mode="patch")
    put(client, name, {"id": 1, "items": [{"sku": "a", "qty": 1}], "note": "x"})
    put(client, name, {"id": 1, "items": [{"qty": 2}]})
    put(client, name, {"id": 1, "note": "y"})
    assert silver(client, name, "items, note") == [([{"sku": None, "qty": 2}], "y")]


def test_files_bring_them(client, orders):
    lines = b'{"id":1,"items":[{"sku":"a","qty":1}]}\n{"id":2,"items":[{"sku":1}]}\n'
    answer = client.post(f"/files/nest/{orders}?ack=silver&name=a.ndjson", lines, headers={"Content-Type": "application/octet-stream"})
    assert answer.status == 200 and answer.json()["quarantined"] == 1, answer
    table = b'id,items\n3,"[{""sku"":""b"",""qty"":""7""}]"\n'
    answer = client.post(f"/files/nest/{orders}?ack=silver&name=b.csv", table, headers={"Content-Type": "application/octet-stream"})
    assert answer.status == 200 and answer.json()["quarantined"] == 0, answer
    assert silver(client, orders) == [(1, [{"sku": "a", "qty": 1}]), (3, [{"sku": "b", "qty": 7}])]


def test_a_parquet_file_brings_them(client, server, orders):
    answer = client.put(f"/endpoints/nest/{orders}", {"exports": [{"format": "parquet", "path": "all.parquet"}]})
    assert answer.status == 200, answer
    put(client, orders, {"id": 1, "items": [{"sku": "a", "qty": 1}, None]}, {"id": 2, "items": []}, {"id": 3})
    run = client.post("/upkeep/runs", query={"verb": "export", "table": f"nest.silver.{orders}"})
    assert run.status == 200, run
    place = server.lake_files / "exports" / "silver" / "nest" / orders / "all.parquet"
    client.create("nest", orders + "_copy", COLUMNS)
    answer = client.post(f"/files/nest/{orders}_copy?ack=silver&name=a.parquet", place.read_bytes(), headers={"Content-Type": "application/octet-stream"})
    assert answer.status == 200, answer
    assert silver(client, orders + "_copy") == silver(client, orders)


def test_firehose_brings_them(client, orders):
    data = base64.b64encode(json.dumps({"id": 1, "items": [{"sku": "a", "qty": "2"}]}).encode()).decode()
    answer = client.post("/", json.dumps({"DeliveryStreamName": f"nest.{orders}", "Record": {"Data": data}}),
                         headers={"X-Amz-Target": "Firehose_20150804.PutRecord", "Content-Type": "application/x-amz-json-1.1"})
    assert answer.status == 200, answer
    client.ingest(f"nest/{orders}", {"id": 2})
    assert silver(client, orders)[0] == (1, [{"sku": "a", "qty": 2}])


def test_upkeep_and_restarts_keep_them(name):
    with Server(env={"TARN_UPKEEP": "false", "TARN_MERGE_ON_READ": "true"}) as server:
        client = server.start().client()
        client.create("nest", name, COLUMNS, format="iceberg", mirror="delta")
        for step in range(6):
            put(client, name, *({"id": key, "items": [{"sku": "x" * 20, "qty": key * step}] * (key % 4)} for key in range(step * 200, step * 200 + 400)))
        put(client, name, *({"id": key} for key in range(0, 1000, 7)), op="delete")
        before = silver(client, name)
        for verb in ("compact", "expire"):
            answer = client.post("/upkeep/runs", query={"verb": verb, "table": f"nest.silver.{name}"})
            assert answer.status == 200 and all(run["status"] == "SUCCEEDED" for run in answer.json()["runs"]), answer
        assert silver(client, name) == before and len(before) == 1400 - 143
        put(client, name, {"id": 1, "items": [{"sku": "tail"}]}, ack="wal")
        server.kill()
        client = server.start().client()
        client.ingest(f"nest/{name}", {"id": 2, "items": None})
        assert silver(client, name)[:2] == [(1, [{"sku": "tail", "qty": None}]), (2, None)]
        server.stop()
        checked = server.cli("fsck", "--lake", server.lake, "--data-dir", server.data_dir)
        assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_catalog_shows_ids_inside(client, name):
    client.create("nest", name, COLUMNS, format="iceberg")
    put(client, name, {"id": 1, "items": [{"sku": "a", "qty": 1}]})
    answer = client.get(f"/iceberg/v1/namespaces/nest%1Fsilver/tables/{name}")
    assert answer.status == 200, answer
    metadata = answer.json()["metadata"]
    schema = next(one for one in metadata["schemas"] if one["schema-id"] == metadata["current-schema-id"])
    field = next(one for one in schema["fields"] if one["name"] == "items")
    ids = [field["id"], field["type"]["element-id"], *(one["id"] for one in field["type"]["element"]["fields"])]
    assert field["type"]["type"] == "list" and field["type"]["element"]["type"] == "struct" and not field["type"]["element-required"]
    assert len({*ids, *(one["id"] for one in schema["fields"])}) == len(schema["fields"]) + 3
    assert max(ids) <= metadata["last-column-id"]


def test_a_job_reads_and_writes_them(client, orders):
    put(client, orders, {"id": 1, "items": [{"sku": "a", "qty": 1}, {"sku": "b", "qty": 2}]}, {"id": 2, "items": []})
    query = f"SELECT id, items, list_transform(items, i -> i.qty) AS quantities FROM nest.silver.{orders}"
    answer = client.post("/transform/jobs", {"domain": "nest", "job_name": orders, "query": query, "write_mode": "append"})
    assert answer.status == 200, answer
    for _ in range(2):
        execution = client.run_job("nest", orders)
        assert execution["status"] == "SUCCEEDED", execution
    assert client.rows(f"SELECT * FROM nest.gold.{orders} ORDER BY id") == 2 * [
        {"id": 1, "items": [{"sku": "a", "qty": 1}, {"sku": "b", "qty": 2}], "quantities": [1, 2]}] + 2 * [{"id": 2, "items": [], "quantities": []}]
