# SPDX-License-Identifier: Apache-2.0
"""Thirty crash rounds, and proof that the judge would see a lie."""

import copy
import os
import random

import pytest

from crash import CrashRounds
from crash_model import ACKNOWLEDGED, Request, judge, judge_gold
from random_rounds import run

ROUNDS = int(os.environ.get("TARN_CRASH_ROUNDS", "30"))


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    seed = int(os.environ.get("TARN_CRASH_SEED", random.SystemRandom().randrange(2**32)))
    print(f"seed {seed}")
    rounds = CrashRounds(os.environ["TARN_BIN"], seed, tmp_path_factory.mktemp("crash"))
    run(rounds, ROUNDS)
    yield rounds
    rounds.close()


def test_rounds(finished):
    client = finished.server.client()
    assert judge(client, finished.model) == []
    client.close()


def invented(model):
    model.requests.append(Request("never sent", "events", [{"req": "never sent", "idx": 0, "n": 1}], 0, state=ACKNOWLEDGED))


def forgotten(model):
    model.requests.remove(model.stored("events")[0])


def half(model):
    request = next(one for one in model.stored("events") if len(one.records) > 1)
    request.records = request.records[:-1]


def doubled(model):
    request = model.stored("events")[-1]
    request.records = request.records * 2


def other_value(model):
    request = next(one for one in reversed(model.stored("orders")) if not one.delete)
    request.records[-1]["v"] = "another"


def revived(model):
    model.requests.append(Request("r", "ledger", [{"req": "r", "idx": 0, "id": 5, "seq": 10**15, "v": "x"}], 0, state=ACKNOWLEDGED))


def lost_row(model):
    request = next(one for one in reversed(model.stored("ledger")) if not one.delete)
    request.delete = True


@pytest.mark.parametrize("lie", [invented, forgotten, half, doubled, other_value, revived, lost_row])
def test_a_tampered_model_is_detected(finished, lie):
    model = copy.deepcopy(finished.model)
    lie(model)
    client = finished.server.client()
    assert judge(client, model)
    client.close()


def test_a_tampered_run_is_detected(finished):
    model = copy.deepcopy(finished.model)
    model.runs_seen["no such run"] = "SUCCEEDED"
    client = finished.server.client()
    assert judge_gold(client, model)
    client.close()
