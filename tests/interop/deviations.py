# SPDX-License-Identifier: Apache-2.0
"""Where an engine is known not to read what Tarn wrote, and why. A table that an engine suddenly reads, or refuses in
other words, fails the test: the list is to stay true."""

import datetime
import json
import re
from dataclasses import dataclass
from typing import Callable, Optional


@dataclass(frozen=True)
class Refuses:
    """The engine says no, in words that hold `words`."""

    words: str
    reason: str
    mark = "refuses"

    def problems(self, looks, answers):
        """Tables it does read must be read right: a feature may start before what it refuses."""
        refusals = [answer for answer in answers if isinstance(answer, str)]
        if not refusals:
            return ["it reads what it used to refuse: take it off the list"]
        found = [f"it refuses in other words: {one[:500]}" for one in refusals if self.words not in one]
        wrong = [look for look, answer in zip(looks, answers) if not isinstance(answer, str) and answer != look.want]
        return found + [f"{len(wrong)} looks are read wrong"] * bool(wrong)


@dataclass(frozen=True)
class Differs:
    """The engine shows other rows: each line as `change` makes it of the right one, or anything when that is not said."""

    reason: str
    change: Optional[Callable] = None
    mark = "differs"

    def problems(self, looks, answers):
        refusals = [answer for answer in answers if isinstance(answer, str)]
        if refusals:
            return [f"it refuses what it used to read: {refusals[0][:500]}"]
        if all(answer == look.want for look, answer in zip(looks, answers)):
            return ["it reads all rows right: take it off the list"]
        if self.change is None:
            return []
        for look, answer in zip(looks, answers):
            expected = sorted(map(self.change, look.want))
            if answer not in (look.want, expected):
                return [f"{line} is not the known difference" for line in sorted(set(answer) ^ set(expected))[:4]]
        return []


def without_nulls_above(line):
    """A missing list is an empty one, a missing struct one of nulls."""
    row = json.loads(line)
    row["list"] = [] if row["list"] is None else row["list"]
    row["struct"] = {"a": None, "b": None} if row["struct"] is None else row["struct"]
    return json.dumps(row, sort_keys=True, ensure_ascii=False)


def without_nulls_inside(line):
    """The same for lists in structs."""
    row = json.loads(line)
    for item in row["items"]:
        item.update({"sizes": []} if item.get("sizes", []) is None else {})
    return json.dumps(row, sort_keys=True, ensure_ascii=False)


def with_zone(line):
    row = json.loads(line)
    return json.dumps({**row, "at": row["at"] + "Z"}, sort_keys=True, ensure_ascii=False)


TIME_WITH_ZONE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(?=Z)")


def rounded(match):
    """To the next millisecond; the last one there is becomes the first of the year 10000, which Python has no value for."""
    time = datetime.datetime.fromisoformat(match[0])
    try:
        time += datetime.timedelta(microseconds=500)
    except OverflowError:
        return "+10000-01-01T00:00:00.000000"
    return time.replace(microsecond=time.microsecond // 1000 * 1000).isoformat(timespec="microseconds")


def in_milliseconds(line):
    return TIME_WITH_ZONE.sub(rounded, line)


NO_NULLS = "a missing list comes as an empty one, a missing struct as one of nulls: its types have no other"
NO_NULL_LISTS = Differs(NO_NULLS, without_nulls_above)
NO_NULL_LISTS_INSIDE = Differs(NO_NULLS, without_nulls_inside)
ZONED = Differs("its times always have a zone; the figures are the same", with_zone)

MILLISECONDS = Differs("times with a zone are rounded to milliseconds: its Delta connector has no finer ones (trinodb/trino#20359)", in_milliseconds)
WITH_TIMES = ("rows appended", "upserts and deletes by key, files rewritten", "upserts and deletes by key, rows marked", "types widened", "many commits, with a checkpoint",
              "compacted and expired", "rolled back, then merged into again", "lists, structs, JSON, bytes, decimals", "dates and times of the years 1 and 9999",
              "mirror: upserts and deletes by key, rows marked", "mirror: columns added, types widened, rolled back", "mirror: compacted and expired",
              "lake in a bucket: rows marked, gold", "deletion vectors replaced, then checkpointed", "column renamed",
              "lists and structs of a contract: rows marked, fields added")
NO_VECTORS = "deletion vectors of v3 are not known to it"

KNOWN = {
    **{("trino", feature, "delta"): MILLISECONDS for feature in WITH_TIMES},
    ("trino", "v3: deletion vectors replaced", "iceberg"): Refuses("Unexpected PUFFIN file format", NO_VECTORS),
    ("chdb", "missing lists and structs, empty lists", "delta"): NO_NULL_LISTS,
    ("chdb", "missing lists and structs, empty lists", "iceberg"): NO_NULL_LISTS,
    ("chdb", "lists and structs of a contract: rows marked, fields added", "delta"): NO_NULL_LISTS_INSIDE,
    ("chdb", "lists and structs of a contract: rows marked, fields added", "iceberg"): NO_NULL_LISTS_INSIDE,
    ("chdb", "timestamps without zone", "delta"): ZONED,
    ("chdb", "timestamps without zone", "iceberg"): ZONED,
    ("polars", "column renamed", "delta"): Refuses("columnMapping", "column mapping is not known to its Delta reader"),
    ("chdb", "column renamed", "delta"): Refuses(
        "Duplicate `delta.columnMapping.physicalName`",
        "its Delta kernel wants physical names unique over all levels; a table that gets column mapping later keeps the names that are in its files"),
    ("chdb", "v3: deletion vectors replaced", "iceberg"): Refuses("Position deletes are supported only for parquet format", NO_VECTORS),
}


def known(engine, feature, format):
    return KNOWN.get((engine, feature, format))
