# SPDX-License-Identifier: Apache-2.0
"""Runs the shell blocks of README and guide that are marked ```sh test against a fresh server, page by page.

A line `#> text` in a block is text that the block's output must hold, in that order. TARN_PROGRAM names the program.
"""
import os
import pathlib
import re
import subprocess
import time
import urllib.request

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ["TARN_PROGRAM"])
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs/guide").glob("*.md"))]
BLOCK = re.compile(r"^```sh test\n(.*?)^```", re.MULTILINE | re.DOTALL)
START_SECONDS = 60
BLOCK_SECONDS = 120


class Server:
    """A serving process on a lake of its own."""

    def __init__(self, folder: pathlib.Path):
        port_file = folder / "port"
        self.log = folder / "server.log"
        self.lake = folder / "lake"
        command = [PROGRAM, "serve", "--lake", self.lake, "--data-dir", folder / "node", "--listen", "127.0.0.1:0",
                   "--port-file", port_file, "--supervise", "false"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen([str(word) for word in command], stderr=log)
        self.url = self._wait_for(port_file)

    def _wait_for(self, port_file: pathlib.Path) -> str:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                url = f"http://127.0.0.1:{int(port_file.read_text())}"
                urllib.request.urlopen(url + "/readyz", timeout=5).close()
                return url
            except (OSError, ValueError):
                time.sleep(0.02)
        self.stop()
        raise AssertionError("the server did not become ready:\n" + self.log.read_text())

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=60)


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path)
    yield server
    server.stop()


def run(block: str, server: Server, folder: pathlib.Path) -> str:
    environment = {**os.environ, "TARN_URL": server.url, "TARN_LAKE": str(server.lake),
                   "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}"}
    answer = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", block], cwd=folder, env=environment, timeout=BLOCK_SECONDS,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert answer.returncode == 0, f"{block}\n--- exit code {answer.returncode}, output:\n{answer.stdout}"
    return answer.stdout


def check_output(block: str, output: str) -> None:
    position = 0
    for line in block.splitlines():
        if line.startswith("#> "):
            found = output.find(line[3:], position)
            assert found >= 0, f"missing after position {position}: {line[3:]}\n--- of\n{block}\n--- output:\n{output}"
            position = found + len(line[3:])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples_of_page(page, server, tmp_path):
    for block in BLOCK.findall(page.read_text(encoding="utf-8")):
        check_output(block, run(block, server, tmp_path))


def test_configuration_page_names_every_setting():
    answer = subprocess.run([str(PROGRAM), "serve", "--help"], capture_output=True, text=True, check=True)
    offered = set(re.findall(r"--([a-z][a-z0-9-]+)", answer.stdout)) - {"help", "config"}
    page = (ROOT / "docs/guide/configure.md").read_text(encoding="utf-8")
    named = {name.replace("_", "-") for name in re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)}
    assert offered == named
