#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random moments under load, restart, compare with a model.

    crash.py --tarn BINARY --rounds N [--seed S] [--keep DIR]

Ends with 1 and prints the seed and every difference when a round fails; the lake is kept for a look.
"""

import os
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from crash_load import Load, create_tables, let_runs_end, push_through, send_again  # noqa: E402
from crash_model import Model, judge  # noqa: E402
from random_rounds import Failed, Rounds, main  # noqa: E402
from server import wait_until  # noqa: E402

ROUNDS_PER_LAKE = 15
SHOWN_DIFFERENCES = 40


class CrashRounds(Rounds):
    """One server after the other on one lake; a new lake every few rounds keeps a round's cost flat."""

    model = None

    def new_lake(self, number):
        self.new_server(number)
        self.model = Model()
        client = self.server.client()
        create_tables(client, self.dice)
        client.close()

    def round(self, number):
        """Answers what the round did, or raises Failed."""
        if number % ROUNDS_PER_LAKE == 0:
            self.new_lake(number)
        load = Load(self.server.client, self.model, self.seed, f"{number}_")
        load.sequence = len(self.model.requests) * 40 + 128 * (number + 1)  # above all earlier ones
        load.start()
        time.sleep(self.dice.uniform(0.02, 0.6))
        how = self.crash(number)
        load.join()
        sent = len(self.model.requests)
        errors = load.problems + self.compare(number)
        if errors:
            raise Failed(report(self.seed, number, how, errors))
        return f"round {number}: {how}, {sent} requests, all as the model says"

    def crash(self, number):
        """Ends the server in one of several ways and brings it back."""
        if number % 4 == 3:
            serving = self.server.serving_pid()
            os.kill(serving, signal.SIGKILL)
            wait_until(lambda: self.server.serving_pid() != serving or self.server.process.poll() is not None, 30, "the serving process's end")
            wait_until(lambda: len(self.server.pids()) > 1 and self.server.read_port() and self.server.probe(), 60, "the supervisor's restart")
            return "serving process killed"
        self.server.kill()
        how = "all killed"
        for _ in range(self.dice.choice([0, 0, 1, 2])):
            self.server.spawn()
            time.sleep(self.dice.uniform(0, 0.25))
            self.server.kill()
            how += ", again while starting"
        self.server.start()
        return how

    def compare(self, number):
        errors = []
        client = self.server.client()
        try:
            send_again(client, self.model, errors)
            push_through(client, self.model, f"{number}_")
            let_runs_end(client)
            return errors + judge(client, self.model)
        finally:
            client.close()


def report(seed, number, how, errors):
    lines = [f"round {number} failed ({how}); seed {seed}; {len(errors)} differences"] + errors[:SHOWN_DIFFERENCES]
    return "\n  ".join(lines)


if __name__ == "__main__":
    sys.exit(main(__doc__, CrashRounds))
