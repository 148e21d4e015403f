# SPDX-License-Identifier: Apache-2.0
"""Spark, Trino, PyIceberg and Tarn write one table of Tarn's at the same time, through its Iceberg REST catalog, and the
others tables of their own beside it: nothing that one of them wrote is lost, and fsck finds nothing."""

import contextlib
import json

import slow_engines
from engines import readers_python
from server import Server
from shared_tables import FIRST, Writer, check, create, merge_while, theirs

ROUNDS = 3
KEY = "key-of-the-lake"
ACK_TIMEOUT_S = 300  # a merge that loses a race starts again


def test_spark_trino_pyiceberg_and_tarn_write_one_table():
    with Server(env={"TARN_API_KEY": KEY, "TARN_ACK_TIMEOUT": f"{ACK_TIMEOUT_S}s"}) as server, contextlib.ExitStack() as ended:
        server.start()
        address = f"http://127.0.0.1:{server.port}/iceberg"
        trino = slow_engines.trino_server(address, KEY)
        ended.callback(trino.close)
        client = server.client(headers={"x-api-key": KEY}, timeout_s=ACK_TIMEOUT_S + 60)
        want = create(client, "iceberg")
        spark, python = slow_engines.spark_python(), readers_python()
        writers = [ended.enter_context(one) for one in (
            Writer(spark, "writers/sql_commits.py", "spark", address, ROUNDS, TARN_KEY=KEY, **slow_engines.spark_environment()),
            Writer(python, "writers/sql_commits.py", "trino", address, ROUNDS, TARN_TRINO=trino.address),
            Writer(python, "write_catalog.py", address, "rounds", "shop.silver.shared", FIRST["pyiceberg"], ROUNDS, TARN_CLIENT_PROPERTIES=json.dumps({"token": KEY})),
            Writer(python, "write_catalog.py", address, "life", TARN_CLIENT_PROPERTIES=json.dumps({"token": KEY})))]
        want = merge_while(client, writers, want)
        for engine in ("spark", "trino"):
            assert client.rows(f"SELECT n, s FROM {engine}_kept.external.t ORDER BY n") == [{"n": number, "s": "kept"} for number in range(ROUNDS)]
        for engine in ("spark", "trino", "pyiceberg"):
            want |= theirs(engine, ROUNDS)
        check(server, client, want)
