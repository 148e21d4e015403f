# SPDX-License-Identifier: Apache-2.0
"""A table that Tarn and others write at the same time: what Tarn does meanwhile, and what must be there in the end."""

import contextlib
import os
import signal
import subprocess
import tempfile
import time

from engines import HERE
from server import column

COLUMNS = [column("id", "integer", primary_key=True), column("s")]
FIRST = {"deltalake": 1_000_000, "spark": 2_000_000, "trino": 3_000_000, "pyiceberg": 4_000_000}  # as in writers/
LEAST_STEPS = 4
MOST_PAUSE_S = 4
WRITERS_TIMEOUT_S = 1200


class Writer:
    """A process that writes beside Tarn. What it prints goes into a file: nobody reads it meanwhile."""

    def __init__(self, python, script, *arguments, **env):
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen([python, "-B", str(HERE / script), *map(str, arguments)], stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL,
                                        env={**os.environ, **env}, start_new_session=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Ends it with what it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()

    def is_busy(self):
        """Whether it still writes; fails when it has failed."""
        status = self.process.poll()
        if status:
            self.log.seek(0)
            raise AssertionError(self.log.read()[-6000:].decode("utf-8", "replace"))
        return status is None


def create(client, format):
    client.create("shop", "shared", COLUMNS, format=format)
    client.batch("shop/shared", [{"id": 7, "s": "first"}])
    return {7: "first"}


def merge_while(client, writers, want):
    """Upserts and deletes as long as one of the others writes; answers what must be there of ours, where `want` was
    before. With longer and longer pauses: whoever takes seconds for a commit never wins a race against one who takes
    milliseconds and starts again at once."""
    step = 0
    deadline = time.monotonic() + WRITERS_TIMEOUT_S
    while any([writer.is_busy() for writer in writers]) or step < LEAST_STEPS:
        assert time.monotonic() < deadline, "the writers do not come to an end"
        changed = {key: f"ours {step}" for key in range(step % 5, 60, 5)}
        client.batch("shop/shared", [{"id": key, "s": text} for key, text in changed.items()])
        gone = step % 60
        client.batch("shop/shared", [{"id": gone}], op="delete")
        want |= changed
        want.pop(gone, None)
        step += 1
        time.sleep(min(0.05 * step, MOST_PAUSE_S))
    return want


def theirs(engine, rounds):
    first = FIRST[engine]
    return {first + 100 * number + key: f"theirs {first + 100 * number + key}" for number in range(rounds) for key in range(10) if key != 4}


def check(server, client, want):
    """The rows are all there, once; and nothing in the lake is wrong."""
    rows = client.rows("SELECT id, s FROM shop.silver.shared", max_rows=100_000)
    assert {row["id"]: row["s"] for row in rows} == want
    assert len(rows) == len(want)
    assert server.stop() == 0
    done = server.cli("fsck", "--lake", server.lake, "--data-dir", server.data_dir)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
