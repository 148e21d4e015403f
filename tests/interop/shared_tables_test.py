# SPDX-License-Identifier: Apache-2.0
"""Tarn and delta-rs write the same table at the same time, beside each other in its log: nothing that either of them wrote
is lost, and fsck finds nothing. (Through the Iceberg catalog: catalog_writers_test.py.)"""

from engines import readers_python
from server import Server
from shared_tables import Writer, check, create, merge_while, theirs

ROUNDS = 6


def test_deltalake_and_tarn_write_one_table():
    with Server() as server:
        server.start()
        client = server.client()
        want = create(client, "delta")
        with Writer(readers_python(), "writers/deltalake_commits.py", server.lake / "silver" / "shop" / "shared", ROUNDS) as writer:
            want = merge_while(client, [writer], want)
        check(server, client, want | theirs("deltalake", ROUNDS))
