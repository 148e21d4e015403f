# SPDX-License-Identifier: Apache-2.0
"""Row 14: a project of five models, three seeds and twenty tests, from the start of the process to its end."""

import subprocess
import time
from pathlib import Path

from rounds import Figures, ratio

import dbt_peer


def ours(setting, folder, number):
    command = [setting.binary, "dbt", "build", "--project", str(folder), "--lake", str(folder.parent / f"lake{number}")]
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    taken = time.perf_counter() - started
    assert done.returncode == 0, done.stdout + done.stderr
    return taken


def theirs(peer):
    started = time.perf_counter()
    done = peer.run("build")
    taken = time.perf_counter() - started
    assert done.returncode == 0, done.stdout + done.stderr
    return taken


def row14(setting, report):
    place = Path(setting.root) / "row14"
    folder = dbt_peer.copy("bakery", place / "ours" / "bakery")
    try:
        peer = dbt_peer.Dbt("bakery", place / "theirs")
        theirs(peer)  # its first run fills its caches
    except Exception as error:  # noqa: BLE001 - a missing peer is a result
        print(f"  dbt is missing: {error}", flush=True)
        peer = None
    fresh, again, dbt = Figures(), Figures(), Figures()
    ours(setting, folder, "again")
    for turn in range(setting.rounds):
        fresh.add("s", ours(setting, folder, turn))
        again.add("s", ours(setting, folder, "again"))
        if peer:
            dbt.add("s", theirs(peer))
    if peer and dbt_peer.results(folder) != dbt_peer.results(peer.folder):
        report.figure("nodes that ended differently", 1, "")
    report.of("tarn dbt build, a lake that is not there yet", fresh, "s", "ms", 1000)
    report.of("tarn dbt build, again", again, "s", "ms", 1000)
    report.of("dbt build with DuckDB, again", dbt, "s", "ms", 1000)
    report.target("dbt over tarn, again", ratio(dbt.median("s"), again.median("s")), 10)
    report.target("tarn dbt build in s", again.median("s"), 0.3, at_least=False)
