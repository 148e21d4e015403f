# SPDX-License-Identifier: Apache-2.0
"""DuckDB itself on the Parquet files of Tarn's tables. One JSON request a line on standard input, one answer a line:
{"attach": {view: [files]}} or {"sql": text} -> {"seconds": s, "rows": [...]}. Runs in an environment of engines.py."""

import datetime
import json
import sys
import time
from decimal import Decimal

import duckdb

connection = duckdb.connect()


def plain(value):
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, (datetime.date, datetime.datetime)) else value


def answer(request):
    if "attach" in request:
        for view, files in request["attach"].items():
            listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
            connection.execute(f'CREATE OR REPLACE VIEW "{view}" AS SELECT * FROM read_parquet([{listed}])')
        return {"version": duckdb.__version__}
    started = time.perf_counter()
    rows = connection.execute(request["sql"]).fetchall()
    taken = time.perf_counter() - started
    return {"seconds": taken, "rows": [[plain(value) for value in row] for row in rows]}


for line in sys.stdin:
    try:
        print(json.dumps(answer(json.loads(line)), default=str), flush=True)
    except Exception as error:  # noqa: BLE001 - the benchmark says so
        print(json.dumps({"error": str(error)}), flush=True)
