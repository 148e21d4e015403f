# SPDX-License-Identifier: Apache-2.0
"""Processes the benchmark runs beside Tarn: wrk, the FastAPI peer, a PostgreSQL cluster, h2o. Each answers None or
raises when its program is not there; all listen on loopback only and end with their context."""

import glob
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "interop"), str(HERE.parent / "e2e")]

from engines import environment  # noqa: E402
from server import Server, column  # noqa: E402

PYTHON_STACK = ("fastapi==0.165.*", "pydantic==2.14.*", "uvicorn[standard]")
DUCKDB = ("duckdb==1.5.6",)
UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}
EVENT_COLUMNS = [column("id", "integer", required=True), column("customer", required=True), column("kind", required=True), column("amount", "decimal"),
                 column("at", "timestamp"), column("note")]


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for(url, process, timeout_s=30):
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"ended with {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.002)
    raise RuntimeError(f"{url} does not answer")


class Process:
    """A child that is ended with its context, by its id."""

    def __init__(self, command, cwd=None, env=None, log=None):
        self.log = open(log or os.devnull, "ab")  # noqa: SIM115 - closed with the process
        self.child = subprocess.Popen(command, cwd=cwd, env=env, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL, start_new_session=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            try:
                os.killpg(self.child.pid, signal.SIGTERM)
                self.child.wait(10)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                self.child.kill()
                self.child.wait()
        self.log.close()


def milliseconds(text):
    match = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text)
    return float(match[1]) * UNITS[match[2]] if match else None


def wrk(url, connections, seconds, *arguments, script="events.lua"):
    """Requests a second and latencies in ms; any answer but 2xx is an error of the run."""
    if shutil.which("wrk") is None:
        raise RuntimeError("wrk is not installed")
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "10s"]
    command += ["-s", str(HERE / script)] if script else []
    text = subprocess.run([*command, url, "--", *map(str, arguments)], capture_output=True, text=True, check=True, timeout=seconds + 60).stdout
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    total = re.search(r"(\d+) requests in", text)
    if bad and int(bad[1]) > 0:
        raise RuntimeError(f"{bad[1]} of {total[1] if total else '?'} answers are not 2xx")
    latency = dict(re.findall(r"^\s+(50|99)%\s+(\S+)$", text, re.M))
    return {"rps": float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]), "p50_ms": milliseconds(latency.get("50", "")), "p99_ms": milliseconds(latency.get("99", ""))}


class FastApi(Process):
    """One uvicorn worker with uvloop and httptools."""

    def __init__(self):
        python = environment("bench-python", PYTHON_STACK)
        self.port = free_port()
        super().__init__([python, "-m", "uvicorn", "fastapi_peer:app", "--host", "127.0.0.1", "--port", str(self.port), "--no-access-log", "--log-level", "error"], cwd=HERE)
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        wait_for(self.url + "/readyz", self.child)
        return self


class H2o(Process):
    """A server that answers a GET of a few bytes and does nothing else."""

    def __init__(self, root):
        if shutil.which("h2o") is None:
            raise RuntimeError("h2o is not installed")
        self.port = free_port()
        place = Path(root) / "h2o"
        (place / "files").mkdir(parents=True)
        (place / "files" / "index.txt").write_text('{"status":"success"}')
        config = place / "h2o.conf"
        config.write_text(f"num-threads: 2\nlisten:\n  host: 127.0.0.1\n  port: {self.port}\nhosts:\n  default:\n    paths:\n      /:\n        file.dir: {place}/files\n"
                          f"user: {'root' if os.geteuid() == 0 else os.environ.get('USER', 'nobody')}\npid-file: {place}/pid\nerror-log: {place}/errors\n")
        super().__init__(["h2o", "-c", str(config)], log=place / "log")
        self.url = f"http://127.0.0.1:{self.port}/index.txt"

    def __enter__(self):
        wait_for(self.url, self.child)
        return self


class Postgres:
    """A cluster of its own with durable settings on a Unix socket; pgbench inserts one row a transaction."""

    def __init__(self, root):
        tools = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        if not tools or shutil.which("pgbench") is None:
            raise RuntimeError("PostgreSQL is not installed")
        self.tools = tools[-1]
        self.place = Path(root) / "postgres"
        self.place.mkdir(parents=True)
        self.user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self.user:
            for folder in [self.place, *self.place.parents]:
                if folder == Path("/tmp") or folder == Path("/"):
                    break
                folder.chmod(folder.stat().st_mode | 0o011)
            shutil.chown(self.place, "postgres")

    def run(self, *command, **kwargs):
        return subprocess.run([*self.user, *map(str, command)], check=True, capture_output=True, text=True, cwd=self.place, **kwargs)

    def __enter__(self):
        data = self.place / "data"
        self.run(f"{self.tools}/initdb", "-D", data, "-A", "trust", "--no-sync", "-E", "UTF8", "-U", "bench")
        options = f"-c listen_addresses= -k {self.place} -c fsync=on -c synchronous_commit=on -c max_connections=200 -c shared_buffers=256MB"
        self.run(f"{self.tools}/pg_ctl", "-D", data, "-w", "-l", self.place / "log", "-o", options, "start")
        self.sql("CREATE TABLE events (id bigint, customer text, kind text, amount numeric(38,9), at timestamptz, note text)")
        script = self.place / "insert.sql"
        script.write_text("\\set id random(1, 1000000000)\n"
                          "INSERT INTO events VALUES (:id, 'c00042', 'order_placed', 17.25, '2026-01-01T00:00:07Z', 'some words here');\n")
        script.chmod(0o644)
        return self

    def sql(self, text):
        self.run(f"{self.tools}/psql", "-h", self.place, "-U", "bench", "-d", "postgres", "-c", text)

    def insert(self, connections, seconds):
        text = self.run("pgbench", "-n", "-M", "prepared", "-h", self.place, "-U", "bench", "-c", connections, "-j", 1, "-T", seconds, "-f", self.place / "insert.sql",
                        "postgres").stdout
        rate, latency = re.search(r"tps = ([\d.]+)", text), re.search(r"latency average = ([\d.]+)", text)
        if not rate or not latency:
            raise RuntimeError(f"pgbench says: {text[-200:]}")
        return {"rps": float(rate[1]), "avg_ms": float(latency[1])}

    def __exit__(self, *_):
        try:
            self.run(f"{self.tools}/pg_ctl", "-D", self.place / "data", "-m", "immediate", "-w", "stop")
        except subprocess.CalledProcessError:
            pass


class Tarn(Server):
    """The server under test on a lake of its own."""

    def __init__(self, binary, root, name, arguments=()):
        super().__init__(root=Path(root) / name, binary=binary, arguments=arguments)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()
        shutil.rmtree(self.root, ignore_errors=True)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"
