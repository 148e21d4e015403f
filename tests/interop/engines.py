# SPDX-License-Identifier: Apache-2.0
"""Virtual environments and Java libraries of pinned packages, cached by their pins."""

import fcntl
import hashlib
import os
import subprocess
from pathlib import Path

DELTA_READERS = ("deltalake==1.6.6", "polars==2.1.0")
ICEBERG_READERS = ("pyiceberg[pyarrow]==0.12.0", "fastavro==1.12.1")
DUCKDB_DELTA = ("duckdb==1.5.5", "duckdb-extension-delta==1.5.5", "pytz==2026.6")
ICEBERG_TABLE_READERS = ("pyiceberg[pyarrow,sql-sqlite]==0.12.0", "polars==2.1.0", "polars_iceberg==0.1.*")
ICEBERG_DUCKDB_CATALOG = ("duckdb==1.5.5", "duckdb-extension-iceberg==1.5.5", "duckdb-extension-avro==1.5.5", "duckdb-extension-httpfs==1.5.5", "pyarrow==26.0.1", "pytz")
ICEBERG_DUCKDB = ("duckdb==1.5.5", "duckdb-extension-iceberg==1.5.5", "duckdb-extension-avro==1.5.5", "pyarrow==26.0.1", "pytz")


def cache():
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tarn"


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
