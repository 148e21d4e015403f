# SPDX-License-Identifier: Apache-2.0
"""deltalake_commits.py TABLE ROUNDS: delta-rs appends to a table that Tarn writes, too, and deletes some of what it
appended, trying again whenever Tarn was first. Runs inside an environment of engines.py."""

import sys
import time

import pyarrow
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError

FIRST = 1_000_000
ATTEMPTS = 50


def insist(change):
    for _ in range(ATTEMPTS):
        try:
            return change()
        except CommitFailedError:
            time.sleep(0.05)
    raise AssertionError(f"lost {ATTEMPTS} races in a row")


def main():
    place = sys.argv[1]
    for round_ in range(int(sys.argv[2])):
        start = FIRST + 100 * round_
        rows = pyarrow.table({"id": pyarrow.array(range(start, start + 10), pyarrow.int64()), "s": [f"theirs {key}" for key in range(start, start + 10)]})
        insist(lambda: write_deltalake(place, rows, mode="append", schema_mode="merge"))
        insist(lambda: DeltaTable(place).delete(f"id = {start + 4}"))


main()
