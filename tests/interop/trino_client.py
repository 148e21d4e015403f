# SPDX-License-Identifier: Apache-2.0
"""Statements to a Trino server over HTTP."""

import json
import time
import urllib.request

STATEMENT_TIMEOUT_S = 300


class TrinoError(Exception):
    """A statement failed."""


def statement(address, sql):
    """Columns and rows of one statement; times in UTC."""
    headers = {"X-Trino-User": "tarn", "X-Trino-Time-Zone": "UTC", "X-Trino-Client-Capabilities": "PARAMETRIC_DATETIME"}
    answer = exchange(urllib.request.Request(address + "/v1/statement", sql.encode(), headers))
    columns, rows, deadline = None, [], time.monotonic() + STATEMENT_TIMEOUT_S
    while True:
        if "error" in answer:
            raise TrinoError(answer["error"]["message"])
        columns = answer.get("columns") or columns
        rows += answer.get("data") or []
        if "nextUri" not in answer:
            return columns or [], rows
        assert time.monotonic() < deadline, f"not finished: {sql[:200]}"
        answer = exchange(answer["nextUri"])


def exchange(request):
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)
