# SPDX-License-Identifier: Apache-2.0
"""docs/interop.md out of what engines did: feature × engine × result, with versions and the reasons of deviations."""

import json
import os
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "interop.md"
RECORDED = HERE / "recorded.json"
SLOW = ("spark", "trino")

HEAD = """# Who reads Tarn's tables

Written by the tests: `make test` asks the engines that start quickly, `make interop` asks Spark and Trino and records what they
did. Every cell is a comparison of all rows with what Tarn itself shows, at several moments of the table's life. The page
is compared with each run; a deviation that disappears fails the test as well as one that appears.

**ok** all rows equal · **–** the engine does not know the format · **?** not asked yet · a number: see below the tables
"""


def recorded():
    """What the slow engines did when they were last asked: versions, and outcomes by format, feature and engine."""
    return json.loads(RECORDED.read_text(encoding="utf-8")) if RECORDED.exists() else {"versions": {}, "outcomes": {}}


class Notes:
    """Reasons, numbered as they come."""

    def __init__(self):
        self.texts = []

    def mark(self, text):
        if text not in self.texts:
            self.texts.append(text)
        return str(self.texts.index(text) + 1)


def cell(outcome, notes):
    """An outcome is "ok", "?", "–", or a list: what the engine does and why."""
    return outcome if isinstance(outcome, str) else notes.mark(f"{outcome[0]}: {outcome[1]}")


def render(versions, outcomes, titles):
    """`outcomes` by (format, feature, engine); `titles` by format, in order."""
    notes = Notes()
    engines = list(versions)
    parts = [HEAD]
    for format in titles:
        parts.append(f"\n## {format.capitalize()}\n\n| feature | " + " | ".join(engines) + " |\n|---|" + "---|" * len(engines) + "\n")
        for title in titles[format]:
            cells = [cell(outcomes.get((format, title, engine), "?"), notes) for engine in engines]
            parts.append(f"| {title} | " + " | ".join(cells) + " |\n")
    if notes.texts:
        parts.append("\n## Deviations\n\n" + "".join(f"{number}. {text}\n" for number, text in enumerate(notes.texts, 1)))
    parts.append("\n## Versions\n\n| engine | version |\n|---|---|\n" + "".join(f"| {engine} | {versions[engine]} |\n" for engine in engines))
    return "".join(parts)


def updating():
    """Whether the files are to be written instead of compared."""
    return os.environ.get("TARN_INTEROP_RECORD") == "1"
