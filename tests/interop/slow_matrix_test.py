# SPDX-License-Identifier: Apache-2.0
"""Every feature Tarn writes, read row for row by Spark and Trino; recorded.json is what came of it."""

import json

import pytest

import page
import slow_engines
from matrix import CASES, Matrix


@pytest.fixture(scope="module")
def matrix():
    server = slow_engines.trino_server()
    one = Matrix([slow_engines.spark(), slow_engines.trino(server)])
    yield one
    one.close()
    server.close()


@pytest.mark.parametrize("feature, format", CASES, ids=lambda one: one if isinstance(one, str) else one.title)
def test_feature_is_read(matrix, tmp_path, feature, format):
    wrong = matrix.run(feature, format, tmp_path)
    assert not wrong, "\n".join(wrong)


def test_record_is_what_came_of_it(matrix):
    found = {"versions": matrix.versions(), "outcomes": {}}
    for (format, title, engine), outcome in matrix.outcomes.items():
        found["outcomes"].setdefault(format, {}).setdefault(title, {})[engine] = outcome
    missing = [case for case in CASES if len(found["outcomes"].get(case[1], {}).get(case[0].title, {})) != len(matrix.engines)]
    if missing:
        pytest.skip(f"{len(missing)} features were not asked about, or failed")
    if page.updating():
        page.RECORDED.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert page.recorded() == found, "recorded.json is not what this run found; TARN_INTEROP_RECORD=1 writes it, and make test then the page"
