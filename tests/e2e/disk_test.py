# SPDX-License-Identifier: Apache-2.0
"""Full and unwritable disks, and starts that cannot work: clear errors, nothing acknowledged lost."""

import os
import resource
import shutil
import signal
import socket
import subprocess
import time

import pytest

from server import Server, column, wait_until

SMALL_DISK_MB = 160


def can_mount(tmp_path_factory):
    if os.geteuid() != 0:
        return False
    probe = tmp_path_factory.mktemp("probe")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(probe)], capture_output=True, check=False)
    if done.returncode != 0:
        return False
    subprocess.run(["umount", str(probe)], check=False)
    return True


@pytest.fixture
def small_disk(tmp_path, tmp_path_factory):
    """A file system of a few megabytes."""
    if not can_mount(tmp_path_factory):
        pytest.skip("mounting a tmpfs is not allowed here; RLIMIT_FSIZE alone is tried below")
    place = tmp_path / "small"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK_MB}m", "tmpfs", str(place)], check=True)
    yield place
    subprocess.run(["umount", str(place / "lake")], capture_output=True, check=False)
    for _ in range(50):
        if subprocess.run(["umount", str(place)], capture_output=True, check=False).returncode == 0:
            return
        time.sleep(0.1)
    subprocess.run(["umount", "-l", str(place)], check=False)


def cover(place):
    """Puts a read-only view of the directory over itself; files that are open stay so."""
    subprocess.run(["mount", "--bind", str(place), str(place)], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", str(place)], check=True)


def fill(place):
    """Takes all space there is left."""
    ballast = place / "ballast"
    with open(ballast, "wb", buffering=0) as file:
        for size in (2**20, 2**12, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return ballast


def create(client):
    client.create("disk", "t", [column("id", "integer", primary_key=True), column("v")])


class Writer:
    """Sends records one after the other and keeps what was acknowledged."""

    def __init__(self, server):
        self.server = server
        self.acknowledged = []
        self.refused = []
        self.next = 0

    def send(self, times, size=2000, client=None, **query):
        own = client or self.server.client(timeout_s=60)
        for _ in range(times):
            self.next += 1
            answer = own.post("/ingest/disk/t", {"data": {"id": self.next, "v": "x" * size}}, query=query)
            if answer.status in (200, 202):
                self.acknowledged.append(self.next)
            else:
                self.refused.append(answer)
        if client is None:
            own.close()

    def send_through_restarts(self, times, size=2000):
        """As send, but a serving process that ended meanwhile is waited for."""
        for _ in range(times):
            try:
                self.send(1, size)
            except Exception:  # noqa: BLE001 - the answer is lost, the record may be in or out
                time.sleep(0.05)

    def check(self, client):
        found = {row["id"] for row in client.rows("SELECT id FROM disk.bronze.t", max_rows=100_000)}
        assert set(self.acknowledged) <= found, f"lost: {sorted(set(self.acknowledged) - found)[:20]}"
        rows = client.value("SELECT count(*) FROM disk.bronze.t")
        assert rows == len(found)


def test_a_full_disk_under_the_log(small_disk, tmp_path):
    with Server(root=tmp_path / "run", data_dir=small_disk / "data") as server:
        server.start()
        client = server.client()
        create(client)
        writer = Writer(server)
        writer.send(20)
        ballast = fill(small_disk)
        deadline = time.monotonic() + 60
        while not writer.refused and time.monotonic() < deadline:
            writer.send_through_restarts(1, size=4 * 2**20)
        assert writer.refused, "the disk is full and every record was taken"
        answer = writer.refused[0]
        assert answer.status == 503 and int(answer.headers["retry-after"]) >= 0 and isinstance(answer.detail, str), answer
        assert client_of(server).get("/healthz").status == 200
        ballast.unlink()
        accepts_again(server, writer)
        writer.check(client_of(server))
        server.kill()
        server.start()
        writer.check(client_of(server))


def client_of(server):
    """A client once the server answers again: a full disk may have restarted the serving process."""
    def alive():
        try:
            one = server.client(timeout_s=10)
            return one if one.get("/healthz").status == 200 else None
        except Exception:  # noqa: BLE001
            return None

    return wait_until(alive, 60, "the server")


def accepts_again(server, writer):
    def accepted():
        try:
            before = len(writer.acknowledged)
            writer.send(1)
            return len(writer.acknowledged) > before
        except Exception:  # noqa: BLE001
            return False

    wait_until(accepted, 60, "recovery by itself")


def test_a_full_disk_under_the_lake(small_disk, tmp_path):
    with Server(root=tmp_path / "run", lake=small_disk / "lake") as server:
        server.start()
        client = server.client()
        create(client)
        writer = Writer(server)
        writer.send(20, ack="silver")
        ballast = fill(small_disk)
        writer.send(10, ack="wal")
        answer = client.post("/ingest/disk/t", {"data": {"id": 10**6, "v": "x" * 100}}, query={"ack": "bronze", "ack_timeout_ms": 1500})
        assert answer.status in (202, 503), answer
        answer = client.post("/endpoints", {"domain": "disk", "name": "other"})
        assert answer.status == 503 and "retry-after" in answer.headers, answer
        assert client.get("/readyz").status == 503
        ballast.unlink()
        wait_until(lambda: client.get("/readyz").status == 200, 60, "readiness")
        writer.send(5, ack="silver")
        assert len(writer.acknowledged) == 35 or not writer.refused
        writer.check(client)
        wait_until(lambda: client.value("SELECT count(*) FROM disk.silver.t WHERE id < 1000000") == len(writer.acknowledged), 60, "silver")
        assert client.post("/endpoints", {"domain": "disk", "name": "other"}).status == 200


def test_a_lake_that_becomes_read_only(small_disk, tmp_path):
    with Server(root=tmp_path / "run", lake=small_disk / "lake") as server:
        server.start()
        client = server.client()
        create(client)
        writer = Writer(server)
        writer.send(5, ack="silver")
        cover(server.lake)
        writer.send(5, ack="wal")
        assert client.get("/readyz").status == 503
        answer = client.post("/endpoints", {"domain": "disk", "name": "other"})
        assert answer.status == 503 and str(small_disk) not in answer.text, answer
        assert client.value("SELECT count(*) FROM disk.silver.t") == 5
        subprocess.run(["umount", str(server.lake)], check=True)
        wait_until(lambda: client.get("/readyz").status == 200, 60, "readiness")
        writer.send(1, ack="silver")
        assert client.value("SELECT count(*) FROM disk.silver.t") == len(writer.acknowledged)


def test_a_file_size_limit(tmp_path):
    """Files may not grow past 8 MB, less than a log segment: refused or not, nothing acknowledged is lost."""
    server = Server(root=tmp_path)

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (8 * 2**20, resource.RLIM_INFINITY))

    with server:
        server.start()
        create(server.client())
        writer = Writer(server)
        writer.send(5)
        server.stop()
        server.spawn(preexec=limit)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and server.process.poll() is None and not (server.read_port() and server.probe()):
            time.sleep(0.05)
        if server.process.poll() is None and server.read_port():
            writer.send_through_restarts(10)
        assert b"Traceback" not in server.log()
        server.kill()
        server.start()
        accepts_again(server, writer)
        writer.check(server.client())


# Starts that cannot work.


def refusal(tmp_path, *arguments, env=None):
    """Standard error of a start that must fail."""
    binary = os.environ["TARN_BIN"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TARN_")} | (env or {})
    process = subprocess.Popen([binary, "serve", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=clean,
                               start_new_session=True, cwd=tmp_path)
    try:
        text, _ = process.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        text, _ = process.communicate()
        raise AssertionError(f"it runs with {arguments}\n{text}") from None
    assert process.returncode > 0, (process.returncode, text)
    return text


def test_the_lake_is_a_file(tmp_path):
    (tmp_path / "lake").write_text("x")
    assert str(tmp_path / "lake") in refusal(tmp_path, "--lake", tmp_path / "lake", "--data-dir", tmp_path / "data", "--listen", "127.0.0.1:0")


def test_the_data_directory_is_a_file(tmp_path):
    (tmp_path / "data").write_text("x")
    assert str(tmp_path / "data") in refusal(tmp_path, "--lake", tmp_path / "lake", "--data-dir", tmp_path / "data", "--listen", "127.0.0.1:0")


def test_the_lake_lies_below_a_file(tmp_path):
    (tmp_path / "file").write_text("x")
    assert "file" in refusal(tmp_path, "--lake", tmp_path / "file" / "lake", "--data-dir", tmp_path / "data", "--listen", "127.0.0.1:0")


def test_a_directory_that_is_no_lake_is_not_taken(tmp_path):
    """A directory of somebody else's files either stays untouched or is refused; nothing in it changes."""
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "tarn.json").write_text("not a lake document")
    text = refusal(tmp_path, "--lake", tmp_path / "lake", "--data-dir", tmp_path / "data", "--listen", "127.0.0.1:0")
    assert "tarn.json" in text
    assert (tmp_path / "lake" / "tarn.json").read_text() == "not a lake document"


@pytest.mark.parametrize("listen", ["nonsense", "127.0.0.1", "127.0.0.1:99999", "127.0.0.1:x", "256.1.1.1:0", ":"])
def test_bad_listen_addresses(tmp_path, listen):
    text = refusal(tmp_path, "--lake", tmp_path / "lake", "--data-dir", tmp_path / "data", "--listen", listen)
    assert listen in text


def test_a_port_in_use(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        text = refusal(tmp_path, "--lake", tmp_path / "lake", "--data-dir", tmp_path / "data", "--listen", f"127.0.0.1:{port}")
        assert str(port) in text and "in use" in text.lower()


@pytest.mark.parametrize("text,word", [("nonsense_key: 1\n", "nonsense_key"), ("listen: [1, 2]\n", "listen"), ("a: b: c\n", "tarn.yaml"), ("- x\n", "tarn.yaml")])
def test_bad_configuration_files(tmp_path, text, word):
    config = tmp_path / "tarn.yaml"
    config.write_text(text)
    said = refusal(tmp_path, "--config", config, "--lake", tmp_path / "lake", "--data-dir", tmp_path / "data", "--listen", "127.0.0.1:0")
    assert word in said


def test_a_missing_configuration_file(tmp_path):
    assert "none.yaml" in refusal(tmp_path, "--config", tmp_path / "none.yaml", "--lake", tmp_path / "lake", "--data-dir", tmp_path / "data")


@pytest.mark.parametrize("name,value", [("TARN_LISTEN", "here"), ("TARN_LAND_INTERVAL", "1h"), ("TARN_WORKER_THREADS", "many")])
def test_bad_values_in_the_environment_are_named(tmp_path, name, value):
    said = refusal(tmp_path, "--lake", tmp_path / "lake", "--data-dir", tmp_path / "data", env={"TARN_LISTEN": "127.0.0.1:0", name: value})
    assert name in said or name.removeprefix("TARN_").lower() in said


def test_an_unknown_kind_of_lake(tmp_path):
    said = refusal(tmp_path, "--lake", "ftp://host/x", "--data-dir", tmp_path / "data", "--listen", "127.0.0.1:0")
    assert "ftp" in said


def test_an_unwritable_lake_for_another_user(tmp_path):
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("needs root and setpriv to become another user")
    (tmp_path / "lake").mkdir(mode=0o755)
    os.chmod(tmp_path, 0o755)
    (tmp_path / "data").mkdir()
    os.chown(tmp_path / "data", 65534, 65534)
    process = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", os.environ["TARN_BIN"], "serve", "--lake", tmp_path / "lake", "--data-dir",
                              tmp_path / "data", "--listen", "127.0.0.1:0"], capture_output=True, text=True, timeout=30, check=False)
    assert process.returncode > 0
    if ("exec" in process.stderr and "Permission denied" in process.stderr) or "cannot open shared object" in process.stderr:
        pytest.skip("the other user may not even run the binary here")
    assert str(tmp_path / "lake") in process.stdout + process.stderr, process
