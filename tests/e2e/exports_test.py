# SPDX-License-Identifier: Apache-2.0
"""Exports: a table's rows as plain files (http-api.md §3.1, §8; lake.md §6.9): docs/guide/exports.md."""

import csv
import json

import pytest

from server import Server, column, wait_until


@pytest.fixture
def own(tmp_path):
    with Server(root=tmp_path, arguments=["--upkeep-interval", "1s"]) as one:
        one.start()
        yield one


def read_csv(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


EXPORTS = [{"format": "csv", "path": "orders.csv"}, {"format": "NDJSON", "path": "daily/orders.ndjson"},
           {"format": "parquet", "path": "orders.parquet"}]


def test_an_endpoint_is_exported_after_commits(own):
    client = own.client()
    columns = [column("id", "integer", primary_key=True), column("note"), column("amount", "decimal(10,2)"), column("tags", "json")]
    made = client.create("out", "orders", columns, exports=EXPORTS)
    assert made["exports"] == [EXPORTS[0], {"format": "ndjson", "path": "daily/orders.ndjson"}, EXPORTS[2]]
    folder = own.lake / "exports/silver/out/orders"
    client.batch("out/orders", [{"id": 1, "note": 'a "quoted", text\nof two lines', "amount": "1.50", "tags": {"k": [1, None]}},
                                {"id": 2, "note": None, "extra": True}, {"id": 3, "note": ""}])
    wait_until(lambda: (folder / "orders.parquet").exists(), 20, "exports")
    rows = sorted(read_csv(folder / "orders.csv"), key=lambda row: row["id"])
    assert [row["id"] for row in rows] == ["1", "2", "3"] and list(rows[0]) == ["id", "note", "amount", "tags", "extra"]
    assert rows[0]["note"] == 'a "quoted", text\nof two lines' and rows[0]["amount"] == "1.50"
    lines = {row["id"]: row for row in map(json.loads, (folder / "daily/orders.ndjson").read_text().splitlines())}
    assert lines[1]["tags"] == {"k": [1, None]} and lines[2]["note"] is None and lines[2]["extra"] is True and lines[3]["note"] == ""
    parquet = (folder / "orders.parquet").read_bytes()
    assert parquet[:4] == b"PAR1" and parquet[-4:] == b"PAR1"
    client.ingest("out/orders", {"id": 1}, op="delete")
    wait_until(lambda: len(read_csv(folder / "orders.csv")) == 2, 20, "the next export")
    assert not list((own.lake / ".tmp").glob("*.csv")) and sorted(path.name for path in folder.iterdir()) == ["daily", "orders.csv", "orders.parquet"]
    wait_until(lambda: (folder / "orders.parquet").read_bytes() != parquet, 20, "the next Parquet file")
    states = {run["status"] for run in client.rows("SELECT status FROM tarn.system.upkeep_runs WHERE verb = 'export'")}
    assert "SUCCEEDED" in states and "FAILED" not in states


def test_exports_may_change_and_are_not_written_without_news(own):
    client = own.client()
    client.create("out", "t", [column("id", "integer", primary_key=True)], exports=EXPORTS[:1])
    client.ingest("out/t", {"id": 1})
    path = own.lake / "exports/silver/out/t/orders.csv"
    wait_until(path.exists, 20)
    written = path.stat().st_mtime_ns
    own.stop()
    own.start()
    client = own.client()
    assert client.post("/upkeep/runs?verb=export").json()["runs"][0]["figures"] == {"exported_files": 0, "exported_rows": 0}
    assert path.stat().st_mtime_ns == written
    changed = client.put("/endpoints/out/t", {"exports": [{"format": "csv", "path": "other.csv"}]})
    assert changed.status == 200 and client.get("/endpoints/out/t").json()["exports"] == [{"format": "csv", "path": "other.csv"}]
    wait_until((own.lake / "exports/silver/out/t/other.csv").exists, 20)
    assert client.put("/endpoints/out/t", {"exports": []}).json()["exports"] == []
    client.ingest("out/t", {"id": 2})
    dry = own.cli("export", "--url", f"http://127.0.0.1:{own.port}", "--dry-run")
    assert dry.returncode == 0, dry
    assert read_csv(path) == [{"id": "1"}], "an export that is not wanted any more stays as it is"


def test_a_job_is_exported_after_runs(own):
    client = own.client()
    job = {"domain": "out", "job_name": "daily", "query": "SELECT range AS n, range * 0.5 AS half FROM range(3)",
           "schedule_type": "manual", "exports": [{"format": "csv", "path": "daily.csv"}]}
    assert client.post("/transform/jobs", job).json()["exports"] == job["exports"]
    run = client.post("/transform/jobs/out/daily/run").json()
    wait_until(lambda: client.get(f"/transform/executions/{run['execution_id']}").json()["status"] == "SUCCEEDED", 20)
    done = own.cli("export", "--url", f"http://127.0.0.1:{own.port}", "--table", "out.gold.daily")
    assert done.returncode == 0, done
    path = own.lake / "exports/gold/out/daily/daily.csv"
    assert path.read_text() == "n,half\n0,0.0\n1,0.5\n2,1.0\n"
    assert client.put("/transform/jobs/out/daily", {"exports": None}).json()["exports"] == []
    assert client.put("/transform/jobs/out/daily", {"exports": [{"format": "csv", "path": "../x"}]}).status == 422


def test_a_broken_place_fails_the_run_and_not_the_table(own):
    client = own.client()
    client.create("out", "t", [column("id", "integer", primary_key=True)], exports=EXPORTS[:1])
    (own.lake / "exports").write_text("in the way")
    client.ingest("out/t", {"id": 1})
    failed = "SELECT error FROM tarn.system.upkeep_runs WHERE verb = 'export' AND status = 'FAILED'"
    wait_until(lambda: client.rows(failed), 20, "a failed run")
    assert str(own.lake) not in client.rows(failed)[0]["error"]
    (own.lake / "exports").unlink()
    wait_until((own.lake / "exports/silver/out/t/orders.csv").exists, 20, "the export")
    own.stop()
    assert own.cli("fsck", "--lake", own.lake, "--data-dir", own.data_dir).returncode == 0
