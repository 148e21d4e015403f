# SPDX-License-Identifier: Apache-2.0
"""One server a test module; tests keep apart by using tables of their own."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

from server import Server  # noqa: E402


@pytest.fixture(scope="module")
def server():
    with Server() as running:
        yield running.start()


@pytest.fixture
def client(server):
    one = server.client()
    yield one
    one.close()
