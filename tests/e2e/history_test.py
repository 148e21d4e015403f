# SPDX-License-Identifier: Apache-2.0
"""History, time travel and rollback of silver and gold tables, in both formats, over HTTP and from the command line."""

import pytest

from server import column


@pytest.fixture(params=["delta", "iceberg"])
def orders(request, client):
    """An endpoint with a sequence and four merges: two rows, a change, a delete, a third row."""
    name = f"orders_{request.param}_{request.node.originalname}"[:100]
    client.create("sales", name, [column("id", "integer", primary_key=True), column("v"), column("seq", "integer")],
                  sequence_by="seq", format=request.param)
    client.batch(f"sales/{name}", [{"id": 1, "v": "a", "seq": 1}, {"id": 2, "v": "b", "seq": 1}])
    client.ingest(f"sales/{name}", {"id": 1, "v": "A", "seq": 5})
    client.ingest(f"sales/{name}", {"id": 2, "seq": 5}, op="delete")
    client.ingest(f"sales/{name}", {"id": 3, "v": "c", "seq": 1})
    return name


def rows(client, name, at=""):
    return [tuple(row.values()) for row in client.rows(f"SELECT id, v FROM sales.silver.{name}{at} ORDER BY id")]


def history(client, name, layer="silver", **query):
    answer = client.get(f"/tables/sales/{layer}/{name}/history", query=query)
    assert answer.status == 200, answer
    return answer.json()["versions"]


def merges(client, name):
    """Versions that merged records, oldest first."""
    return [version for version in reversed(history(client, name)) if version["operation"] == "MERGE"]


def rollback(client, name, layer="silver", **body):
    return client.post(f"/tables/sales/{layer}/{name}/rollback", body)


STATES = [[(1, "a"), (2, "b")], [(1, "A"), (2, "b")], [(1, "A")], [(1, "A"), (3, "c")]]


def test_history_names_versions_that_sql_reads(client, orders):
    versions = merges(client, orders)
    assert len(versions) == 4
    assert [version["position"] for version in versions] == sorted(version["position"] for version in versions)
    assert versions[0]["rows_added"] == 2 and versions[0]["rows_removed"] == 0
    for version, state in zip(versions, STATES):
        assert version["id"] == str(version["version"])
        assert rows(client, orders, f" AT (VERSION => {version['version']})") == state
        assert rows(client, orders, f" AT (TIMESTAMP => '{version['committed_at']}')") == state
    assert len(history(client, orders, limit=2)) == 2


def test_rollback_is_a_new_version_that_merges_go_on_from(client, orders):
    versions = merges(client, orders)
    answer = rollback(client, orders, version=versions[0]["id"], expected=versions[-1]["version"])
    assert answer.status == 200, answer
    done = answer.json()
    assert done["changed"] is True and done["target"] == versions[0]["version"] and done["before"] == versions[-1]["version"]
    assert rows(client, orders) == STATES[0]
    newest = history(client, orders, limit=1)[0]
    assert newest["operation"] == "ROLLBACK" and newest["id"] == done["id"]
    again = rollback(client, orders, version=versions[0]["version"], expected=versions[-1]["version"]).json()
    assert again["changed"] is False and again["version"] == done["version"]
    # The sequence of row 1 is what it was, and the delete of row 2 has not been.
    client.batch(f"sales/{orders}", [{"id": 1, "v": "x", "seq": 3}, {"id": 2, "v": "y", "seq": 2}, {"id": 4, "v": "d", "seq": 1}])
    assert rows(client, orders) == [(1, "x"), (2, "y"), (4, "d")]
    assert rows(client, orders, f" AT (VERSION => {versions[-1]['version']})") == STATES[3], "what was undone is still there to see"


def test_what_cannot_be_rolled_back_to_is_refused(client, orders):
    versions = merges(client, orders)
    client.ingest(f"sales/{orders}", {"id": 9, "v": "i", "seq": 1, "x": 1})
    narrow = merges(client, orders)[-1]["version"]
    client.ingest(f"sales/{orders}", {"id": 9, "v": "i", "seq": 2, "x": "text"})
    before = rows(client, orders)
    for body, status, words in (({"version": 77}, 404, "no version"),
                                ({"version": narrow}, 400, "another type"),
                                ({"version": versions[0]["version"], "expected": versions[1]["version"]}, 412, "newer version"),
                                ({}, 422, "version"), ({"version": "x"}, 422, "version"), ({"version": 1.5}, 422, "version")):
        answer = rollback(client, orders, **body)
        assert answer.status == status and words in answer.text, answer
    assert rows(client, orders) == before
    for path in ("/tables/sales/silver/nothing/history", "/tables/sales/gold/nothing/history", "/tables/sales/bronze/x/history"):
        assert client.get(path).status == 404
    assert client.post("/tables/sales/silver/nothing/rollback", {"version": 1}).status == 404
    assert client.get(f"/tables/sales/silver/{orders}/history", query={"limit": "0"}).status == 422


@pytest.mark.parametrize("table_format", ["delta", "iceberg"])
def test_gold_goes_back_with_its_columns(client, table_format):
    job = f"job_{table_format}"
    client.post("/transform/jobs", {"domain": "sales", "job_name": job, "query": "SELECT 1 AS n", "format": table_format})
    client.run_job("sales", job)
    client.put(f"/transform/jobs/sales/{job}", {"query": "SELECT 'two' AS word"})
    client.run_job("sales", job)
    versions = [version for version in history(client, job, layer="gold") if version["run"] is not None]
    assert len(versions) == 2 and versions[0]["run"] > versions[1]["run"]
    assert rollback(client, job, layer="gold", version=versions[1]["version"]).json()["changed"] is True
    assert client.rows(f"SELECT * FROM sales.gold.{job}") == [{"n": 1}]
    client.run_job("sales", job)
    assert client.rows(f"SELECT * FROM sales.gold.{job}") == [{"word": "two"}]


def test_the_command_line_does_the_same(server, client, orders):
    versions = merges(client, orders)
    shown = server.cli("history", f"sales.silver.{orders}", "--url", f"http://127.0.0.1:{server.port}")
    assert shown.returncode == 0, shown
    assert all(version["id"] in shown.stdout for version in versions) and "rows_added" in shown.stdout
    done = server.cli("rollback", f"sales.silver.{orders}", versions[1]["id"], "--url", f"http://127.0.0.1:{server.port}")
    assert done.returncode == 0, done
    assert rows(client, orders) == STATES[1]
    for arguments in (("rollback", f"sales.silver.{orders}", "5"), ("rollback", "orders", "5"), ("history", "sales.silver.nothing")):
        failed = server.cli(*arguments, "--url", f"http://127.0.0.1:{server.port}")
        assert failed.returncode != 0, failed


def test_a_lake_with_rollbacks_is_clean(server, client, orders):
    versions = merges(client, orders)
    for target in (versions[2], versions[0], versions[3]):
        assert rollback(client, orders, version=target["version"]).status == 200
        client.ingest(f"sales/{orders}", {"id": 7, "v": str(target["version"]), "seq": 1})
    assert rows(client, orders) == STATES[3] + [(7, str(versions[3]["version"]))]
    checked = server.cli("fsck", "--lake", server.lake)
    assert checked.returncode == 0, checked
