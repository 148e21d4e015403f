# SPDX-License-Identifier: Apache-2.0
"""Start, stop, kill and the other verbs of the program: durability.md §2-3, http-api.md §4."""

import json
import os
import shutil
import signal
import threading
import time

import pytest

from server import Server, column, wait_until


@pytest.fixture
def own(tmp_path):
    """A server this test may kill."""
    with Server(root=tmp_path) as one:
        one.start()
        yield one


def orders(client, name="t", **members):
    client.create("keep", name, [column("id", "integer", primary_key=True), column("v")], **members)


def count(server, layer, name="t"):
    client = server.client()
    try:
        return client.value(f"SELECT count(*) FROM keep.{layer}.{name}")
    finally:
        client.close()


def test_a_record_is_in_bronze_at_once_and_after_kill(own):
    client = own.client()
    orders(client, land_interval="15m")
    for number in range(20):
        client.ingest("keep/t", {"id": number, "v": "x"}, ack="wal")
        assert client.value("SELECT count(*) FROM keep.bronze.t") == number + 1
    own.kill()
    own.start()
    assert count(own, "bronze") == 20
    client = own.client()
    client.ingest("keep/t", {"id": 100}, ack="silver")
    assert count(own, "silver") == 21


def test_kill_right_after_the_acknowledgement(own):
    client = own.client()
    orders(client, land_interval="15m")
    for number in range(8):
        client = own.client()
        client.batch("keep/t", [{"id": number * 10 + n} for n in range(10)], ack="wal")
        own.kill()
        own.start()
        assert count(own, "bronze") == (number + 1) * 10


def test_acknowledged_contracts_and_jobs_survive(own):
    client = own.client()
    orders(client)
    client.put("/endpoints/keep/t", {"columns": [column("id", "integer", primary_key=True), column("v"), column("w")]})
    client.post("/transform/jobs", {"domain": "keep", "job_name": "j", "query": "SELECT 5 AS a"})
    execution = client.run_job("keep", "j")
    before = [client.get(path).json() for path in ("/endpoints", "/transform/jobs", "/endpoints/keep/t/versions")]
    own.kill()
    own.start()
    client = own.client()
    assert [[{**one, "endpoint_url": "", "schema_url": ""} for one in part] if isinstance(part, list) else part
            for part in (client.get(path).json() for path in ("/endpoints", "/transform/jobs", "/endpoints/keep/t/versions"))] == [
        [{**one, "endpoint_url": "", "schema_url": ""} for one in part] if isinstance(part, list) else part for part in before]
    assert client.value("SELECT a FROM keep.gold.j") == 5
    assert client.get(f"/transform/executions/{execution['execution_id']}").json()["status"] == "SUCCEEDED"


def test_idempotency_across_restarts(own):
    client = own.client()
    orders(client)
    headers = {"Idempotency-Key": "once"}
    body = [{"id": 1, "v": "a"}, {"id": "x"}]
    first = client.post("/ingest/keep/t/batch", body, headers=headers)
    client.post("/ingest/keep/t", {"data": {"id": 5}}, query={"ack": "silver"})
    for ending in (own.kill, own.stop):
        ending()
        own.start()
        client = own.client()
        again = client.post("/ingest/keep/t/batch", body, headers=headers)
        assert again.status == 200 and again.headers["idempotent-replay"] == "true" and again.json() == first.json()
        assert client.post("/ingest/keep/t/batch", [{"id": 2}], headers=headers).status == 422
        assert client.value("SELECT count(*) FROM keep.bronze.t") == 3


def test_insert_date_and_receipts_go_on(own):
    client = own.client()
    orders(client)
    receipts = [client.ingest("keep/t", {"id": 1}, ack="wal")["receipt"]]
    own.kill()
    own.start()
    client = own.client()
    receipts.append(client.ingest("keep/t", {"id": 2}, ack="silver")["receipt"])
    assert len(set(receipts)) == 2
    rows = client.rows("SELECT id, _insert_date FROM keep.bronze.t ORDER BY _insert_date")
    assert [row["id"] for row in rows] == [1, 2] and rows[0]["_insert_date"] < rows[1]["_insert_date"]


def refused_start(server):
    """A start that must fail by itself; answers what it said."""
    server.spawn()
    try:
        status = server.process.wait(30)
    except Exception:
        server.kill()
        raise AssertionError(f"the second server runs\n{server.log_tail()}") from None
    server.process = None
    assert status not in (0, None) and status > 0, f"status {status}\n{server.log_tail()}"
    return server.log_tail()


def test_a_second_server_on_the_same_data_directory_is_refused(own, tmp_path):
    second = Server(root=tmp_path / "second", lake=tmp_path / "second" / "lake", data_dir=own.data_dir)
    text = refused_start(second)
    assert "data" in text.lower() and ("lock" in text.lower() or "use" in text.lower() or "another" in text.lower()), text
    assert own.client().get("/readyz").status == 200


def test_a_second_server_on_the_same_lake_is_refused(own, tmp_path):
    client = own.client()
    orders(client)
    second = Server(root=tmp_path / "second", lake=own.lake)
    text = refused_start(second)
    assert "--take-over" in text and "record" in text.lower(), text
    client.ingest("keep/t", {"id": 1})
    assert count(own, "silver") == 1


def test_take_over(own, tmp_path):
    client = own.client()
    orders(client)
    client.ingest("keep/t", {"id": 1})
    own.kill()
    refused = Server(root=tmp_path / "second", lake=own.lake)
    assert "--take-over" in refused_start(refused)
    with Server(root=tmp_path / "second", lake=own.lake, arguments=["--take-over"]) as taker:
        taker.start()
        client = taker.client()
        assert client.value("SELECT count(*) FROM keep.silver.t") == 1
        client.ingest("keep/t", {"id": 2})
        assert client.value("SELECT count(*) FROM keep.silver.t") == 2
        assert refused_start(own)


def test_the_node_that_lost_its_seat_stops(own, tmp_path):
    client = own.client()
    orders(client)
    with Server(root=tmp_path / "second", lake=own.lake, arguments=["--take-over"]) as taker:
        taker.start()
        try:
            client.post("/ingest/keep/t", {"data": {"id": 1}}, query={"ack": "silver"})
        except OSError:
            pass
        except Exception as error:  # noqa: BLE001 - a broken answer is as good as none
            assert "Remote" in type(error).__name__ or "Incomplete" in type(error).__name__, error
        wait_until(lambda: own.process.poll() is not None, 60, "the old node's end")
        assert own.process.returncode != 0
        own.process = None
        assert taker.client().get("/readyz").status == 200


def test_a_copied_data_directory_is_refused(own, tmp_path):
    own.stop()
    shutil.copytree(own.data_dir, tmp_path / "copy")
    own.start()
    own.stop()
    clone = Server(root=tmp_path / "second", lake=own.lake, data_dir=tmp_path / "copy")
    assert refused_start(clone)
    own.start()


def test_the_supervisor_restarts_the_serving_process(own):
    client = own.client()
    orders(client)
    client.ingest("keep/t", {"id": 1}, ack="wal")
    port, serving = own.port, own.serving_pid()
    assert serving != own.process.pid, "serve supervises a serving process"
    os.kill(serving, signal.SIGKILL)
    wait_until(lambda: own.serving_pid() not in (serving, own.process.pid), 30, "a new serving process")
    wait_until(lambda: own.read_port() and own.probe(), 30, "readiness")
    assert own.port == port, "the address stays"
    assert count(own, "bronze") == 1


def test_the_serving_process_ends_with_its_supervisor(own):
    serving = own.serving_pid()
    os.kill(own.process.pid, signal.SIGKILL)
    own.process.wait()
    wait_until(lambda: not os.path.exists(f"/proc/{serving}") or "Z" in open(f"/proc/{serving}/stat").read().rsplit(")", 1)[1][:3], 30, "the end")
    own.process = None
    own.start()


def test_sigterm_drains(own):
    client = own.client()
    orders(client)
    outcomes, stop = [], threading.Event()

    def write(worker):
        one = own.client()
        number = 0
        while not stop.is_set():
            number += 1
            try:
                answer = one.post("/ingest/keep/t", {"data": {"id": worker * 10**6 + number}})
            except Exception:  # noqa: BLE001 - the connection may be closed between requests
                return
            outcomes.append((worker * 10**6 + number, answer.status))
            if answer.status != 200:
                return

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    started = time.monotonic()
    assert own.stop() == 0
    assert time.monotonic() - started < 30
    stop.set()
    for thread in threads:
        thread.join()
    assert {status for _, status in outcomes} <= {200, 503}
    own.start()
    acknowledged = [one for one, status in outcomes if status == 200]
    found = {row["id"] for row in own.client().rows("SELECT id FROM keep.bronze.t", max_rows=100_000)}
    assert set(acknowledged) <= found and len(found) <= len(acknowledged) + 4


def test_sigint_ends_it_too(own):
    os.kill(own.process.pid, signal.SIGINT)
    assert own.process.wait(60) == 0
    own.process = None


def test_fsck_is_clean_after_all(own):
    client = own.client()
    orders(client)
    client.batch("keep/t", [{"id": n, "v": str(n)} for n in range(50)] + [{"id": "bad"}])
    client.batch("keep/t", [{"id": n} for n in range(10)], op="delete")
    client.post("/transform/jobs", {"domain": "keep", "job_name": "j", "query": "SELECT v FROM keep.silver.t"})
    client.run_job("keep", "j")
    own.kill()
    own.start()
    client = own.client()
    client.ingest("keep/t", {"id": 999})
    own.stop()
    done = own.cli("fsck", "--lake", own.lake, "--data-dir", own.data_dir)
    assert done.returncode == 0, done
    damage(own.lake_files / "silver" / "keep" / "t")
    done = own.cli("fsck", "--lake", own.lake, "--data-dir", own.data_dir)
    assert done.returncode != 0 and "keep" in done.stdout + done.stderr, done


def damage(table):
    """Removes the data file a table got last: nothing replaced it yet."""
    max((table / "data").glob("*.parquet"), key=lambda file: file.stat().st_mtime_ns).unlink()


def test_recover_lands_an_abandoned_log(own, tmp_path):
    client = own.client()
    orders(client, land_interval="15m")
    client.batch("keep/t", [{"id": n} for n in range(30)], ack="wal")
    own.kill()
    done = own.cli("recover", "--lake", own.lake, "--data-dir", own.data_dir)
    assert done.returncode == 0, done
    with Server(root=tmp_path / "fresh", lake=own.lake, arguments=["--take-over"]) as fresh:
        fresh.start()
        assert count(fresh, "bronze") == 30
    again = own.cli("recover", "--lake", own.lake, "--data-dir", own.data_dir)
    with Server(root=tmp_path / "fresh", lake=own.lake) as fresh:
        fresh.start()
        assert count(fresh, "bronze") == 30, again


def test_version_and_help(own):
    done = own.cli("version")
    assert done.returncode == 0 and any(character.isdigit() for character in done.stdout), done
    done = own.cli("--help")
    assert done.returncode == 0 and all(verb in done.stdout for verb in ("serve", "sql", "ingest", "recover", "fsck", "version")), done
    for arguments in ([], ["nonsense"], ["serve", "--nonsense"]):
        assert own.cli(*arguments, timeout_s=20).returncode != 0, arguments


def test_sql_and_ingest_verbs(own, tmp_path):
    client = own.client()
    orders(client)
    url = f"http://127.0.0.1:{own.port}"
    lines = tmp_path / "lines.ndjson"
    lines.write_text("".join(json.dumps({"id": n, "v": f"é{n}"}) + "\n" for n in range(100)))
    done = own.cli("ingest", "--url", url, "keep/t", lines)
    assert done.returncode == 0, done
    client.ingest("keep/t", {"id": 1000})
    done = own.cli("sql", "--url", url, "SELECT count(*) AS n, max(v) AS m FROM keep.silver.t WHERE id < 1000")
    assert done.returncode == 0 and "100" in done.stdout and "é99" in done.stdout, done
    for bad in ("DROP TABLE x", "SELECT * FROM keep.silver.nothing"):
        done = own.cli("sql", "--url", url, bad)
        assert done.returncode != 0 and done.stderr.strip(), done
    own.stop()
    done = own.cli("sql", "--lake", own.lake, "SELECT count(*) AS n FROM keep.silver.t")
    assert done.returncode == 0 and "101" in done.stdout, done
    assert own.cli("sql", "--url", url, "SELECT 1").returncode != 0


def test_a_torn_tail_is_set_aside_and_reported(own):
    client = own.client()
    orders(client, land_interval="15m")
    client.batch("keep/t", [{"id": n} for n in range(10)], ack="wal")
    own.kill()
    segments = sorted(path for path in (own.data_dir / "log").rglob("*") if path.is_file() and path.stat().st_size > 4096)
    assert segments, list(own.data_dir.rglob("*"))
    newest = max(segments, key=lambda path: path.stat().st_mtime_ns)
    text = newest.read_bytes()
    used = len(text.rstrip(b"\0"))
    with open(newest, "r+b") as file:
        file.seek((used + 4095) // 4096 * 4096)
        file.write(b"torn bytes that are no group")
    own.start()
    assert count(own, "bronze") == 10
