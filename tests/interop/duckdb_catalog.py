# SPDX-License-Identifier: Apache-2.0
"""duckdb_catalog.py ENDPOINT STATEMENT...: runs SQL in a DuckDB that has attached a REST catalog as `lake`, and prints the
rows of each statement as one line of JSON. Runs inside an environment of engines.py."""

import glob
import importlib
import json
import os
import sys

import duckdb


def main():
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    for name in ("avro", "httpfs", "iceberg"):
        package = importlib.import_module("duckdb_extension_" + name)
        found = glob.glob(os.path.dirname(package.__file__) + "/**/*.duckdb_extension", recursive=True)
        connection.execute(f"LOAD '{found[0]}'")
    connection.execute(f"ATTACH '' AS lake (TYPE iceberg, ENDPOINT '{sys.argv[1]}', AUTHORIZATION_TYPE 'none')")
    for statement in sys.argv[2:]:
        print(json.dumps(connection.execute(statement).fetchall()))


main()
