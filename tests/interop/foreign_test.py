# SPDX-License-Identifier: Apache-2.0
"""Tables that other engines wrote, read by Tarn row for row as their writers read them; and changed by Tarn afterwards,
where it takes them."""

import subprocess
from pathlib import Path

import pytest

from engines import Engine, duckdb_python, readers_python
from looks import probe, probe_look, probe_rows

HERE = Path(__file__).resolve().parent
ROWS = "SELECT i AS id, 'v' || i AS s, [i, NULL] AS l FROM range(%d, %d) t(i)"


def write(writer, python, folder):
    """All tables of one writer below `folder`."""
    folder.mkdir(parents=True)
    done = subprocess.run([python, "-B", str(HERE / "writers" / f"{writer}_tables.py"), str(folder)], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


def agree(engine, look):
    engine.send(look.question())
    got = engine.receive()
    assert not isinstance(got, str), got[:2000]
    assert got == look.want, f"{engine.name}: {len(got)} rows, Tarn {len(look.want)}; " + "\n".join(sorted(set(got) ^ set(look.want))[:6])


class Written:
    """The tables of one writer, and an engine that reads them as their writer does."""

    def __init__(self, format, folder, engine):
        self.format, self.folder, self.engine = format, folder, engine

    def agree(self, table, count):
        single = ("f4",) if table == "all_types" else ()
        agree(self.engine, probe_look(self.format, self.folder / table, count, single))


@pytest.fixture(scope="module")
def deltalake(tmp_path_factory):
    engine = Engine("deltalake", readers_python(), ("delta",))
    yield Written("delta", write("deltalake", readers_python(), tmp_path_factory.mktemp("written") / "deltalake"), engine)
    engine.close()


@pytest.fixture(scope="module")
def pyiceberg(tmp_path_factory):
    engine = Engine("pyiceberg", readers_python(), ("iceberg",))
    yield Written("iceberg", write("pyiceberg", readers_python(), tmp_path_factory.mktemp("written") / "pyiceberg"), engine)
    engine.close()


@pytest.mark.parametrize("table, count", [("all_types", 43), ("changed", 90), ("partitioned", 120), ("replaced", 32), ("evolved", 3), ("vacuumed", 66)])
def test_delta_table_of_deltalake(deltalake, table, count):
    deltalake.agree(table, count)


def test_delta_table_that_both_change(deltalake):
    table = deltalake.folder / "changed"
    probe(table, "append", ROWS % (0, 5))
    deltalake.agree("changed", 95)
    probe(table, "delete", "s = 'changed' AND id < 30")
    deltalake.agree("changed", 85)


def test_partitioned_delta_table_that_both_change(deltalake):
    table = deltalake.folder / "partitioned"
    probe(table, "delete", "id % 10 = 3 AND n = 3")
    deltalake.agree("partitioned", 108)
    probe(table, "checkpoint")
    deltalake.agree("partitioned", 108)


def test_delta_table_that_duckdb_appends_to(tmp_path):
    table = tmp_path / "table"
    engine = Engine("duckdb", duckdb_python(), ("delta",))
    probe(table, "create", "delta", ROWS % (0, 40))
    script = f"""
import sys
sys.path.insert(0, {str(HERE / "readers")!r})
from with_duckdb import connected
connected().execute("ATTACH {str(table)!r} AS t (TYPE delta)").execute("INSERT INTO t {ROWS % (40, 60)}")
"""
    done = subprocess.run([duckdb_python(), "-B", "-c", script], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    agree(engine, probe_look("delta", table, 60))
    probe(table, "append", ROWS % (60, 70))
    agree(engine, probe_look("delta", table, 70))
    engine.close()


@pytest.mark.parametrize("table, count", [("all_types", 43), ("changed", 125), ("v1", 59), ("evolved", 21), ("partitioned", 64), ("names_only", 50), ("branched", 15)])
def test_iceberg_table_of_pyiceberg(pyiceberg, table, count):
    pyiceberg.agree(table, count)


def test_types_without_a_counterpart_are_refused_by_name(pyiceberg):
    refusal = probe(pyiceberg.folder / "rare_types", "refusal").stdout
    assert "time" in refusal, refusal


@pytest.mark.parametrize("table, obstacle", [("v1", "format version 1"), ("changed", "another catalog")])
def test_what_tarn_does_not_write_is_refused_by_name(pyiceberg, table, obstacle):
    done = probe(pyiceberg.folder / table, "delete", "id = 11", check=False)
    assert done.returncode != 0 and obstacle in done.stderr, done.stderr


def test_older_versions_of_a_table(deltalake):
    assert len(probe_rows(deltalake.folder / "vacuumed")) == 66
    assert [len(probe_rows(deltalake.folder / "evolved", version)) for version in (0, 1)] == [2, 3]


def test_features_nobody_knows_are_refused_by_name(tmp_path):
    table = tmp_path / "table"
    probe(table, "create", "delta", ROWS % (0, 10))
    entry = '{"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": ["notYetThought"], "writerFeatures": ["notYetThought"]}}'
    (table / "_delta_log" / f"{1:020}.json").write_text(entry + "\n", encoding="ascii")
    assert "notYetThought" in probe(table, "refusal").stdout
