# SPDX-License-Identifier: Apache-2.0
"""Spark, and Trino as tools/bootstrap interop installed it."""

import s3_server
from engines import HERE, Engine, cache, environment, java_libraries, readers_python
from trino_server import TrinoServer

SPARK = ("pyspark==4.1.1", "pyarrow==26.0.1")
FORMATS = ("delta", "iceberg")


def pins():
    text = (HERE.parents[1] / "tools" / "trino.pin").read_text(encoding="utf-8")
    return dict(line.split("=", 1) for line in text.split() if "=" in line and not line.startswith("#"))


def spark_python():
    return environment("interop-spark", SPARK)


def spark_environment():
    return {"TARN_SPARK_JARS": str(java_libraries("spark-jars", HERE / "spark_jars.xml"))}


def spark():
    return Engine("spark", spark_python(), FORMATS, spark_environment())


def trino_server(rest=None, key=None, port=None):
    """Started; knows the S3 server of this run."""
    home = cache() / f"trino-{pins()['TRINO_VERSION']}"
    assert (home / ".complete").exists(), "tools/bootstrap interop was not run"
    shared = s3_server.shared_server()
    return TrinoServer(home, str(home / "java"), {"endpoint": shared.endpoint, "key": s3_server.ACCESS_KEY, "secret": s3_server.SECRET_KEY}, rest, key, port).start()


def trino(server):
    return Engine("trino", readers_python(), FORMATS, {"TARN_TRINO": server.address})
