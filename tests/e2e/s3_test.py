# SPDX-License-Identifier: Apache-2.0
"""A lake in a bucket of a real S3 server: what is particular to it. That everything else works there, too, the other
test files show when they run with TARN_E2E_LAKE=s3 (e2e.s3.* of ctest, `make s3`)."""

import os
import subprocess
from pathlib import Path

import pytest

import s3_server
from server import Server, column, wait_until

KEYED = [column("id", "integer", primary_key=True), column("v")]


@pytest.fixture(scope="module")
def s3():
    return s3_server.shared_server()


@pytest.fixture
def own(tmp_path, s3):
    """A server with its lake in the bucket, which this test may kill."""
    with Server(root=tmp_path, lake=s3_server.lake_of(tmp_path)) as one:
        one.start()
        yield one


CONTRACT = Path(os.environ.get("TARN_BIN", "tarn")).with_name("tarn_s3_contract")


@pytest.mark.skipif(not CONTRACT.exists(), reason="a release build has no test programs")
def test_the_store_keeps_its_contract(s3):
    done = subprocess.run([CONTRACT, s3.url_with_keys()], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


def test_a_story_over_restarts(own):
    client = own.client()
    client.create("keep", "t", KEYED)
    client.batch("keep/t", [{"id": number, "v": f"a{number}"} for number in range(500)])
    client.ingest("keep/t", {"id": 7, "v": "new"}, ack="wal")
    own.kill()
    own.start()
    client = own.client()
    client.batch("keep/t", [{"id": number} for number in range(100)], op="delete")
    client.post("/transform/jobs", {"domain": "keep", "job_name": "j", "query": "SELECT count(*) AS n, min(id) AS low FROM keep.silver.t"})
    assert client.run_job("keep", "j")["status"] == "SUCCEEDED"
    assert client.rows("SELECT n, low FROM keep.gold.j") == [{"n": 400, "low": 100}]
    assert client.value("SELECT count(*) FROM keep.bronze.t") == 601
    assert own.stop() == 0
    done = own.cli("fsck", "--lake", own.lake, "--data-dir", own.data_dir)
    assert done.returncode == 0 and done.stdout.startswith("clean"), done
    done = own.cli("sql", "--lake", own.lake, "SELECT count(*) AS n FROM keep.silver.t")
    assert done.returncode == 0 and "400" in done.stdout, done
    assert (own.lake_files / "tarn.json").exists() and not list(own.root.glob("lake*"))


def test_large_files_go_in_parts_and_come_back(own):
    """A result above the size of one part, written by a job and read by a query, cached and not."""
    client = own.client()
    query = "SELECT i AS id, md5(i::VARCHAR) || md5((i + 1)::VARCHAR) || md5((i * 7)::VARCHAR) AS v FROM range(300000) AS t(i)"
    client.post("/transform/jobs", {"domain": "big", "job_name": "j", "query": query})
    assert client.run_job("big", "j", timeout_s=240)["status"] == "SUCCEEDED"
    largest = max(path.stat().st_size for path in (own.lake_files / "gold" / "big" / "j").rglob("*.parquet"))
    assert largest > 9_000_000, largest
    check = "SELECT count(*) AS n, sum(length(v)) AS l, count(DISTINCT v) AS d FROM big.gold.j"
    expected = [{"n": 300_000, "l": 300_000 * 96, "d": 300_000}]
    assert client.rows(check) == expected
    own.stop()
    own.env["TARN_S3_CACHE"] = "0"
    own.start()
    assert own.client().rows(check) == expected


def test_a_second_node_is_refused_and_may_take_over(own, tmp_path):
    client = own.client()
    client.create("keep", "t", KEYED)
    client.ingest("keep/t", {"id": 1})
    with Server(root=tmp_path / "second", lake=own.lake) as second:
        second.spawn()
        assert second.process.wait(60) not in (0, None)
        assert "--take-over" in second.log_tail()
        second.process = None
        second.arguments = ["--take-over"]
        second.start()
        assert second.client().value("SELECT count(*) FROM keep.silver.t") == 1
        wait_until(lambda: lost(own), 60, "the first node's end")
        own.process = None


def lost(server):
    """Whether a node has noticed that its seat is gone; it looks before it commits."""
    try:
        server.client(timeout_s=5).post("/ingest/keep/t", {"data": {"id": 2}}, query={"ack": "bronze"})
    except Exception:  # noqa: BLE001 - it ends in the midst of the answer
        pass
    return server.process.poll() is not None


def test_records_wait_while_the_bucket_is_away(tmp_path):
    """Ingestion goes on without the bucket, readiness says no, and all of it lands when the bucket is back."""
    away = s3_server.S3Server().start()
    one = Server(root=tmp_path, lake=s3_server.lake_of(tmp_path), env={**away.environment(), "TARN_ACK_TIMEOUT": "2s"})
    try:
        one.start()
        client = one.client()
        client.create("keep", "t", KEYED)
        client.ingest("keep/t", {"id": 1})
        away.stop()
        for number in range(2, 12):
            client.ingest("keep/t", {"id": number}, ack="wal")
        assert client.get("/readyz").status == 503
        wait_until(lambda: client.query("SELECT count(*) FROM keep.silver.t").status == 503, 30, "a query's refusal")
        assert client.post("/ingest/keep/t", {"data": {"id": 1}}, query={"ack": "silver"}).status == 202
        away.start()
        wait_until(lambda: client.get("/readyz").status == 200, 60, "readiness")
        client.ingest("keep/t", {"id": 12}, ack="silver")
        assert client.value("SELECT count(*) FROM keep.silver.t") == 12
    except BaseException:
        print(one.log_tail())
        raise
    finally:
        one.close()
        away.close()


@pytest.mark.parametrize("change, lake, says", [
    ({"TARN_S3_SECRET_KEY": "wrong"}, "s3://lake/x", "secret"),
    ({"TARN_S3_ACCESS_KEY": "nobody"}, "s3://lake/x", "access key"),
    ({}, "s3://no-such-bucket/x", "no bucket no-such-bucket"),
    ({"TARN_S3_ENDPOINT": "http://127.0.0.1:9"}, "s3://lake/x", "cannot reach"),
    ({"TARN_S3_ENDPOINT": "127.0.0.1:9"}, "s3://lake/x", "http://"),
    ({}, "s3://lake/nothing-here", "no lake"),
])
def test_what_is_wrong_with_the_set_up_is_said(s3, tmp_path, change, lake, says):
    one = Server(root=tmp_path, env={**s3.environment(), **change})
    done = one.cli("fsck", "--lake", lake)
    assert done.returncode not in (0, 2) and says in done.stderr, done
    assert s3_server.SECRET_KEY not in done.stderr + done.stdout
    if says != "no lake":
        done = one.cli("serve", "--lake", lake, "--data-dir", tmp_path / "data", "--listen", "127.0.0.1:0", "--supervise", "false")
        assert done.returncode != 0 and says in done.stderr, done


def test_the_keys_may_come_as_for_other_tools(own, tmp_path):
    """AWS's variables and files, without any setting of ours."""
    own.stop()
    away = {"TARN_S3_ACCESS_KEY", "TARN_S3_SECRET_KEY", "TARN_S3_ENDPOINT"}
    own.env = {name: value for name, value in own.env.items() if name not in away}
    server = s3_server.shared_server()
    variables = {"AWS_ACCESS_KEY_ID": s3_server.ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": s3_server.SECRET_KEY, "AWS_ENDPOINT_URL_S3": server.endpoint}
    done = own.cli("fsck", "--lake", own.lake, env=variables)
    assert done.returncode == 0, done
    (tmp_path / "keys").write_text(f"[work]\naws_access_key_id = {s3_server.ACCESS_KEY}\naws_secret_access_key = {s3_server.SECRET_KEY}\n")
    variables = {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "keys"), "AWS_PROFILE": "work", "AWS_ENDPOINT_URL": server.endpoint}
    done = own.cli("sql", "--lake", own.lake, "SELECT 42 AS answer", env=variables)
    assert done.returncode == 0 and "42" in done.stdout, done


def test_tls_with_a_certificate_of_our_own(tmp_path):
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    secure = s3_server.S3Server(certificate, key).start()
    one = Server(root=tmp_path, lake=s3_server.lake_of(tmp_path), env={**secure.environment(), "TARN_S3_CA_FILE": str(certificate)})
    try:
        one.start()
        client = one.client()
        client.create("keep", "t", KEYED)
        client.ingest("keep/t", {"id": 1})
        assert client.value("SELECT count(*) FROM keep.silver.t") == 1
        one.stop()
        del one.env["TARN_S3_CA_FILE"]
        done = one.cli("fsck", "--lake", one.lake)
        assert done.returncode != 0 and "certificate" in done.stderr, done
    finally:
        one.close()
        secure.close()
