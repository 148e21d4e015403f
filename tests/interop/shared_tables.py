# SPDX-License-Identifier: Apache-2.0
"""A table that Tarn and others write at the same time: what Tarn does meanwhile, and what must be there in the end."""

from server import column

COLUMNS = [column("id", "integer", primary_key=True), column("s")]
FIRST = {"deltalake": 1_000_000, "spark": 2_000_000, "trino": 3_000_000}  # as in writers/
LEAST_STEPS = 4
FINISH_TIMEOUT_S = 600


def create(client, format):
    client.create("shop", "shared", COLUMNS, format=format)
    client.batch("shop/shared", [{"id": 7, "s": "first"}])
    return {7: "first"}


def merge_while(client, processes, want):
    """Upserts and deletes as long as one of the others writes; answers what must be there of ours, where `want` was
    before."""
    step = 0
    while any(process.poll() is None for process in processes) or step < LEAST_STEPS:
        changed = {key: f"ours {step}" for key in range(step % 5, 60, 5)}
        client.batch("shop/shared", [{"id": key, "s": text} for key, text in changed.items()])
        gone = step % 60
        client.batch("shop/shared", [{"id": gone}], op="delete")
        want |= changed
        want.pop(gone, None)
        step += 1
    return want


def theirs(engine, rounds):
    first = FIRST[engine]
    return {first + 100 * number + key: f"theirs {first + 100 * number + key}" for number in range(rounds) for key in range(10) if key != 4}


def finish(process):
    output, _ = process.communicate(timeout=FINISH_TIMEOUT_S)
    assert process.returncode == 0, output[-4000:]


def check(server, client, want):
    """The rows are all there, once; and nothing in the lake is wrong."""
    rows = client.rows("SELECT id, s FROM shop.silver.shared", max_rows=100_000)
    assert {row["id"]: row["s"] for row in rows} == want
    assert len(rows) == len(want)
    assert server.stop() == 0
    done = server.cli("fsck", "--lake", server.lake, "--data-dir", server.data_dir)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
