# SPDX-License-Identifier: Apache-2.0
"""Erasure by key: nothing of a key is left anywhere, everything else is, and the ledger balances: docs/guide/erasure.md."""

import ctypes
import ctypes.util
import http.client
import os
import shutil
import zlib

import pytest

from server import Server, column, wait_until

COLUMNS = [column("who", primary_key=True), column("v"), column("n", "integer")]
STATES = ("applied", "superseded", "deleted", "quarantined", "rolled_back", "pending", "purged")
FORMATS = ("delta", "iceberg")


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """One server a format, checked as a whole when all tests have used it."""
    running = {}
    for table_format in FORMATS:
        running[table_format] = Server(root=tmp_path_factory.mktemp(table_format), arguments=["--table-format", table_format])
    yield running
    for one in running.values():
        if one.process is not None:
            one.stop()
            fsck(one)
        one.close()


@pytest.fixture
def table_format(request):
    return getattr(request, "param", "iceberg")


@pytest.fixture
def own(servers, table_format):
    one = servers[table_format]
    return one if one.process is not None else one.start()


@pytest.fixture
def domain(name):
    """Endpoints and jobs of one test."""
    return f"gone_{name}"


@pytest.fixture
def secret(name):
    """The key that goes; nothing else on the server looks like it."""
    return f"zebra-{name}-quince"


both_formats = pytest.mark.parametrize("table_format", FORMATS, indirect=True)


def erase(client, table, keys, **query):
    answer = client.post(f"/upkeep/{table}/erase", {"keys": keys}, query=query)
    assert answer.status == 200, answer
    return answer.json()


def layer(answer, name):
    return next((one for one in answer["report"]["layers"] if one["name"] == name), None)


def ledger(client, domain, name="t"):
    rows = client.rows(f"SELECT * FROM tarn.system.ledger WHERE domain = '{domain}' AND endpoint = '{name}'")
    assert all(row["difference"] == 0 for row in rows), rows
    return {state: total for state in ("stored", *STATES) if (total := sum(row[state] for row in rows))}


ZSTD = ctypes.CDLL(ctypes.util.find_library("zstd"))
for function in ("ZSTD_decompress", "ZSTD_findFrameCompressedSize", "ZSTD_decompressBound"):
    getattr(ZSTD, function).restype = ctypes.c_ulonglong if function == "ZSTD_decompressBound" else ctypes.c_size_t
ZSTD_MAGIC = bytes.fromhex("28b52ffd")
MOST_UNPACKED = 64 << 20
AVRO_SYNC_BYTES = 16


def zstd_frames(body):
    """What the zstd frames in a file say: whole objects, and the pages of Parquet files."""
    start = ctypes.cast(ctypes.c_char_p(body), ctypes.c_void_p).value
    at = body.find(ZSTD_MAGIC)
    while at >= 0:
        frame, left = ctypes.c_void_p(start + at), len(body) - at
        size = ZSTD.ZSTD_findFrameCompressedSize(frame, ctypes.c_size_t(left))
        room = ZSTD.ZSTD_decompressBound(frame, ctypes.c_size_t(size)) if size <= left else MOST_UNPACKED
        if room < MOST_UNPACKED:
            out = ctypes.create_string_buffer(room or 1)
            done = ZSTD.ZSTD_decompress(out, ctypes.c_size_t(room), frame, ctypes.c_size_t(size))
            if done <= room:
                yield out.raw[:done]
        at = body.find(ZSTD_MAGIC, at + 1)


def avro_blocks(body):
    """What the deflated blocks of an Avro file say: manifests and their lists. Each ends with the file's last bytes."""
    for block in body.split(body[-AVRO_SYNC_BYTES:])[1:-1]:
        at = 0
        for _ in ("records", "bytes"):
            while block[at] & 0x80:
                at += 1
            at += 1
        yield zlib.decompress(block[at:], -15)


def unpacked(path):
    """The bytes of a file and what they say once unpacked."""
    body = path.read_bytes()
    if body[:4] == b"Obj\x01":
        return b"\n".join([body, *avro_blocks(body)])
    body = body.rstrip(b"\0")  # room that a segment of the log has left
    return b"\n".join([body, *zstd_frames(body)])


def holders(server, text):
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


def fill(client, domain, secret):
    """Records of several merges around the key."""
    client.create(domain, "t", COLUMNS)
    client.batch(f"{domain}/t", [{"who": f"user-{value:03}", "v": "x", "n": value} for value in range(40)])
    client.ingest(f"{domain}/t", {"who": secret, "v": "first", "n": 1})
    client.ingest(f"{domain}/t", {"who": secret, "v": "second", "n": 2})
    client.batch(f"{domain}/t", [{"who": "user-001", "v": "y", "n": 1}, {"who": secret, "v": "third", "n": 3}])


def make_job(client, domain, job, query, **members):
    answer = client.post("/transform/jobs", {"domain": domain, "job_name": job, "schedule_type": "manual", "query": query, **members})
    assert answer.status == 200, answer


@both_formats
def test_nothing_of_a_key_is_left(own, domain, secret):
    client = own.client()
    fill(client, domain, secret)
    table = f"{domain}/t"
    client.post(f"/ingest/{table}", {"data": {"who": secret, "v": "keyed", "n": 4}}, query={"ack": "silver"}, headers={"Idempotency-Key": "one"})
    refused = client.post(f"/ingest/{table}", {"data": {"who": secret, "n": "no number"}}, query={"strict": "false", "ack": "silver"})
    assert refused.status == 200, refused
    client.ingest(table, {"who": secret, "n": 9}, op="delete")
    client.ingest(table, {"who": secret, "v": "again", "n": 10})
    client.ingest(table, {"who": "kept", "v": "other", "n": 1}, ack="wal")
    before = client.rows(f"SELECT * FROM {domain}.silver.t WHERE who <> '{secret}' AND who <> 'kept' ORDER BY who")
    old = client.get(f"/tables/{domain}/silver/t/history").json()["versions"][-1]
    held = holders(own, secret)
    assert any(path.endswith(".parquet") for path in held) and any(path.endswith(".ndjson.zst") for path in held), held
    assert any(path.startswith("log/") for path in held), held
    counted = erase(client, table, [{"who": secret}], dry_run="true")
    assert counted["status"] == "DRY_RUN" and counted["report"]["purged"] == 7 and layer(counted, "silver")["records"] == 1
    assert client.value(f"SELECT count(*) FROM {domain}.silver.t WHERE who = '{secret}'") == 1

    done = erase(client, table, [{"who": secret}])
    assert done["status"] == "DONE" and done["report"]["purged"] == 7, done
    assert done["report"]["not_examined"] == [], done
    assert layer(done, "silver")["records"] == 1 and layer(done, "silver")["expired_versions"] > 0
    assert layer(done, "quarantine")["records"] == 1 and layer(done, "idempotent answers")["records"] == 1
    assert holders(own, secret) == []
    assert client.rows(f"SELECT * FROM {domain}.silver.t WHERE who <> 'kept' ORDER BY who") == before
    assert client.value(f"SELECT count(*) FROM {domain}.bronze.t") == 42
    sums = ledger(client, domain)
    assert sums["stored"] == 49 and sums["purged"] == 7 and "pending" not in sums
    late = client.query(f"SELECT count(*) FROM {domain}.silver.t AT (VERSION => {old['id']})")
    assert late.status in (400, 404) and "version" in late.text.lower(), late
    listed = client.get(f"/upkeep/{table}/erasures").json()["erasures"]
    assert [one["status"] for one in listed] == ["DONE"] and secret not in str(listed)
    # A late record of the key is a new one.
    client.ingest(table, {"who": secret, "v": "new", "n": 1})
    assert client.value(f"SELECT v FROM {domain}.silver.t WHERE who = '{secret}'") == "new"
    own.stop()
    fsck(own)
    own.start()
    assert own.client().value(f"SELECT count(*) FROM {domain}.silver.t") == 42


def test_a_trace_says_purged(own, domain, secret):
    client = own.client()
    client.create(domain, "t", COLUMNS)
    receipt = client.ingest(f"{domain}/t", {"who": secret})["receipt"]
    other = client.ingest(f"{domain}/t", {"who": "kept"})["receipt"]
    erase(client, f"{domain}/t", [secret])
    for query in ({"receipt": receipt}, {"receipt": receipt, "domain": domain, "name": "t"}):
        assert client.get("/trace", query=query).json()["decision"]["state"] == "purged"
    assert client.get("/trace", query={"receipt": other}).json()["decision"]["state"] == "applied"
    assert client.get("/trace", query={"domain": domain, "name": "t", "key": secret}).status == 404


@both_formats
def test_gold_is_made_again_or_loses_rows(own, domain, secret):
    client = own.client()
    fill(client, domain, secret)
    jobs = {
        "latest": {"query": f"SELECT who, v FROM {domain}.silver.t"},
        "second": {"query": f"SELECT who AS name FROM {domain}.gold.latest"},
        "added": {"query": f"SELECT who, n FROM {domain}.silver.t", "write_mode": "append"},
        "counted": {"query": f"SELECT count(*) AS n FROM {domain}.silver.t", "write_mode": "append"},
    }
    for job, members in jobs.items():
        make_job(client, domain, job, **members)
        assert client.run_job(domain, job)["status"] == "SUCCEEDED"
    done = erase(client, f"{domain}/t", [{"who": secret}])
    assert [one["what"] for one in done["report"]["not_examined"]] == [f"{domain}.gold.counted"]
    assert layer(done, f"{domain}.gold.added")["records"] == 1
    for sql in ("gold.latest WHERE who", "gold.second WHERE name", "gold.added WHERE who"):
        assert client.value(f"SELECT count(*) FROM {domain}.{sql} = '{secret}'") == 0
        assert client.value(f"SELECT count(*) FROM {domain}.{sql} = 'user-003'") == 1
    assert holders(own, secret) == []


def test_what_is_kept_beside_tables_goes_and_is_named(own, domain, secret):
    client = own.client()
    fill(client, domain, secret)
    exports = [{"format": "csv", "path": "all.csv"}, {"format": "ndjson", "path": "old.ndjson"}]
    assert client.put(f"/endpoints/{domain}/t", {"exports": exports}).status == 200
    failing = {"type": "accepted_values", "column": "who", "values": ["nobody"], "store_failures": True}
    make_job(client, domain, "stopped", f"SELECT who, n FROM {domain}.silver.t", tests=[failing])
    make_job(client, domain, "warned", f"SELECT who, n FROM {domain}.silver.t", exports=exports[:1], tests=[{**failing, "severity": "warn"}])
    aside = {"type": "sql", "query": f"SELECT who FROM {domain}.silver.t", "severity": "warn", "store_failures": True}
    make_job(client, domain, "aside", "SELECT 1 AS one", tests=[aside])
    stopped = client.run_job(domain, "stopped")
    assert stopped["status"] == "FAILED", stopped
    for job in ("warned", "aside"):
        assert client.run_job(domain, job)["status"] == "SUCCEEDED"
    assert client.post("/upkeep/runs", query={"verb": "export"}).status == 200
    assert client.put(f"/endpoints/{domain}/t", {"exports": exports[:1]}).status == 200
    held = set(holders(own, secret))
    places = [f"_control/tests/{domain}/{job}/" for job in ("stopped", "warned", "aside")]
    places += [f"gold/{domain}/stopped/", f"gold/{domain}/warned/", f"exports/gold/{domain}/warned/all.csv"]
    places += [f"exports/silver/{domain}/t/{file}" for file in ("old.ndjson", "all.csv")]
    assert all(any(path.startswith(place) for path in held) for place in places), held

    done = erase(client, f"{domain}/t", [secret])
    assert holders(own, secret) == []
    # Everything of the lake that held the key is named.
    named = {key for one in done["report"]["layers"] for key in one["objects"]}
    assert {path for path in held if not path.startswith("log/")} <= named, held - named
    assert layer(done, "test results")["records"] > 0 and layer(done, "staged results")["removed_objects"] >= 2
    exported = layer(done, "exports")
    assert (exported["rewritten_objects"], exported["removed_objects"]) == (2, 1)
    results = client.get("/tests/results", query={"execution_id": stopped["execution_id"]}).json()
    assert [(one["status"], "rows" in one) for one in results["results"]] == [("fail", False)], results
    shown = (own.lake_files / f"exports/silver/{domain}/t/all.csv").read_text()
    assert "user-003" in shown and secret not in shown


def test_a_dropped_file_becomes_lines(own, domain, secret):
    client = own.client()
    client.create(domain, "t", COLUMNS)
    text = "who,v,n\n" + "".join(f"user-{value:03},x,{value}\n" for value in range(50)) + f"{secret},y,1\nbad,z,no\n"

    def drop():
        return client.post(f"/files/{domain}/t", text, query={"name": "a.csv", "ack": "silver"}, headers={"Content-Type": "text/csv"})

    answer = drop()
    assert answer.status == 200, answer
    look = f"SELECT who, v, n, _offset, _disposition FROM {domain}.bronze.t ORDER BY _offset"
    before = client.rows(look)
    done = erase(client, f"{domain}/t", [secret])
    assert done["report"]["purged"] == 1
    assert holders(own, secret) == []
    assert client.rows(look) == [row for row in before if row["who"] != secret]
    assert ledger(client, domain) == {"stored": 52, "applied": 50, "quarantined": 1, "purged": 1}
    again = drop()
    assert again.status in (200, 409), again


@both_formats
def test_a_mirror_forgets_as_well(own, domain, secret, table_format):
    client = own.client()
    client.create(domain, "t", COLUMNS, mirror={"delta": "iceberg", "iceberg": "delta"}[table_format])
    client.batch(f"{domain}/t", [{"who": "kept", "n": 1}, {"who": secret, "n": 1}])
    client.ingest(f"{domain}/t", {"who": secret, "n": 2})
    erase(client, f"{domain}/t", [secret])
    assert holders(own, secret) == []
    lag = client.rows(f"SELECT mirror_lag, mirror_error FROM tarn.system.tables WHERE domain = '{domain}'")
    assert lag == [{"mirror_lag": 0, "mirror_error": None}]


def test_edited_and_replayed_records_go(own, domain, secret):
    client = own.client()
    client.create(domain, "t", COLUMNS)
    bad = [{"who": f"user-{number}", "n": "bad"} for number in range(3)]
    client.post(f"/ingest/{domain}/t/batch", bad, query={"strict": "false", "ack": "silver"})
    first, second, third = [one["id"] for one in client.get(f"/quarantine/{domain}/t").json()["records"]]
    assert client.put(f"/quarantine/{domain}/t/{first}", {"payload": {"who": secret, "n": "still bad"}}).status == 200
    assert client.post(f"/quarantine/{domain}/t/{second}/replay", {"payload": {"who": secret, "n": 1}}).status == 200
    wait_until(lambda: client.value(f"SELECT count(*) FROM {domain}.silver.t") == 1)
    erase(client, f"{domain}/t", [secret])
    assert holders(own, secret) == []
    assert [one["id"] for one in client.get(f"/quarantine/{domain}/t").json()["records"]] == [third]
    assert client.value(f"SELECT count(*) FROM {domain}.silver.t") == 0
    ledger(client, domain)


def test_a_rebuild_brings_nothing_back(own, domain, secret):
    client = own.client()
    fill(client, domain, secret)
    erase(client, f"{domain}/t", [secret])
    look = f"SELECT who, v, n FROM {domain}.silver.t ORDER BY who"
    expected = client.rows(look)
    assert client.post(f"/endpoints/{domain}/t/rebuild").status == 202
    wait_until(lambda: client.get(f"/endpoints/{domain}/t/rebuild").json()["status"] == "SUCCEEDED")
    assert client.rows(look) == expected
    assert ledger(client, domain)["purged"] == 3


def test_what_cannot_be_is_refused(own, domain):
    client = own.client()
    client.create(domain, "t", [column("id", "integer", primary_key=True)])
    client.create(domain, "nokey", [column("v")])
    refusals = [
        ("none", {"keys": [1]}, 404),
        ("nokey", {"keys": [1]}, 422),
        ("t", {"keys": []}, 422),
        ("t", {"keys": ["abc"]}, 422),
        ("t", {"keys": [{"other": 1}]}, 422),
        ("t", {"keys": [[1, 2]]}, 422),
        ("t", {"keys": [None]}, 422),
        ("t", {}, 422),
    ]
    for table, body, status in refusals:
        answer = client.post(f"/upkeep/{domain}/{table}/erase", body)
        assert answer.status == status, (table, body, answer)
    assert client.get(f"/upkeep/{domain}/t/erasures").json() == {"erasures": [], "count": 0}
    nothing = erase(client, f"{domain}/t", [7])
    assert nothing["status"] == "DONE" and nothing["report"]["purged"] == 0


def test_the_command_line(own, domain, secret):
    client = own.client()
    fill(client, domain, secret)
    url = f"http://127.0.0.1:{own.port}"
    shown = own.cli("erase", "--url", url, "--dry-run", f"{domain}/t", secret)
    assert shown.returncode == 0 and "DRY_RUN: 3 records" in shown.stdout, shown
    done = own.cli("erase", "--url", url, f"{domain}/t", secret)
    assert done.returncode == 0 and "DONE: 3 records" in done.stdout, done
    assert own.cli("erase", "--url", url, f"{domain}/none", "x").returncode != 0
    assert client.value(f"SELECT count(*) FROM {domain}.silver.t") == 40


# crash_points_test.py reaches every one; here bytes are looked at as well.
POINTS = ["recorded", "bronze_replaced", "rows_committed", "objects_deleted", "closed"]
KILLED, KILLED_SECRET = "killed", "zebra-killed-quince"


def carried():
    text = open(os.environ["TARN_BIN"], "rb").read() if "TARN_BIN" in os.environ else b""
    return b"crash point %s reached" in text and b"TARN_CRASH_POINT" in text


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A lake at rest that has records of the key and a table made of them; every killed erasure gets a copy."""
    root = tmp_path_factory.mktemp("filled")
    with Server(root=root, arguments=["--table-format", "iceberg"]) as server:
        server.start()
        client = server.client()
        fill(client, KILLED, KILLED_SECRET)
        make_job(client, KILLED, "latest", f"SELECT who, v FROM {KILLED}.silver.t")
        assert client.run_job(KILLED, "latest")["status"] == "SUCCEEDED"
        server.stop()
        yield root


@pytest.mark.skipif("TARN_BIN" in os.environ and not carried(), reason="this build carries no crash points")
@pytest.mark.parametrize("point", POINTS)
def test_an_erasure_that_is_killed_goes_on(tmp_path, filled, point):
    root = tmp_path / "copy"
    shutil.copytree(filled, root)
    with Server(root=root, arguments=["--table-format", "iceberg"]) as server:
        server.spawn(env={"TARN_CRASH_POINT": f"upkeep.erase.{point}"})
        wait_until(lambda: server.read_port() and server.probe(), 60)
        try:
            server.client().post(f"/upkeep/{KILLED}/t/erase", {"keys": [KILLED_SECRET]})
        except (OSError, http.client.HTTPException):
            pass  # the process ends in the midst of the answer
        wait_until(lambda: f"crash point upkeep.erase.{point} reached".encode() in server.log(), 60)
        server.kill()
        server.start()
        client = server.client()
        wait_until(lambda: [one["status"] for one in client.get(f"/upkeep/{KILLED}/t/erasures").json()["erasures"]] == ["DONE"], 60)
        assert holders(server, KILLED_SECRET) == []
        assert client.value(f"SELECT count(*) FROM {KILLED}.silver.t") == 40
        assert client.value(f"SELECT count(*) FROM {KILLED}.gold.latest") == 40
        sums = ledger(client, KILLED)
        assert sums["stored"] == 44 and sums["purged"] == 3, sums
        server.stop()
        fsck(server)
