# SPDX-License-Identifier: Apache-2.0
"""Trino, which runs as a server of its own (trino_server.py); tables are registered by their folder. Its results are JSON,
so the types of the columns say how to read them."""

import base64
import decimal
import itertools
import os
import re

from spelling import quoted
from trino_client import statement

ADDRESS = os.environ["TARN_TRINO"]
SCHEMA = "looks"
names = itertools.count()


def version():
    return statement(ADDRESS, "SELECT node_version FROM system.runtime.nodes")[1][0][0]


def value(spelled, type):
    """What a JSON value of a Trino type is in Python."""
    if spelled is None:
        return None
    kind, arguments = type["rawType"], [one["value"] for one in type.get("arguments", [])]
    if kind == "array":
        return [value(one, arguments[0]) for one in spelled]
    if kind == "map":
        return {key: value(one, arguments[1]) for key, one in spelled.items()}
    if kind == "row":
        return {field["fieldName"]["name"]: value(one, field["typeSignature"]) for field, one in zip(arguments, spelled)}
    if kind == "varbinary":
        return base64.b64decode(spelled)
    if kind == "decimal":
        return decimal.Decimal(spelled)
    if kind in ("double", "real"):
        return float(spelled)
    if kind.startswith("timestamp"):
        return moment(spelled)
    return spelled


def moment(spelled):
    """As canonical.py spells it: microseconds, Z for UTC."""
    match = re.fullmatch(r"(\S+) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?( UTC)?", spelled)
    return f"{match[1]}T{match[2]}.{(match[3] or '').ljust(6, '0')}{'Z' if match[4] else ''}"


def registered(request, table):
    """Statements that make a table known and forget it again."""
    arguments = [SCHEMA, table, request.table if "://" in request.table else "file://" + request.table]
    if request.format == "iceberg":
        arguments.append(request.metadata.rsplit("/", 1)[1])
    listed = ", ".join(f"'{one}'" for one in arguments)
    return f"CALL {request.format}.system.register_table({listed})", f"CALL {request.format}.system.unregister_table('{SCHEMA}', '{table}')"


def read(request):
    table = f"t{next(names)}"
    register, forget = registered(request, table)
    statement(ADDRESS, f"CREATE SCHEMA IF NOT EXISTS {request.format}.{SCHEMA}")
    statement(ADDRESS, register)
    try:
        columns, rows = statement(ADDRESS, f"SELECT {quoted(request.columns)} FROM {request.format}.{SCHEMA}.{table}")
    finally:
        statement(ADDRESS, forget)
    types = [one["typeSignature"] for one in columns]
    return [{name: value(one, type) for name, one, type in zip(request.columns, row, types)} for row in rows]
