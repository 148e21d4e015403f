# SPDX-License-Identifier: Apache-2.0
"""Where tables and columns come from, and changes that would break their readers: docs/guide/lineage.md."""

import pytest

from server import column


@pytest.fixture
def shop(client, name):
    """orders → {name}_clean (table) → {name}_totals; {name}_view over orders → {name}_top."""
    client.create("shop", name, [column("id", "integer", primary_key=True), column("customer"), column("amount", "decimal(12,2)")])
    client.ingest(f"shop/{name}", {"id": 1, "customer": "ada", "amount": 10})
    make(client, f"{name}_clean", f"SELECT id, customer, amount FROM shop.silver.{name} WHERE amount > 1", tests=[{"type": "not_null", "column": "customer"}])
    client.run_job("shop", f"{name}_clean")
    make(client, f"{name}_totals", f"SELECT customer, sum(amount) AS total FROM shop.gold.{name}_clean GROUP BY customer")
    make(client, f"{name}_view", f"SELECT id, amount * 2 AS twice FROM shop.silver.{name}", materialization="view")
    make(client, f"{name}_top", f"SELECT max(twice) AS most FROM shop.gold.{name}_view")
    return name


def make(client, job, query, **members):
    answer = client.post("/transform/jobs", {"domain": "shop", "job_name": job, "query": query, "schedule_type": "manual", **members})
    assert answer.status == 200, answer


def lineage(client, table):
    answer = client.get("/lineage", query={"table": table})
    assert answer.status == 200, answer
    return answer.json()


def test_columns_of_a_job(client, shop):
    found = lineage(client, f"shop.gold.{shop}_totals")
    clean = f"shop.gold.{shop}_clean"
    assert found["upstream"] == [clean] and found["downstream"] == [] and found["problems"] == []
    assert [(one["column"], one["from"]) for one in found["columns"]] == [("customer", [f"{clean}.customer"]), ("total", [f"{clean}.amount"])]
    assert found["shaped_by"] == [f"{clean}.customer"]


def test_readers_of_a_table_directly_and_through_views(client, shop):
    found = lineage(client, f"shop.silver.{shop}")
    assert found["upstream"] == [f"shop.bronze.{shop}"] and found["columns"] == []
    assert set(found["downstream"]) == {f"shop/{shop}_{job}" for job in ("clean", "totals", "view", "top")}
    uses = {(use["column"], use["job"], use["into"]) for use in found["uses"]}
    assert {("amount", f"shop/{shop}_clean", "amount"), ("amount", f"shop/{shop}_clean", None), ("amount", f"shop/{shop}_top", "most")} <= uses
    assert not any(job == f"shop/{shop}_totals" for _, job, _ in uses), "it reads another table, made of this one"
    assert lineage(client, f"shop.bronze.{shop}")["feeds"] == f"shop.silver.{shop}"


def test_all_jobs_and_what_is_not_there(client, shop):
    jobs = {one["job"]: one["reads"] for one in client.get("/lineage", query={"domain": "shop"}).json()["jobs"]}
    assert jobs[f"shop/{shop}_top"] == [f"shop.gold.{shop}_view"]
    assert client.get("/lineage", query={"table": "shop.silver.nothing"}).status == 404
    assert client.get("/lineage", query={"table": "shop"}).status == 422


def test_a_query_that_cannot_be_bound_is_named(client, name):
    make(client, f"{name}_early", "SELECT a FROM shop.silver.not_yet_there")
    found = lineage(client, f"shop.gold.{name}_early")
    assert found["columns"] == [] and "not_yet_there" in found["problems"][0]


def test_a_change_that_breaks_readers_is_refused_unless_forced(client, shop):
    path = f"/transform/jobs/shop/{shop}_clean"
    change = {"query": f"SELECT id, amount FROM shop.silver.{shop}"}
    refused = client.put(path, change)
    assert refused.status == 409, refused
    breaks = {(one["column"], one["change"], one["breaks"]) for one in refused.json()["detail"]["breaks"]}
    assert breaks == {("customer", "is removed", f"column shop.gold.{shop}_totals.customer"), ("customer", "is removed", f"rows of shop.gold.{shop}_totals"),
                      ("customer", "is removed", f"test not_null_{shop}_clean_customer of shop/{shop}_clean")}
    retyped = client.put(path, {"query": f"SELECT id, customer, CAST(amount AS VARCHAR) AS amount FROM shop.silver.{shop}"})
    assert retyped.status == 409 and "becomes VARCHAR" in retyped.text, retyped
    assert client.get(path).json()["query"].startswith("SELECT id, customer, amount")
    added = client.put(path, {"query": f"SELECT id, customer, amount, 1 AS more FROM shop.silver.{shop}"})
    assert added.status == 200, added
    assert client.put(path, change, query={"force": "true"}).status == 200


def breaks_of(listed):
    return {(one["column"], one["change"], one["breaks"]) for one in listed}


def test_a_change_of_a_contract_names_what_reads_the_columns_it_retypes(client, shop):
    path = f"/endpoints/shop/{shop}"
    key, customer = column("id", "integer", primary_key=True), column("customer")
    reads = {f"column shop.gold.{shop}_clean.amount", f"rows of shop.gold.{shop}_clean", f"column shop.gold.{shop}_view.twice",
             f"column shop.gold.{shop}_top.most"}
    narrow = {"columns": [key, customer, column("amount", "integer")]}
    refused = client.put(path, narrow)
    assert refused.status == 409 and refused.json()["code"] == "incompatible_change", refused
    assert breaks_of(refused.json()["detail"]["breaks"]) == {("amount", "DECIMAL(12,2) becomes BIGINT", what) for what in reads}
    asked = client.put(path, narrow, query={"dry_run": "true"})
    assert asked.json()["compatible"] is False and asked.json()["breaks"] == refused.json()["detail"]["breaks"], asked
    assert client.get(path).json()["version"] == 1

    wide = {"columns": [key, customer, column("amount", "decimal(20,2)")]}
    asked = client.put(path, wide, query={"dry_run": "true"})
    assert asked.json()["compatible"] is True, asked
    assert breaks_of(asked.json()["breaks"]) == {("amount", "DECIMAL(12,2) becomes DECIMAL(20,2)", what) for what in reads}
    assert client.put(path, wide).status == 200, "what is compatible is never refused"
    without = client.put(path, {"columns": [key, column("amount", "decimal(20,2)"), column("more")]}, query={"dry_run": "true"})
    assert without.json()["breaks"] == [], "silver keeps a column the contract names no longer"
