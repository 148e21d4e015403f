# SPDX-License-Identifier: Apache-2.0
"""DuckDB with its Delta and Iceberg extensions, which come as packages of their own."""

import glob
import importlib
import os

import duckdb

from spelling import quoted

connection = None


def version():
    return duckdb.__version__


def load_extensions(connection, names):
    for name in names:
        package = importlib.import_module("duckdb_extension_" + name)
        found = glob.glob(os.path.dirname(package.__file__) + "/**/*.duckdb_extension", recursive=True)
        connection.execute(f"LOAD '{found[0]}'")


def connected():
    global connection
    if connection is None:
        connection = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
        load_extensions(connection, ("httpfs", "avro", "delta", "iceberg"))
        connection.execute("SET TimeZone = 'UTC'")
    return connection


def read(request):
    engine = connected()
    if request.s3:
        key, secret, endpoint = request.s3["key"], request.s3["secret"], request.s3["endpoint"].split("://")[1]
        engine.execute(f"CREATE OR REPLACE SECRET lake (TYPE s3, KEY_ID '{key}', SECRET '{secret}', ENDPOINT '{endpoint}', USE_SSL false, "
                       "URL_STYLE 'path', REGION 'us-east-1')")
    table = f"delta_scan('{request.table}')" if request.format == "delta" else f"iceberg_scan('{request.metadata.removeprefix('file://')}')"
    return engine.execute(f"SELECT {quoted(request.columns)} FROM {table}").to_arrow_table().to_pylist(maps_as_pydicts="strict")
