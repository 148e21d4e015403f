# SPDX-License-Identifier: Apache-2.0
"""Dropped files: uploads over HTTP, what they become, each of them once."""

import gzip
import http.client
import json
import os
import threading
import time

import pytest

from server import Server, column

COLUMNS = [{"name": "id", "type": "integer", "primary_key": True}, {"name": "n", "type": "integer"}, {"name": "s"}]


@pytest.fixture
def orders(client, name):
    client.create("drop", name, COLUMNS)
    return name


def upload(client, table, body, headers=None, **query):
    query = {"ack": "silver", **query}
    return client.post(f"/files/drop/{table}", body, query=query, headers={"Content-Type": "application/octet-stream", **(headers or {})})


def silver(client, name):
    return [tuple(row.values()) for row in client.rows(f"SELECT id, n, s FROM drop.silver.{name} ORDER BY id")]


def test_a_csv_file_becomes_rows_and_says_so(client, orders):
    answer = upload(client, orders, b"id;n;s\n1;2;\"a;b\"\n2;x;c\n3;;d\n4;5\n", name="orders.csv")
    assert answer.status == 200, answer
    manifest = answer.json()
    wanted = {"status": "taken", "endpoint": f"drop/{orders}", "name": "orders.csv", "format": "csv", "compression": "none",
              "rows": 4, "accepted": 2, "quarantined": 2, "receipt": "f1-1", "already_taken": False, "ack": "silver"}
    assert wanted.items() <= manifest.items()
    assert manifest["first_entry"] == manifest["last_entry"] == 1
    assert silver(client, orders) == [(1, 2, "a;b"), (3, None, "d")]
    refused = client.get(f"/quarantine/drop/{orders}").json()["records"]
    assert [(record["id"], record["errors"][0]["type"]) for record in refused] == [("f1-2", "int_parsing"), ("f1-4", "csv_invalid")]
    rows = client.rows(f"SELECT _offset, _disposition, _request_id FROM drop.bronze.{orders} ORDER BY _offset")
    assert [(row["_offset"], row["_disposition"]) for row in rows] == [("f1-1", "valid"), ("f1-2", "quarantined"), ("f1-3", "valid"), ("f1-4", "quarantined")]
    assert {row["_request_id"] for row in rows} == {manifest["request_id"]}


def test_a_refused_row_is_edited_and_replayed_like_any_other(client, orders):
    upload(client, orders, b"id,n\n1,x\n")
    assert client.put(f"/quarantine/drop/{orders}/f1-1", {"payload": {"id": 1, "n": 7}}).status == 200
    assert client.post(f"/quarantine/drop/{orders}/f1-1/replay").json()["status"] == "replayed"
    client.ingest(f"drop/{orders}", {"id": 2})
    assert silver(client, orders) == [(1, 7, None), (2, None, None)]


@pytest.mark.parametrize(("file_name", "body"), [
    ("a.ndjson", b'{"id":1,"n":2,"s":"x"}\n\n{"id":2,"n":3,"s":"y"}'),
    ("a.json", b'[{"id":1,"n":2,"s":"x"},\n {"id":2,\n"n":3,"s":"y"}]'),
    ("a.json", b'{"id":1,"n":2,"s":"x"} {"id":2,"n":3,"s":"y"}'),
    ("a.csv", b"\xef\xbb\xbfid,n,s\r\n1,2,x\r\n2,3,y\r\n"),
    ("a.tsv", b"n\tid\ts\n2\t1\tx\n3\t2\ty\n"),
    ("a", b'{"id":1,"n":2,"s":"x"}\n{"id":2,"n":3,"s":"y"}\n'),
])
@pytest.mark.parametrize("packed", [False, True])
def test_formats_and_compressions_are_found(client, orders, file_name, body, packed):
    answer = upload(client, orders, gzip.compress(body) if packed else body, name=file_name + (".gz" if packed else ""))
    assert answer.status == 200, answer
    assert answer.json()["rows"] == 2 and answer.json()["compression"] == ("gzip" if packed else "none")
    assert silver(client, orders) == [(1, 2, "x"), (2, 3, "y")]


def test_options_override_what_is_found(client, orders):
    answer = upload(client, orders, b"1|2|NA\n2|3|'a|b'\n", format="csv", delimiter="|", quote="'", header="false", columns="id,n,s", null="NA")
    assert answer.status == 200, answer
    assert silver(client, orders) == [(1, 2, None), (2, 3, "a|b")]


def test_a_second_upload_of_the_same_file_changes_nothing(client, orders):
    first = upload(client, orders, b"id,n\n1,1\n", name="a.csv").json()
    again = upload(client, orders, b"id,n\n1,1\n", name="a.csv")
    assert again.status == 200 and again.json()["already_taken"] is True
    assert again.json()["receipt"] == first["receipt"]
    assert client.value(f"SELECT count(*) FROM drop.bronze.{orders}") == 1
    other = upload(client, orders, b"id,n\n1,2\n", name="a.csv").json()
    assert other["already_taken"] is False and other["receipt"] == "f2-1"
    files = client.get(f"/files/drop/{orders}").json()
    assert [(file["receipt"], file["rows"]) for file in files["files"]] == [("f2-1", 1), ("f1-1", 1)]
    assert files["count"] == 2
    by_sql = client.rows(f"SELECT name, status, row_count, receipt FROM tarn.system.files WHERE table_name = '{orders}' ORDER BY receipt")
    assert [tuple(row.values()) for row in by_sql] == [("a.csv", "taken", 1, "f1-1"), ("a.csv", "taken", 1, "f2-1")]


def test_a_form_may_bring_several_files(client, orders):
    body = (b'--B\r\nContent-Disposition: form-data; name="delimiter"\r\n\r\n|\r\n'
            b'--B\r\nContent-Disposition: form-data; name="f"; filename="one.csv"\r\n\r\nid|n\n1|2\n\r\n'
            b'--B\r\nContent-Disposition: form-data; name="f"; filename="two.ndjson"\r\n\r\n{"id":5}\r\n--B--\r\n')
    answer = upload(client, orders, body, headers={"Content-Type": "multipart/form-data; boundary=B"})
    assert answer.status == 200, answer
    assert [(file["name"], file["rows"]) for file in answer.json()["files"]] == [("one.csv", 1), ("two.ndjson", 1)]
    assert silver(client, orders) == [(1, 2, None), (5, None, None)]
    cut = upload(client, orders, body[:-20], headers={"Content-Type": "multipart/form-data; boundary=B"})
    assert cut.status == 422


def test_what_cannot_be_read_is_refused_with_its_reason(client, orders):
    broken = upload(client, orders, b'[{"id":1},{"id":2}', name="a.json")
    assert broken.status == 422 and broken.json()["detail"][0]["type"] == "file_unreadable"
    assert (broken.json()["status"], broken.json()["rows"]) == ("failed", 2)
    assert [record["errors"][0]["type"] for record in client.get(f"/quarantine/drop/{orders}").json()["records"]] == ["file_unreadable"]
    damaged = upload(client, orders, gzip.compress(b"id\n1\n")[:-6], name="a.csv.gz")
    assert damaged.status == 422 and "damaged gzip" in damaged.json()["detail"][0]["msg"]
    assert upload(client, orders, b"", name="empty").status == 422
    parquet = upload(client, orders, b"PAR1xxxx", name="a.parquet")
    assert parquet.status == 422 and "Parquet" in parquet.json()["detail"][0]["msg"]
    assert upload(client, orders, b"x", format="xml").status == 422
    assert upload(client, "nobody", b"x").status == 404
    assert client.get("/files/drop/nobody").status == 404
    assert client.value(f"SELECT count(*) FROM drop.bronze.{orders}") == 2


def parquet_of(server, client, name, rows):
    """The rows as a Parquet file that an export wrote."""
    client.create("drop", name, [{"name": "id", "type": "integer", "primary_key": True}, {"name": "n", "type": "decimal(20,2)"},
                                 {"name": "seen", "type": "timestamp"}, {"name": "v", "type": "json"}],
                  exports=[{"format": "parquet", "path": "all.parquet"}])
    client.batch(f"drop/{name}", rows)
    client.post("/upkeep/runs", query={"verb": "export", "table": f"drop.silver.{name}"})
    return (server.lake_files / "exports" / "silver" / "drop" / name / "all.parquet").read_bytes()


def test_a_parquet_file_becomes_rows(server, client, orders, name):
    body = parquet_of(server, client, name + "_src", [
        {"id": 1, "n": "123456789012345678.25", "seen": "2026-01-02T03:04:05.5Z", "v": {"a": [1, 2]}},
        {"id": 2, "n": None, "seen": None, "v": None}])
    client.create("drop", name + "_dst", [{"name": "id", "type": "integer", "primary_key": True}, {"name": "n", "type": "decimal(20,2)"},
                                          {"name": "seen", "type": "timestamp"}, {"name": "v", "type": "json"}])
    answer = upload(client, name + "_dst", body, name="rows.parquet")
    assert answer.status == 200, answer
    wanted = {"status": "taken", "format": "parquet", "compression": "none", "rows": 2, "accepted": 2, "receipt": "f1-1", "ack": "silver"}
    assert wanted.items() <= answer.json().items()
    columns = "SELECT id, n, seen, v FROM drop.silver."
    assert client.rows(f"{columns}{name}_dst ORDER BY id") == client.rows(f"{columns}{name}_src ORDER BY id")
    assert upload(client, name + "_dst", body, name="rows.parquet").json()["already_taken"] is True
    assert client.rows(f"SELECT name, status, format, row_count FROM tarn.system.files WHERE table_name = '{name}_dst'") == [
        {"name": "rows.parquet", "status": "taken", "format": "parquet", "row_count": 2}]
    assert upload(client, orders, gzip.compress(body), name="rows.parquet.gz").status == 422


def test_a_strict_file_is_taken_whole_or_not_at_all(client, orders):
    bad = upload(client, orders, b"id,n\n1,2\n2,x\n3\n", name="a.csv", strict="true")
    assert bad.status == 400, bad
    detail = bad.json()["detail"]
    assert (detail["error"], detail["endpoint"], detail["total_records"], detail["failed_count"]) == ("Payload validation failed", f"drop/{orders}", 3, 2)
    assert [(error["record_index"], error["field"], error["type"]) for error in detail["validation_errors"]] == [(1, "n", "int_parsing"), (2, "", "csv_invalid")]
    assert client.get(f"/files/drop/{orders}").json()["count"] == 0
    assert client.get(f"/quarantine/drop/{orders}").json()["records"] == []
    assert upload(client, orders, b'[{"id":1},', name="a.json", strict="true").status == 422
    assert upload(client, orders, b"id,n\n1,2\n2,3\n", name="a.csv", strict="true").json()["rows"] == 2
    assert silver(client, orders) == [(1, 2, None), (2, 3, None)]


def test_a_chunked_body_of_any_size_is_streamed(client, orders):
    """While the client does not say how large it is; more rows than one entry takes."""
    rows = 600_000
    connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=300)

    def pieces():
        yield b"id,n,s\n"
        for start in range(0, rows, 10_000):
            yield b"".join(b"%d,%d,x\n" % (row, row % 7) for row in range(start, start + 10_000))

    connection.request("POST", f"/files/drop/{orders}?format=csv", pieces(), {"Transfer-Encoding": "chunked"}, encode_chunked=True)
    response = connection.getresponse()
    answer = json.loads(response.read())
    assert response.status == 200 and answer["rows"] == rows and answer["last_entry"] > answer["first_entry"], answer
    deadline = time.monotonic() + 300
    while client.value(f"SELECT count(*) FROM drop.silver.{orders}") < rows and time.monotonic() < deadline:
        time.sleep(0.5)
    assert client.rows(f"SELECT count(*) AS c, sum(n) AS n FROM drop.silver.{orders}") == [{"c": rows, "n": sum(row % 7 for row in range(rows))}]


def test_a_client_that_leaves_in_the_middle_leaves_nothing(client, orders):
    connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=30)
    connection.putrequest("POST", f"/files/drop/{orders}?format=csv")
    connection.putheader("Content-Length", "1000000")
    connection.endheaders(b"id,n\n1,1\n")
    connection.close()
    assert upload(client, orders, b"id,n\n2,1\n", name="b.csv").json()["receipt"] == "f1-1"
    assert client.value(f"SELECT count(*) FROM drop.bronze.{orders}") == 1


@pytest.mark.parametrize("packed", [False, True])
def test_killed_in_the_middle_each_row_comes_once(tmp_path, packed):
    rows = 700_000  # two entries: the first is there when the process ends
    text = "".join(f'{{"id":{row}}}\n' for row in range(rows)).encode()
    body = gzip.compress(text, 1) if packed else text
    with Server(root=tmp_path) as server:
        server.start()
        client = server.client()
        client.create("drop", "big", [column("id", "integer")])
        threading.Thread(target=lambda: quietly(server.client(), body), daemon=True).start()
        deadline = time.monotonic() + 120
        while client.value("SELECT count(*) FROM drop.bronze.big") == 0:
            assert time.monotonic() < deadline, server.log_tail()
        server.kill()
        server.start()
        client = server.client(timeout_s=300)
        answer = client.post("/files/drop/big", body, query={"name": "big.ndjson", "ack": "silver", "ack_timeout_ms": 300_000},
                             headers={"Content-Type": "application/octet-stream"})
        assert answer.status == 200 and answer.json()["rows"] == rows, answer
        for layer in ("bronze", "silver"):
            assert client.rows(f"SELECT count(*) AS c, count(DISTINCT id) AS d FROM drop.{layer}.big") == [{"c": rows, "d": rows}]
        server.stop()
        done = server.cli("fsck", "--lake", server.lake, "--data-dir", server.data_dir)
        assert done.returncode == 0, done.stdout + done.stderr


def quietly(client, body):
    try:
        client.post("/files/drop/big", body, query={"name": "big.ndjson"}, headers={"Content-Type": "application/octet-stream"})
    except (OSError, http.client.HTTPException):
        pass


def test_fsck_names_a_file_that_changed(tmp_path):
    with Server(root=tmp_path) as server:
        if server.in_bucket:
            pytest.skip("the lake is no directory")
        server.start()
        client = server.client()
        client.create("drop", "small", [column("id", "integer", primary_key=True)])
        assert upload(client, "small", b"id\n1\n2\n", name="a.csv").status == 200
        server.stop()
        assert server.cli("fsck", "--lake", server.lake, "--data-dir", server.data_dir).returncode == 0
        (path,) = (server.lake / "bronze/drop/small/_files").iterdir()
        os.chmod(path, 0o644)
        path.write_bytes(b"id\n1\n3\n")
        done = server.cli("fsck", "--lake", server.lake)
        assert done.returncode != 0 and path.name in done.stdout + done.stderr, done.stdout


def wait_for(client, sql, wanted, timeout_s=60):
    deadline = time.monotonic() + timeout_s
    while client.value(sql) != wanted:
        assert time.monotonic() < deadline, (sql, client.value(sql))
        time.sleep(0.1)


def test_a_watched_directory_is_emptied_into_its_endpoint_once(tmp_path):
    place = tmp_path / "incoming"
    (place / "sub").mkdir(parents=True)
    with Server(root=tmp_path / "server", arguments=["--watch", f"drop/orders={place}", "--watch-interval", "200ms"]) as server:
        server.start()
        client = server.client()
        (place / "early.csv").write_text("id\n1\n")  # before there is an endpoint
        client.create("drop", "orders", [column("id", "integer", primary_key=True)])
        (place / "sub/two.ndjson").write_text('{"id":2}\n')
        (place / ".hidden.csv").write_text("id\n8\n")
        (place / "half.csv.part").write_text("id\n9\n")
        (place / "broken.json").write_text('[{"id":3},')
        wait_for(client, "SELECT count(*) FROM drop.silver.orders", 3)
        with open(place / "slow.csv", "w") as slow:
            slow.write("id\n")
            for row in range(10, 20):
                slow.write(f"{row}\n")
                slow.flush()
                time.sleep(0.05)
        wait_for(client, "SELECT count(*) FROM drop.silver.orders", 13)
        assert client.value("SELECT count(*) FROM drop.quarantine.orders") == 1
        server.stop()
        server.start()
        client = server.client()
        (place / "last.csv").write_text("id\n30\n")
        wait_for(client, "SELECT count(*) FROM drop.silver.orders", 14)
        assert client.value("SELECT count(*) FROM drop.bronze.orders") == 14
        names = [file["name"] for file in client.get("/files/drop/orders").json()["files"]]
        assert sorted(names) == ["broken.json", "early.csv", "last.csv", "slow.csv", "sub/two.ndjson"]


def test_objects_under_a_watched_prefix_stay_where_they_are(tmp_path):
    with Server(root=tmp_path, arguments=["--watch", "drop/orders=lake:incoming/orders/", "--watch-interval", "200ms"]) as server:
        server.start()
        client = server.client()
        client.create("drop", "orders", [column("id", "integer", primary_key=True)])
        folder = server.lake_files / "incoming/orders"
        folder.mkdir(parents=True)
        (folder / "a.csv").write_text("id\n1\n2\n")
        wait_for(client, "SELECT count(*) FROM drop.silver.orders", 2)
        (file,) = client.get("/files/drop/orders").json()["files"]
        assert file["name"] == "incoming/orders/a.csv"
        (server.lake_files / "other").mkdir()
        (server.lake_files / "other/b c.csv").write_text("id\n3\n")
        bucket = str(server.lake).removeprefix("s3://").split("/")[0] if server.in_bucket else "any"
        prefix = "".join(f"{part}/" for part in str(server.lake).removeprefix("s3://").split("/")[1:]) if server.in_bucket else ""
        event = {"Records": [{"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": bucket}, "object": {"key": f"{prefix}{key}"}}}
                             for key in ("other/b+c.csv", "incoming/orders/a.csv")]}
        for already in (False, True):
            answer = client.post("/files/drop/orders/events", event)
            assert answer.status == 200, answer
            assert [(file["rows"], file["already_taken"]) for file in answer.json()["files"]] == [(1, already), (2, True)]
        assert client.value("SELECT count(*) FROM drop.bronze.orders") == 3
        assert client.post("/files/drop/orders/events", {"Records": [{"s3": {"bucket": {"name": bucket}, "object": {"key": f"{prefix}bronze/drop/orders/_log/x"}}}]}).status == 422
        assert client.post("/files/drop/orders/events", {"a": 1}).status == 422


def test_parquet_files_arrive_in_every_way(tmp_path):
    """Dropped into a directory, put under a watched prefix, named by an event, found by a crawl."""
    place = tmp_path / "incoming"
    place.mkdir()
    watched = f"drop/here={place},drop/there=lake:incoming/there/"
    with Server(root=tmp_path / "server", arguments=["--watch", watched, "--watch-interval", "200ms"]) as server:
        server.start()
        client = server.client()
        body = parquet_of(server, client, "source", [{"id": row, "n": f"{row}.25", "seen": "2026-01-02T03:04:05Z", "v": {"a": row}} for row in range(1, 4)])
        columns = [column("id", "integer", primary_key=True), column("n", "decimal(20,2)"), column("seen", "timestamp"), column("v", "json")]
        for name in ("here", "there", "told"):
            client.create("drop", name, columns)
        (place / "rows.parquet").write_bytes(body)
        for folder in ("there", "told"):
            (server.lake_files / "incoming" / folder / "day=2026-01-02").mkdir(parents=True)
            (server.lake_files / "incoming" / folder / "day=2026-01-02" / "rows.parquet").write_bytes(body)
        bucket = str(server.lake).removeprefix("s3://").split("/")[0] if server.in_bucket else "any"
        prefix = "".join(f"{part}/" for part in str(server.lake).removeprefix("s3://").split("/")[1:]) if server.in_bucket else ""
        event = {"detail": {"bucket": {"name": bucket}, "object": {"key": f"{prefix}incoming/told/day=2026-01-02/rows.parquet"}}}
        assert client.post("/files/drop/told/events", event).json()["files"][0]["rows"] == 3
        wanted = client.rows("SELECT id, n, seen, v FROM drop.silver.source ORDER BY id")
        for name in ("here", "there", "told"):
            wait_for(client, f"SELECT count(*) FROM drop.silver.{name}", 3)
            assert client.rows(f"SELECT id, n, seen, v FROM drop.silver.{name} ORDER BY id") == wanted
            (file,) = client.get(f"/files/drop/{name}").json()["files"]
            assert (file["format"], file["rows"], file["quarantined"]) == ("parquet", 3, 0)
        if not server.in_bucket:
            found = server.cli("crawl", server.lake_files / "incoming")
            assert found.returncode == 0, found
            proposals = {one["name"]: one for one in map(json.loads, found.stdout.splitlines())}
            assert proposals["told"]["columns"][0]["type"] == "integer" and proposals["told"]["columns"][1]["type"] == "decimal(20,2)", proposals


def test_import_sends_files_from_a_shell(tmp_path, client, orders):
    (tmp_path / "a.csv").write_text("id;n\n1;2\n2;x\n")
    (tmp_path / "b.ndjson.gz").write_bytes(gzip.compress(b'{"id":3}'))
    with Server(root=tmp_path / "unused") as server:
        url = f"http://127.0.0.1:{client.port}"
        done = server.cli("import", f"drop/{orders}", tmp_path / "a.csv", tmp_path / "b.ndjson.gz", "--url", url, "--ack", "silver")
        assert done.returncode == 0, done
        assert done.stdout.splitlines() == [f"{tmp_path}/a.csv: 2 rows, 1 accepted, 1 quarantined", f"{tmp_path}/b.ndjson.gz: 1 rows, 1 accepted, 0 quarantined"]
        again = server.cli("import", f"drop/{orders}", tmp_path / "a.csv", tmp_path / "none.csv", "--url", url)
        assert again.returncode == 1 and "taken before" in again.stdout and "cannot read" in again.stderr, again
    assert silver(client, orders) == [(1, 2, None), (3, None, None)]
