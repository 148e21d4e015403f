# SPDX-License-Identifier: Apache-2.0
"""Rounds of something random on real processes, each compared with a model: what `crash.py` and `model.py` share."""

import argparse
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from server import Server


class Failed(Exception):
    """A round whose lake differs from its model."""


class Rounds:
    """One lake after the other; everything random comes from `dice`. A subclass answers in `round(number)` what a round did."""

    def __init__(self, binary, seed, root):
        self.binary = binary
        self.seed = seed
        self.root = Path(root)
        self.dice = random.Random(seed)
        self.server = None

    def new_server(self, number):
        self.close()
        self.server = Server(root=self.root / f"lake{number}", binary=self.binary)
        self.server.start()

    def close(self):
        if self.server is not None:
            self.server.close()
            self.server = None


def run(rounds_of, rounds, say=print, most_seconds=float("inf")):
    """Runs the rounds, or as many as begin within the time; answers how many. The caller closes them unless it raises."""
    started = time.monotonic()
    done = 0
    try:
        while done < rounds and time.monotonic() - started < most_seconds:
            say(rounds_of.round(done))
            done += 1
    except BaseException:
        if rounds_of.server is not None:
            say(rounds_of.server.log_tail(3000))
            if rounds_of.server.process is not None:
                rounds_of.server.kill()
        raise
    say(f"{done} of {rounds} rounds in {time.monotonic() - started:.1f} s, seed {rounds_of.seed}")
    return done


def main(text, kind):
    """The command line of rounds of that class; answers the exit code."""
    parser = argparse.ArgumentParser(description=text.splitlines()[0])
    parser.add_argument("--tarn", required=True, help="the binary")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--keep", default=None, help="directory for the lakes; kept")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the server ends with the rounds
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(2**32)
    root = options.keep or tempfile.mkdtemp(prefix="tarn-rounds-")
    print(f"seed {seed}, lakes in {root}", flush=True)
    try:
        rounds_of = kind(options.tarn, seed, root)
        run(rounds_of, options.rounds, lambda line: print(line, flush=True))
        rounds_of.close()
    except (Failed, AssertionError) as error:
        print(f"{error}\nseed {seed}, lakes in {root}", flush=True)
        return 1
    if options.keep is None:
        shutil.rmtree(root, ignore_errors=True)
    return 0
