# SPDX-License-Identifier: Apache-2.0
"""Every named crash point of the sources, reached once: the process ends there, comes back, and the lake is what the
model says. Only builds that carry the points run these."""

import os
import random
import re
import time
from pathlib import Path

import pytest

from crash_load import Load, create_tables, let_runs_end, push_through, send_again
from crash_model import Model, judge
from server import Server, column

SOURCES = Path(__file__).resolve().parents[2] / "src"
REACH_TIMEOUT_S = 25


def names():
    found = set()
    for path in SOURCES.rglob("*.cc"):
        if not path.name.endswith("_test.cc"):
            found |= set(re.findall(r'TARN_CRASH_POINT\("([^"]+)"\)', path.read_text()))
    return sorted(found)


def carried():
    """The points compiled into the binary under test."""
    text = Path(os.environ["TARN_BIN"]).read_bytes() if "TARN_BIN" in os.environ else b""
    return b"crash point %s reached" in text and b"TARN_CRASH_POINT" in text


def other_verbs(client, number):
    """What the steady load does not do: changes of contracts and jobs, removal, purge, more commits than a checkpoint needs."""
    client.create("other", f"t{number}", [column("id", "integer", primary_key=True)])
    for value in range(3):
        client.ingest(f"other/t{number}", {"id": value, "more": value}, ack="silver")
    client.put(f"/endpoints/other/t{number}", {"columns": [column("id", "integer", primary_key=True), column("more", "double"), column("new")]})
    client.ingest(f"other/t{number}", {"id": 1, "more": 0.5, "_op": "delete"})
    client.post("/transform/jobs", {"domain": "other", "job_name": f"j{number}", "query": f"SELECT * FROM other.silver.t{number}"})
    client.run_job("other", f"j{number}")
    client.put(f"/transform/jobs/other/j{number}", {"write_mode": "append", "unique_key": "id"})
    client.run_job("other", f"j{number}")
    client.delete(f"/transform/jobs/other/j{number}")
    client.delete(f"/endpoints/other/t{number}", query={"purge": "true"} if number % 2 else None)


def until_it_dies(server, name):
    """Keeps every verb going until the armed point ends the process."""
    mark = f"crash point {name} reached".encode()
    deadline = time.monotonic() + REACH_TIMEOUT_S
    number = 0
    while time.monotonic() < deadline and mark not in server.log():
        number += 1
        try:
            client = server.client(timeout_s=20)
            other_verbs(client, number)
        except Exception:  # noqa: BLE001 - the process may end in the midst of anything
            time.sleep(0.01)
    return mark in server.log()


@pytest.mark.skipif("TARN_BIN" in os.environ and not carried(), reason="this build carries no crash points")
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("point", names())
def test_crash_point(point, count):
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    server, model, errors = Server(), Model(), []
    try:
        server.start()
        client = server.client()
        create_tables(client, random.Random(seed))
        server.stop()
        server.spawn(env={"TARN_CRASH_POINT": f"{point}:{count}"})
        reached = drive(server, model, seed, point, errors)
        server.kill()
        server.start()
        client = server.client()
        send_again(client, model, errors)
        push_through(client, model, "after_")
        let_runs_end(client)
        assert errors + judge(client, model) == []
        assert reached, f"{point} was not reached: extend the load"
    except BaseException:
        print(server.log_tail())
        raise
    finally:
        server.close()


def drive(server, model, seed, point, errors):
    """Load on the armed server, if it gets as far as serving."""
    mark = f"crash point {point} reached".encode()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and mark not in server.log():
        if server.read_port() and server.probe():
            load = Load(server.client, model, seed, "0_")
            load.start()
            reached = until_it_dies(server, point)
            load.join()
            errors += load.problems
            return reached
        time.sleep(0.01)
    return mark in server.log()
