# SPDX-License-Identifier: Apache-2.0
"""ClickHouse inside a Python process. It finds an Iceberg table's newest metadata by itself."""

import io
import os

import chdb
import pyarrow

PLACES = {("delta", False): "deltaLakeLocal", ("delta", True): "deltaLake", ("iceberg", False): "icebergLocal", ("iceberg", True): "iceberg"}


def version():
    return chdb.chdb_version if isinstance(chdb.chdb_version, str) else ".".join(map(str, chdb.chdb_version))


def text(value):
    """Its strings are bytes."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, dict):
        return {text(key): text(one) for key, one in value.items()}
    return [text(one) for one in value] if isinstance(value, list) else value


def read(request):
    os.chdir("/")  # it reads local files below its working directory only
    arguments = [request.table]
    if request.s3:
        arguments = [request.s3["endpoint"] + "/" + request.table.removeprefix("s3://"), request.s3["key"], request.s3["secret"]]
    names = ", ".join("`" + name.replace("`", "\\`") + "`" for name in request.columns)
    place = f"{PLACES[request.format, bool(request.s3)]}({', '.join(map(repr, arguments))})"
    result = chdb.query(f"SELECT {names} FROM {place} SETTINGS output_format_arrow_string_as_string = 0", "Arrow")
    rows = pyarrow.ipc.open_file(io.BytesIO(result.bytes())).read_all().to_pylist(maps_as_pydicts="strict")
    return [{name: value if name in request.binary else text(value) for name, value in row.items()} for row in rows]
