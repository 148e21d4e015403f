# SPDX-License-Identifier: Apache-2.0
"""A real `tarn serve` under test: start, speak HTTP to it, kill it, start it again.

The binary is named by the environment variable TARN_BIN. Nothing here knows how Tarn works inside; see
spec/http-api.md for what it promises.
"""

import gzip
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse
from decimal import Decimal
from pathlib import Path

import s3_server

READY_TIMEOUT_S = 60
STOP_TIMEOUT_S = 60
REQUEST_TIMEOUT_S = 90
SANITIZER_REPORT = re.compile(
    rb"AddressSanitizer|LeakSanitizer|ThreadSanitizer|UndefinedBehaviorSanitizer|runtime error:|TARN_ASSERT|assertion failed"
)


class Answer:
    """One HTTP response, read completely."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body

    @property
    def text(self):
        return self.body.decode("utf-8")

    def json(self):
        return json.loads(self.body)

    def exact(self):
        """JSON with every non-integer number as a Decimal."""
        return json.loads(self.body, parse_float=Decimal)

    @property
    def detail(self):
        return self.json()["detail"]

    def __repr__(self):
        return f"<{self.status} {self.body[:600]!r}>"


class Client:
    """One keep-alive connection. Not for several threads at once."""

    def __init__(self, port, headers=None, timeout_s=REQUEST_TIMEOUT_S):
        self.port = port
        self.headers = dict(headers or {})
        self.timeout_s = timeout_s
        self.connection = None

    def request(self, method, path, body=None, headers=None, query=None):
        if query:
            path += ("&" if "?" in path else "?") + urllib.parse.urlencode(query)
        send = {**self.headers, **(headers or {})}
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body, ensure_ascii=False)
        if isinstance(body, str):
            body = body.encode("utf-8", "surrogatepass")
        if body is not None and not any(name.lower() == "content-type" for name in send):
            send["Content-Type"] = "application/json"
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout_s)
        try:
            self.connection.request(method, path, body=body, headers=send)
            response = self.connection.getresponse()
            answer = Answer(response.status, response.getheaders(), response.read())
            if response.will_close:
                self.close()
            return answer
        except BaseException:
            self.close()
            raise

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def get(self, path, **kwargs):
        return self.request("GET", path, **kwargs)

    def post(self, path, body=None, **kwargs):
        return self.request("POST", path, body, **kwargs)

    def put(self, path, body=None, **kwargs):
        return self.request("PUT", path, body, **kwargs)

    def delete(self, path, **kwargs):
        return self.request("DELETE", path, **kwargs)

    # What most tests need, asserted on the way.

    def query(self, sql, **options):
        """Any answer of the query route; the text travels in a POST body."""
        return self.post("/consumption/query", {"sql": sql, **options})

    def rows(self, sql, **options):
        answer = self.query(sql, **options)
        assert answer.status == 200, f"{sql}: {answer}"
        return answer.exact()["data"]

    def value(self, sql, **options):
        rows = self.rows(sql, **options)
        assert len(rows) == 1 and len(rows[0]) == 1, f"{sql}: {rows}"
        return next(iter(rows[0].values()))

    def create(self, domain, name, columns=(), **members):
        answer = self.post("/endpoints", {"domain": domain, "name": name, "columns": list(columns), **members})
        assert answer.status == 200, answer
        return answer.json()

    def ingest(self, table, record, ack="silver", **query):
        """One record, by default waiting until it is in silver."""
        query = {"ack": ack, **query}
        answer = self.post(f"/ingest/{table}", {"data": record}, query=query)
        assert answer.status == 200, answer
        return answer.json()

    def batch(self, table, records, ack="silver", **query):
        query = {"ack": ack, **query}
        body = records if isinstance(records, (bytes, str)) else list(records)
        answer = self.post(f"/ingest/{table}/batch", body, query=query)
        assert answer.status == 200, answer
        return answer.json()

    def run_job(self, domain, job, timeout_s=60):
        """Runs a job to its end and answers the Execution."""
        answer = self.post(f"/transform/jobs/{domain}/{job}/run")
        assert answer.status == 200, answer
        return self.execution(answer.json()["execution_id"], timeout_s)

    def execution(self, execution_id, timeout_s=60):
        deadline = time.monotonic() + timeout_s
        while True:
            answer = self.get(f"/transform/executions/{execution_id}")
            assert answer.status == 200, answer
            if answer.json()["status"] not in ("QUEUED", "RUNNING"):
                return answer.json()
            assert time.monotonic() < deadline, f"still not finished: {answer}"
            time.sleep(0.01)


class Server:
    """A lake, a data directory and the process that serves them."""

    def __init__(self, root=None, env=None, arguments=(), lake=None, data_dir=None, binary=None):
        self.own_root = root is None
        self.root = Path(root or tempfile.mkdtemp(prefix="tarn-e2e-"))
        self.lake = lake or (s3_server.lake_of(self.root) if s3_server.wanted() else self.root / "lake")
        self.data_dir = Path(data_dir or self.root / "data")
        self.binary = binary or os.environ["TARN_BIN"]
        self.env = {**(s3_server.shared_server().environment() if self.in_bucket else {}), **(env or {})}
        self.arguments = list(arguments)
        self.log_path = self.root / "stderr.log"
        self.port_file = self.root / "port"
        self.process = None
        self.port = None

    @property
    def in_bucket(self):
        return str(self.lake).startswith("s3://")

    @property
    def lake_files(self):
        """Where the lake's objects lie as files."""
        return s3_server.files_of(self.lake) if self.in_bucket else Path(self.lake)

    def command(self):
        return [self.binary, "serve", "--lake", str(self.lake), "--data-dir", str(self.data_dir),
                "--listen", "127.0.0.1:0", "--port-file", str(self.port_file), *self.arguments]

    def environment(self, extra=None):
        env = {name: value for name, value in os.environ.items() if not name.startswith("TARN_")}
        env.update(self.env)
        env.update(extra or {})
        return env

    def spawn(self, env=None, preexec=None, prefix=()):
        self.root.mkdir(parents=True, exist_ok=True)
        self.port_file.unlink(missing_ok=True)
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([*prefix, *self.command()], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                            env=self.environment(env), start_new_session=True, preexec_fn=preexec)
        return self

    def start(self, **kwargs):
        self.spawn(**kwargs)
        self.wait_ready()
        return self

    def wait_ready(self, timeout_s=READY_TIMEOUT_S):
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"tarn ended with {self.process.returncode} before it was ready\n{self.log_tail()}")
            if self.read_port() and self.probe():
                return
            time.sleep(0.005)
        raise AssertionError(f"not ready after {timeout_s} s\n{self.log_tail()}")

    def read_port(self):
        try:
            text = self.port_file.read_text().strip()
        except OSError:
            return None
        self.port = int(text) if text.isdigit() else None
        return self.port

    def probe(self):
        client = Client(self.port, timeout_s=10)
        try:
            return client.get("/readyz").status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            client.close()

    def client(self, **kwargs):
        return Client(self.port, **kwargs)

    def log(self):
        try:
            return self.log_path.read_bytes()
        except OSError:
            return b""

    def log_tail(self, size=6000):
        return self.log()[-size:].decode("utf-8", "replace")

    def pids(self):
        """The supervisor and everything below it."""
        if self.process is None:
            return []
        parents = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    stat = Path("/proc", entry, "stat").read_text()
                except OSError:
                    continue
                parents[int(entry)] = int(stat.rsplit(")", 1)[1].split()[1])
        family = [self.process.pid]
        for pid in family:
            family += [child for child, parent in parents.items() if parent == pid]
        return family

    def serving_pid(self):
        """The process that answers requests: the supervisor's child."""
        family = self.pids()
        return family[-1] if family else None

    def kill(self):
        """kill -9 of the whole family at once; answers when nobody of it is left to hold a lock."""
        if self.process is None:
            return
        family = self.pids()
        for pid in family:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.process = None
        wait_until(lambda: not any(map(alive, family)), STOP_TIMEOUT_S, "the end of killed processes")

    def stop(self, timeout_s=STOP_TIMEOUT_S):
        """SIGTERM; answers the exit status."""
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            tail = self.log_tail()
            self.kill()
            raise AssertionError(f"SIGTERM did not end the server\n{tail}") from None
        self.process = None
        return status

    def cli(self, *arguments, stdin=None, timeout_s=120, env=None):
        """One run of another verb of the binary."""
        return subprocess.run([self.binary, *map(str, arguments)], input=stdin, capture_output=True, text=True,
                              timeout=timeout_s, env=self.environment(env), check=False)

    def __enter__(self):
        """For `with`: what goes wrong inside shows the log, and the end closes. Starting is the caller's."""
        return self

    def __exit__(self, kind, error, trace):
        if kind is not None:
            print(self.log_tail())
        self.close()

    def close(self):
        """Ends the server and removes its files; a sanitizer report anywhere in the log is a failure."""
        try:
            if self.process is not None and self.process.poll() is None:
                self.stop()
            report = SANITIZER_REPORT.search(self.log())
            assert not report, self.log()[max(0, report.start() - 300): report.start() + 5000].decode("utf-8", "replace")
        finally:
            if self.process is not None:
                self.kill()
            if self.own_root:
                shutil.rmtree(self.root, ignore_errors=True)


def alive(pid):
    """Whether any thread of a process has not ended: a killed process keeps its locks until its last thread is gone."""
    for thread in Path("/proc", str(pid), "task").glob("*/stat"):
        try:
            state = thread.read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            continue  # this thread ended while we looked; others may not have
        if state not in "ZX":
            return True
    return False


def raw_exchange(port, payload, timeout_s=10, half_close=False):
    """Bytes over a bare socket; answers all that came back until the peer closed or the time was up."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout_s) as peer:
        received = b""
        try:
            peer.sendall(payload)
            if half_close:
                peer.shutdown(socket.SHUT_WR)
            while True:
                piece = peer.recv(65536)
                if not piece:
                    break
                received += piece
        except (socket.timeout, ConnectionError):
            pass
        return received


def gzipped(text):
    return gzip.compress(text if isinstance(text, bytes) else text.encode("utf-8"))


def column(name, type_="string", **members):
    return {"name": name, "type": type_, **members}


def wait_until(condition, timeout_s=15, what="condition"):
    """Polls until `condition()` is true and answers its value."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"{what} not reached within {timeout_s} s"
        time.sleep(0.02)
