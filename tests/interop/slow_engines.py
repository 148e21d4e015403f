# SPDX-License-Identifier: Apache-2.0
"""Spark, and Trino as tools/bootstrap interop installed it."""

from pathlib import Path

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


def spark_sql(settings):
    """The command of a spark-sql that reads its settings from that file."""
    (home,) = Path(spark_python()).parents[1].glob("lib/python*/site-packages/pyspark")
    return f"/usr/bin/env SPARK_HOME={home} SPARK_LOCAL_IP=127.0.0.1 {home}/bin/spark-sql --properties-file {settings}"


def write_spark_settings(path, rest, key, in_bucket):
    """As docs/guide/configure.md has them, for this machine alone."""
    jars = java_libraries("spark-jars", HERE / "spark_jars.xml")
    catalog = "spark.sql.catalog.tarn"
    lines = {"spark.master": "local[2]", "spark.driver.extraClassPath": f"{jars}/*", "spark.driver.memory": "1500m", "spark.ui.enabled": "false",
             "spark.driver.extraJavaOptions": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1", "spark.sql.shuffle.partitions": "1",
             "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1",
             "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
             catalog: "org.apache.iceberg.spark.SparkCatalog", f"{catalog}.type": "rest", f"{catalog}.uri": rest, f"{catalog}.token": key,
             f"{catalog}.token-refresh-enabled": "false", f"{catalog}.cache-enabled": "false"}
    if in_bucket:
        shared = s3_server.shared_server()
        s3a = "spark.hadoop.fs.s3a."
        lines |= {"spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem", f"{s3a}endpoint": shared.endpoint, f"{s3a}path.style.access": "true",
                  f"{s3a}access.key": s3_server.ACCESS_KEY, f"{s3a}secret.key": s3_server.SECRET_KEY, f"{s3a}endpoint.region": "us-east-1",
                  f"{s3a}input.stream.type": "classic", f"{s3a}checksum.validation": "false",
                  f"{catalog}.io-impl": "org.apache.iceberg.aws.s3.S3FileIO", f"{catalog}.s3.endpoint": shared.endpoint, f"{catalog}.s3.path-style-access": "true",
                  f"{catalog}.s3.access-key-id": s3_server.ACCESS_KEY, f"{catalog}.s3.secret-access-key": s3_server.SECRET_KEY, f"{catalog}.client.region": "us-east-1"}
    path.write_text("".join(f"{name} {value}\n" for name, value in lines.items()), encoding="utf-8")


def trino_server(rest=None, key=None, port=None):
    """Started; knows the S3 server of this run."""
    home = cache() / f"trino-{pins()['TRINO_VERSION']}"
    assert (home / ".complete").exists(), "tools/bootstrap interop was not run"
    shared = s3_server.shared_server()
    return TrinoServer(home, str(home / "java"), {"endpoint": shared.endpoint, "key": s3_server.ACCESS_KEY, "secret": s3_server.SECRET_KEY}, rest, key, port).start()


def trino(server):
    return Engine("trino", readers_python(), FORMATS, {"TARN_TRINO": server.address})
