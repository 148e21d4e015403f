# SPDX-License-Identifier: Apache-2.0
"""The projects of tests/dbt worked on by `tarn dbt` and by dbt itself: every node ends alike, every table holds the same."""

import json
import math
import os
import subprocess

import pytest

import dbt_peer
from server import Server, column


def tarn_dbt(*arguments, expected=0):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TARN_DATA")}
    done = subprocess.run([os.environ["TARN_BIN"], "dbt", *map(str, arguments)], capture_output=True, text=True, timeout=600, env=environment, check=False)
    assert done.returncode == expected, f"{done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def tarn_rows(lake, sql):
    done = subprocess.run([os.environ["TARN_BIN"], "sql", "--lake", str(lake), "--format", "json", sql], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["data"]


def plain(value):
    """Numbers to nine digits; times without their T and zeros."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (int, float)):
        return 0.0 if value == 0 else round(float(value), 9 - int(math.floor(math.log10(abs(float(value))))) - 1)
    text = str(value)
    return text.replace("T", " ").removesuffix("Z").removesuffix(".000000") if text[:4].isdigit() and "-" in text else text


def sorted_rows(rows):
    return sorted((tuple((name, plain(value)) for name, value in sorted(row.items())) for row in rows), key=repr)


class Both:
    """One project in two copies."""

    def __init__(self, project, place, attached=(), lake=None, data_dir=None):
        self.theirs = dbt_peer.Dbt(project, place / "theirs", attached)
        self.folder = dbt_peer.copy(project, place / "ours")
        self.project = project
        self.lake = lake or place / "lake"
        self.options = ["--project", self.folder, "--lake", self.lake] + (["--data-dir", data_dir] if data_dir else [])

    def run(self, command, *arguments, expected=0):
        said = tarn_dbt(command, *self.options, *arguments, expected=expected)
        done = self.theirs.run(command, *arguments)
        assert done.returncode == expected, f"dbt: {done.returncode}\n{done.stdout[-6000:]}"
        return said

    def agree(self, tables, least_tests=1):
        ours, theirs = dbt_peer.results(self.folder), dbt_peer.results(self.theirs.folder)
        assert ours == theirs
        assert sum(kind == "test" for kind, _ in ours) >= least_tests
        for table in tables:
            mine = sorted_rows(tarn_rows(self.lake, f"select * from {self.project}.gold.{table}"))
            other = sorted_rows(self.theirs.rows(f"select * from {table}"))
            assert mine == other, table
            assert mine, f"{table} is empty"


def test_a_shop_of_seeds_views_tables_and_twenty_tests(tmp_path):
    both = Both("bakery", tmp_path)
    both.run("build")
    both.agree(["raw_customers", "raw_orders", "raw_payments", "stg_customers", "stg_orders", "stg_payments", "orders", "customers"], least_tests=20)


def test_selected_nodes_are_the_same(tmp_path):
    both = Both("bakery", tmp_path)
    both.run("seed")
    both.agree(["raw_orders"], least_tests=0)
    for arguments in (["--select", "+orders"], ["--select", "staging", "--exclude", "stg_payments"], ["--select", "stg_orders+,marts"]):
        both.run("run", *arguments)
        ours, theirs = dbt_peer.results(both.folder), dbt_peer.results(both.theirs.folder)
        assert ours == theirs and ours, arguments
    both.run("run")
    both.run("test", "--select", "customers")
    assert dbt_peer.results(both.folder) == dbt_peer.results(both.theirs.folder)
    both.run("test", "--select", "test_type:singular")
    assert dbt_peer.results(both.folder) == dbt_peer.results(both.theirs.folder)


def test_incremental_models_macros_and_packaged_tests(tmp_path):
    both = Both("metering", tmp_path)
    tables = ["readings", "readings_log", "by_city", "days", "all_meters"]
    both.run("build")
    both.agree(tables, least_tests=10)
    both.run("build", "--vars", "{until: '2026-03-15'}")
    both.agree(tables, least_tests=10)
    both.run("build", "--vars", "{until: '2026-03-12'}", "--full-refresh")
    both.agree(tables, least_tests=10)


ORDERS = [{"id": number, "customer": number % 7, "amount": number * 3.5, "state": ("open", "paid")[number % 2]} for number in range(1, 61)]
PEOPLE = [{"id": number, "name": f"p{number}", "country": ("CH", "FR", "IT")[number % 3]} for number in range(1, 7)]


@pytest.fixture
def market(tmp_path):
    """Silver tables of a lake whose server has gone, and the same in a DuckDB file."""
    with Server(root=tmp_path / "served", lake=tmp_path / "lake") as server:
        server.start()
        client = server.client()
        client.create("market", "orders", [column("id", "integer", required=True), column("customer", "integer"), column("amount", "double"), column("state")], primary_key=["id"])
        client.create("market", "customers", [column("id", "integer", required=True), column("name"), column("country")], primary_key=["id"])
        client.batch("market/orders", ORDERS)
        client.batch("market/customers", PEOPLE)
        client.close()
        server.stop()
        database = tmp_path / "market.duckdb"
        dbt_peer.make_database(database, ["create schema silver", "create table silver.orders(id bigint, customer bigint, amount double, state varchar)",
                                          "create table silver.customers(id bigint, name varchar, country varchar)",
                                          *(f"insert into silver.orders values ({o['id']}, {o['customer']}, {o['amount']}, '{o['state']}')" for o in ORDERS),
                                          *(f"insert into silver.customers values ({p['id']}, '{p['name']}', '{p['country']}')" for p in PEOPLE)])
        yield server, database


def test_sources_variables_tags_and_a_broken_promise(tmp_path, market):
    server, database = market
    both = Both("trade", tmp_path, attached=[("market", database)], lake=server.lake, data_dir=server.data_dir)
    said = both.run("build", expected=1)
    assert "SKIP=2" in said and "ERROR=1" in said and "WARN=1" in said, said
    both.agree(["stg_orders", "stg_people", "revenue_by_country", "broken_promise"], least_tests=8)
    both.run("build", "--select", "tag:daily", "--exclude", "broken_promise+", "--vars", "{currency: USD}")
    both.agree(["revenue_by_country"], least_tests=3)
