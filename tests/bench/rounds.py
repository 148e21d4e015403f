# SPDX-License-Identifier: Apache-2.0
"""Rounds, medians and the printed table; one JSON file a row under build/bench."""

import json
import os
import platform
import statistics
from pathlib import Path

MISSING = "missing"


class Figures:
    """What one contender showed, round by round."""

    def __init__(self):
        self.values = {}

    def add(self, name, value):
        if value is not None:
            self.values.setdefault(name, []).append(value)

    def median(self, name):
        values = self.values.get(name)
        return statistics.median(values) if values else None

    def spread(self, name):
        values = self.values.get(name)
        return (min(values), max(values)) if values else None


def alternate(rounds, contenders):
    """Runs each contender's measurement once a round, in turn; answers Figures by name. A contender that fails is
    missing from then on."""
    figures = {name: Figures() for name in contenders}
    gone = {}
    for _ in range(rounds):
        for name, measure in contenders.items():
            if measure is None or name in gone:
                continue
            try:
                for figure, value in measure().items():
                    figures[name].add(figure, value)
            except Exception as error:  # noqa: BLE001 - a missing peer is a result
                gone[name] = f"{type(error).__name__}: {error}"
                print(f"  {name} is out: {gone[name][:300]}", flush=True)
    return figures


def ratio(mine, other):
    return mine / other if mine is not None and other else None


class Report:
    """Lines of one row of the performance page."""

    def __init__(self, row, title, folder):
        self.row = row
        self.title = title
        self.folder = Path(folder)
        self.lines = []
        print(f"\nrow {row}: {title}", flush=True)

    def figure(self, what, value, unit="", spread=None, note=""):
        self.lines.append({"what": what, "value": value, "unit": unit, "spread": spread, "note": note})
        shown = MISSING if value is None else f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}"
        around = f"  [{spread[0]:,.2f} .. {spread[1]:,.2f}]" if spread else ""
        print(f"  {what:<58} {shown:>14} {unit:<8}{around} {note}".rstrip(), flush=True)

    def of(self, what, figures, name, unit="", scale=1.0, note=""):
        value, spread = figures.median(name), figures.spread(name)
        self.figure(what, None if value is None else value * scale, unit, spread and tuple(one * scale for one in spread), note)

    def target(self, what, value, bound, at_least=True):
        """A comparison with the page's target. Without a value it is missing, never met."""
        met = None if value is None else (value >= bound if at_least else value <= bound)
        self.lines.append({"target": what, "value": value, "bound": bound, "at_least": at_least, "met": met})
        sign = ">=" if at_least else "<="
        verdict = MISSING if met is None else "met" if met else "MISSED"
        shown = MISSING if value is None else f"{value:,.3g}"
        print(f"  -> {what:<55} {shown:>14}   target {sign} {bound:g}: {verdict}", flush=True)

    def save(self, machine):
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"row{self.row:02d}.json"
        path.write_text(json.dumps({"row": self.row, "title": self.title, "machine": machine, "lines": self.lines}, indent=1) + "\n")


def machine(place):
    """What the figures were read on."""
    model = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "?")
    memory = next(line.split()[1] for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    return {"cpu": model, "cores": os.cpu_count(), "memory_mb": int(memory) // 1024, "kernel": platform.release(), "load": os.getloadavg()[0],
            "filesystem": filesystem(place)}


def filesystem(place):
    best = ("", "?")
    for line in Path("/proc/mounts").read_text().splitlines():
        _, point, kind = line.split()[:3]
        if str(Path(place).resolve()).startswith(point) and len(point) > len(best[0]):
            best = (point, kind)
    return best[1]


def memory_mb(pid):
    """Resident memory now and at its highest."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
    return int(lines["VmRSS"].split()[0]) / 1024, int(lines["VmHWM"].split()[0]) / 1024


def written_mb(pid):
    """Bytes handed to write calls. The kernel's write_bytes counts whole large folios for each small overwrite."""
    lines = dict(line.split(": ") for line in Path(f"/proc/{pid}/io").read_text().splitlines())
    return int(lines["wchar"]) / 2**20


def percentile(values, share):
    values = sorted(values)
    return values[int(share * (len(values) - 1))] if values else None
