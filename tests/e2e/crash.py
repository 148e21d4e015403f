#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random moments under load, restart, compare with a model.

    crash.py --tarn BINARY --rounds N [--seed S] [--keep DIR]

Ends with 1 and prints the seed and every difference when a round fails; the lake is kept for a look.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from crash_load import Load, create_tables, let_runs_end, push_through, send_again  # noqa: E402
from crash_model import Model, judge  # noqa: E402
from server import Server, wait_until  # noqa: E402

ROUNDS_PER_LAKE = 15
SHOWN_DIFFERENCES = 40


class Failed(Exception):
    """A round whose lake differs from its model."""


class CrashRounds:
    """One server after the other on one lake; a new lake every few rounds keeps a round's cost flat."""

    def __init__(self, binary, seed, root):
        self.binary = binary
        self.seed = seed
        self.root = Path(root)
        self.dice = random.Random(seed)
        self.server = None
        self.model = None

    def new_lake(self, number):
        if self.server is not None:
            self.server.close()
        self.server = Server(root=self.root / f"lake{number}", binary=self.binary)
        self.server.start()
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

    def close(self):
        if self.server is not None:
            self.server.close()


def report(seed, number, how, errors):
    lines = [f"round {number} failed ({how}); seed {seed}; {len(errors)} differences"] + errors[:SHOWN_DIFFERENCES]
    return "\n  ".join(lines)


def run(binary, rounds, seed, root, say=print):
    """Runs the rounds and answers the CrashRounds for a further look; the caller closes it."""
    rounds_of = CrashRounds(binary, seed, root)
    started = time.monotonic()
    try:
        for number in range(rounds):
            say(rounds_of.round(number))
    except BaseException:
        if rounds_of.server is not None:
            say(rounds_of.server.log_tail(3000))
            if rounds_of.server.process is not None:
                rounds_of.server.kill()
        raise
    say(f"{rounds} rounds in {time.monotonic() - started:.1f} s, seed {seed}")
    return rounds_of


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tarn", required=True, help="the binary")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--keep", default=None, help="directory for the lakes; kept")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server ends with the rounds
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(2**32)
    root = options.keep or tempfile.mkdtemp(prefix="tarn-crash-")
    print(f"seed {seed}, lakes in {root}", flush=True)
    try:
        run(options.tarn, options.rounds, seed, root, lambda text: print(text, flush=True)).close()
    except (Failed, AssertionError) as error:
        print(f"{error}\nseed {seed}, lakes in {root}", flush=True)
        return 1
    if options.keep is None:
        import shutil
        shutil.rmtree(root, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
