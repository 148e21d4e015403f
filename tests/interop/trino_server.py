# SPDX-License-Identifier: Apache-2.0
"""A Trino server of the test run's own, with a catalog for each format.

Tables that no catalog names are registered by their folder in file metastores, `delta` and `iceberg`; with the address
of an Iceberg REST catalog, and the key it asks for, there is a third catalog, `tarn`."""

import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

import trino_client
from s3_server import free_port

START_TIMEOUT_S = 600
MEMORY = "1500m"


def file_systems(s3):
    lines = ["fs.hadoop.enabled=true"]
    if s3:
        lines += ["fs.native-s3.enabled=true", f"s3.endpoint={s3['endpoint']}", "s3.region=us-east-1", "s3.path-style-access=true",
                  f"s3.aws-access-key={s3['key']}", f"s3.aws-secret-key={s3['secret']}"]
    return lines


def catalogs(root, s3, rest, key):
    """Properties of each catalog."""
    found = {
        "delta": ["connector.name=delta_lake", "hive.metastore=file", f"hive.metastore.catalog.dir=file://{root}/delta", "delta.security=allow-all",
                  "delta.register-table-procedure.enabled=true", "delta.enable-non-concurrent-writes=true"],
        "iceberg": ["connector.name=iceberg", "iceberg.catalog.type=TESTING_FILE_METASTORE", f"hive.metastore.catalog.dir=file://{root}/iceberg",
                    "iceberg.register-table-procedure.enabled=true", "iceberg.security=allow_all"],
    }
    if rest:
        found["tarn"] = ["connector.name=iceberg", "iceberg.catalog.type=rest", f"iceberg.rest-catalog.uri={rest}", "iceberg.security=allow_all",
                         "iceberg.rest-catalog.nested-namespace-enabled=true", "iceberg.rest-catalog.security=OAUTH2", f"iceberg.rest-catalog.oauth2.token={key}"]
    return {name: lines + file_systems(s3) for name, lines in found.items()}


class TrinoServer:
    """One process; `home` is what tools/bootstrap installed, `java` a Java that is new enough for it."""

    def __init__(self, home, java, s3=None, rest=None, key=None, port=None):
        self.root = Path(tempfile.mkdtemp(prefix="tarn-trino-"))
        self.port = port or free_port()
        self.home, self.java = Path(home), java
        self.process = None
        self.write_settings(catalogs(self.root, s3, rest, key))

    def write_settings(self, connected):
        etc = self.root / "etc"
        (etc / "catalog").mkdir(parents=True)
        for name in ("data", "delta", "iceberg"):
            (self.root / name).mkdir()
        self.write("config.properties", [
            "coordinator=true", "node-scheduler.include-coordinator=true", f"http-server.http.port={self.port}", f"discovery.uri=http://127.0.0.1:{self.port}",
            "node.internal-address=127.0.0.1", f"plugin.dir={self.home}/plugin", "query.max-memory=400MB", "query.max-memory-per-node=400MB",
            "memory.heap-headroom-per-node=300MB"])
        self.write("log.properties", ["io.trino=WARN", "io.airlift=WARN"])
        for name, lines in connected.items():
            self.write(f"catalog/{name}.properties", lines)

    def write(self, name, lines):
        (self.root / "etc" / name).write_text("\n".join(lines) + "\n", encoding="utf-8")

    def start(self):
        etc, log = self.root / "etc", self.root / "log"
        settings = {"config": etc / "config.properties", "log.levels-file": etc / "log.properties", "catalog.config-dir": etc / "catalog",
                    "node.environment": "test", "node.id": "test", "node.data-dir": self.root / "data", "node.bind-ip": "127.0.0.1"}
        with open(log, "ab") as out:
            self.process = subprocess.Popen(
                [self.java, f"-Xmx{MEMORY}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djdk.attach.allowAttachSelf=true",
                 "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-XX:+EnableDynamicAgentLoading",
                 *(["--add-modules=jdk.incubator.vector"] if has_vectors(self.java) else []), *(f"-D{name}={value}" for name, value in settings.items()),
                 "-cp", f"{self.home}/lib/*", "io.trino.server.TrinoServer"],
                stdout=out, stderr=out, stdin=subprocess.DEVNULL, cwd=self.root, start_new_session=True)
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self.is_up():
            if self.process.poll() is not None or time.monotonic() > deadline:
                text = log.read_text(encoding="utf-8", errors="replace")
                self.close()
                raise AssertionError(text[-4000:])
            time.sleep(0.2)
        return self

    def is_up(self):
        """Whether it reads tables: it answers before its only node has announced which catalogs it can read."""
        try:
            with urllib.request.urlopen(f"{self.address}/v1/info", timeout=5) as answer:
                if json.load(answer)["starting"]:
                    return False
            trino_client.statement(self.address, "CREATE SCHEMA IF NOT EXISTS iceberg.up")
            trino_client.statement(self.address, "CREATE TABLE IF NOT EXISTS iceberg.up.probe AS SELECT 1 AS x")
            return trino_client.statement(self.address, "SELECT x FROM iceberg.up.probe")[1] == [[1]]
        except (OSError, ValueError, trino_client.TrinoError):
            return False

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"

    def close(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.root, ignore_errors=True)


def has_vectors(java):
    return b"jdk.incubator.vector" in subprocess.run([java, "--list-modules"], capture_output=True, check=True).stdout
