# SPDX-License-Identifier: Apache-2.0
"""Every feature Tarn writes, read row for row by the engines that start quickly; docs/interop.md is what came of it."""

import pytest

import page
from engines import fast_engines
from matrix import CASES, TITLES, Matrix


@pytest.fixture(scope="module")
def matrix():
    one = Matrix(fast_engines())
    yield one
    one.close()


@pytest.mark.parametrize("feature, format", CASES, ids=lambda one: one if isinstance(one, str) else one.title)
def test_feature_is_read(matrix, tmp_path, feature, format):
    wrong = matrix.run(feature, format, tmp_path)
    assert not wrong, "\n".join(wrong)


def test_page_is_what_came_of_it(matrix):
    missing = [case for case in CASES if any((case[1], case[0].title, engine.name) not in matrix.outcomes for engine in matrix.engines)]
    if missing:
        pytest.skip(f"{len(missing)} features were not asked about, or failed")
    slow = page.recorded()
    outcomes = dict(matrix.outcomes)
    for format, features in slow["outcomes"].items():
        for title, engines in features.items():
            outcomes |= {(format, title, engine): outcome for engine, outcome in engines.items()}
    text = page.render({**matrix.versions(), **slow["versions"]}, outcomes, TITLES)
    if page.updating():
        page.PAGE.write_text(text, encoding="utf-8")
    assert page.PAGE.read_text(encoding="utf-8") == text, "docs/interop.md is not what this run found; TARN_INTEROP_RECORD=1 writes it"
