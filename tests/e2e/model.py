#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Random operations on the real process against a plain map: rows, quarantine and ledger are compared after every round.

    model.py --tarn BINARY --rounds N [--seed S] [--keep DIR]

Ends with 1 and prints the seed and every difference when a round fails; the lake is kept for a look.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from model_moves import DOMAIN, Moves  # noqa: E402
from model_oracle import canonical  # noqa: E402
from random_rounds import Failed, Rounds, main  # noqa: E402

ROUNDS_PER_LAKE = 100
ROUNDS_PER_LOOK_AT_ALL = 20
WEIGHTS = {"upsert": 30, "delete": 14, "duplicate": 8, "refuse": 10, "replay": 10, "evolve": 5, "foreign": 5, "rollback": 7, "rebuild": 4,
           "purge": 1, "upkeep": 3, "crash": 3}
SHOWN_ROWS = 8


class ModelRounds(Rounds):
    """Rounds on one lake after the other."""

    moves = None

    def new_lake(self, number):
        self.new_server(number)
        self.moves = Moves(self.server, self.dice)

    def round(self, number):
        """Answers what the round did, or raises."""
        if number % ROUNDS_PER_LAKE == 0:
            self.new_lake(number)
        endpoint = self.dice.choice(self.moves.endpoints)
        did = []
        for _ in range(self.dice.choice([1, 1, 2])):
            move = self.dice.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
            try:
                did.append(getattr(self.moves, move)(endpoint))
            except AssertionError as error:
                raise Failed(f"round {number}, {endpoint.name}, {move} after {did}: {error}\n  seed {self.seed}") from error
            self.moves.settle(endpoint)
            self.note_version(endpoint)
        everyone = (number + 1) % ROUNDS_PER_LOOK_AT_ALL == 0
        errors = [error for one in (self.moves.endpoints if everyone else [endpoint]) for error in self.compare(one, everyone or self.dice.random() < 0.1)]
        text = f"round {number}, {endpoint.name}: {'; '.join(did)}"
        if errors:
            raise Failed("\n  ".join([text, f"seed {self.seed}", *errors]))
        return text

    def note_version(self, endpoint):
        answer = self.moves.client.get(f"/tables/{DOMAIN}/silver/{endpoint.name}/history", query={"limit": 1})
        assert answer.status == 200, answer
        if answer.json()["versions"]:
            endpoint.note_version(answer.json()["versions"][0]["version"])

    def compare(self, endpoint, thoroughly):
        """Rows and ledger; thoroughly: what all of bronze and quarantine has to be read for."""
        client = self.moves.client
        table = f"{DOMAIN}.silver.{endpoint.name}"
        errors = differences("silver", endpoint.shown(), canonical(client.rows(f"SELECT * FROM {table}", max_rows=100_000)))
        if endpoint.versions and self.dice.random() < 0.3:
            version = self.dice.choice(sorted(endpoint.versions))
            then = canonical(client.rows(f"SELECT * FROM {table} AT (VERSION => {version})", max_rows=100_000))
            errors += differences(f"silver at version {version}", endpoint.shown(endpoint.versions[version]), then)
        if thoroughly:
            errors += self.compare_bronze_and_quarantine(endpoint)
        return [f"{endpoint.name}: {error}" for error in errors + self.compare_ledger(endpoint)]

    def compare_bronze_and_quarantine(self, endpoint):
        client = self.moves.client
        found = client.value(f"SELECT count(*) FROM {DOMAIN}.bronze.{endpoint.name}")
        errors = [] if found == endpoint.bronze_rows else [f"bronze has {found} rows, expected {endpoint.bronze_rows}"]
        for status, want in endpoint.quarantine.items():
            got = client.get(f"/quarantine/{DOMAIN}/{endpoint.name}", query={"status": status, "limit": 1}).json()["total"]
            if got != want:
                errors.append(f"quarantine has {got} {status} records, expected {want}")
        return errors

    def compare_ledger(self, endpoint):
        intervals = self.moves.client.rows(f"SELECT * FROM tarn.system.ledger WHERE domain = '{DOMAIN}' AND endpoint = '{endpoint.name}'")
        errors = [f"the ledger does not balance: {interval}" for interval in intervals
                  if interval["difference"] != 0 or interval["received"] != interval["stored"]]
        total = {name: sum(interval[name] for interval in intervals) for name in ("stored", "quarantined", "pending", "purged")}
        want = {"stored": endpoint.bronze_rows + endpoint.purged, "quarantined": endpoint.refused, "pending": 0, "purged": endpoint.purged}
        return errors + ([f"the ledger says {total}, expected {want}"] if total != want else [])

    def check_lake(self):
        """fsck of the lake as it lies there; call after the last round."""
        self.moves.client.close()
        self.server.stop()
        checked = self.server.cli("fsck", "--lake", self.server.lake, "--data-dir", self.server.data_dir)
        if checked.returncode != 0:
            raise Failed(f"fsck, seed {self.seed}:\n{checked.stdout}{checked.stderr}")

    def close(self):
        if self.moves is not None:
            self.moves.writer.close()
        if self.server is not None and self.server.process is not None:
            self.check_lake()
        super().close()


def differences(what, want, got):
    missing = [row for row in want if row not in got]
    strange = [row for row in got if row not in want]
    errors = [f"{what}: missing {dict(row)}" for row in missing[:SHOWN_ROWS]] + [f"{what}: not expected {dict(row)}" for row in strange[:SHOWN_ROWS]]
    if not errors and len(want) != len(got):
        errors.append(f"{what} has {len(got)} rows, expected {len(want)}")
    return errors


if __name__ == "__main__":
    sys.exit(main(__doc__, ModelRounds))
