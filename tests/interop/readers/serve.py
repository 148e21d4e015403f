# SPDX-License-Identifier: Apache-2.0
"""serve.py ENGINE: one process of an engine that reads many tables. Says its version, then answers each request line of
standard input by one line: {"lines": [...]} or {"refused": "the engine's words"}. A request has

  format      delta | iceberg
  table       folder of the table, or its s3:// address
  metadata    iceberg: address of the metadata to read; file:// or s3://
  columns     their names
  json        which of them hold JSON text
  binary      which of them hold bytes
  single      which of them hold floating numbers of 4 bytes
  s3          endpoint, key and secret of the server, for s3:// addresses

Runs inside an environment of engines.py."""

import importlib
import json
import os
import sys
import types
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from canonical import lines  # noqa: E402


def answer(engine, request):
    try:
        rows = engine.read(types.SimpleNamespace(**request))
    except Exception as error:  # whatever an engine throws at a table is its refusal
        return {"refused": f"{type(error).__name__}: {error}"[:4000]}
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        return {"refused": f"panic: {error}"[:4000]}
    return {"lines": lines(rows, set(request["json"]), request["single"])}


def main():
    # What the engines print must not get between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    engine = importlib.import_module("with_" + sys.argv[1])
    print(json.dumps({"version": engine.version()}), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(engine, json.loads(line))), file=answers, flush=True)


main()
