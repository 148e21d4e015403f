# SPDX-License-Identifier: Apache-2.0
"""Apache Spark with the Delta and Iceberg libraries of spark_jars.xml; tables by their folder."""

import os
import re

import pyspark
from pyspark.sql import SparkSession

EXTENSIONS = "io.delta.sql.DeltaSparkSessionExtension,org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"

session = None


def version():
    """Its own and those of the two libraries, from the names of their jars."""
    names = " ".join(os.listdir(os.environ["TARN_SPARK_JARS"]))
    iceberg, delta = (re.search(rf"{library}[-_][0-9.]+_[0-9.]+-([0-9.]+)\.jar", names)[1] for library in ("iceberg-spark-runtime", "delta-spark"))
    return f"{pyspark.__version__}, Iceberg {iceberg}, Delta {delta}"


def settings():
    """Quiet, small, on this machine only. The first compiler's code is enough for tables this small, and starts in half the time."""
    return {"spark.driver.extraClassPath": os.environ["TARN_SPARK_JARS"] + "/*", "spark.driver.memory": "1500m",
            "spark.driver.extraJavaOptions": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
            "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1", "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false", "spark.sql.shuffle.partitions": "1", "spark.databricks.delta.snapshotPartitions": "1",
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.extensions": EXTENSIONS, "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
            "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem"}


def s3_settings(s3):
    host = "spark.hadoop.fs.s3a."
    return {host + "endpoint": s3["endpoint"], host + "access.key": s3["key"], host + "secret.key": s3["secret"], host + "path.style.access": "true",
            host + "endpoint.region": "us-east-1", host + "input.stream.type": "classic", host + "checksum.validation": "false"}


def connected(s3=None, more=None):
    """The session; `more` are settings of its first use."""
    global session
    if session is None:
        builder = SparkSession.builder.master("local[2]")
        for name, value in {**settings(), **(more or {})}.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
    if s3:
        for name, value in s3_settings(s3).items():
            session.sparkContext._jsc.hadoopConfiguration().set(name.removeprefix("spark.hadoop."), value)
    return session


def read(request):
    reader = connected(request.s3).read.format(request.format)
    frame = reader.load(request.table if request.format == "delta" else request.metadata)
    return frame.select(["`" + name.replace("`", "``") + "`" for name in request.columns]).toArrow().to_pylist(maps_as_pydicts="strict")
