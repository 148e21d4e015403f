# SPDX-License-Identifier: Apache-2.0
"""What an endpoint's table must hold, as a plain map: the oracle of the model test.

An arrival is a record that bronze has and silver takes. The table is the fold of the arrivals in their order; a rollback
puts an earlier map in place, a rebuild folds all arrivals again, a foreign row is one that no arrival brought.
"""

import copy
import json
from dataclasses import dataclass, field

FOREIGN = -1  # arrival of a row that another writer added: older than every other with its sequence


@dataclass
class Arrival:
    """A record in bronze's order; `row` holds what it brought, by column."""

    number: int
    row: dict
    delete: bool = False


@dataclass
class State:
    """Rows of a table. With a key: key -> (order, row), and the deleted keys; without: (order, row) by arrival."""

    rows: dict = field(default_factory=dict)
    buried: dict = field(default_factory=dict)
    types: dict = field(default_factory=dict)  # of columns that can widen

    def foreign_rows(self):
        return sum(1 for _, _, foreign in self.rows.values() if foreign)


class Endpoint:
    """One endpoint and everything that was ever done to it."""

    def __init__(self, name, key, sequenced=False, patch=False, table_format="delta"):
        self.name = name
        self.key = key  # column names, empty for a table without a key
        self.sequenced = sequenced
        self.patch = patch
        self.table_format = table_format
        self.extra_columns = []  # declared after the endpoint was made
        self.widened = False
        self.arrivals = []
        self.counter = 0
        self.bronze_rows = 0
        self.purged = 0
        self.refused = 0  # records of bronze that silver did not take
        self.quarantine = {"pending": 0, "rejected": 0, "replayed": 0, "discarded": 0}
        self.state = State(types={"n": "integer"})
        self.versions = {}  # version of the table -> State
        self.foreign_files = 0
        self.keyed_requests = []  # (idempotency key, records) that were acknowledged

    def order(self, row, number):
        sequence = row.get("seq") if self.sequenced else None
        return (sequence is not None, sequence or 0, number)

    def key_of(self, row):
        return tuple(row.get(column) for column in self.key)

    def arrive(self, row, delete=False):
        self.counter += 1
        arrival = Arrival(self.counter, row, delete)
        self.arrivals.append(arrival)
        for name, value in row.items():
            if name.startswith("x") and value is not None:
                seen = "string" if isinstance(value, str) else "integer"
                self.state.types[name] = "string" if "string" in (seen, self.state.types.get(name, seen)) else "integer"
        self.fold(self.state, arrival)
        self.bronze_rows += 1

    def fold(self, state, arrival):
        order = self.order(arrival.row, arrival.number)
        if not self.key:
            state.rows[arrival.number] = (order, dict(arrival.row), False)
            return
        key = self.key_of(arrival.row)
        stored = state.rows.get(key)
        known = max([stored[0]] if stored else [], default=None)
        buried = state.buried.get(key)
        if any(other is not None and order < other for other in (known, buried)):
            return  # superseded
        if arrival.delete:
            state.rows.pop(key, None)
            state.buried[key] = order
        else:
            row = dict(stored[1]) if stored and self.patch else {}
            state.rows[key] = (order, {**row, **arrival.row}, False)

    def add_foreign(self, row):
        self.foreign_files += 1
        key = self.key_of(row) if self.key else ("foreign", self.foreign_files)
        self.state.rows[key] = (self.order(row, FOREIGN), dict(row), True)

    def note_version(self, version):
        self.versions[version] = copy.deepcopy(self.state)
        for old in sorted(self.versions)[:-25]:
            del self.versions[old]

    def roll_back(self, version):
        types = self.state.types
        self.state = copy.deepcopy(self.versions[version])
        self.state.types = dict(types)

    def rebuild(self):
        state = State(types=self.state.types)
        for arrival in self.arrivals:
            self.fold(state, arrival)
        self.state = state

    def purge(self):
        self.purged += self.bronze_rows
        self.bronze_rows = self.refused = 0
        self.arrivals = []
        self.versions = {}
        self.keyed_requests = []
        self.quarantine = dict.fromkeys(self.quarantine, 0)
        self.state = State(types={"n": self.state.types["n"]})  # declared; what was seen of the others is gone

    def shown(self, state=None):
        """Rows as a query shows them, nulls left out, in an order of their own."""
        state = state or self.state
        return canonical(as_typed(row, state.types) for _, row, _ in state.rows.values())


def as_typed(row, types):
    """Values in the present types of their columns."""
    return {name: str(value) if types.get(name) == "string" and isinstance(value, int) else value for name, value in row.items()}


def canonical(rows):
    """A comparable form of rows whose order means nothing; 5 and 5.0 are one value."""
    return sorted(tuple(sorted((name, comparable(value)) for name, value in row.items() if value is not None)) for row in map(dict, rows))


def comparable(value):
    """Fields of a struct that are null are as good as missing."""
    if isinstance(value, dict):
        return json.dumps({name: one for name, one in value.items() if one is not None}, sort_keys=True)
    return value if isinstance(value, str) else float(value)
