# SPDX-License-Identifier: Apache-2.0
"""read_iceberg.py ENGINE FOLDER COLUMNS JSON_COLUMNS: prints the canonical lines of an Iceberg table as pyiceberg, polars
or duckdb reads it from the newest metadata in its folder. Runs inside an environment of engines.py."""

import glob
import importlib
import os
import re
import sys

from canonical import lines


def newest(folder):
    """Path of the metadata with the greatest number."""
    names = glob.glob(os.path.join(folder, "metadata", "v*.metadata.json"))
    return max(names, key=lambda name: int(re.search(r"v(\d+)\.metadata\.json$", name)[1]))


def by_pyiceberg(folder, columns):
    from pyiceberg.table import StaticTable

    return StaticTable.from_metadata("file://" + newest(folder)).scan(selected_fields=tuple(columns)).to_arrow().to_pylist(maps_as_pydicts="strict")


def by_polars(folder, columns):
    import polars

    return polars.scan_iceberg("file://" + newest(folder)).select(columns).collect().to_arrow().to_pylist(maps_as_pydicts="strict")


def by_duckdb(folder, columns):
    import duckdb

    connection = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    for name in ("avro", "iceberg"):
        package = importlib.import_module("duckdb_extension_" + name)
        found = glob.glob(os.path.dirname(package.__file__) + "/**/*.duckdb_extension", recursive=True)
        connection.execute(f"LOAD '{found[0]}'")
    connection.execute("SET timezone='UTC'")
    names = ", ".join('"' + name.replace('"', '""') + '"' for name in columns)
    return connection.execute(f"SELECT {names} FROM iceberg_scan('{newest(folder)}')").to_arrow_table().to_pylist(maps_as_pydicts="strict")


def main():
    engine, folder, columns, json_columns = sys.argv[1:5]
    read = {"pyiceberg": by_pyiceberg, "polars": by_polars, "duckdb": by_duckdb}[engine]
    for line in lines(read(folder, columns.split(",")), set(json_columns.split(","))):
        print(line)


main()
