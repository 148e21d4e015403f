# SPDX-License-Identifier: Apache-2.0
"""`tarn demo`: unattended it ends clean, on a terminal it leaves a server that the next run replaces."""

import os
import pty
import signal
import subprocess
import threading
import urllib.request

from server import wait_until

TIMEOUT_S = 180


def environment(**more):
    return {name: value for name, value in os.environ.items() if not name.startswith("TARN_") and name != "CI"} | more


def run(*arguments, **more):
    return subprocess.run([os.environ["TARN_BIN"], *map(str, arguments)], capture_output=True, text=True, timeout=TIMEOUT_S,
                          env=environment(**more), check=False)


def on_a_terminal(*arguments):
    """Exit status and output of a run whose standard output is a terminal."""
    leader, follower = pty.openpty()
    pieces = []

    def drain():
        try:
            while piece := os.read(leader, 65536):
                pieces.append(piece)
        except OSError:
            pass  # Linux says so when the last writer is gone

    reader = threading.Thread(target=drain)
    process = subprocess.Popen([os.environ["TARN_BIN"], *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=follower,
                               stderr=follower, env=environment())
    os.close(follower)
    reader.start()
    status = process.wait(TIMEOUT_S)
    reader.join()
    os.close(leader)
    return status, b"".join(pieces).decode()


def alive(pid):
    return os.path.exists(f"/proc/{pid}")


def test_unattended_it_checks_everything_and_stops_its_server(tmp_path):
    done = run("demo", "--dir", tmp_path / "demo")
    assert done.returncode == 0, done
    assert "FAIL" not in done.stdout and done.stdout.count("PASS") >= 10, done.stdout
    assert "\x1b" not in done.stdout
    assert not (tmp_path / "demo" / "server.pid").exists()
    checked = run("fsck", "--lake", tmp_path / "demo" / "lake", "--data-dir", tmp_path / "demo" / "data")
    assert checked.returncode == 0, checked


def test_on_a_terminal_the_server_stays_until_the_next_run(tmp_path):
    pids = []
    try:
        for _ in range(2):
            status, text = on_a_terminal("demo", "--dir", tmp_path / "demo")
            assert status == 0, text
            pids.append(int((tmp_path / "demo" / "server.pid").read_text()))
            port = int((tmp_path / "demo" / "server.port").read_text())
            assert f"http://127.0.0.1:{port}" in text and f"kill {pids[-1]}" in text
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=30) as answer:
                assert answer.status == 200
        assert pids[0] != pids[1] and not alive(pids[0])
    finally:
        for pid in pids:
            if alive(pid):
                os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not any(alive(pid) for pid in pids), 30, "end of the servers")


def test_a_directory_of_somebody_else_is_left_alone(tmp_path):
    (tmp_path / "precious.txt").write_text("mine")
    done = run("demo", "--dir", tmp_path)
    assert done.returncode != 0 and "precious.txt" in done.stderr, done
    assert [path.name for path in tmp_path.iterdir()] == ["precious.txt"]
