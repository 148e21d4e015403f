# SPDX-License-Identifier: Apache-2.0
"""read_delta.py ENGINE FOLDER COLUMNS JSON_COLUMNS: prints the canonical lines of a Delta table as deltalake, polars or
duckdb reads it. Runs inside the environment of engines.py."""

import sys

from canonical import lines


def by_deltalake(folder, columns):
    import polars
    from deltalake import DeltaTable, QueryBuilder

    names = ", ".join('"' + name.replace('"', '""') + '"' for name in columns)
    table = QueryBuilder().register("t", DeltaTable(folder)).execute(f"SELECT {names} FROM t").read_all()
    return polars.DataFrame(table).to_dicts()


def by_polars(folder, columns):
    import polars

    return polars.scan_delta(folder).select(columns).collect().to_dicts()


def by_duckdb(folder, columns):
    import glob
    import os

    import duckdb
    import duckdb_extension_delta

    connection = duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    extension = glob.glob(os.path.dirname(duckdb_extension_delta.__file__) + "/**/*.duckdb_extension", recursive=True)[0]
    connection.execute(f"LOAD '{extension}'")
    connection.execute("SET TimeZone = 'UTC'")
    names = ", ".join('"' + name.replace('"', '""') + '"' for name in columns)
    result = connection.execute(f"SELECT {names} FROM delta_scan('{folder}')")
    return [dict(zip(columns, row)) for row in result.fetchall()]


def main():
    engine, folder, columns, json_columns = sys.argv[1:5]
    read = {"deltalake": by_deltalake, "polars": by_polars, "duckdb": by_duckdb}[engine]
    for line in lines(read(folder, columns.split(",")), set(json_columns.split(","))):
        print(line)


main()
