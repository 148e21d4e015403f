# SPDX-License-Identifier: Apache-2.0
"""dbt itself with DuckDB beneath, on the projects of tests/dbt: an environment of pinned versions, profiles, and what its
runs leave."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from engines import environment

DBT = ("dbt-core==1.10.23", "dbt-duckdb==1.10.1", "duckdb==1.5.5")
PROJECTS = Path(__file__).resolve().parent.parent / "dbt"
SOURCES = Path(__file__).resolve().parents[2] / "src" / "dbt"
FETCH = """
import datetime, decimal, json, sys, duckdb
def plain(value):
    if isinstance(value, decimal.Decimal): return float(value)
    return str(value) if isinstance(value, (datetime.date, datetime.datetime)) else value
connection = duckdb.connect(sys.argv[1], read_only=True)
for one in sys.argv[2:]:
    path, alias = one.rsplit("=", 1)
    connection.execute(f"attach '{path}' as {alias} (read_only)")
for line in sys.stdin:
    cursor = connection.execute(json.loads(line))
    names = [column[0] for column in cursor.description]
    print(json.dumps([dict(zip(names, map(plain, row))) for row in cursor.fetchall()]))
"""
MAKE = """
import json, sys, duckdb
connection = duckdb.connect(sys.argv[1])
for line in sys.stdin:
    connection.execute(json.loads(line))
"""


def python():
    return environment("dbt", DBT)


def packaged_utils(place):
    """The macros of dbt_utils that Tarn has built in, as a package that dbt loads: so that both render the same text."""
    (place / "macros").mkdir(parents=True)
    (place / "dbt_project.yml").write_text("name: dbt_utils\nversion: '1.0'\nconfig-version: 2\n")
    for name, constant in (("packaged_macros", "kDbtUtilsMacros"), ("builtin_tests", "kDbtUtilsTests")):
        text = (SOURCES / f"{name}.cc").read_text()
        found = re.search(rf'{constant} = R"jinja\((.*?)\)jinja"', text, re.S)
        assert found, name
        (place / "macros" / f"{name}.sql").write_text(found.group(1))


def copy(project, place):
    shutil.copytree(PROJECTS / project, place, ignore=shutil.ignore_patterns("target", "logs", "dbt_packages"))
    return place


class Dbt:
    """A copy of one project with a database of its own."""

    def __init__(self, project, place, attached=()):
        self.folder = copy(project, place)
        self.database = self.folder / f"{project}.duckdb"
        self.python = python()
        self.attached = [f"{path}={alias}" for alias, path in attached]
        packaged_utils(self.folder / "dbt_packages" / "dbt_utils")
        attach = "".join(f"\n        - {{path: '{path}', alias: {alias}}}" for alias, path in attached)
        (self.folder / "profiles.yml").write_text(
            f"{project}:\n  target: dev\n  outputs:\n    dev:\n      type: duckdb\n      path: '{self.database}'\n      threads: 1\n"
            + (f"      attach:{attach}\n" if attach else ""))

    def run(self, *arguments):
        environment_ = {**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}
        return subprocess.run([str(Path(self.python).parent / "dbt"), "--no-use-colors", *arguments, "--project-dir", str(self.folder), "--profiles-dir", str(self.folder)],
                              capture_output=True, text=True, env=environment_, timeout=600, check=False)

    def rows(self, sql):
        done = subprocess.run([self.python, "-c", FETCH, str(self.database), *self.attached], input=json.dumps(sql) + "\n", capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def make_database(path, statements):
    done = subprocess.run([python(), "-c", MAKE, str(path)], input="".join(json.dumps(one) + "\n" for one in statements), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def results(folder):
    """Name of a node → (status, failures) of its last run; generic tests without the hash behind their name."""
    found = {}
    for result in json.loads((Path(folder) / "target" / "run_results.json").read_text())["results"]:
        kind, _, rest = result["unique_id"].split(".", 2)
        if kind == "exposure":  # nothing to do, and dbt says so
            continue
        name = rest.rsplit(".", 1)[0] if kind == "test" and re.search(r"\.[0-9a-f]{10}$", rest) else rest
        assert (kind, name) not in found, name
        found[kind, name] = (result["status"], result["failures"] if kind == "test" else None)
    return found
