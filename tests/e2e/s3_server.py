# SPDX-License-Identifier: Apache-2.0
"""A real S3 server of the test run's own: versitygw over a directory, so that tests can also look at the files.

With TARN_E2E_LAKE=s3 in the environment every `Server` keeps its lake in a bucket of one such server.
"""

import atexit
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

ACCESS_KEY = "tarn-test-key"
SECRET_KEY = "tarn-test-secret"
BUCKET = "lake"
START_TIMEOUT_S = 20
TOOLS = Path(__file__).resolve().parents[2] / "tools"


def program():
    """The pinned server, installed by tools/bootstrap on first use."""
    pins = dict(line.strip().split("=", 1) for line in (TOOLS / "s3_server.pin").read_text().splitlines() if "=" in line and line[0] != "#")
    cache = os.environ.get("TARN_CACHE") or os.path.join(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "tarn")
    found = Path(cache) / f"versitygw-{pins['VERSITYGW_VERSION']}" / "versitygw"
    if not found.exists():
        subprocess.run([TOOLS / "bootstrap", "test"], check=True)
    return found


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class S3Server:
    """One server process; its bucket is a directory below `root`."""

    def __init__(self, certificate=None, key=None, keep_alive=True):
        self.root = Path(tempfile.mkdtemp(prefix="tarn-s3-"))
        self.files = self.root / "buckets" / BUCKET
        self.keep_alive = ["--keep-alive"] if keep_alive else []
        self.tls = ["--cert", str(certificate), "--key", str(key)] if certificate else []
        self.files.mkdir(parents=True)
        self.process = None
        self.port = free_port()

    @property
    def endpoint(self):
        return f"{'https' if self.tls else 'http'}://localhost:{self.port}"

    def environment(self):
        """What `tarn` needs to use it."""
        return {"TARN_S3_ENDPOINT": self.endpoint, "TARN_S3_ACCESS_KEY": ACCESS_KEY, "TARN_S3_SECRET_KEY": SECRET_KEY,
                "TARN_LAND_INTERVAL": "1s"}

    def url_with_keys(self):
        return f"http://{ACCESS_KEY}:{SECRET_KEY}@127.0.0.1:{self.port}/{BUCKET}"

    def start(self):
        with open(self.root / "log", "ab") as log:
            self.process = subprocess.Popen(
                [program(), "--access", ACCESS_KEY, "--secret", SECRET_KEY, "--port", f"127.0.0.1:{self.port}", *self.keep_alive, "--quiet",
                 *self.tls, "posix", str(self.files.parent)],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                assert self.process.poll() is None and time.monotonic() < deadline, (self.root / "log").read_text()
                time.sleep(0.02)

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def close(self):
        self.stop()
        shutil.rmtree(self.root, ignore_errors=True)


shared = None


def shared_server():
    """The one that all lakes of this run share; ends with the run."""
    global shared
    if shared is None:
        shared = S3Server().start()
        atexit.register(shared.close)
    return shared


def lake_of(root):
    """The lake of a server that works in `root`."""
    return f"s3://{BUCKET}{Path(root).resolve()}/lake"


def files_of(lake):
    return shared_server().files / lake.removeprefix(f"s3://{BUCKET}/")


def wanted():
    return os.environ.get("TARN_E2E_LAKE") == "s3"
