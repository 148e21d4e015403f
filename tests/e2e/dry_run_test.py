# SPDX-License-Identifier: Apache-2.0
"""`dry_run` tells what a new contract would do to the records that are there, and does nothing (http-api.md §3.4)."""

from server import column

COLUMNS = [column("id", "integer", primary_key=True), column("amount", "string")]


def create(client, name, **options):
    answer = client.post("/endpoints", {"domain": "dry", "name": name, "columns": COLUMNS, **options})
    assert answer.status == 200, answer


def put(client, name, *records, ack="silver"):
    answer = client.post(f"/ingest/dry/{name}/batch?ack={ack}", list(records))
    assert answer.status == 200, answer


def dry_run(client, name, body, **query):
    asked = "&".join(["dry_run=true", *(f"{key}={value}" for key, value in query.items())])
    answer = client.put(f"/endpoints/dry/{name}?{asked}", body)
    assert answer.status == 200, answer
    report = answer.json()
    assert report["dry_run"] is True and report["id"] == f"dry/{name}"
    return report


def test_it_says_what_would_happen_and_does_nothing(client, name):
    create(client, name)
    put(client, name, {"id": 1, "amount": "5"}, {"id": 2, "amount": "x", "note": "n"}, {"id": 3, "amount": "7"}, {"id": "bad"})
    put(client, name, {"id": 4, "amount": "y"}, ack="wal")
    report = dry_run(client, name, {"columns": [column("id", "integer", primary_key=True), column("amount", "integer"), column("paid", "boolean")]})
    assert report["version"] == 2 and report["compatible"] is False
    assert [(change["column"], change["change"]) for change in report["changes"]] == [("amount", "type")]
    records = report["records"]
    assert {key: records[key] for key in ("checked", "valid", "quarantined", "quarantined_before")} == {"checked": 5, "valid": 2, "quarantined": 3, "quarantined_before": 1}
    assert [[(error["field"], error["type"]) for error in one["errors"]] for one in records["errors"]] == [[("amount", "int_parsing")], [("id", "int_parsing")], [("amount", "int_parsing")]]
    offsets = [row["_offset"] for row in client.rows(f"SELECT _offset FROM dry.bronze.{name} ORDER BY _offset")]
    assert [one["offset"] for one in records["errors"]] == [offsets[1], offsets[3], offsets[4]]
    assert report["columns"]["new"] == [{"name": "paid", "type": "BOOLEAN"}]
    assert report["columns"]["changed"] == [{"name": "amount", "from": "VARCHAR", "to": "BIGINT"}]
    assert client.get(f"/endpoints/dry/{name}").json()["version"] == 1
    assert client.put(f"/endpoints/dry/{name}", {"description": "still the first"}).json()["version"] == 2


def test_a_compatible_change(client, name):
    create(client, name)
    put(client, name, {"id": 1, "amount": "5", "note": 1.5})
    report = dry_run(client, name, {"columns": [*COLUMNS, column("note", "string")]})
    assert report["compatible"] is True and report["changes"] == []
    assert report["records"]["quarantined"] == 1, "a number is no string"
    assert report["columns"] == {"new": [], "changed": [{"name": "note", "from": "DOUBLE", "to": "VARCHAR"}], "removed": []}


def test_fields_of_the_sample_make_columns(client, name):
    create(client, name, unknown_fields="ignore")
    put(client, name, *({"id": i, "amount": str(i), "late" if i > 3 else "early": i} for i in range(6)))
    report = dry_run(client, name, {"unknown_fields": "evolve"}, sample=2)
    assert report["records"]["checked"] == 2 and report["columns"]["new"] == [{"name": "late", "type": "BIGINT"}]
    report = dry_run(client, name, {"unknown_fields": "quarantine"}, sample=5)
    assert report["records"]["quarantined"] == 5 and report["columns"]["new"] == []
    assert dry_run(client, name, {}, sample=0)["records"]["checked"] == 0


def test_listed_errors_are_bounded(client, name):
    create(client, name)
    put(client, name, *({"id": i, "amount": "x"} for i in range(250)))
    records = dry_run(client, name, {"columns": [column("id", "integer", primary_key=True), column("amount", "integer")]}, sample=240)["records"]
    assert records["checked"] == records["quarantined"] == 240 and len(records["errors"]) == 100


def test_bodies_and_parameters_are_checked_as_ever(client, name):
    create(client, name)
    assert client.put(f"/endpoints/dry/{name}?dry_run=true", {"sequence_by": "no_such"}).status == 422
    assert client.put(f"/endpoints/dry/{name}?dry_run=true&sample=100001", {}).status == 422
    assert client.put("/endpoints/dry/never_made?dry_run=true", {}).status == 404
    body = {"domain": "dry", "name": name, "columns": COLUMNS}
    assert client.post("/endpoints?dry_run=true", body).status == 400
    made = client.post("/endpoints?dry_run=true", {**body, "name": "never_made"})
    assert made.status == 200 and made.json()["version"] == 1, made
    assert [one["name"] for one in made.json()["columns"]["new"]] == ["id", "amount"]
    assert client.get("/endpoints/dry/never_made").status == 404
