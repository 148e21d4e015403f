# SPDX-License-Identifier: Apache-2.0
"""Erasure by key: nothing of a key is left anywhere, everything else is, and the ledger balances: docs/guide/erasure.md."""

import ctypes
import ctypes.util
import http.client
import os
import zlib

import pytest

from server import Server, column, wait_until

SECRET = "zebra-4711-quince"  # the key that goes; nothing else looks like it
COLUMNS = [column("who", primary_key=True), column("v"), column("n", "integer")]
STATES = ("applied", "superseded", "deleted", "quarantined", "rolled_back", "pending", "purged")


@pytest.fixture(params=["delta", "iceberg"])
def own(tmp_path, request):
    with Server(root=tmp_path, arguments=["--table-format", request.param]) as one:
        one.format = request.param
        yield one.start()


def erase(client, table, keys, **query):
    answer = client.post(f"/upkeep/{table}/erase", {"keys": keys}, query=query)
    assert answer.status == 200, answer
    return answer.json()


def layer(answer, name):
    return next((one for one in answer["report"]["layers"] if one["name"] == name), None)


def ledger(client, domain, name):
    rows = client.rows(f"SELECT * FROM tarn.system.ledger WHERE domain = '{domain}' AND endpoint = '{name}'")
    assert all(row["difference"] == 0 for row in rows), rows
    return {state: total for state in ("stored", *STATES) if (total := sum(row[state] for row in rows))}


ZSTD = ctypes.CDLL(ctypes.util.find_library("zstd"))
for function in ("ZSTD_decompress", "ZSTD_findFrameCompressedSize", "ZSTD_decompressBound"):
    getattr(ZSTD, function).restype = ctypes.c_ulonglong if function == "ZSTD_decompressBound" else ctypes.c_size_t
ZSTD_MAGIC = bytes.fromhex("28b52ffd")
MOST_UNPACKED = 64 << 20


def zstd_frames(body):
    """What the zstd frames in a file say: whole objects, and the pages of Parquet files."""
    at = body.find(ZSTD_MAGIC)
    while at >= 0:
        frame = body[at:]
        size = ZSTD.ZSTD_findFrameCompressedSize(frame, ctypes.c_size_t(len(frame)))
        room = ZSTD.ZSTD_decompressBound(frame, ctypes.c_size_t(size)) if size <= len(frame) else MOST_UNPACKED
        if room < MOST_UNPACKED:
            out = ctypes.create_string_buffer(room or 1)
            done = ZSTD.ZSTD_decompress(out, ctypes.c_size_t(room), frame, ctypes.c_size_t(size))
            if done <= room:
                yield out.raw[:done]
        at = body.find(ZSTD_MAGIC, at + 1)


def avro_blocks(body):
    """What the deflated blocks of an Avro file say: manifests and their lists."""
    for at in range(body.find(b"avro."), len(body)):
        packed = zlib.decompressobj(-15)
        try:
            text = packed.decompress(body[at:])
        except zlib.error:
            continue
        if packed.eof and len(text) > 32:
            yield text


def unpacked(path):
    """The bytes of a file and what they say once unpacked."""
    body = path.read_bytes()
    parts = [body, *zstd_frames(body)]
    if body[:4] == b"Obj\x01":
        parts += avro_blocks(body)
    return b"\n".join(parts)


def holders(server, text=SECRET):
    """Files of the lake and of the node that hold the text, packed or not."""
    found = []
    for root in (server.lake_files, server.data_dir):
        for path in root.rglob("*"):
            if path.is_file() and text.encode() in unpacked(path):
                found.append(str(path.relative_to(root)))
    return sorted(found)


def fsck(server):
    done = server.cli("fsck", "--lake", server.lake, "--data-dir", server.data_dir)
    assert done.returncode == 0, done.stdout + done.stderr


def fill(client, table):
    """Records of several merges, deletes, replays and jobs around the key."""
    client.create("gone", table, COLUMNS)
    client.batch(f"gone/{table}", [{"who": f"user-{value:03}", "v": "x", "n": value} for value in range(40)])
    client.ingest(f"gone/{table}", {"who": SECRET, "v": "first", "n": 1})
    client.ingest(f"gone/{table}", {"who": SECRET, "v": "second", "n": 2})
    client.batch(f"gone/{table}", [{"who": "user-001", "v": "y", "n": 1}, {"who": SECRET, "v": "third", "n": 3}])


def test_nothing_of_a_key_is_left(own):
    client = own.client()
    fill(client, "t")
    client.post(f"/ingest/gone/t", {"data": {"who": SECRET, "v": "keyed", "n": 4}}, query={"ack": "silver"}, headers={"Idempotency-Key": "one"})
    refused = client.post("/ingest/gone/t", {"data": {"who": SECRET, "n": "no number"}}, query={"strict": "false", "ack": "silver"})
    assert refused.status == 200, refused
    client.ingest("gone/t", {"who": SECRET, "n": 9}, op="delete")
    client.ingest("gone/t", {"who": SECRET, "v": "again", "n": 10})
    client.ingest("gone/t", {"who": "kept", "v": "other", "n": 1}, ack="wal")
    before = client.rows(f"SELECT * FROM gone.silver.t WHERE who <> '{SECRET}' AND who <> 'kept' ORDER BY who")
    old = client.get("/tables/gone/silver/t/history").json()["versions"][-1]
    held = holders(own)
    assert any(path.endswith(".parquet") for path in held) and any(path.endswith(".ndjson.zst") for path in held), held
    assert any(path.startswith("log/") for path in held), held
    counted = erase(client, "gone/t", [{"who": SECRET}], dry_run="true")
    assert counted["status"] == "DRY_RUN" and counted["report"]["purged"] == 7 and layer(counted, "silver")["records"] == 1
    assert client.value(f"SELECT count(*) FROM gone.silver.t WHERE who = '{SECRET}'") == 1

    done = erase(client, "gone/t", [{"who": SECRET}])
    assert done["status"] == "DONE" and done["report"]["purged"] == 7, done
    assert done["report"]["not_examined"] == [], done
    assert layer(done, "silver")["records"] == 1 and layer(done, "silver")["expired_versions"] > 0
    assert layer(done, "quarantine")["records"] == 1 and layer(done, "idempotent answers")["records"] == 1
    assert holders(own) == []
    assert client.rows("SELECT * FROM gone.silver.t WHERE who <> 'kept' ORDER BY who") == before
    assert client.value("SELECT count(*) FROM gone.bronze.t") == 42
    sums = ledger(client, "gone", "t")
    assert sums["stored"] == 49 and sums["purged"] == 7 and "pending" not in sums
    late = client.query(f"SELECT count(*) FROM gone.silver.t AT (VERSION => {old['id']})")
    assert late.status in (400, 404) and "version" in late.text.lower(), late
    listed = client.get("/upkeep/gone/t/erasures").json()["erasures"]
    assert [one["status"] for one in listed] == ["DONE"] and SECRET not in str(listed)
    # A late record of the key is a new one.
    client.ingest("gone/t", {"who": SECRET, "v": "new", "n": 1})
    assert client.value(f"SELECT v FROM gone.silver.t WHERE who = '{SECRET}'") == "new"
    own.stop()
    fsck(own)
    own.start()
    assert own.client().value("SELECT count(*) FROM gone.silver.t") == 42


def test_a_trace_says_purged(own):
    client = own.client()
    client.create("gone", "t", COLUMNS)
    receipt = client.ingest("gone/t", {"who": SECRET})["receipt"]
    other = client.ingest("gone/t", {"who": "kept"})["receipt"]
    erase(client, "gone/t", [SECRET])
    for query in ({"receipt": receipt}, {"receipt": receipt, "domain": "gone", "name": "t"}):
        assert client.get("/trace", query=query).json()["decision"]["state"] == "purged"
    assert client.get("/trace", query={"receipt": other}).json()["decision"]["state"] == "applied"
    assert client.get("/trace", query={"domain": "gone", "name": "t", "key": SECRET}).status == 404


def test_gold_is_made_again_or_loses_rows(own):
    client = own.client()
    fill(client, "t")
    jobs = {
        "latest": {"query": "SELECT who, v FROM gone.silver.t"},
        "second": {"query": "SELECT who AS name FROM gone.gold.latest"},
        "added": {"query": "SELECT who, n FROM gone.silver.t", "write_mode": "append"},
        "counted": {"query": "SELECT count(*) AS n FROM gone.silver.t", "write_mode": "append"},
    }
    for job, members in jobs.items():
        answer = client.post("/transform/jobs", {"domain": "gone", "job_name": job, "schedule_type": "manual", **members})
        assert answer.status == 200, answer
        assert client.run_job("gone", job)["status"] == "SUCCEEDED"
    done = erase(client, "gone/t", [{"who": SECRET}])
    assert [one["what"] for one in done["report"]["not_examined"]] == ["gone.gold.counted"]
    assert layer(done, "gone.gold.added")["records"] == 1
    for sql in ("gone.gold.latest WHERE who", "gone.gold.second WHERE name", "gone.gold.added WHERE who"):
        assert client.value(f"SELECT count(*) FROM {sql} = '{SECRET}'") == 0
        assert client.value(f"SELECT count(*) FROM {sql} = 'user-003'") == 1
    assert holders(own) == []
    own.stop()
    fsck(own)


def test_a_dropped_file_becomes_lines(own):
    client = own.client()
    client.create("gone", "t", COLUMNS)
    text = "who,v,n\n" + "".join(f"user-{value:03},x,{value}\n" for value in range(50)) + f"{SECRET},y,1\nbad,z,no\n"
    answer = client.post("/files/gone/t", text, query={"name": "a.csv", "ack": "silver"}, headers={"Content-Type": "text/csv"})
    assert answer.status == 200, answer
    before = client.rows("SELECT who, v, n, _offset, _disposition FROM gone.bronze.t ORDER BY _offset")
    done = erase(client, "gone/t", [SECRET])
    assert done["report"]["purged"] == 1
    assert holders(own) == []
    assert client.rows("SELECT who, v, n, _offset, _disposition FROM gone.bronze.t ORDER BY _offset") == [row for row in before if row["who"] != SECRET]
    assert ledger(client, "gone", "t") == {"stored": 52, "applied": 50, "quarantined": 1, "purged": 1}
    again = client.post("/files/gone/t", text, query={"name": "a.csv", "ack": "silver"}, headers={"Content-Type": "text/csv"})
    assert again.status in (200, 409), again
    own.stop()
    fsck(own)


def test_a_mirror_forgets_as_well(own):
    client = own.client()
    other = {"delta": "iceberg", "iceberg": "delta"}[own.format]
    client.create("gone", "t", COLUMNS, mirror=other)
    client.batch("gone/t", [{"who": "kept", "n": 1}, {"who": SECRET, "n": 1}])
    client.ingest("gone/t", {"who": SECRET, "n": 2})
    erase(client, "gone/t", [SECRET])
    assert holders(own) == []
    lag = client.rows("SELECT mirror_lag, mirror_error FROM tarn.system.tables WHERE domain = 'gone'")
    assert lag == [{"mirror_lag": 0, "mirror_error": None}]
    own.stop()
    fsck(own)


def test_edited_and_replayed_records_go(own):
    client = own.client()
    client.create("gone", "t", COLUMNS)
    for number in range(3):
        client.post("/ingest/gone/t", {"data": {"who": f"user-{number}", "n": "bad"}}, query={"strict": "false", "ack": "silver"})
    first, second, third = [one["id"] for one in client.get("/quarantine/gone/t").json()["records"]]
    assert client.put(f"/quarantine/gone/t/{first}", {"payload": {"who": SECRET, "n": "still bad"}}).status == 200
    assert client.post(f"/quarantine/gone/t/{second}/replay", {"payload": {"who": SECRET, "n": 1}}).status == 200
    wait_until(lambda: client.value("SELECT count(*) FROM gone.silver.t") == 1)
    erase(client, "gone/t", [SECRET])
    assert holders(own) == []
    assert [one["id"] for one in client.get("/quarantine/gone/t").json()["records"]] == [third]
    assert client.value("SELECT count(*) FROM gone.silver.t") == 0
    ledger(client, "gone", "t")
    own.stop()
    fsck(own)


def test_a_rebuild_brings_nothing_back(own):
    client = own.client()
    fill(client, "t")
    erase(client, "gone/t", [SECRET])
    expected = client.rows("SELECT who, v, n FROM gone.silver.t ORDER BY who")
    assert client.post("/endpoints/gone/t/rebuild").status == 202
    wait_until(lambda: client.get("/endpoints/gone/t/rebuild").json()["status"] == "SUCCEEDED")
    assert client.rows("SELECT who, v, n FROM gone.silver.t ORDER BY who") == expected
    assert ledger(client, "gone", "t")["purged"] == 3
    own.stop()
    fsck(own)


def test_what_cannot_be_is_refused(own):
    client = own.client()
    client.create("gone", "t", [column("id", "integer", primary_key=True)])
    client.create("gone", "nokey", [column("v")])
    refusals = [
        ("gone/none", {"keys": [1]}, 404),
        ("gone/nokey", {"keys": [1]}, 422),
        ("gone/t", {"keys": []}, 422),
        ("gone/t", {"keys": ["abc"]}, 422),
        ("gone/t", {"keys": [{"other": 1}]}, 422),
        ("gone/t", {"keys": [[1, 2]]}, 422),
        ("gone/t", {"keys": [None]}, 422),
        ("gone/t", {}, 422),
    ]
    for table, body, status in refusals:
        answer = client.post(f"/upkeep/{table}/erase", body)
        assert answer.status == status, (table, body, answer)
    assert client.get("/upkeep/gone/t/erasures").json() == {"erasures": [], "count": 0}
    nothing = erase(client, "gone/t", [7])
    assert nothing["status"] == "DONE" and nothing["report"]["purged"] == 0


def test_the_command_line(own):
    client = own.client()
    fill(client, "t")
    shown = own.cli("erase", "--url", f"http://127.0.0.1:{own.port}", "--dry-run", "gone/t", SECRET)
    assert shown.returncode == 0 and "DRY_RUN: 3 records" in shown.stdout, shown
    done = own.cli("erase", "--url", f"http://127.0.0.1:{own.port}", "gone/t", SECRET)
    assert done.returncode == 0 and "DONE: 3 records" in done.stdout, done
    assert own.cli("erase", "--url", f"http://127.0.0.1:{own.port}", "gone/none", "x").returncode != 0
    assert client.value("SELECT count(*) FROM gone.silver.t") == 40


POINTS = ["recorded", "log_scrubbed", "answers_forgotten", "bronze_objects_put", "bronze_replaced", "rows_written", "rows_committed",
          "stored_erased", "before_job", "gold_erased", "objects_deleted", "closed"]


def carried():
    text = open(os.environ["TARN_BIN"], "rb").read() if "TARN_BIN" in os.environ else b""
    return b"crash point %s reached" in text and b"TARN_CRASH_POINT" in text


@pytest.mark.skipif("TARN_BIN" in os.environ and not carried(), reason="this build carries no crash points")
@pytest.mark.parametrize("point", POINTS)
def test_an_erasure_that_is_killed_goes_on(tmp_path, point):
    with Server(root=tmp_path, arguments=["--table-format", "iceberg"]) as own:
        own.start()
        client = own.client()
        fill(client, "t")
        answer = client.post("/transform/jobs", {"domain": "gone", "job_name": "latest", "schedule_type": "manual", "query": "SELECT who, v FROM gone.silver.t"})
        assert answer.status == 200, answer
        client.run_job("gone", "latest")
        client.close()
        own.stop()
        own.spawn(env={"TARN_CRASH_POINT": f"upkeep.erase.{point}"})
        wait_until(lambda: own.read_port() and own.probe(), 60)
        try:
            own.client().post("/upkeep/gone/t/erase", {"keys": [SECRET]})
        except (OSError, http.client.HTTPException):
            pass  # the process ends in the midst of the answer
        wait_until(lambda: f"crash point upkeep.erase.{point} reached".encode() in own.log(), 60)
        own.kill()
        own.start()
        client = own.client()
        wait_until(lambda: [one["status"] for one in client.get("/upkeep/gone/t/erasures").json()["erasures"]] == ["DONE"], 60)
        assert holders(own) == []
        assert client.value("SELECT count(*) FROM gone.silver.t") == 40
        assert client.value("SELECT count(*) FROM gone.gold.latest") == 40
        sums = ledger(client, "gone", "t")
        assert sums["stored"] == 44 and sums["purged"] == 3, sums
        own.stop()
        fsck(own)
