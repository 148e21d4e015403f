# SPDX-License-Identifier: Apache-2.0
"""Changed rows of large files are marked, files stay, a restart and fsck agree."""

import json
import random

import pytest

from server import column

ROWS = 5_000


def actions(server, name):
    """All actions of a Delta table's log, oldest first."""
    log = server.lake / "silver" / "marks" / name / "_delta_log"
    return [json.loads(line) for path in sorted(log.glob("*.json")) if path.stem.isdigit() for line in path.read_text().splitlines()]


def row(one, dice):
    """Text that does not compress, so that the file is no small one."""
    return {"id": one, "v": f"{dice.getrandbits(512):0128x}", "seq": 1}


def delete_files(server, name):
    """Position delete files of an Iceberg table."""
    return list((server.lake / "silver" / "marks" / name).rglob("*deletes*.parquet"))


def load(client, name, dice, **members):
    client.create("marks", name, [column("id", "integer", primary_key=True), column("v"), column("seq", "integer")], **members)
    model = {one: row(one, dice) for one in range(ROWS)}
    client.batch(f"marks/{name}", model.values())
    return model


def stored(client, name):
    return {row["id"]: row for row in client.rows(f"SELECT id, v, seq FROM marks.silver.{name}", max_rows=2 * ROWS)}


@pytest.mark.parametrize("form", ["delta", "iceberg"])
def test_changed_rows_are_marked_and_files_stay(server, name, form):
    client = server.client()
    dice = random.Random(7)
    model = load(client, name, dice, format=form)
    for _ in range(4):
        changed = [row(one, dice) for one in dice.sample(range(ROWS + 100), 50)]
        client.batch(f"marks/{name}", changed)
        model |= {one["id"]: one for one in changed}
        gone = dice.sample(sorted(model), 10)
        client.batch(f"marks/{name}", [{"id": one, "_op": "delete"} for one in gone])
        for one in gone:
            del model[one]
        assert stored(client, name) == model
        assert client.value(f"SELECT count(*) FROM marks.silver.{name}") == len(model)
    if form == "delta":
        adds = [action["add"] for action in actions(server, name) if "add" in action]
        assert any(one.get("deletionVector") for one in adds)
        assert [one["path"] for one in adds].count(adds[0]["path"]) > 1, "the loaded file was not marked"
    else:
        assert len(delete_files(server, name)) == 8, "each merge marks rows of the loaded file"
    assert list((server.lake / "silver" / "marks" / f"{name}.side" / "keys").glob("*.filter")), "the loaded file has no key filter"
    server.stop()
    server.start()
    again = server.client()
    assert stored(again, name) == model
    server.stop()
    done = server.cli("fsck", "--lake", server.lake, "--data-dir", server.data_dir)
    assert done.returncode == 0, done
    server.start()


def test_a_damaged_key_filter_is_found_and_does_no_harm(server, name):
    client = server.client()
    dice = random.Random(10)
    model = load(client, name, dice)
    (path,) = (server.lake / "silver" / "marks" / f"{name}.side" / "keys").glob("*.filter")
    whole = path.read_bytes()
    server.stop()
    path.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
    try:
        done = server.cli("fsck", "--lake", server.lake, "--data-dir", server.data_dir)
        assert done.returncode != 0
        assert path.name in str(done), done
    finally:
        server.start()
    client = server.client()
    model[7] = row(7, dice)
    client.ingest(f"marks/{name}", model[7])
    assert stored(client, name) == model
    path.write_bytes(whole)


def test_late_records_and_deletes_follow_the_sequence(server, name):
    client = server.client()
    dice = random.Random(8)
    model = load(client, name, dice, sequence_by="seq")
    client.batch(f"marks/{name}", [{"id": 1, "seq": 5, "_op": "delete"}, {"id": 2, "v": "five", "seq": 5}])
    client.batch(f"marks/{name}", [{"id": 1, "v": "late", "seq": 4}, {"id": 2, "v": "late", "seq": 4}, {"id": 3, "v": "next", "seq": 2}])
    del model[1]
    model[2] = {"id": 2, "v": "five", "seq": 5}
    model[3] = {"id": 3, "v": "next", "seq": 2}
    assert stored(client, name) == model


def test_a_third_of_deleted_rows_rewrites_the_file(server, name):
    client = server.client()
    model = load(client, name, random.Random(9), format="delta")
    gone = range(0, ROWS, 2)
    client.batch(f"marks/{name}", [{"id": one, "_op": "delete"} for one in gone])
    for one in gone:
        del model[one]
    assert stored(client, name) == model
    live = {}
    for action in actions(server, name):
        if "add" in action:
            live[action["add"]["path"]] = action["add"]
        if "remove" in action:
            live.pop(action["remove"]["path"], None)
    assert not any(one.get("deletionVector") for one in live.values())
