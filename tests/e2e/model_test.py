# SPDX-License-Identifier: Apache-2.0
"""Random operations on the real process against a plain map, in short; `make model ROUNDS=1000` is the long form."""

import os
import random
import tempfile

from model_moves import endpoints
from model_oracle import canonical
from model import ModelRounds, differences
from random_rounds import run

ROUNDS = int(os.environ.get("TARN_MODEL_ROUNDS", "100"))
MOST_SECONDS = float(os.environ.get("TARN_MODEL_SECONDS", "75"))  # merges are background work, which a busy machine puts last


def test_the_lake_is_what_the_model_says():
    seed = int(os.environ.get("TARN_MODEL_SEED", "0")) or random.SystemRandom().randrange(1, 2**32)
    with tempfile.TemporaryDirectory(prefix="tarn-model-") as root:
        rounds = ModelRounds(os.environ["TARN_BIN"], seed, root)
        assert run(rounds, ROUNDS, most_seconds=MOST_SECONDS) > 0
        rounds.close()


def test_the_model_knows_late_records_deletes_and_patches():
    by_name = {endpoint.name: endpoint for endpoint in endpoints()}
    ordered = by_name["ordered"]
    ordered.arrive({"id": 1, "seq": 5, "v": "five"})
    ordered.arrive({"id": 1, "seq": 3, "v": "late"})
    ordered.arrive({"id": 2, "seq": 5})
    ordered.arrive({"id": 2, "seq": 7}, delete=True)
    ordered.arrive({"id": 2, "seq": 6, "v": "buried"})
    assert ordered.shown() == canonical([{"id": 1, "seq": 5, "v": "five"}])
    patched = by_name["patched"]
    patched.arrive({"id": 1, "seq": 1, "v": "a", "n": 1})
    patched.arrive({"id": 1, "seq": 2, "v": None})
    assert patched.shown() == canonical([{"id": 1, "seq": 2, "n": 1}])
    assert differences("silver", ordered.shown(), patched.shown())
