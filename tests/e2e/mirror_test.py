# SPDX-License-Identifier: Apache-2.0
"""One table in both formats: docs/guide/endpoints.md, "One table in both formats". That other engines read the same rows of both
is tests/interop's."""

import json
import random
import re
import shutil

import pytest

from server import Server, column, wait_until

BOTH_WAYS = [("delta", "iceberg"), ("iceberg", "delta")]
EAGER = ["--keep-versions", "2", "--query-timeout", "1s", "--delete-after", "2s", "--compact-files", "2"]


@pytest.fixture(scope="module")
def server():
    running = Server(env={"TARN_UPKEEP": "false"}, arguments=EAGER)
    try:
        yield running.start()
    except BaseException:
        print(running.log_tail())
        raise
    finally:
        running.close()


def delta_rows(folder):
    """Live rows as the log's JSON files say, all of which are there."""
    live = {}
    for path in sorted(path for path in (folder / "_delta_log").glob("*.json") if path.stem.isdigit()):
        for action in map(json.loads, path.read_text().splitlines()):
            if "remove" in action:
                live.pop(action["remove"]["path"], None)
            if "add" in action:
                add = action["add"]
                live[add["path"]] = json.loads(add["stats"])["numRecords"] - (add.get("deletionVector") or {}).get("cardinality", 0)
    return sum(live.values())


def newest_metadata(folder):
    found = [(int(re.match(r"v(\d+)", path.name)[1]), path) for path in (folder / "metadata").glob("v*.metadata.json")]
    return json.loads(max(found)[1].read_text())


def iceberg_rows(folder):
    metadata = newest_metadata(folder)
    summary = next(one["summary"] for one in metadata["snapshots"] if one["snapshot-id"] == metadata["current-snapshot-id"])
    return int(summary["total-records"]) - int(summary["total-position-deletes"])


def rows_in(form, folder):
    return delta_rows(folder) if form == "delta" else iceberg_rows(folder)


def health(client, name):
    (row,) = client.rows(f"SELECT mirror, mirror_lag, mirror_error FROM tarn.system.tables WHERE table_name = '{name}' AND layer != 'bronze'")
    return row


def check_lake(server):
    server.stop()
    done = server.cli("fsck", "--lake", server.lake, "--data-dir", server.data_dir)
    assert done.returncode == 0, done
    server.start()
    return server.client()


@pytest.mark.parametrize("form, mirror", BOTH_WAYS)
def test_both_show_the_rows_of_every_commit(server, name, form, mirror):
    client = server.client()
    dice = random.Random(3)
    folder = server.lake / "silver" / "twin" / name
    client.create("twin", name, [column("id", "integer", primary_key=True), column("v")], format=form, mirror=mirror)

    def same():
        count = client.value(f"SELECT count(*) FROM twin.silver.{name}")
        assert rows_in(form, folder) == rows_in(mirror, folder) == count
        assert health(client, name) == {"mirror": mirror, "mirror_lag": 0, "mirror_error": None}
        return count

    client.batch(f"twin/{name}", [{"id": key, "v": f"{dice.getrandbits(512):0128x}"} for key in range(3_000)])
    assert same() == 3_000
    client.batch(f"twin/{name}", [{"id": key, "v": "changed"} for key in range(2_990, 3_010)])
    assert same() == 3_010
    client.batch(f"twin/{name}", [{"id": key, "_op": "delete"} for key in dice.sample(range(3_000), 25)])
    assert same() == 2_985
    client.batch(f"twin/{name}", [{"id": 1, "late": 1.5}, {"id": 5_000, "late": 2.5}])
    assert same() in (2_986, 2_987)
    before = client.rows(f"SELECT * FROM twin.silver.{name} ORDER BY id", max_rows=10_000)
    assert list((folder).rglob("deletion_vector_*.bin")) and list(folder.rglob("*-deletes.parquet")), "rows are marked in both formats"

    versions = client.get(f"/tables/twin/silver/{name}/history").json()["versions"]
    back = client.post(f"/tables/twin/silver/{name}/rollback", {"version": versions[-1]["version"]})
    assert back.status == 200, back
    assert same() == 3_000
    assert client.value(f"SELECT count(*) FROM twin.silver.{name} AT (VERSION => {versions[0]['version']})") == len(before)
    for _ in range(3):
        client.batch(f"twin/{name}", [{"id": dice.randrange(9_000)} for _ in range(5)])
    count = same()
    for verb in ("compact", "expire"):
        answer = client.post("/upkeep/runs", query={"verb": verb, "table": f"twin.silver.{name}"})
        assert all(run["status"] == "SUCCEEDED" for run in answer.json()["runs"]), answer
        assert health(client, name)["mirror_lag"] == 0
    client = check_lake(server)
    assert client.value(f"SELECT count(*) FROM twin.silver.{name}") == count


def test_the_catalog_shows_a_mirror_to_readers_only(server, name):
    client = server.client()
    client.create("twin", name, [column("id", "integer", primary_key=True)], format="delta", mirror="iceberg")
    client.batch(f"twin/{name}", [{"id": key} for key in range(4)])
    tables = "/iceberg/v1/namespaces/twin%1Fsilver/tables"
    assert name in [one["name"] for one in client.get(tables).json()["identifiers"]]
    loaded = client.get(f"{tables}/{name}")
    assert loaded.status == 200, loaded
    metadata = loaded.json()["metadata"]
    summary = next(one["summary"] for one in metadata["snapshots"] if one["snapshot-id"] == metadata["current-snapshot-id"])
    assert summary["total-records"] == "4" and metadata["properties"]["tarn.mirror-of"] == "delta"
    refused = client.post(f"{tables}/{name}", {"requirements": [], "updates": [{"action": "set-properties", "updates": {"a": "b"}}]})
    assert refused.status == 409 and "mirror" in refused.text, refused
    assert client.delete(f"{tables}/{name}").status == 409


@pytest.mark.parametrize("form, mirror", BOTH_WAYS)
def test_a_lost_mirror_is_made_anew_at_the_next_start(server, name, form, mirror):
    client = server.client()
    folder = server.lake / "silver" / "twin" / name
    client.create("twin", name, [column("id", "integer", primary_key=True)], format=form, mirror=mirror)
    client.batch(f"twin/{name}", [{"id": key} for key in range(7)])
    server.stop()
    shutil.rmtree(folder / ("_delta_log" if mirror == "delta" else "metadata"))
    server.start()
    client = server.client()
    wait_until(lambda: health(client, name)["mirror_lag"] == 0, timeout_s=30, what="the mirror")
    assert rows_in(mirror, folder) == 7
    client.ingest(f"twin/{name}", {"id": 100})
    assert rows_in(mirror, folder) == rows_in(form, folder) == 8


@pytest.mark.parametrize("form, mirror", BOTH_WAYS)
def test_a_mirror_that_cannot_be_read_stops_nothing(server, name, form, mirror):
    client = server.client()
    folder = server.lake / "silver" / "twin" / name
    client.create("twin", name, [column("id", "integer", primary_key=True)], format=form, mirror=mirror)
    client.ingest(f"twin/{name}", {"id": 1})
    server.stop()
    log = folder / ("_delta_log" if mirror == "delta" else "metadata")
    for path in log.glob("*.json"):
        path.write_text("no longer")
    server.start()
    client = server.client()
    client.ingest(f"twin/{name}", {"id": 2})
    assert client.value(f"SELECT count(*) FROM twin.silver.{name}") == 2
    assert health(client, name)["mirror_error"]
    server.stop()
    done = server.cli("fsck", "--lake", server.lake, "--data-dir", server.data_dir)
    assert done.returncode != 0 and "mirror" in str(done), done
    shutil.rmtree(log)
    server.start()
    client = server.client()
    wait_until(lambda: health(client, name) == {"mirror": mirror, "mirror_lag": 0, "mirror_error": None}, timeout_s=30, what="the mirror")
    assert rows_in(mirror, folder) == 2


@pytest.mark.parametrize("form, mirror", BOTH_WAYS)
def test_jobs_have_mirrors_too(server, name, form, mirror):
    client = server.client()
    body = {"domain": "twin", "job_name": name, "query": "SELECT i AS k, i * 2 AS v FROM range(5) t(i)", "schedule_type": "manual", "format": form}
    assert client.post("/transform/jobs", body | {"mirror": form}).status == 422
    made = client.post("/transform/jobs", body | {"mirror": mirror})
    assert made.status == 200 and made.json()["mirror"] == mirror, made
    assert client.put(f"/transform/jobs/twin/{name}", {"mirror": form}).status == 422
    folder = server.lake / "gold" / "twin" / name
    for query, count in ((None, 5), ("SELECT i AS k, 'x' AS s FROM range(3) t(i)", 3), ("SELECT 1::BIGINT AS k, 'x' AS s WHERE false", 0)):
        if query is not None:
            assert client.put(f"/transform/jobs/twin/{name}", {"query": query}).status == 200
        assert client.run_job("twin", name)["status"] == "SUCCEEDED"
        assert rows_in(form, folder) == rows_in(mirror, folder) == count
        assert health(client, name) == {"mirror": mirror, "mirror_lag": 0, "mirror_error": None}
    check_lake(server)
