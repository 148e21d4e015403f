# SPDX-License-Identifier: Apache-2.0
"""Tables keep themselves fit while they are written and read: docs/guide/upkeep.md."""

import os
import threading
import time

import pytest

from server import Server, column, wait_until

EAGER = ["--upkeep-interval", "1s", "--keep-versions", "2", "--query-timeout", "5s", "--delete-after", "6s", "--compact-files", "2"]


@pytest.fixture(params=["delta", "iceberg"])
def own(tmp_path, request):
    with Server(root=tmp_path, arguments=[*EAGER, "--table-format", request.param]) as one:
        one.start()
        yield one


def data_files(server, folder):
    return sum(1 for _ in (server.lake / folder / "data").glob("*.parquet"))


def fsck(server):
    return server.cli("fsck", "--lake", server.lake, "--data-dir", server.data_dir)


def test_files_and_versions_go_while_rows_stay(own):
    client = own.client()
    client.create("fit", "t", [column("id", "integer", primary_key=True), column("v", "integer")])
    for number in range(80):
        client.batch("fit/t", [{"id": number % 7, "v": number}, {"id": 100 + number, "v": number}])
    expected = client.rows("SELECT id, v FROM fit.silver.t ORDER BY id")
    assert len(expected) == 87
    health = "SELECT files, log_versions FROM tarn.system.tables WHERE domain = 'fit'"
    wait_until(lambda: client.rows(health)[0]["files"] <= 2, timeout_s=60)
    wait_until(lambda: data_files(own, "silver/fit/t") <= 40, timeout_s=90)
    assert client.rows("SELECT id, v FROM fit.silver.t ORDER BY id") == expected
    runs = client.rows("SELECT DISTINCT verb, status FROM tarn.system.upkeep_runs ORDER BY verb")
    assert {"verb": "expire", "status": "SUCCEEDED"} in runs
    assert not [run for run in runs if run["status"] == "FAILED"], client.rows("SELECT * FROM tarn.system.upkeep_runs WHERE status = 'FAILED'")
    client.ingest("fit/t", {"id": 3, "v": 1000})
    assert client.value("SELECT v FROM fit.silver.t WHERE id = 3") == 1000
    own.stop()
    done = fsck(own)
    assert done.returncode == 0, done
    own.start()
    assert own.client().value("SELECT count(*) FROM fit.silver.t") == 87


def bronze_objects(server, domain, table):
    return sum(1 for _ in (server.lake / "bronze" / domain / table).glob("*/*/*/*/*.zst"))


def test_bronze_is_merged_while_it_is_read_and_written(own):
    client = own.client()
    client.create("fit", "b", [column("id", "integer", primary_key=True), column("v", "integer")])
    stop, seen, problems = threading.Event(), [], []

    def read():
        """Rows only grow, and whatever is there is whole."""
        reader = own.client()
        while not stop.is_set():
            row = reader.rows("SELECT count(*) AS n, count(DISTINCT _offset) AS d, sum(v) AS s FROM fit.bronze.b")[0]
            if row["n"] != row["d"] or (seen and row["n"] < seen[-1]["n"]):
                problems.append((row, seen[-1:]))
            seen.append(row)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        for number in range(60):
            client.batch("fit/b", [{"id": number % 5, "v": number}])
        wait_until(lambda: bronze_objects(own, "fit", "b") <= 20, timeout_s=90)
    finally:
        stop.set()
        thread.join()
    assert problems == [] and len(seen) > 10
    rows = client.rows("SELECT id, v, _offset FROM fit.bronze.b")
    assert [row["v"] for row in rows] == list(range(60))
    merged = "SELECT count(*) FROM tarn.system.upkeep_runs WHERE table_name = 'fit.bronze.b' AND (figures->>'merged_entries')::BIGINT > 0"
    assert client.value(merged) > 0
    own.stop()
    done = fsck(own)
    assert done.returncode == 0, done
    own.start()
    client = own.client()
    assert client.rows("SELECT id, v, _offset FROM fit.bronze.b") == rows
    client.ingest("fit/b", {"id": 3, "v": 1000})
    assert client.value("SELECT v FROM fit.silver.b WHERE id = 3") == 1000


def test_orphans_are_listed_by_a_dry_run_and_deleted_without(own):
    client = own.client()
    client.create("fit", "t", [column("id", "integer", primary_key=True)])
    client.ingest("fit/t", {"id": 1})
    orphan = own.lake / "silver/fit/t/data/left-behind.parquet"
    orphan.write_bytes(b"half of a file")
    four_days_ago = time.time() - 4 * 86_400
    os.utime(orphan, (four_days_ago, four_days_ago))
    young = own.lake / "silver/fit/t/data/being-written.parquet"
    young.write_bytes(b"a file")
    url = f"http://127.0.0.1:{own.port}"
    dry = own.cli("orphans", "--dry-run", "--url", url)
    assert dry.returncode == 0 and "silver/fit/t/data/left-behind.parquet" in dry.stdout, dry
    assert orphan.exists()
    done = own.cli("orphans", "--url", url)
    assert done.returncode == 0, done
    assert not orphan.exists() and young.exists()
    assert client.value("SELECT count(*) FROM fit.silver.t") == 1


def test_verbs_answer_what_they_did(own):
    client = own.client()
    client.create("fit", "t", [column("id", "integer", primary_key=True)])
    client.ingest("fit/t", {"id": 1})
    url = f"http://127.0.0.1:{own.port}"
    for verb in ("compact", "expire"):
        done = own.cli(verb, "--table", "fit.silver.t", "--dry-run", "--url", url)
        assert done.returncode == 0 and done.stdout.startswith(f"{verb} fit.silver.t: "), done
    assert own.cli("compact", "--table", "fit.silver.nothing", "--url", url).returncode != 0
    answer = client.post("/upkeep/runs", query={"verb": "compact", "table": "fit.silver.t"})
    assert answer.status == 200 and [run["status"] for run in answer.json()["runs"]] == ["SUCCEEDED"], answer
    assert client.post("/upkeep/runs", query={"verb": "sweep"}).status == 422
    assert client.post("/upkeep/runs", query={"verb": "compact", "table": "a.silver.b"}).status == 404
    tables = client.get("/upkeep/tables").json()["tables"]
    assert [(one["table"], one["rows"]) for one in tables] == [("fit.silver.t", 1)]
    assert "compact" in [run["verb"] for run in client.get("/upkeep/runs").json()["runs"]]
    assert b"tarn_upkeep_runs_total" in client.get("/metrics").body
