# SPDX-License-Identifier: Apache-2.0
"""One server a test module; tests keep apart by using domains and tables of their own."""

import itertools
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from server import Server  # noqa: E402

counter = itertools.count(1)


@pytest.fixture(scope="module")
def server():
    with Server() as running:
        running.start()
        yield running


@pytest.fixture
def client(server):
    one = server.client()
    yield one
    one.close()


@pytest.fixture
def name():
    """A table name nobody else uses."""
    return f"t{next(counter)}"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows what the server logged."""
    outcome = yield
    report = outcome.get_result()
    fixtures = getattr(item, "funcargs", {})
    running = fixtures.get("server") or fixtures.get("own")
    if report.failed and running is not None:
        report.sections.append(("server log", running.log_tail(2500)))
