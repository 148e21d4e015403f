# SPDX-License-Identifier: Apache-2.0
"""Tables that Spark wrote, read by Tarn row for row as Spark reads them; and changed by Tarn afterwards, where it takes
them."""

import os
import subprocess

import pytest

import slow_engines
from engines import HERE
from looks import probe, probe_look

DELTA = {"vectors": 183, "vectors_partitioned": 183, "mapped": 183, "v2_checkpoint": 183, "clustered": 182, "widened": 41}
ICEBERG = {"positions": 183, "positions_partitioned": 158, "partition_deletes": 363, "vectors": 183, "upgraded": 160, "evolved": 31, "compacted": 182, "v1": 183,
           "equality_deletes": 75}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("spark")
    done = subprocess.run([slow_engines.spark_python(), "-B", str(HERE / "writers" / "spark_tables.py"), str(place)], capture_output=True, text=True,
                          check=False, timeout=1800, env={**os.environ, **slow_engines.spark_environment()})
    assert done.returncode == 0, done.stderr[-3000:]
    return place


@pytest.fixture(scope="module")
def spark():
    engine = slow_engines.spark()
    yield engine
    engine.close()


def test_every_table_was_written(folder):
    """The writer says what it could not make."""
    assert not (folder / "failures").read_text(encoding="utf-8")


def agree(engine, look):
    engine.send(look.question())
    got = engine.receive()
    assert not isinstance(got, str), got[:2000]
    assert got == look.want, f"{len(got)} rows, Tarn {len(look.want)}; " + "\n".join(sorted(set(got) ^ set(look.want))[:6])


@pytest.mark.parametrize("table, count", DELTA.items())
def test_delta_table(folder, spark, table, count):
    agree(spark, probe_look("delta", folder / "delta" / table, count))


@pytest.mark.parametrize("table, count", ICEBERG.items())
def test_iceberg_table(folder, spark, table, count):
    agree(spark, probe_look("iceberg", folder / "iceberg" / "t" / table, count))


@pytest.mark.parametrize("table, feature", [("delta/variant", "variant"), ("iceberg/t/orc", "orc")])
def test_what_tarn_does_not_read_is_refused_by_name(folder, table, feature):
    assert feature in probe(folder / table, "refusal").stdout.lower()
