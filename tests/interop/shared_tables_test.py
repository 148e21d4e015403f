# SPDX-License-Identifier: Apache-2.0
"""Tarn and delta-rs write the same table at the same time, beside each other in its log: nothing that either of them wrote
is lost, and fsck finds nothing. (Through the Iceberg catalog: catalog_writers_test.py.)"""

import subprocess

from engines import HERE, readers_python
from server import Server
from shared_tables import check, create, finish, merge_while, theirs

ROUNDS = 6


def test_deltalake_and_tarn_write_one_table():
    with Server() as server:
        server.start()
        client = server.client()
        want = create(client, "delta")
        process = subprocess.Popen([readers_python(), "-B", str(HERE / "writers" / "deltalake_commits.py"), str(server.lake / "silver" / "shop" / "shared"), str(ROUNDS)],
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        want = merge_while(client, [process], want)
        finish(process)
        check(server, client, want | theirs("deltalake", ROUNDS))
