# SPDX-License-Identifier: Apache-2.0
"""Foreign engines of pinned versions: virtual environments and Java libraries cached by their pins, and processes that read
tables in them."""

import contextlib
import fcntl
import hashlib
import json
import os
import select
import signal
import subprocess
import tempfile
from pathlib import Path

READERS = ("deltalake==1.6.6", "polars==2.1.0", "polars_iceberg==0.1.*", "pyiceberg[pyarrow,pyiceberg-core,sql-sqlite]==0.12.0", "chdb==4.4.0")
ICEBERG_READERS = ("pyiceberg[pyarrow]==0.12.0", "fastavro==1.12.1")
DUCKDB = ("duckdb==1.5.5", "duckdb-extension-delta==1.5.5", "duckdb-extension-iceberg==1.5.5", "duckdb-extension-avro==1.5.5",
          "duckdb-extension-httpfs==1.5.5", "pyarrow==26.0.1", "pytz==2026.6")

HERE = Path(__file__).resolve().parent
START_TIMEOUT_S = 300
ANSWER_TIMEOUT_S = 300


def cache():
    return Path(os.environ.get("TARN_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tarn")


def environment(purpose, pins):
    """The interpreter of an environment that has exactly `pins`; made on first use."""
    digest = hashlib.sha256("\n".join(sorted(pins)).encode()).hexdigest()[:16]
    place = cache() / f"{purpose}-{digest}"
    python = place / "bin" / "python"
    cache().mkdir(parents=True, exist_ok=True)
    with open(cache() / f"{purpose}-{digest}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "complete").exists():
            subprocess.run(["/usr/bin/python3", "-m", "venv", "--clear", str(place)], check=True)
            subprocess.run([str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *pins], check=True)
            (place / "complete").touch()
    return str(python)


def java_libraries(purpose, pom):
    """The folder of jars that `pom` names with all they need; fetched by Maven on first use."""
    digest = hashlib.sha256(Path(pom).read_bytes()).hexdigest()[:16]
    place = cache() / f"{purpose}-{digest}"
    cache().mkdir(parents=True, exist_ok=True)
    with open(cache() / f"{purpose}-{digest}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "complete").exists():
            subprocess.run(["mvn", "-q", "-B", "-f", str(pom), "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies", f"-DoutputDirectory={place}"], check=True)
            (place / "complete").touch()
    return place


def readers_python():
    return environment("interop", READERS)


def duckdb_python():
    return environment("interop-duckdb", DUCKDB)


class Engine:
    """A process of readers/serve.py. A question is sent, then its answer received, so that several engines work at once."""

    def __init__(self, name, python, formats, env=None):
        self.name = name
        self.formats = formats
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen([python, "-B", str(HERE / "readers" / "serve.py"), name], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.log, env={**os.environ, **(env or {})}, start_new_session=True)
        self.known_version = None

    @property
    def version(self):
        if self.known_version is None:
            self.known_version = self.line(START_TIMEOUT_S)["version"]
        return self.known_version

    def send(self, question):
        assert self.version
        self.process.stdin.write(json.dumps(question).encode() + b"\n")
        self.process.stdin.flush()

    def receive(self):
        """The rows as canonical lines, or the engine's words of refusal as one text."""
        answer = self.line(ANSWER_TIMEOUT_S)
        return answer["refused"] if "refused" in answer else answer["lines"]

    def line(self, timeout_s):
        ready, _, _ = select.select([self.process.stdout], [], [], timeout_s)
        line = self.process.stdout.readline() if ready else b""
        if not line:
            self.close()
            self.log.seek(0)
            raise AssertionError(f"{self.name} did not answer\n{self.log.read()[-4000:].decode('utf-8', 'replace')}")
        return json.loads(line)

    def close(self):
        """Ends it with what it started: Spark is a Java process of a Python process."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def fast_engines():
    """Those that `make test` asks."""
    python = readers_python()
    return [Engine("deltalake", python, ("delta",)), Engine("pyiceberg", python, ("iceberg",)), Engine("polars", python, ("delta", "iceberg")),
            Engine("duckdb", duckdb_python(), ("delta", "iceberg")), Engine("chdb", python, ("delta", "iceberg"))]
